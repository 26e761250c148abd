//! Products of members of a network that go through a layer together: their values lie one below the other, their rows
//! too, and one batched product does the work of many small ones.

use burn::tensor::Tensor;
use ganymede_kernels::layers as kernels;

/// Each member's rows of `input`, `[members * rows, inputs]`, times its own matrix in `weight`, `[members * inputs, outputs]`:
/// `[members * rows, outputs]`.
pub(crate) fn product(input: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    product_of(input, weight, [false, false], members)
}

/// [`product`] with each member's matrix transposed: `[members * rows, outputs]` to `[members * rows, inputs]`.
pub(crate) fn product_transposed(cotangent: Tensor<2>, weight: Tensor<2>, members: usize) -> Tensor<2> {
    product_of(cotangent, weight, [false, true], members)
}

/// The gradient of [`product`] for `weight`.
pub(crate) fn weight_gradient(input: Tensor<2>, cotangent: Tensor<2>, members: usize) -> Tensor<2> {
    product_of(input, cotangent, [true, false], members)
}

/// Each member's product of its part of `left` and of `right`, each transposed where that is asked for. A kernel makes that of one
/// member where it serves: burn's writes its memory twice.
fn product_of(left: Tensor<2>, right: Tensor<2>, transposed: [bool; 2], members: usize) -> Tensor<2> {
    if members == 1 && kernels::serves(&left) && kernels::serves(&right) {
        return kernels::product(left, right, transposed);
    }
    let turned = |matrix: Tensor<3>, transposed| if transposed { matrix.transpose() } else { matrix };
    let left = turned(stacked(left, members), transposed[0]);
    flat(left.matmul(turned(stacked(right, members), transposed[1])))
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
