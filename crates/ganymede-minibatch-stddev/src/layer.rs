//! The layer that appends to each row how much its group varies.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::network::layers::label::{append_planes, split_planes};
use ganymede_core::network::{Facts, Layer, Pass, SavedTensors, Tape, Values};
use ganymede_core::place::Place;

/// Added to the variance before the root, as in the paper's code.
const EPSILON: f64 = 1e-8;

/// Appends one feature to each row, which is one plane to a picture: the standard deviation of each value over the row's
/// group, mean over values.
///
/// Row i belongs to group i modulo the number of groups, as in the paper's code, so that neighbours are in different
/// groups. Rows that the groups' size does not divide are shared out evenly; no group is smaller than configured unless
/// there are fewer rows in all.
#[derive(Clone, Copy, Debug)]
pub struct MinibatchStddev {
    /// The shape of a row that goes in.
    pub input: Shape,
    /// Rows in a group; 0 takes all rows as one.
    pub group: usize,
}

impl MinibatchStddev {
    fn groups(&self, rows: usize) -> usize {
        rows.checked_div(self.group).unwrap_or(1).max(1)
    }

    /// `[rows, groups]`: one where a row is a member of a group; and `[groups, 1]`: the number of its members.
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
    fn facts(&self) -> Facts {
        let output = self.input.with_channels(self.input.channels + 1);
        let settings = vec![("group", self.group as f64)];
        Facts { rows_interact: true, sums_rows: true, settings, ..Facts::new("minibatch standard deviation", output) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let (members, sizes) = self.members_and_sizes(rows, &Place::of(&input));
        let means = |rows: Tensor<2>| members.clone().transpose().matmul(rows).div(sizes.clone());
        let centered = input.clone().sub(members.clone().matmul(means(input.clone())));
        let std = means(centered.clone().square()).add_scalar(EPSILON).sqrt();
        tape.keep(|| [centered, std.clone(), members.clone(), sizes.clone()]);
        append_planes(input, self.input, members.clone().matmul(std.mean_dim(1)))
    }

    /// The group's mean drops out of the derivative, because the centred rows of a group add up to zero.
    fn vjp(&self, _: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [centered, std, members, sizes] = [0, 1, 2, 3].map(|index: usize| saved.tensors[index].clone());
        let (straight, appended) = split_planes(cotangent, self.input, 1);
        let of_group = members.clone().transpose().matmul(appended).div_scalar(self.input.features() as f64);
        let slopes = members.matmul(of_group.div(std).div(sizes));
        (straight.add(centered.mul(slopes)), Vec::new())
    }
}
