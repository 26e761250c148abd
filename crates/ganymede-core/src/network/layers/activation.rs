//! Activations: element by element, and maxout.

use burn::tensor::{FloatDType, Tensor, activation};
use ganymede_kernels::layers as kernels;
use ganymede_samples::Shape;
use serde::{Deserialize, Serialize};

use crate::network::facts::Facts;
use crate::network::layer::{Layer, Values};
use crate::network::pass::Pass;
use crate::network::rectifier::Rectifier;
use crate::network::tape::{SavedTensors, Tape};

/// An activation, as configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationKind {
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `x` where positive, else `slope * x`.
    LeakyRelu,
    /// Hyperbolic tangent.
    Tanh,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The largest of each group of `pieces` linear units (Goodfellow et al. 2013).
    Maxout,
    /// The identity.
    None,
}

/// An element-wise activation.
#[derive(Clone, Copy, Debug)]
pub struct Activation {
    /// The shape of a row.
    pub shape: Shape,
    /// Which function; neither `maxout` nor `none`.
    pub function: Function,
}

/// The element-wise functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// `x` where positive, else `slope * x` with a slope in `[0, 1)`; slope 0 is `ReLU`.
    LeakyRelu(f64),
    /// Hyperbolic tangent.
    Tanh,
    /// The logistic function.
    Sigmoid,
}

impl Layer for Activation {
    fn facts(&self) -> Facts {
        let (name, settings) = match self.function {
            Function::LeakyRelu(slope) => ("leaky ReLU", vec![("slope", slope)]),
            Function::Tanh => ("tanh", Vec::new()),
            Function::Sigmoid => ("sigmoid", Vec::new()),
        };
        Facts { serves_members: true, settings, ..Facts::new(name, self.shape) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        match self.function {
            Function::LeakyRelu(slope) => {
                let output = leaky_relu(input, slope);
                Rectifier::keep(&output, tape);
                output
            }
            Function::Tanh => {
                let output = input.tanh();
                tape.keep(|| [output.clone()]);
                output
            }
            Function::Sigmoid => {
                let output = activation::sigmoid(input);
                tape.keep(|| [output.clone()]);
                output
            }
        }
    }

    fn rectifier(&self) -> Option<Rectifier> {
        match self.function {
            Function::LeakyRelu(slope) => Some(Rectifier { slope }),
            Function::Tanh | Function::Sigmoid => None,
        }
    }

    fn vjp(&self, _: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let saved = saved.tensors[0].clone();
        let slope = match self.function {
            Function::LeakyRelu(slope) if kernels::serves(&cotangent) && kernels::serves(&saved) => {
                return (kernels::leaky_relu_backward(cotangent, saved, slope), Vec::new());
            }
            Function::LeakyRelu(slope) => slopes(saved, slope),
            Function::Tanh => saved.square().neg().add_scalar(1.0),
            Function::Sigmoid => saved.clone().mul(saved.neg().add_scalar(1.0)),
        };
        (cotangent.mul(slope), Vec::new())
    }
}

/// A mixture of `ReLU` and the input, in one pass where a kernel serves, which has the same bits. burn's own leaky `ReLU` rounds
/// otherwise, which would change every run.
fn leaky_relu(input: Tensor<2>, slope: f64) -> Tensor<2> {
    if kernels::serves(&input) {
        return kernels::leaky_relu(input, slope);
    }
    if slope == 0.0 {
        return activation::relu(input);
    }
    activation::relu(input.clone()).mul_scalar(1.0 - slope).add(input.mul_scalar(slope))
}

/// The derivative of leaky `ReLU` from what went in or came out, entry by entry: 1 where positive, else the slope. A constant to further
/// differentiation, as the function is piecewise linear. By a comparison, because burn's sign takes six times as
/// long: 69 against 12 us for 128 x 128 values on flex.
fn slopes(input: Tensor<2>, slope: f64) -> Tensor<2> {
    let precision = FloatDType::from(input.dtype());
    let positive = input.without_autodiff().greater_elem(0.0).cast(precision);
    positive.mul_scalar(1.0 - slope).add_scalar(slope)
}

/// Maxout (Goodfellow et al. 2013): of each `pieces` neighbouring channels, the largest.
#[derive(Clone, Copy, Debug)]
pub struct Maxout {
    /// The shape of a row that goes in; its channels are a multiple of `pieces`.
    pub input: Shape,
    /// Linear units in a group.
    pub pieces: usize,
}

impl Layer for Maxout {
    fn facts(&self) -> Facts {
        let Shape { channels, .. } = self.input;
        let fault = (!channels.is_multiple_of(self.pieces))
            .then(|| format!("takes groups of {} channels, and {channels} channels reach it", self.pieces));
        let settings = vec![("pieces", self.pieces as f64)];
        let output = self.input.with_channels(channels / self.pieces);
        Facts { serves_members: true, settings, fault, ..Facts::new("maxout", output) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [rows, features] = input.dims();
        let groups = features / self.pieces;
        let grouped: Tensor<3> = input.reshape([rows, groups, self.pieces]);
        tape.keep(|| [winners(grouped.clone()).reshape([rows, features])]);
        grouped.max_dim(2).reshape([rows, groups])
    }

    fn vjp(&self, _: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [rows, groups] = cotangent.dims();
        let winners: Tensor<3> = saved.tensors[0].clone().reshape([rows, groups, self.pieces]);
        let spread = cotangent.reshape([rows, groups, 1]).mul(winners);
        (spread.reshape([rows, groups * self.pieces]), Vec::new())
    }
}

/// One at each group's largest entry, shared evenly where several are equal; zero elsewhere.
fn winners(grouped: Tensor<3>) -> Tensor<3> {
    let grouped = grouped.without_autodiff();
    // Zero at the largest entry and negative elsewhere; its sign plus one marks the winners without a mask.
    let marks = grouped.clone().sub(grouped.max_dim(2)).sign().add_scalar(1.0);
    let count = marks.clone().sum_dim(2);
    marks.div(count)
}
