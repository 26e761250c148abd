//! The layer that adds the noise.

use burn::tensor::Tensor;
use ganymede_core::network::{Layer, Mode, Pass, Tape, Values};
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::place::Place;
use ganymede_core::random::normal_tensor;

use crate::NAME;

/// `x + std(t) e`, `e ~ N(0, I)`, in training passes; the identity in evaluation.
#[derive(Clone, Debug)]
pub struct NoiseLayer {
    /// Features of a row.
    pub width: usize,
    /// Standard deviation at the beginning of the run, in the units of the samples.
    pub std: f64,
    /// How it changes over the run.
    pub decay: Schedule,
    /// Phases of a step, to know the step of a pass.
    pub phases: u64,
}

impl Layer for NoiseLayer {
    fn name(&self) -> &'static str {
        "instance noise"
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, index: usize, _: &mut Tape) -> Tensor<2> {
        let std = self.std * self.decay.at(pass.step / self.phases.max(1));
        if pass.mode == Mode::Evaluate || std == 0.0 {
            return input;
        }
        let mut stream = pass.streams.at(&format!("{NAME}/{}/{index}", pass.purpose), pass.step);
        let noise = normal_tensor(&mut stream, input.dims(), &Place::of(&input));
        input.add(noise.mul_scalar(std))
    }

    fn vjp(&self, _: Values<'_>, _: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }
}
