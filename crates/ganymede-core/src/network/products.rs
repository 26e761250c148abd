//! Products of members of a network that go through a layer together: their values lie one below the other, their rows
//! too, and one batched product does the work of many small ones.

use burn::tensor::Tensor;
use ganymede_kernels::layers as kernels;

/// The product of two matrices, of which burn's writes its memory twice: by a kernel with the same bits where one serves.
fn matmul(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    if kernels::serves(&left) && kernels::serves(&right) { kernels::product(left, right) } else { left.matmul(right) }
}

/// Each member's rows of `input`, `[members * rows, inputs]`, times its own matrix in `weight`, `[members * inputs, outputs]`:
/// `[members * rows, outputs]`.
pub(crate) fn product(input: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return matmul(input, weight);
    }
    flat(stacked(input, members).matmul(stacked(weight, members)))
}

/// [`product`] with each member's matrix transposed: `[members * rows, outputs]` to `[members * rows, inputs]`.
pub(crate) fn product_transposed(cotangent: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return matmul(cotangent, weight.transpose());
    }
    flat(stacked(cotangent, members).matmul(stacked(weight, members).transpose()))
}

/// The gradient of [`product`] for `weight`.
pub(crate) fn weight_gradient(input: Tensor<2>, cotangent: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return matmul(input.transpose(), cotangent);
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
