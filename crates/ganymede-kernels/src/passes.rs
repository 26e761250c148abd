//! The element-wise kernels for tensors without a graph: the bits of burn's own operations in fewer passes.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::elementwise::{self, Adam};
use crate::flex::{self, changed, own, row, slice};
use crate::norm::{self, Moments};

/// Whether this module's functions take the tensor: single precision on the backend `flex`, and no graph.
pub fn serves<const D: usize>(tensor: &Tensor<D>) -> bool {
    !tensor.is_autodiff() && flex::serves(tensor)
}

/// See [`elementwise::blend`].
pub fn blend(past: Tensor<2>, now: Tensor<2>, decay: f64) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Passes>::blend(past.into_dispatch(), now.into_dispatch(), decay))
}

#[backend_extension(Flex)]
pub(crate) trait Passes: Backend {
    fn leaky_relu_pullback(cotangent: FloatTensor<Self>, output: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    /// That, and the sum over rows of the result, `[1, columns]`.
    fn leaky_relu_pullback_and_sum(
        cotangent: FloatTensor<Self>,
        output: FloatTensor<Self>,
        slope: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

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

    fn blend_squares(past: FloatTensor<Self>, now: FloatTensor<Self>, decay: f64) -> FloatTensor<Self>;

    fn blend_squares_pullback(cotangent: FloatTensor<Self>, now: FloatTensor<Self>, decay: f64) -> FloatTensor<Self>;

    fn adam(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: Adam,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn adam_step(
        parameter: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: Adam,
    ) -> FloatTensor<Self>;

    fn adam_step_mean_pullback(
        cotangent: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: Adam,
    ) -> FloatTensor<Self>;

    fn adam_step_square_pullback(
        cotangent: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: Adam,
    ) -> FloatTensor<Self>;
}

impl Passes for Flex {
    fn leaky_relu_pullback(cotangent: FlexTensor, output: FlexTensor, slope: f64) -> FlexTensor {
        let output = output.to_contiguous();
        changed(cotangent, |numbers| elementwise::leaky_relu_pullback(numbers, slice(&output), slope))
    }

    fn leaky_relu_pullback_and_sum(cotangent: FlexTensor, output: FlexTensor, slope: f64) -> (FlexTensor, FlexTensor) {
        let (columns, output) = (output.layout().shape()[1], output.to_contiguous());
        let mut cotangent = own(cotangent);
        let numbers = cotangent.storage_mut::<f32>();
        let sums = elementwise::leaky_relu_pullback_and_sum(numbers, slice(&output), columns, slope);
        (cotangent, row(sums))
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

    fn blend(past: FlexTensor, now: FlexTensor, decay: f64) -> FlexTensor {
        let now = now.to_contiguous();
        changed(past, |numbers| elementwise::blend(numbers, slice(&now), decay))
    }

    fn blend_squares(past: FlexTensor, now: FlexTensor, decay: f64) -> FlexTensor {
        let now = now.to_contiguous();
        changed(past, |numbers| elementwise::blend_squares(numbers, slice(&now), decay))
    }

    fn blend_squares_pullback(cotangent: FlexTensor, now: FlexTensor, decay: f64) -> FlexTensor {
        let now = now.to_contiguous();
        changed(cotangent, |numbers| elementwise::blend_squares_pullback(numbers, slice(&now), decay))
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

    fn adam_step(parameter: FlexTensor, mean: FlexTensor, square: FlexTensor, step: Adam) -> FlexTensor {
        let [mean, square] = [mean, square].map(|tensor| tensor.to_contiguous());
        changed(parameter, |numbers| step.step(numbers, slice(&mean), slice(&square)))
    }

    fn adam_step_mean_pullback(cotangent: FlexTensor, square: FlexTensor, step: Adam) -> FlexTensor {
        let square = square.to_contiguous();
        changed(cotangent, |numbers| step.step_mean_pullback(numbers, slice(&square)))
    }

    fn adam_step_square_pullback(
        cotangent: FlexTensor,
        mean: FlexTensor,
        square: FlexTensor,
        step: Adam,
    ) -> FlexTensor {
        let [mean, square] = [mean, square].map(|tensor| tensor.to_contiguous());
        changed(cotangent, |numbers| step.step_square_pullback(numbers, slice(&mean), slice(&square)))
    }
}

fn moments_of(mean: &FlexTensor, variance: &FlexTensor) -> Moments {
    Moments { mean: slice(mean).to_vec(), variance: slice(variance).to_vec() }
}
