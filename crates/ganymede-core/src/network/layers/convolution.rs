//! The convolution and the transposed convolution: each is the other's input cotangent, with the same weight.
//!
//! Both hold one linear map between a large picture and a small one, `Windows`. The convolution takes the large one to
//! the small one, the transposed convolution goes the other way, and the gradient of the weight is the same function for
//! both, with the roles of input and cotangent exchanged.

use burn::tensor::Tensor;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::initialization::Initialization;
use crate::network::layer::{Layer, ParameterSpec, Values};
use crate::network::layers::pixels::by_pixel;
use crate::network::layers::windows::Windows;
use crate::network::pass::Pass;
use crate::network::rectifier::Rectifier;
use crate::network::tape::{SavedTensors, Tape};

pub use crate::network::layers::window::Window;

/// A convolution (`LeCun` et al. 1989): each value of an output pixel is the inner product of a window of the picture
/// that goes in with a kernel, plus a bias for the channel.
///
/// The weight is the matrix `[outputs, inputs / groups * kernel * kernel]`, of which a row is one kernel: channel, then
/// row, then column.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    windows: Windows,
    weight: Initialization,
    bias: Option<Initialization>,
}

impl Convolution {
    /// A convolution of rows of shape `input` to `channels`, whose weight starts as `weight` says and whose bias, where it
    /// has one, at zero.
    pub fn new(input: Shape, channels: usize, window: Window, weight: Initialization, bias: bool) -> Self {
        Self {
            windows: Windows { large: input, small: window.small(input, channels), window },
            weight,
            bias: zeros(bias),
        }
    }

    /// The same layer whose bias, where it has one, starts in this way.
    #[must_use]
    pub fn with_bias_start(self, start: Initialization) -> Self {
        Self { bias: self.bias.map(|_| start), ..self }
    }
}

impl Layer for Convolution {
    fn facts(&self) -> Facts {
        self.windows.facts("convolution", self.windows.small)
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        parameters(
            self.windows.weight_shape(),
            self.weight,
            self.bias.map(|start| (self.windows.small.channels, start)),
        )
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let spread = self.windows.spread(input);
        tape.keep(|| [spread.clone()]);
        self.windows.gather(spread, &values.parameters[0], values.parameters.get(1))
    }

    fn forward_rectified(
        &self,
        values: Values<'_>,
        input: &Tensor<2>,
        rectifier: Rectifier,
        tape: &mut Tape,
    ) -> Option<Tensor<2>> {
        let (weight, bias) = (&values.parameters[0], values.parameters.get(1));
        let output = self.windows.gather_rectified(input, weight, bias, rectifier)?;
        tape.keep(|| [input.clone()]);
        Some(output)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let gradients = self.parameter_gradients(values, saved, cotangent.clone());
        (self.input_cotangent(values, saved, cotangent), gradients)
    }

    fn input_cotangent(&self, values: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        self.windows.scatter(cotangent, &values.parameters[0], None)
    }

    fn parameter_gradients(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Vec<Tensor<2>> {
        let weight = &values.parameters[0];
        let weight = self.windows.weight_gradient(saved.tensors[0].clone(), cotangent.clone(), weight);
        let bias = self.bias.map(|_| by_pixel(cotangent, self.windows.small).sum_dim(0));
        std::iter::once(weight).chain(bias).collect()
    }
}

/// A transposed convolution (Zeiler et al. 2010): each pixel that goes in adds its kernels to a window of the picture
/// that comes out.
///
/// The weight is the matrix `[inputs, outputs / groups * kernel * kernel]`.
#[derive(Clone, Copy, Debug)]
pub struct TransposedConvolution {
    windows: Windows,
    weight: Initialization,
    bias: Option<Initialization>,
}

impl TransposedConvolution {
    /// A transposed convolution of rows of shape `input` to `output`, which is a shape that a convolution with this window
    /// takes to `input`.
    pub fn new(input: Shape, output: Shape, window: Window, weight: Initialization, bias: bool) -> Self {
        Self { windows: Windows { large: output, small: input, window }, weight, bias: zeros(bias) }
    }

    /// The same layer whose bias, where it has one, starts in this way.
    #[must_use]
    pub fn with_bias_start(self, start: Initialization) -> Self {
        Self { bias: self.bias.map(|_| start), ..self }
    }
}

impl Layer for TransposedConvolution {
    fn facts(&self) -> Facts {
        self.windows.facts("transposed convolution", self.windows.large)
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        parameters(
            self.windows.weight_shape(),
            self.weight,
            self.bias.map(|start| (self.windows.large.channels, start)),
        )
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        tape.keep(|| [input.clone()]);
        self.windows.scatter(input, &values.parameters[0], values.parameters.get(1))
    }

    fn forward_rectified(
        &self,
        values: Values<'_>,
        input: &Tensor<2>,
        rectifier: Rectifier,
        tape: &mut Tape,
    ) -> Option<Tensor<2>> {
        let (weight, bias) = (&values.parameters[0], values.parameters.get(1));
        let output = self.windows.scatter_rectified(input, weight, bias, rectifier)?;
        tape.keep(|| [input.clone()]);
        Some(output)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let weight = &values.parameters[0];
        let spread = self.windows.spread(cotangent.clone());
        let mut gradients = vec![self.windows.weight_gradient(spread.clone(), saved.tensors[0].clone(), weight)];
        if self.bias.is_some() {
            gradients.push(by_pixel(cotangent, self.windows.large).sum_dim(0));
        }
        (self.windows.gather(spread, weight, None), gradients)
    }

    fn input_cotangent(&self, values: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        self.windows.gather(self.windows.spread(cotangent), &values.parameters[0], None)
    }
}

/// The start of a bias, where there is one.
fn zeros(bias: bool) -> Option<Initialization> {
    bias.then_some(Initialization::Constant(0.0))
}

fn parameters(weight: [usize; 2], start: Initialization, bias: Option<(usize, Initialization)>) -> Vec<ParameterSpec> {
    let weight = ParameterSpec::new("weight", weight, start);
    let bias = bias.map(|(channels, start)| ParameterSpec::new("bias", [1, channels], start));
    std::iter::once(weight).chain(bias).collect()
}
