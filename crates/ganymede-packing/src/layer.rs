//! The layer that puts several rows into one.

use burn::tensor::Tensor;
use ganymede_core::network::{Layer, Pass, Tape, Values};

/// Puts `samples` consecutive rows side by side: `[rows, inputs]` to `[rows / samples, samples * inputs]`.
///
/// Rows of one logit look at each other, yet real and fake rows may share a pass: a logit never holds both, because
/// the rows of either are a multiple of `samples`.
#[derive(Clone, Copy, Debug)]
pub struct Pack {
    /// Features of a row that goes in.
    pub inputs: usize,
    /// Rows that make one.
    pub samples: usize,
}

impl Layer for Pack {
    fn name(&self) -> &'static str {
        "packing"
    }

    fn output_width(&self) -> usize {
        self.samples * self.inputs
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, _: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        input.reshape([rows / self.samples, self.output_width()])
    }

    fn vjp(&self, _: Values<'_>, _: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [logits, _] = cotangent.dims();
        (cotangent.reshape([logits * self.samples, self.inputs]), Vec::new())
    }
}
