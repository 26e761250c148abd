//! The convolution and the transposed convolution: each is the other's input cotangent, with the same weight.
//!
//! Both hold one linear map between a large picture and a small one. The convolution takes the large one to the small
//! one, the transposed convolution goes the other way, and the gradient of the weight is the same function for both, with
//! the roles of input and cotangent exchanged. All three are burn's operations, so burn's backward differentiates the
//! backward pass that is written here.

use burn::tensor::Tensor;
use burn::tensor::module::{conv_transpose2d, conv2d, conv2d_weight_backward};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::initialization::Initialization;
use crate::network::layer::{Layer, ParameterSpec, Values};
use crate::network::layers::pixels::{by_pixel, channels_first, channels_last};
use crate::network::pass::Pass;
use crate::network::tape::{Saved, Tape};

/// The pixels that one pixel of the small picture is joined to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width of the window, at least 1.
    pub kernel: usize,
    /// Pixels of the large picture from one window to the next, at least 1.
    pub stride: usize,
    /// Pixels of zeros around the large picture.
    pub padding: usize,
    /// Groups that channels are split into; each joins its own channels only. Divides the channels of both pictures.
    pub groups: usize,
}

impl Window {
    /// A window over all channels.
    pub fn new(kernel: usize, stride: usize, padding: usize) -> Self {
        Self { kernel, stride, padding, groups: 1 }
    }

    /// The same window over channels in groups.
    #[must_use]
    pub fn grouped(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Windows along a side of this many pixels; 0 where none fits.
    pub fn count(self, side: usize) -> usize {
        (side + 2 * self.padding).checked_sub(self.kernel).map_or(0, |rest| rest / self.stride.max(1) + 1)
    }

    /// The shape that a convolution to `channels` makes of pictures of this shape.
    pub fn small(self, large: Shape, channels: usize) -> Shape {
        Shape { channels, height: self.count(large.height), width: self.count(large.width) }
    }

    /// Inputs of one value of a convolution's output.
    pub fn fan_in(self, channels: usize) -> usize {
        channels / self.groups.max(1) * self.kernel * self.kernel
    }

    fn settings(self) -> Vec<(&'static str, f64)> {
        let Self { kernel, stride, padding, groups } = self;
        let settings = [("kernel", kernel), ("stride", stride), ("padding", padding), ("groups", groups)];
        settings.map(|(name, value)| (name, value as f64)).to_vec()
    }
}

/// The linear map between two pictures, by a weight of `[small channels, large channels / groups * kernel * kernel]`.
#[derive(Clone, Copy, Debug)]
struct Windows {
    large: Shape,
    small: Shape,
    window: Window,
}

impl Windows {
    fn options(&self) -> ConvOptions<2> {
        let Window { stride, padding, groups, .. } = self.window;
        ConvOptions::new([stride; 2], [padding; 2], [1; 2], groups)
    }

    /// The weight as burn takes it: `[small channels, large channels / groups, kernel, kernel]`.
    fn kernels(&self, weight: &Tensor<2>) -> Tensor<4> {
        let Window { kernel, groups, .. } = self.window;
        weight.clone().reshape([self.small.channels, self.large.channels / groups, kernel, kernel])
    }

    fn weight_shape(&self) -> [usize; 2] {
        [self.small.channels, self.window.fan_in(self.large.channels)]
    }

    /// Large to small.
    fn gather(&self, large: Tensor<2>, weight: &Tensor<2>, bias: Option<&Tensor<2>>) -> Tensor<2> {
        let bias = bias.map(|bias| bias.clone().reshape([self.small.channels]));
        channels_last(conv2d(channels_first(large, self.large), self.kernels(weight), bias, self.options()))
    }

    /// Small to large.
    fn scatter(&self, small: Tensor<2>, weight: &Tensor<2>, bias: Option<&Tensor<2>>) -> Tensor<2> {
        let Window { kernel, stride, padding, groups } = self.window;
        // Pixels of the large picture behind the last window, which the sizes alone do not tell.
        let rest = |large: usize, small: usize| large + 2 * padding - kernel - (small - 1) * stride;
        let rests = [rest(self.large.height, self.small.height), rest(self.large.width, self.small.width)];
        let options = ConvTransposeOptions::new([stride; 2], [padding; 2], rests, [1; 2], groups);
        let bias = bias.map(|bias| bias.clone().reshape([self.large.channels]));
        channels_last(conv_transpose2d(channels_first(small, self.small), self.kernels(weight), bias, options))
    }

    /// The gradient of the weight for rows of both pictures, one of them a cotangent.
    fn weight_gradient(&self, large: Tensor<2>, small: Tensor<2>, weight: &Tensor<2>) -> Tensor<2> {
        let (large, small) = (channels_first(large, self.large), channels_first(small, self.small));
        conv2d_weight_backward(large, self.kernels(weight), small, self.options()).reshape(self.weight_shape())
    }

