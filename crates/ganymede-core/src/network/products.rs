//! Products of members of a network that go through a layer together: their values lie one below the other, their rows
//! too, and one batched product does the work of many small ones.

use burn::tensor::Tensor;
use ganymede_kernels::layers as kernels;

/// Whether a kernel serves for the product, of which burn's writes its memory twice.
fn serves(left: &Tensor<2>, right: &Tensor<2>) -> bool {
    kernels::serves(left) && kernels::serves(right)
}

/// Each member's rows of `input`, `[members * rows, inputs]`, times its own matrix in `weight`, `[members * inputs, outputs]`:
/// `[members * rows, outputs]`.
pub(crate) fn product(input: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        return if serves(&input, &weight) { kernels::product(input, weight) } else { input.matmul(weight) };
    }
    flat(stacked(input, members).matmul(stacked(weight, members)))
}

/// [`product`] with each member's matrix transposed: `[members * rows, outputs]` to `[members * rows, inputs]`.
pub(crate) fn product_transposed(cotangent: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        if serves(&cotangent, &weight) {
            return kernels::product_right_transposed(cotangent, weight);
        }
        return cotangent.matmul(weight.transpose());
    }
    flat(stacked(cotangent, members).matmul(stacked(weight, members).transpose()))
}

/// The gradient of [`product`] for `weight`.
pub(crate) fn weight_gradient(input: Tensor<2>, cotangent: Tensor<2>, members: usize) -> Tensor<2> {
    if members == 1 {
        if serves(&input, &cotangent) {
            return kernels::product_left_transposed(input, cotangent);
        }
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
