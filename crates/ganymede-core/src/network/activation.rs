//! Activations: element by element, and maxout.

use burn::tensor::{FloatDType, Tensor, activation};
use serde::{Deserialize, Serialize};

use crate::network::layer::{Layer, Pass, Tape, Values};

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
    /// Features of a row.
    pub width: usize,
    /// Which function; neither `maxout` nor `none`.
    pub function: Function,
}

/// The element-wise functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// `x` where positive, else `slope * x`; slope 0 is `ReLU`.
    LeakyRelu(f64),
    /// Hyperbolic tangent.
    Tanh,
    /// The logistic function.
    Sigmoid,
}

impl Layer for Activation {
    fn name(&self) -> &'static str {
        match self.function {
            Function::LeakyRelu(_) => "leaky ReLU",
            Function::Tanh => "tanh",
            Function::Sigmoid => "sigmoid",
        }
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn settings(&self) -> Vec<(&'static str, f64)> {
        match self.function {
            Function::LeakyRelu(slope) => vec![("slope", slope)],
            Function::Tanh | Function::Sigmoid => Vec::new(),
        }
    }

    fn serves_members(&self) -> bool {
        true
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
        match self.function {
            Function::LeakyRelu(slope) => {
                tape.keep(|| [slopes(input.clone(), slope)]);
                leaky_relu(input, slope)
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

    fn vjp(&self, _: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let saved = saved[0].clone();
        let slope = match self.function {
            Function::LeakyRelu(_) => saved,
            Function::Tanh => saved.square().neg().add_scalar(1.0),
            Function::Sigmoid => saved.clone().mul(saved.neg().add_scalar(1.0)),
        };
        (cotangent.mul(slope), Vec::new())
    }
}

/// Written with `ReLU` because burn's own leaky `ReLU` masks, which was measured to take 40 % of a small network's step.
fn leaky_relu(input: Tensor<2>, slope: f64) -> Tensor<2> {
    if slope == 0.0 {
        return activation::relu(input);
    }
    activation::relu(input.clone()).mul_scalar(1.0 - slope).add(input.mul_scalar(slope))
}

/// The derivative of leaky `ReLU`, entry by entry: 1 where positive, else the slope. A constant to further
/// differentiation, as the function is piecewise linear. By a comparison, because burn's sign takes the time of a small
/// matrix product.
fn slopes(input: Tensor<2>, slope: f64) -> Tensor<2> {
    let precision = FloatDType::from(input.dtype());
    let positive = input.without_autodiff().greater_elem(0.0).cast(precision);
    positive.mul_scalar(1.0 - slope).add_scalar(slope)
}

/// Maxout: of each `pieces` neighbouring features, the largest.
#[derive(Clone, Copy, Debug)]
pub struct Maxout {
    /// Features of a row that comes out; `width * pieces` go in.
    pub width: usize,
    /// Linear units in a group.
    pub pieces: usize,
}

impl Layer for Maxout {
    fn name(&self) -> &'static str {
        "maxout"
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn settings(&self) -> Vec<(&'static str, f64)> {
        vec![("pieces", self.pieces as f64)]
    }

    fn serves_members(&self) -> bool {
        true
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let grouped: Tensor<3> = input.reshape([rows, self.width, self.pieces]);
        tape.keep(|| [winners(grouped.clone()).reshape([rows, self.width * self.pieces])]);
        grouped.max_dim(2).reshape([rows, self.width])
    }

    fn vjp(&self, _: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [rows, _] = cotangent.dims();
        let winners: Tensor<3> = saved[0].clone().reshape([rows, self.width, self.pieces]);
        let spread = cotangent.reshape([rows, self.width, 1]).mul(winners);
        (spread.reshape([rows, self.width * self.pieces]), Vec::new())
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