    /// Why there is no such map, as a sentence part.
    fn fault(&self) -> Option<String> {
        let Self { large, small, window } = *self;
        let Window { kernel, stride, padding, groups } = window;
        if kernel == 0 || stride == 0 || groups == 0 {
            return Some("has a kernel, a stride or groups of 0".to_owned());
        }
        if padding >= kernel {
            return Some(format!("pads by {padding}, which a kernel of {kernel} does not reach over"));
        }
        if !large.channels.is_multiple_of(groups) || !small.channels.is_multiple_of(groups) {
            let (large, small) = (large.channels, small.channels);
            return Some(format!("has {groups} groups, which do not divide {large} and {small} channels"));
        }
        if window.small(large, small.channels) != small || small.pixels() == 0 {
            return Some(format!(
                "joins {large} and {small}, which a kernel of {kernel} at a stride of {stride} does not"
            ));
        }
        None
    }
}

/// A convolution (`LeCun` et al. 1989): each value of a pixel that comes out is the inner product of a window of the picture
/// that goes in with a kernel, plus a bias for the channel.
///
/// The weight is the matrix `[outputs, inputs / groups * kernel * kernel]`, of which a row is one kernel: channel, then
/// row, then column.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    windows: Windows,
    weight: Initialization,
    bias: bool,
}

impl Convolution {
    /// A convolution of rows of shape `input` to `channels`, whose weight starts as `weight` says and whose bias, where it
    /// has one, at zero.
    pub fn new(input: Shape, channels: usize, window: Window, weight: Initialization, bias: bool) -> Self {
        Self { windows: Windows { large: input, small: window.small(input, channels), window }, weight, bias }
    }
}

impl Layer for Convolution {
    fn facts(&self) -> Facts {
        let settings = self.windows.window.settings();
        Facts { settings, fault: self.windows.fault(), ..Facts::new("convolution", self.windows.small) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        parameters(self.windows.weight_shape(), self.weight, self.bias.then_some(self.windows.small.channels))
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        tape.keep(|| [input.clone()]);
        self.windows.gather(input, &values.parameters[0], values.parameters.get(1))
    }

    fn vjp(&self, values: Values<'_>, saved: &Saved, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let weight = &values.parameters[0];
        let mut gradients = vec![self.windows.weight_gradient(saved.tensors[0].clone(), cotangent.clone(), weight)];
        if self.bias {
            gradients.push(by_pixel(cotangent.clone(), self.windows.small).sum_dim(0));
        }
        (self.windows.scatter(cotangent, weight, None), gradients)
    }

    fn input_cotangent(&self, values: Values<'_>, _: &Saved, cotangent: Tensor<2>) -> Tensor<2> {
        self.windows.scatter(cotangent, &values.parameters[0], None)
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
    bias: bool,
}

impl TransposedConvolution {
    /// A transposed convolution of rows of shape `input` to `output`, which is a shape that a convolution with this window
    /// takes to `input`.
    pub fn new(input: Shape, output: Shape, window: Window, weight: Initialization, bias: bool) -> Self {
        Self { windows: Windows { large: output, small: input, window }, weight, bias }
    }
}

impl Layer for TransposedConvolution {
    fn facts(&self) -> Facts {
        let settings = self.windows.window.settings();
        Facts { settings, fault: self.windows.fault(), ..Facts::new("transposed convolution", self.windows.large) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        parameters(self.windows.weight_shape(), self.weight, self.bias.then_some(self.windows.large.channels))
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        tape.keep(|| [input.clone()]);
        self.windows.scatter(input, &values.parameters[0], values.parameters.get(1))
    }

    fn vjp(&self, values: Values<'_>, saved: &Saved, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let weight = &values.parameters[0];
        let mut gradients = vec![self.windows.weight_gradient(cotangent.clone(), saved.tensors[0].clone(), weight)];
        if self.bias {
            gradients.push(by_pixel(cotangent.clone(), self.windows.large).sum_dim(0));
        }
        (self.windows.gather(cotangent, weight, None), gradients)
    }

    fn input_cotangent(&self, values: Values<'_>, _: &Saved, cotangent: Tensor<2>) -> Tensor<2> {
        self.windows.gather(cotangent, &values.parameters[0], None)
    }
}

fn parameters(weight: [usize; 2], start: Initialization, bias: Option<usize>) -> Vec<ParameterSpec> {
    let weight = ParameterSpec::new("weight", weight, start);
    let bias = bias.map(|channels| ParameterSpec::new("bias", [1, channels], Initialization::Constant(0.0)));
    std::iter::once(weight).chain(bias).collect()
}
