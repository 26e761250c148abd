//! Sines and cosines of the values, so that a network can tell apart what lies close together.

use burn::tensor::Tensor;
use ganymede_kernels::fourier as kernels;
use ganymede_kernels::waves::Waves;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::layer::{Layer, Values};
use crate::network::layers::pixels::{by_pixel, by_row};
use crate::network::pass::Pass;
use crate::network::tape::{SavedTensors, Tape};

/// The values, and sines and cosines of them at frequencies that double: `(x, sin(f x), cos(f x), sin(2 f x), cos(2 f x), ...)`,
/// pixel by pixel.
///
/// A perceptron learns slow changes of its input long before fast ones; behind these features both are as near (Tancik et al.
/// 2020, "Fourier features let networks learn high frequency functions in low dimensional domains", whose axis-aligned
/// "positional encoding" this is, beside the values themselves).
#[derive(Clone, Copy, Debug)]
pub struct FourierFeatures {
    /// The shape of a row that goes in.
    pub input: Shape,
    /// How many frequencies, at least 1.
    pub octaves: usize,
    /// The lowest frequency f, in radians a unit of the values, above 0.
    pub frequency: f64,
}

impl FourierFeatures {
    /// The frequencies, lowest first.
    fn frequencies(&self) -> impl Iterator<Item = f64> {
        std::iter::successors(Some(self.frequency), |frequency| Some(2.0 * frequency)).take(self.octaves)
    }

    /// The shape of a row that comes out.
    fn output(&self) -> Shape {
        self.input.with_channels(self.input.channels * (1 + 2 * self.octaves))
    }

    fn waves(&self) -> Waves {
        let Self { input, octaves, frequency } = *self;
        Waves { channels: input.channels, octaves, frequency }
    }

    /// The channels `[pixels, channels]` of part `index` of what came out: 0 the values, then sine and cosine by turns.
    fn part(&self, pixels: &Tensor<2>, index: usize) -> Tensor<2> {
        pixels.clone().narrow(1, index * self.input.channels, self.input.channels)
    }
}

impl Layer for FourierFeatures {
    fn facts(&self) -> Facts {
        let settings = vec![("octaves", self.octaves as f64), ("frequency", self.frequency)];
        Facts { serves_members: true, settings, ..Facts::new("Fourier features", self.output()) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let pixels = by_pixel(input, self.input);
        if kernels::serves(&pixels) {
            let output = kernels::features(self.waves(), pixels);
            tape.keep(|| [output.clone()]);
            return by_row(output, self.output());
        }
        let waves = self.frequencies().flat_map(|frequency| {
            let phases = pixels.clone().mul_scalar(frequency);
            [phases.clone().sin(), phases.cos()]
        });
        let output = Tensor::cat(std::iter::once(pixels.clone()).chain(waves).collect(), 1);
        tape.keep(|| [output.clone()]);
        by_row(output, self.output())
    }

    fn vjp(&self, _: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let (output, cotangent) = (&saved.tensors[0], by_pixel(cotangent, self.output()));
        if kernels::serves(output) && kernels::serves(&cotangent) {
            return (by_row(kernels::pullback(self.waves(), cotangent, output.clone()), self.input), Vec::new());
        }
        let of_waves = self.frequencies().enumerate().map(|(octave, frequency)| {
            let [sine, cosine] = [1, 2].map(|part| 2 * octave + part);
            let rising = self.part(&cotangent, sine).mul(self.part(output, cosine));
            let falling = self.part(&cotangent, cosine).mul(self.part(output, sine));
            rising.sub(falling).mul_scalar(frequency)
        });
        (by_row(of_waves.fold(self.part(&cotangent, 0), Tensor::add), self.input), Vec::new())
    }
}
