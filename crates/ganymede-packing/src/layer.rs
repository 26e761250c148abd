//! The layer that puts several rows into one.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::network::{Facts, Layer, Pass, SavedTensors, Tape, Values};

/// Puts `samples` consecutive rows into one by stacking their channels: `[rows, inputs]` to
/// `[rows / samples, samples * inputs]`. Points come to lie side by side; of pictures, each pixel has the channels of all.
///
/// Rows of one logit look at each other, yet real and fake rows may share a pass: a logit never holds both, because
/// the rows of either are a multiple of `samples`.
#[derive(Clone, Copy, Debug)]
pub struct Pack {
    /// The shape of a row that goes in.
    pub input: Shape,
    /// Rows that make one.
    pub samples: usize,
}

impl Pack {
    /// Exchanges samples and pixels: `[logits, outer * inner]` pixels' worth of channels to `[logits, inner * outer]`.
    fn exchange(&self, rows: Tensor<2>, outer: usize, inner: usize) -> Tensor<4> {
        let logits = rows.dims().iter().product::<usize>() / (self.samples * self.input.features());
        let parts: Tensor<4> = rows.reshape([logits, outer, inner, self.input.channels]);
        if self.input.is_point() { parts } else { parts.swap_dims(1, 2) }
    }
}

impl Layer for Pack {
    fn facts(&self) -> Facts {
        let output = self.input.with_channels(self.samples * self.input.channels);
        Facts { settings: vec![("samples", self.samples as f64)], ..Facts::new("packing", output) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: &mut Tape) -> Tensor<2> {
        let [rows, features] = input.dims();
        let stacked = self.exchange(input, self.samples, self.input.pixels());
        stacked.reshape([rows / self.samples, self.samples * features])
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [logits, _] = cotangent.dims();
        let apart = self.exchange(cotangent, self.input.pixels(), self.samples);
        (apart.reshape([logits * self.samples, self.input.features()]), Vec::new())
    }
}
