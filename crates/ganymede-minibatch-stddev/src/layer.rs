//! The layer that tells each row how much its group varies.

use burn::tensor::Tensor;
use ganymede_core::network::{Layer, Pass, Tape, Values};
use ganymede_core::place::Place;

/// Added to the variance before the root, as in the paper's code.
const EPSILON: f64 = 1e-8;

/// Appends one feature to each row: the standard deviation of each feature over the row's group, mean over features.
///
/// Row i belongs to group i modulo the number of groups, as in the paper's code, so that neighbours are in different
/// groups. Rows that the groups' size does not divide are shared out evenly; no group is smaller than asked for unless
/// there are fewer rows in all.
#[derive(Clone, Copy, Debug)]
pub struct MinibatchStddev {
    /// Features of a row that goes in.
    pub inputs: usize,
    /// Rows in a group; 0 takes all rows as one.
    pub group: usize,
}

impl MinibatchStddev {
    fn groups(&self, rows: usize) -> usize {
        rows.checked_div(self.group).unwrap_or(1).max(1)
    }

    /// `[rows, groups]`: one where a row is a member of a group; and `[groups, 1]`: how many members each has.
    fn members_and_sizes(&self, rows: usize, place: &Place) -> (Tensor<2>, Tensor<2>) {
        let groups = self.groups(rows);
        let mut members = vec![0.0; rows * groups];
        for row in 0..rows {
            members[row * groups + row % groups] = 1.0;
        }
        let sizes = (0..groups).map(|group| (rows - group).div_ceil(groups) as f32).collect();
        (place.tensor(members, [rows, groups]), place.tensor(sizes, [groups, 1]))
    }
}

impl Layer for MinibatchStddev {
    fn name(&self) -> &'static str {
        "minibatch standard deviation"
    }

    fn output_width(&self) -> usize {
        self.inputs + 1
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let (members, sizes) = self.members_and_sizes(rows, &Place::of(&input));
        let means = |rows: Tensor<2>| members.clone().transpose().matmul(rows).div(sizes.clone());
        let centered = input.clone().sub(members.clone().matmul(means(input.clone())));
        let std = means(centered.clone().square()).add_scalar(EPSILON).sqrt();
        tape.keep(|| [centered, std.clone(), members.clone(), sizes.clone()]);
        Tensor::cat(vec![input, members.clone().matmul(std.mean_dim(1))], 1)
    }

    /// The group's mean drops out of the derivative, because the centred rows of a group add up to zero.
    fn vjp(&self, _: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [centered, std, members, sizes] = [&saved[0], &saved[1], &saved[2], &saved[3]].map(Clone::clone);
        let straight = cotangent.clone().slice_dim(1, 0..self.inputs);
        let appended = cotangent.slice_dim(1, self.inputs..self.inputs + 1);
        let of_group = members.clone().transpose().matmul(appended).div_scalar(self.inputs as f64);
        let slopes = members.matmul(of_group.div(std).div(sizes));
        (straight.add(centered.mul(slopes)), Vec::new())
    }

    fn mixes_rows(&self) -> bool {
        true
    }
}
