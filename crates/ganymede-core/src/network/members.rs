//! Members of a network that go through a layer together: their values lie one below the other, their rows too, and one
//! batched product does the work of many small ones.

use burn::tensor::Tensor;

use crate::batch::select_rows;

/// Rows into which a pass may be padded so that its members go together, over the rows that it has.
const PADDED: usize = 4;

/// Each member's rows of `input`, `[members * rows, inputs]`, times its own matrix in `weight`, `[members * inputs, outputs]`:
/// `[members * rows, outputs]`.
pub(crate) fn product(input: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return input.matmul(weight);
    }
    flat(stacked(input, members).matmul(stacked(weight, members)))
}

/// [`product`] with each member's matrix transposed: `[members * rows, outputs]` to `[members * rows, inputs]`.
pub(crate) fn product_transposed(cotangent: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return cotangent.matmul(weight.transpose());
    }
    flat(stacked(cotangent, members).matmul(stacked(weight, members).transpose()))
}

/// The gradient of [`product`] for `weight`.
pub(crate) fn weight_gradient(input: Tensor<2>, cotangent: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return input.transpose().matmul(cotangent);
    }
    flat(stacked(input, members).transpose().matmul(stacked(cotangent, members)))
}

/// Each member's rows plus its own row of `bias`, `[members, width]`.
pub(crate) fn add_bias(input: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    let members = bias.dims()[0];
    if members == 1 {
        return input.add(bias);
    }
    flat(stacked(input, members).add(stacked(bias, members)))
}

/// The gradient of [`add_bias`] for `bias`.
pub(crate) fn bias_gradient(cotangent: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return cotangent.sum_dim(0);
    }
    flat(stacked(cotangent, members).sum_dim(1))
}

fn stacked(tensor: Tensor<2>, members: usize) -> Tensor<3> {
    let [rows, columns] = tensor.dims();
    tensor.reshape([members, rows / members, columns])
}

fn flat(tensor: Tensor<3>) -> Tensor<2> {
    let [members, rows, columns] = tensor.dims();
    tensor.reshape([members * rows, columns])
}

/// Unequal shares of the rows brought to equal ones by rows of zeros.
#[derive(Clone, Debug)]
pub(crate) struct Padding {
    /// The row that comes to each place; one past the last for zeros.
    taken: Vec<usize>,
    /// The place of each row.
    places: Vec<usize>,
}

/// How members with these shares of the rows can go together.
#[derive(Clone, Debug)]
pub(crate) enum Together {
    /// As the rows are.
    Equal,
    /// With padding.
    Padded(Padding),
}

impl Together {
    /// `None` where padding would be most of the work, as when one member of many takes all rows.
    pub(crate) fn of(groups: &[usize]) -> Option<Self> {
        let (rows, largest) = (groups.iter().sum::<usize>(), groups.iter().copied().max().unwrap_or(0));
        if largest * groups.len() == rows {
            return Some(Self::Equal);
        }
        if largest * groups.len() > PADDED * rows {
            return None;
        }
        let (mut taken, mut places) = (Vec::with_capacity(largest * groups.len()), Vec::with_capacity(rows));
        for count in groups {
            let start = places.len();
            places.extend((0..*count).map(|row| taken.len() + row));
            taken.extend((0..largest).map(|row| if row < *count { start + row } else { rows }));
        }
        Some(Self::Padded(Padding { taken, places }))
    }

    /// The rows as the members take them.
    pub(crate) fn spread(&self, rows: Tensor<2>) -> Tensor<2> {
        let Self::Padded(padding) = self else { return rows };
        let zeros = rows.clone().without_autodiff().slice_dim(0, 0..1).zeros_like();
        select_rows(Tensor::cat(vec![rows, zeros], 0), &padding.taken)
    }

    /// The labels of the rows as the members take them; padding is of class 0.
    pub(crate) fn spread_labels(&self, labels: &[usize]) -> Vec<usize> {
        match self {
            Self::Equal => labels.to_vec(),
            Self::Padded(padding) => padding.taken.iter().map(|row| labels.get(*row).copied().unwrap_or(0)).collect(),
        }
    }

    /// The rows in their own places again, without padding.
    pub(crate) fn gather(&self, rows: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Equal => rows,
            Self::Padded(padding) => select_rows(rows, &padding.places),
        }
    }
}
