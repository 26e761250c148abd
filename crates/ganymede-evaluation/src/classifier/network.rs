//! The networks that classify: small ones, as the classes of the benchmarks' pictures are easily distinguished.

use ganymede_core::network::initialization::InitializationKind;
use ganymede_core::network::list::{ConvolutionConfig, LayerConfig, LayersConfig, LinearConfig};
use ganymede_core::network::plan::WeightStart;
use ganymede_samples::Shape;

/// Channels behind the first convolution; each further one doubles them, up to [`MOST_CHANNELS`].
const CHANNELS: usize = 32;

/// The most channels of a convolution.
const MOST_CHANNELS: usize = 128;

/// Pictures are halved until both sides are at most this.
const LEAST_SIDE: usize = 7;

/// Width of the last hidden layer, which [features](super::Classifier) are read from, and of those before it of points.
const HIDDEN: usize = 128;

/// The layers for samples of this shape: convolutions of stride 2 until the sides are at most [`LEAST_SIDE`], then one hidden
/// layer; of points and strips of pixels two hidden layers.
pub(super) fn layers(shape: Shape) -> LayersConfig {
    let mut layers = Vec::new();
    let (mut height, mut width, mut channels) = (shape.height, shape.width, CHANNELS);
    let mut kernel = 5;
    while height.min(width) > 1 && height.max(width) > LEAST_SIDE {
        layers.push(LayerConfig::Convolution(ConvolutionConfig {
            channels: Some(channels),
            kernel,
            stride: 2,
            ..ConvolutionConfig::default()
        }));
        layers.push(LayerConfig::Relu);
        (height, width) = (height.div_ceil(2), width.div_ceil(2));
        (channels, kernel) = ((2 * channels).min(MOST_CHANNELS), 3);
    }
    let hidden = if layers.is_empty() { 2 } else { 1 };
    for _ in 0..hidden {
        layers.push(LayerConfig::Linear(LinearConfig { width: Some(HIDDEN), ..LinearConfig::default() }));
        layers.push(LayerConfig::Relu);
    }
    layers.push(LayerConfig::Linear(LinearConfig::default()));
    let start = WeightStart { initialization: InitializationKind::Kaiming, scale: 1.0 };
    LayersConfig::starting(start, layers)
}
