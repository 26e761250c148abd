//! Batch norm and layer norm.

use burn::tensor::Tensor;

use crate::network::initialization::Initialization;
use crate::network::layer::{Layer, Mode, ParameterSpec, Pass, Tape, Values};

/// Added to the variance before the root.
const EPSILON: f64 = 1e-5;

/// Batch normalisation (Ioffe & Szegedy 2015): each feature to mean 0 and variance 1 over the batch, then scale and
/// shift. Evaluation uses running statistics, moved by `momentum` with each update of the network.
///
/// The variance is the biased one in training and in the running statistic alike; `PyTorch` keeps the unbiased one
/// there, a factor of `n / (n - 1)`.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    /// Features of a row.
    pub width: usize,
    /// How far the running statistics move in one update.
    pub momentum: f64,
}

impl Layer for BatchNorm {
    fn name(&self) -> &'static str {
        "batch norm"
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn settings(&self) -> Vec<(&'static str, f64)> {
        vec![("epsilon", EPSILON)]
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        scale_and_shift(self.width)
    }

    fn buffers(&self) -> Vec<ParameterSpec> {
        vec![
            ParameterSpec::new("running_mean", [1, self.width], Initialization::Constant(0.0)),
            ParameterSpec::new("running_variance", [1, self.width], Initialization::Constant(1.0)),
        ]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
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
        // The third entry tells the backward pass whether the statistics depend on the input.
        tape.keep(|| {
            let depends = if pass.mode == Mode::Train { 1.0 } else { 0.0 };
            [normalized.clone(), inverse_std.clone(), inverse_std.full_like(depends).without_autodiff()]
        });
        normalized.mul(values.parameters[0].clone()).add(values.parameters[1].clone())
    }

    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let scale = cotangent.clone().mul(saved[0].clone()).sum_dim(0);
        let shift = cotangent.clone().sum_dim(0);
        (self.input_cotangent(values, saved, cotangent), vec![scale, shift])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> Tensor<2> {
        let [normalized, inverse_std, depends] = [saved[0].clone(), saved[1].clone(), saved[2].clone()];
        let scaled = cotangent.mul(values.parameters[0].clone());
        let mean = scaled.clone().mean_dim(0).mul(depends.clone());
        let slope = scaled.clone().mul(normalized.clone()).mean_dim(0).mul(depends);
        scaled.sub(mean).sub(normalized.mul(slope)).mul(inverse_std)
    }

    fn mixes_rows(&self) -> bool {
        true
    }

    fn momentum(&self) -> f64 {
        self.momentum
    }
}

/// Layer normalisation (Ba et al. 2016): each row to mean 0 and variance 1 over its features, then scale and shift.
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm {
    /// Features of a row.
    pub width: usize,
}

impl Layer for LayerNorm {
    fn name(&self) -> &'static str {
        "layer norm"
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn settings(&self) -> Vec<(&'static str, f64)> {
        vec![("epsilon", EPSILON)]
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        scale_and_shift(self.width)
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
        let centered = input.clone().sub(input.mean_dim(1));
        let inverse_std = centered.clone().square().mean_dim(1).add_scalar(EPSILON).sqrt().recip();
        let normalized = centered.mul(inverse_std.clone());
        tape.keep(|| [normalized.clone(), inverse_std]);
        normalized.mul(values.parameters[0].clone()).add(values.parameters[1].clone())
    }

    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let scale = cotangent.clone().mul(saved[0].clone()).sum_dim(0);
        let shift = cotangent.clone().sum_dim(0);
        (self.input_cotangent(values, saved, cotangent), vec![scale, shift])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> Tensor<2> {
        let [normalized, inverse_std] = [saved[0].clone(), saved[1].clone()];
        let scaled = cotangent.mul(values.parameters[0].clone());
        let mean = scaled.clone().mean_dim(1);
        let slope = scaled.clone().mul(normalized.clone()).mean_dim(1);
        scaled.sub(mean).sub(normalized.mul(slope)).mul(inverse_std)
    }
}

/// The affine part of both norms: a scale that starts at one and a shift that starts at zero.
fn scale_and_shift(width: usize) -> Vec<ParameterSpec> {
    vec![
        ParameterSpec::new("scale", [1, width], Initialization::Constant(1.0)),
        ParameterSpec::new("shift", [1, width], Initialization::Constant(0.0)),
    ]
}
