//! The linear map that a convolution and a transposed convolution share: windows of a large picture, one for each pixel of
//! a small one.
//!
//! All of it is burn's operations, or kernels whose derivatives are kernels, so burn's backward differentiates the backward
//! pass that is written with it.

use burn::tensor::Tensor;
use burn::tensor::module::{conv_transpose2d, conv2d, conv2d_weight_backward};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use ganymede_kernels::{Geometry, convolution};
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::layers::columns::Columns;
use crate::network::layers::pixels::{by_pixel, by_row, channels_first, channels_last};
use crate::network::layers::window::Window;
use crate::network::rectifier::Rectifier;
use crate::place::Place;

/// The linear map between two pictures, by a weight of `[small channels, large channels / groups * kernel * kernel]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    pub(super) large: Shape,
    pub(super) small: Shape,
    pub(super) window: Window,
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

    pub(super) fn weight_shape(&self) -> [usize; 2] {
        [self.small.channels, self.window.fan_in(self.large.channels)]
    }

    fn geometry(&self) -> Geometry {
        let Window { kernel, stride, padding, groups } = self.window;
        Geometry { large: self.large, small: self.small, kernel, stride, padding, groups }
    }

    /// The large picture as the products take it, which a layer may keep: by columns its windows, `[rows * small pixels,
    /// kernel * kernel * channels]`, and else itself.
    pub(super) fn spread(&self, large: Tensor<2>) -> Tensor<2> {
        if self.by_columns(&large) { self.columns().gather(large) } else { large }
    }

    /// Large, as [`Windows::spread`] gives it, to small.
    pub(super) fn gather(&self, spread: Tensor<2>, weight: &Tensor<2>, bias: Option<&Tensor<2>>) -> Tensor<2> {
        if convolution::serves(&spread) {
            return convolution::to_small(self.geometry(), spread, weight.clone(), bias.cloned());
        }
        if self.by_columns(&spread) {
            let pixels = spread.matmul(self.columns().matrix(weight).transpose());
            return by_row(add_bias(pixels, bias), self.small);
        }
        let bias = bias.map(|bias| bias.clone().reshape([self.small.channels]));
        channels_last(conv2d(channels_first(spread, self.large), self.kernels(weight), bias, self.options()))
    }

    /// [`Windows::gather`] and leaky `ReLU`, where a kernel makes both.
    pub(super) fn gather_rectified(
        &self,
        large: &Tensor<2>,
        weight: &Tensor<2>,
        bias: Option<&Tensor<2>>,
        Rectifier { slope }: Rectifier,
    ) -> Option<Tensor<2>> {
        let (weight, bias) = (weight.clone(), bias.cloned());
        convolution::serves(large)
            .then(|| convolution::to_small_leaky_relu(self.geometry(), large.clone(), weight, bias, slope))
    }

    /// [`Windows::scatter`] and leaky `ReLU`, where a kernel makes both.
    pub(super) fn scatter_rectified(
        &self,
        small: &Tensor<2>,
        weight: &Tensor<2>,
        bias: Option<&Tensor<2>>,
        Rectifier { slope }: Rectifier,
    ) -> Option<Tensor<2>> {
        let (weight, bias) = (weight.clone(), bias.cloned());
        convolution::serves(small)
            .then(|| convolution::to_large_leaky_relu(self.geometry(), small.clone(), weight, bias, slope))
    }

    /// Small to large.
    pub(super) fn scatter(&self, small: Tensor<2>, weight: &Tensor<2>, bias: Option<&Tensor<2>>) -> Tensor<2> {
        if convolution::serves(&small) {
            return convolution::to_large(self.geometry(), small, weight.clone(), bias.cloned());
        }
        if self.by_columns(&small) {
            let columns = by_pixel(small, self.small).matmul(self.columns().matrix(weight));
            return by_row(add_bias(self.columns().scatter(columns), bias), self.large);
        }
        let Window { kernel, stride, padding, groups } = self.window;
        // Pixels of the large picture behind the last window, which do not follow from the sizes.
        let rest = |large: usize, small: usize| large + 2 * padding - kernel - (small - 1) * stride;
        let rests = [rest(self.large.height, self.small.height), rest(self.large.width, self.small.width)];
        let options = ConvTransposeOptions::new([stride; 2], [padding; 2], rests, [1; 2], groups);
        let bias = bias.map(|bias| bias.clone().reshape([self.large.channels]));
        channels_last(conv_transpose2d(channels_first(small, self.small), self.kernels(weight), bias, options))
    }

    /// The gradient of the weight for rows of both pictures, one of them a cotangent; the large one as [`Windows::spread`]
    /// gives it.
    pub(super) fn weight_gradient(&self, spread: Tensor<2>, small: Tensor<2>, weight: &Tensor<2>) -> Tensor<2> {
        if convolution::serves(&spread) {
            return convolution::weight_gradient(self.geometry(), spread, small);
        }
        if self.by_columns(&spread) {
            return self.columns().weight(by_pixel(small, self.small).transpose().matmul(spread));
        }
        let (large, small) = (channels_first(spread, self.large), channels_first(small, self.small));
        conv2d_weight_backward(large, self.kernels(weight), small, self.options()).reshape(self.weight_shape())
    }

    /// Whether the map is one product with the windows as rows of a matrix, where no kernel serves: on a processor that is
    /// faster than burn's convolution, which multiplies one picture at a time and moves channels first and back. A GPU has
    /// kernels of its own that need no such matrix. Channels in groups are left to burn's.
    fn by_columns(&self, tensor: &Tensor<2>) -> bool {
        self.window.groups == 1 && !convolution::serves(tensor) && Place::of(tensor).is_processor()
    }

    fn columns(&self) -> Columns {
        Columns { large: self.large, small: self.small, window: self.window }
    }

    /// What is known of a layer that is this map, in the direction of `output`.
    pub(super) fn facts(&self, name: &'static str, output: Shape) -> Facts {
        let fault = self.fault();
        let window = self.window.fan_in(self.large.channels);
        Facts {
            settings: self.window.settings(),
            multiply_adds: self.small.features() * window,
            fault,
            ..Facts::new(name, output)
        }
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

/// Each pixel's row with its channel's bias.
fn add_bias(pixels: Tensor<2>, bias: Option<&Tensor<2>>) -> Tensor<2> {
    match bias {
        Some(bias) => pixels.add(bias.clone()),
        None => pixels,
    }
}
