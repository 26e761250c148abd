//! Entries of a list as layers: the one place where a kind becomes a layer.

use std::sync::Arc;

use ganymede_samples::Shape;

use crate::network::layer::Layer;
use crate::network::layers::activation::Function;
use crate::network::layers::basis::LearnedBasis;
use crate::network::layers::convolution::{Convolution, TransposedConvolution, Window};
use crate::network::layers::fourier::FourierFeatures;
use crate::network::layers::group_norm::GroupNorm;
use crate::network::layers::linear::Linear;
use crate::network::layers::resampling::{Filter, GlobalPool, Resample};
use crate::network::list::entry::{
    ConvolutionConfig, DownsamplingFilter, FourierFeaturesConfig, LayerConfig, LearnedBasisConfig, LinearConfig,
    ResidualConfig, UpsamplingFilter,
};
use crate::network::plan::{LayerPlan, WeightStart};
use crate::network::residual::Residual;
use crate::network::sequential::Sequential;

impl LayerConfig {
    /// The layer, whose weights start in this way where it does not say another.
    pub(crate) fn plan(&self, start: WeightStart) -> LayerPlan {
        match self {
            Self::Linear(linear) => linear.plan(start),
            Self::Convolution(convolution) => convolution.plan(start),
            Self::TransposedConvolution(convolution) => convolution.plan_transposed(start),
            Self::LearnedBasis(basis) => basis.plan(start),
            Self::FourierFeatures(features) => {
                let FourierFeaturesConfig { octaves, frequency } = *features;
                let make = move |input: Shape, _| FourierFeatures { input, octaves, frequency };
                LayerPlan::new(format!("Fourier features({octaves})"), make)
            }
            Self::Upsampling(upsampling) => {
                let filter = match upsampling.filter {
                    UpsamplingFilter::Nearest => Filter::Box,
                    UpsamplingFilter::Binomial => Filter::Binomial,
                };
                let factor = upsampling.factor;
                LayerPlan::new("upsampling", move |input, _| Resample::up(input, factor, filter))
            }
            Self::Downsampling(downsampling) => {
                let filter = match downsampling.filter {
                    DownsamplingFilter::Average => Filter::Box,
                    DownsamplingFilter::Binomial => Filter::Binomial,
                };
                let factor = downsampling.factor;
                LayerPlan::new("downsampling", move |input, _| Resample::down(input, factor, filter))
            }
            Self::GlobalPooling => LayerPlan::new("global average pooling", |input, _| GlobalPool { input }),
            Self::Relu => LayerPlan::activation(Function::LeakyRelu(0.0)),
            Self::LeakyRelu(leaky) => LayerPlan::activation(Function::LeakyRelu(leaky.slope)),
            Self::Tanh => LayerPlan::activation(Function::Tanh),
            Self::Sigmoid => LayerPlan::activation(Function::Sigmoid),
            Self::Maxout(maxout) => LayerPlan::maxout(maxout.pieces),
            Self::BatchNorm(norm) => LayerPlan::batch_norm(norm.momentum),
            Self::LayerNorm => LayerPlan::layer_norm(),
            Self::GroupNorm(norm) => {
                let groups = norm.groups;
                LayerPlan::new(format!("group norm({groups})"), move |shape, _| GroupNorm { shape, groups })
            }
            Self::Dropout(dropout) => LayerPlan::dropout(dropout.probability),
            Self::Residual(residual) => residual.plan(start),
        }
    }
}

impl LinearConfig {
    fn plan(&self, network: WeightStart) -> LayerPlan {
        let start = network.or(self.initialization, self.initialization_std);
        let Some(output) = self.output() else { return LayerPlan::linear_output(start) };
        if output.is_point() {
            return LayerPlan::linear(output.channels, start);
        }
        let WeightStart { initialization, scale } = start;
        LayerPlan::new(format!("linear({output})"), move |input, _| Linear { input, output, initialization, scale })
    }

    /// The requested shape, if any.
    fn output(&self) -> Option<Shape> {
        self.shape.map(shape).or(self.width.map(Shape::point))
    }
}

