//! The layer that adds the noise.

use burn::tensor::Tensor;
use ganymede_core::fading_noise::FadingNoise;
use ganymede_core::network::{Layer, Pass, Tape, Values};

/// `x + std(t) e`, `e ~ N(0, I)`, in training passes; the identity in evaluation.
#[derive(Clone, Debug)]
pub struct NoiseLayer {
    /// Features of a row.
    pub width: usize,
    /// The noise.
    pub noise: FadingNoise,
    /// Names its random numbers.
    pub kind: String,
}

impl Layer for NoiseLayer {
    fn name(&self) -> &'static str {
        "instance noise"
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, index: usize, _: &mut Tape) -> Tensor<2> {
        self.noise.disturb(&[input], &self.kind, pass, index).remove(0)
    }

    fn vjp(&self, _: Values<'_>, _: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }
}
