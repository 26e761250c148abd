//! Tensors with a graph, and their gradients bit by bit.

use burn::tensor::{Device, Gradients, Tensor, TensorData};

/// Numbers as rows of so many columns.
pub(crate) fn tensor(numbers: &[f32], columns: usize) -> Tensor<2> {
    let shape = [numbers.len() / columns, columns];
    Tensor::from_data(TensorData::new(numbers.to_vec(), shape), &Device::flex())
}

/// A tensor whose gradient is wanted.
pub(crate) fn tracked(numbers: &[f32], columns: usize) -> Tensor<2> {
    tensor(numbers, columns).autodiff().require_grad()
}

pub(crate) fn values(tensor: Tensor<2>) -> Vec<f32> {
    tensor.without_autodiff().into_data().try_to_vec().expect("single precision")
}

pub(crate) fn bits(tensor: Tensor<2>) -> Vec<u32> {
    values(tensor).into_iter().map(f32::to_bits).collect()
}

/// The gradient of one tensor.
pub(crate) fn gradient(of: &Tensor<2>, gradients: &mut Gradients) -> Tensor<2> {
    of.grad_remove(gradients).expect("a gradient")
}