/// A shape of height, width and channels.
fn shape([height, width, channels]: [usize; 3]) -> Shape {
    Shape { channels, height, width }
}

impl ConvolutionConfig {
    /// The windows of the larger picture.
    pub(super) fn window(&self) -> Window {
        let padding = self.padding.unwrap_or(self.kernel.saturating_sub(1) / 2);
        Window::new(self.kernel, self.stride, padding).grouped(self.groups)
    }

    fn plan(&self, network: WeightStart) -> LayerPlan {
        let (config, start) = (*self, network.or(self.initialization, self.initialization_std));
        LayerPlan::new(format!("convolution({})", self.described()), move |input: Shape, output| {
            let (channels, window) = (config.channels.unwrap_or(output.channels), config.window());
            let [inputs, outputs] = [input.channels, channels].map(|channels| window.fan_in(channels));
            let weight = start.initialization.weight(inputs, outputs, start.scale);
            let layer = Convolution::new(input, channels, window, weight, config.bias);
            layer.with_bias_start(start.initialization.bias(inputs))
        })
    }

    fn plan_transposed(&self, network: WeightStart) -> LayerPlan {
        let (config, start) = (*self, network.or(self.initialization, self.initialization_std));
        LayerPlan::new(format!("transposed convolution({})", self.described()), move |input: Shape, output| {
            let (large, window) = (config.enlarged(input, output), config.window());
            // Of a kernel's pixels a value of the larger picture is under every stride-th, along each side.
            let inputs = (window.fan_in(input.channels) / (window.stride * window.stride).max(1)).max(1);
            let weight = start.initialization.weight(inputs, window.fan_in(large.channels), start.scale);
            let layer = TransposedConvolution::new(input, large, window, weight, config.bias);
            layer.with_bias_start(start.initialization.bias(inputs))
        })
    }

    /// The shape that a transposed convolution makes of pictures of this shape, in a network of this output.
    fn enlarged(&self, input: Shape, output: Shape) -> Shape {
        let smallest = |side: usize| {
            let Window { kernel, stride, padding, .. } = self.window();
            (side.saturating_sub(1) * stride + kernel).saturating_sub(2 * padding)
        };
        let [height, width] = match (self.size, self.channels) {
            (Some(size), _) => size.pixels(),
            (None, None) => [output.height, output.width],
            (None, Some(_)) => [smallest(input.height), smallest(input.width)],
        };
        Shape { channels: self.channels.unwrap_or(output.channels), height, width }
    }

    fn described(&self) -> String {
        self.channels.map_or_else(|| "outputs".to_owned(), |channels| channels.to_string())
    }
}

impl LearnedBasisConfig {
    fn plan(&self, network: WeightStart) -> LayerPlan {
        let (output, start) = (shape(self.shape), network.or(self.initialization, self.initialization_std));
        LayerPlan::new("learned basis", move |input: Shape, _| LearnedBasis {
            input,
            output,
            weight: start.initialization.weight(input.features(), output.channels, start.scale),
        })
    }
}

impl ResidualConfig {
    fn plan(&self, start: WeightStart) -> LayerPlan {
        let [body, shortcut] = [&self.body, &self.shortcut]
            .map(|layers| layers.iter().map(|layer| layer.plan(start)).collect::<Vec<LayerPlan>>());
        let scale = self.scale;
        LayerPlan::new("residual block", move |input, output| {
            let [body, shortcut] = [&body, &shortcut].map(|plans| Arc::new(stack(plans, input, output)));
            Residual::new(body, shortcut, scale)
        })
    }
}

/// Layers one after another, each made from the shape that reaches it.
fn stack(plans: &[LayerPlan], input: Shape, output: Shape) -> Sequential {
    let mut shape = input;
    let build = |plan: &LayerPlan| -> Arc<dyn Layer> {
        let layer = plan.build(shape, output);
        shape = layer.facts().output;
        layer
    };
    Sequential::new(input, plans.iter().map(build).collect())
}
