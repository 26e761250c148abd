//! The element-wise kernels for tensors without a graph: the bits of burn's own operations in fewer passes.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, TensorData};

use crate::convolution::serves as serves_graph_or_not;
use crate::elementwise::{self, Adam};
use crate::norm::{self, Moments};

/// Whether this module's functions take the tensor: single precision on the backend `flex`, and no graph.
pub fn serves<const D: usize>(tensor: &Tensor<D>) -> bool {
    !tensor.is_autodiff() && serves_graph_or_not(tensor)
}

/// See [`elementwise::leaky_relu`].
pub fn leaky_relu(input: Tensor<2>, slope: f64) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Passes>::leaky_relu(input.into_dispatch(), slope))
}

/// See [`elementwise::leaky_relu_backward`].
pub fn leaky_relu_backward(cotangent: Tensor<2>, output: Tensor<2>, slope: f64) -> Tensor<2> {
    let (cotangent, output) = (cotangent.into_dispatch(), output.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Passes>::leaky_relu_backward(cotangent, output, slope))
}

/// `[rows, columns]` plus `[1, columns]`.
pub fn add_row(input: Tensor<2>, row: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Passes>::add_row(input.into_dispatch(), row.into_dispatch()))
}

/// See [`elementwise::blend`].
pub fn blend(past: Tensor<2>, now: Tensor<2>, decay: f64) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Passes>::blend(past.into_dispatch(), now.into_dispatch(), decay))
}

/// Parameter, mean and mean of squares after one update; see [`Adam`].
pub fn adam(step: Adam, parameter: Tensor<2>, gradient: Tensor<2>, [mean, square]: [Tensor<2>; 2]) -> [Tensor<2>; 3] {
    let (parameter, gradient) = (parameter.into_dispatch(), gradient.into_dispatch());
    let (mean, square) = (mean.into_dispatch(), square.into_dispatch());
    let (parameter, mean, square) = <Dispatch as Passes>::adam(parameter, gradient, mean, square, step);
    [parameter, mean, square].map(Tensor::from_dispatch)
}

#[backend_extension(Flex)]
pub(crate) trait Passes: Backend {
    fn leaky_relu(input: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    fn leaky_relu_backward(cotangent: FloatTensor<Self>, output: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    fn leaky_relu_pullback(cotangent: FloatTensor<Self>, output: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    fn add_row(input: FloatTensor<Self>, row: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Mean and variance of each channel of `[rows, channels]`, each `[1, channels]`.
    fn moments(input: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn normalize(
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self>;

    /// The gradients of input, scale and shift.
    fn normalize_backward(
        cotangent: FloatTensor<Self>,
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn blend(past: FloatTensor<Self>, now: FloatTensor<Self>, decay: f64) -> FloatTensor<Self>;

    fn adam(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: Adam,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl Passes for Flex {
    fn leaky_relu(input: FlexTensor, slope: f64) -> FlexTensor {
        changed(input, |numbers| elementwise::leaky_relu(numbers, slope))
    }

    fn leaky_relu_backward(cotangent: FlexTensor, output: FlexTensor, slope: f64) -> FlexTensor {
        let output = output.to_contiguous();
        changed(cotangent, |numbers| elementwise::leaky_relu_backward(numbers, slice(&output), slope))
    }

    fn leaky_relu_pullback(cotangent: FlexTensor, output: FlexTensor, slope: f64) -> FlexTensor {
        let output = output.to_contiguous();
        changed(cotangent, |numbers| elementwise::leaky_relu_pullback(numbers, slice(&output), slope))
    }

    fn moments(input: FlexTensor) -> (FlexTensor, FlexTensor) {
        let channels = input.layout().shape()[1];
        let Moments { mean, variance } = Moments::of(slice(&input.to_contiguous()), channels);
        (row(mean), row(variance))
    }

    fn normalize(
        input: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        epsilon: f64,
    ) -> FlexTensor {
        let [scale, shift] = [scale, shift].map(|tensor| tensor.to_contiguous());
        let moments = moments_of(&mean, &variance);
        changed(input, |numbers| norm::normalize(numbers, &moments, [slice(&scale), slice(&shift)], epsilon))
    }

    fn normalize_backward(
        cotangent: FlexTensor,
        input: FlexTensor,
        scale: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        epsilon: f64,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [input, scale] = [input, scale].map(|tensor| tensor.to_contiguous());
        let moments = moments_of(&mean, &variance);
        let mut cotangent = own(cotangent);
        let numbers = cotangent.storage_mut::<f32>();
        let [scale, shift] = norm::normalize_backward(numbers, slice(&input), &moments, slice(&scale), epsilon);
        (cotangent, row(scale), row(shift))
    }

    fn add_row(input: FlexTensor, row: FlexTensor) -> FlexTensor {
        let row = row.to_contiguous();
        changed(input, |numbers| elementwise::add_row(numbers, slice(&row)))
    }

    fn blend(past: FlexTensor, now: FlexTensor, decay: f64) -> FlexTensor {
        let now = now.to_contiguous();
        changed(past, |numbers| elementwise::blend(numbers, slice(&now), decay))
    }

    fn adam(
        parameter: FlexTensor,
        gradient: FlexTensor,
        mean: FlexTensor,
        square: FlexTensor,
        step: Adam,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let gradient = gradient.to_contiguous();
        let [mut parameter, mut mean, mut square] = [parameter, mean, square].map(own);
        step.update(
            parameter.storage_mut::<f32>(),
            slice(&gradient),
            mean.storage_mut::<f32>(),
            square.storage_mut::<f32>(),
        );
        (parameter, mean, square)
    }
}

fn moments_of(mean: &FlexTensor, variance: &FlexTensor) -> Moments {
    Moments { mean: slice(mean).to_vec(), variance: slice(variance).to_vec() }
}

/// One row.
fn row(numbers: Vec<f32>) -> FlexTensor {
    let columns = numbers.len();
    FlexTensor::from_data(TensorData::new(numbers, [1, columns]))
}

fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous tensor of single precision")
}

/// The tensor after `change`, in its own memory if nobody else reads that.
fn changed(tensor: FlexTensor, change: impl FnOnce(&mut [f32])) -> FlexTensor {
    let mut tensor = own(tensor);
    change(tensor.storage_mut::<f32>());
    tensor
}

/// The tensor with all of its memory to itself, in the order of its rows.
fn own(tensor: FlexTensor) -> FlexTensor {
    let bytes = size_of::<f32>() * tensor.layout().num_elements();
    if tensor.is_unique()
        && tensor.layout().contiguous_offsets() == Some((0, tensor.layout().num_elements()))
        && tensor.bytes().len() == bytes
    {
        return tensor;
    }
    let shape = tensor.layout().shape().clone();
    FlexTensor::from_data(TensorData::new(slice(&tensor.to_contiguous()).to_vec(), shape))
}
