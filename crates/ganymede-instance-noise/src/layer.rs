//! The layer that adds the noise.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::fading_noise::FadingNoise;
use ganymede_core::network::{Facts, Layer, Pass, SavedTensors, Tape, Values};

/// `x + std(t) e`, `e ~ N(0, I)`, in training passes; the identity in evaluation.
#[derive(Clone, Debug)]
pub struct NoiseLayer {
    /// The shape of a row.
    pub shape: Shape,
    /// The noise.
    pub noise: FadingNoise,
}

impl Layer for NoiseLayer {
    fn facts(&self) -> Facts {
        Facts::new("instance noise", self.shape)
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, _: &mut Tape) -> Tensor<2> {
        self.noise.disturb(&[input], pass).remove(0)
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }
}
