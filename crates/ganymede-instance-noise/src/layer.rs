//! The layer that adds the noise.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::network::{Facts, Layer, Mode, Pass, Saved, Tape, Values};
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::place::Place;
use ganymede_core::random::normal_tensor;

use crate::NAME;

/// `x + std(t) e`, `e ~ N(0, I)`, in training passes; the identity in evaluation.
#[derive(Clone, Debug)]
pub struct NoiseLayer {
    /// The shape of a row.
    pub shape: Shape,
    /// Standard deviation at the beginning of the run, in the units of the samples.
    pub std: f64,
    /// How it changes over the run.
    pub decay: Schedule,
}

impl Layer for NoiseLayer {
    fn facts(&self) -> Facts {
        Facts::new("instance noise", self.shape)
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, _: &mut Tape) -> Tensor<2> {
        let std = self.std * self.decay.at(pass.step);
        if pass.mode == Mode::Evaluate || std == 0.0 {
            return input;
        }
        let mut stream = pass.stream(NAME);
        let noise = normal_tensor(&mut stream, input.dims(), &Place::of(&input));
        input.add(noise.mul_scalar(std))
    }

    fn vjp(&self, _: Values<'_>, _: &Saved, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }
}
