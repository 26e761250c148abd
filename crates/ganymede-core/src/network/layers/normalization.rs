//! Batch norm and layer norm.

use burn::tensor::Tensor;
use ganymede_kernels::layers as kernels;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::initialization::Initialization;
use crate::network::layer::{BufferSpec, Layer, ParameterSpec, Values};
use crate::network::layers::pixels::{by_pixel, by_row};
use crate::network::pass::{Mode, Pass};
use crate::network::tape::{SavedTensors, Tape};

/// Added to the variance before the root.
pub(super) const EPSILON: f64 = 1e-5;

/// Batch normalisation (Ioffe & Szegedy 2015): each channel to mean 0 and variance 1 over the batch and its pixels, then
/// scale and shift. Evaluation uses running statistics, moved by `momentum` with each update of the network.
///
/// The variance is the biased one in training and in the running statistic alike; `PyTorch` keeps the unbiased one
/// there, a factor of `n / (n - 1)`.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    /// The shape of a row.
    pub shape: Shape,
    /// How far the running statistics move in one update.
    pub momentum: f64,
}

impl Layer for BatchNorm {
    fn facts(&self) -> Facts {
        let settings = vec![("epsilon", EPSILON)];
        Facts {
            rows_interact: true,
            normalizes_batch: true,
            sums_rows: true,
            settings,
            ..Facts::new("batch norm", self.shape)
        }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        scale_and_shift(self.shape)
    }

    fn buffers(&self) -> Vec<BufferSpec> {
        let buffer = |name: &str, start| BufferSpec {
            name: name.to_owned(),
            shape: [1, self.shape.channels],
            initialization: Initialization::Constant(start),
            momentum: self.momentum,
        };
        vec![buffer("running_mean", 0.0), buffer("running_variance", 1.0)]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        if let Some(output) = self.in_few_passes(values, &input, pass, tape) {
            return output;
        }
        let normalized = self.normalize(values, input, pass, tape);
        by_row(normalized.mul(values.parameters[0].clone()).add(values.parameters[1].clone()), self.shape)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let by_pixel = by_pixel(cotangent.clone(), self.shape);
        let scale = by_pixel.clone().mul(saved.tensors[0].clone()).sum_dim(0);
        let shift = by_pixel.sum_dim(0);
        (self.input_cotangent(values, saved, cotangent), vec![scale, shift])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let scaled = by_pixel(cotangent, self.shape).mul(values.parameters[0].clone());
        by_row(Self::normalize_backward(saved, scaled), self.shape)
    }
}

impl BatchNorm {
    /// The forward pass by a kernel with a backward pass of its own, where one serves and burn's backward is the only one.
    fn in_few_passes(&self, values: Values<'_>, input: &Tensor<2>, pass: &Pass, tape: &mut Tape) -> Option<Tensor<2>> {
        let [scale, shift] = [&values.parameters[0], &values.parameters[1]];
        let serves = [input, scale, shift].into_iter().all(kernels::serves);
        if tape.is_recording() || pass.mode == Mode::Evaluate || !serves {
            return None;
        }
        let input = by_pixel(input.clone(), self.shape);
        let [output, mean, variance] = kernels::batch_norm(input, scale.clone(), shift.clone(), EPSILON);
        tape.observe([mean, variance]);
        Some(by_row(output, self.shape))
    }

    /// The rows before scale and shift, `[rows * pixels, channels]`. Keeps three tensors, of which the first is the result.
    pub(super) fn normalize(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let input = by_pixel(input, self.shape);
        let (normalized, inverse_std) = match pass.mode {
            Mode::Train => {
                let mean = input.clone().mean_dim(0);
                let centered = input.sub(mean.clone());
                let variance = centered.clone().square().mean_dim(0);
                tape.observe([mean, variance.clone()]);
                let inverse_std = variance.add_scalar(EPSILON).sqrt().recip();
                (centered.mul(inverse_std.clone()), inverse_std)
            }
            Mode::Evaluate => {
                let inverse_std = values.buffers[1].clone().add_scalar(EPSILON).sqrt().recip();
                (input.sub(values.buffers[0].clone()).mul(inverse_std.clone()), inverse_std)
            }
        };
        // The third entry says whether the statistics depend on the input, for the backward pass.
        tape.keep(|| {
            let depends = if pass.mode == Mode::Train { 1.0 } else { 0.0 };
            [normalized.clone(), inverse_std.clone(), inverse_std.full_like(depends).without_autodiff()]
        });
        normalized
    }

    /// The cotangent of what went into [`BatchNorm::normalize`], from that of its result.
    pub(super) fn normalize_backward(saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let [normalized, inverse_std, depends] = [0, 1, 2].map(|index: usize| saved.tensors[index].clone());
        let mean = cotangent.clone().mean_dim(0).mul(depends.clone());
        let slope = cotangent.clone().mul(normalized.clone()).mean_dim(0).mul(depends);
        cotangent.sub(mean).sub(normalized.mul(slope)).mul(inverse_std)
    }
}

/// Layer normalisation (Ba et al. 2016): each row to mean 0 and variance 1 over all its values, then scale and shift for
/// each channel.
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm {
    /// The shape of a row.
    pub shape: Shape,
}

impl Layer for LayerNorm {
    fn facts(&self) -> Facts {
        Facts { sums_rows: true, settings: vec![("epsilon", EPSILON)], ..Facts::new("layer norm", self.shape) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        scale_and_shift(self.shape)
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let centered = input.clone().sub(input.mean_dim(1));
        let inverse_std = centered.clone().square().mean_dim(1).add_scalar(EPSILON).sqrt().recip();
        let normalized = centered.mul(inverse_std.clone());
        tape.keep(|| [normalized.clone(), inverse_std]);
        let normalized = by_pixel(normalized, self.shape);
        by_row(normalized.mul(values.parameters[0].clone()).add(values.parameters[1].clone()), self.shape)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let by_channel = by_pixel(cotangent.clone(), self.shape);
        let scale = by_channel.clone().mul(by_pixel(saved.tensors[0].clone(), self.shape)).sum_dim(0);
        let shift = by_channel.sum_dim(0);
        (self.input_cotangent(values, saved, cotangent), vec![scale, shift])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let [normalized, inverse_std] = [saved.tensors[0].clone(), saved.tensors[1].clone()];
        let scaled = by_row(by_pixel(cotangent, self.shape).mul(values.parameters[0].clone()), self.shape);
        let mean = scaled.clone().mean_dim(1);
        let slope = scaled.clone().mul(normalized.clone()).mean_dim(1);
        scaled.sub(mean).sub(normalized.mul(slope)).mul(inverse_std)
    }
}

/// The affine part of both norms, for each channel: a scale that starts at one and a shift that starts at zero.
pub(super) fn scale_and_shift(shape: Shape) -> Vec<ParameterSpec> {
    vec![
        ParameterSpec::new("scale", [1, shape.channels], Initialization::Constant(1.0)),
        ParameterSpec::new("shift", [1, shape.channels], Initialization::Constant(0.0)),
    ]
}
