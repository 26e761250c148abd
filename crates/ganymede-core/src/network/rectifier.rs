//! Leaky `ReLU` apart from its layer.

use burn::tensor::Tensor;

use crate::network::tape::Tape;

/// Leaky `ReLU`, for the layer before it to apply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectifier {
    /// What negative values are multiplied by, in `[0, 1)`.
    pub slope: f64,
}

impl Rectifier {
    /// Keeps what the backward pass of the activation needs: what came out of it.
    pub(crate) fn keep(output: &Tensor<2>, tape: &mut Tape) {
        // Positive where the input is, so the next layer's input serves this layer's backward pass too.
        tape.keep(|| [output.clone().without_autodiff()]);
    }
}
