//! The entries of a list of layers: one kind each, with the keys that it takes.

use serde::{Deserialize, Serialize};

use crate::network::initialization::InitializationKind;

/// One layer of a list, as `{ kind = "convolution", channels = 64 }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LayerConfig {
    /// Fully connected.
    Linear(LinearConfig),
    /// A convolution.
    Convolution(ConvolutionConfig),
    /// A transposed convolution.
    TransposedConvolution(ConvolutionConfig),
    /// A learned picture whose channels the rows weigh.
    LearnedBasis(LearnedBasisConfig),
    /// The values with sines and cosines of them.
    FourierFeatures(FourierFeaturesConfig),
    /// Larger pictures.
    Upsampling(UpsamplingConfig),
    /// Smaller pictures: average pooling, or filtered.
    Downsampling(DownsamplingConfig),
    /// The mean of each channel over all pixels.
    GlobalPooling,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`.
    LeakyRelu(LeakyReluConfig),
    /// Hyperbolic tangent.
    Tanh,
    /// The logistic function.
    Sigmoid,
    /// The largest of each group of channels.
    Maxout(MaxoutConfig),
    /// Batch norm per channel.
    BatchNorm(BatchNormConfig),
    /// Layer norm: each row separately.
    LayerNorm,
    /// Group norm: each row's channels in groups.
    GroupNorm(GroupNormConfig),
    /// Dropout.
    Dropout(DropoutConfig),
    /// Layers beside a shortcut, added up.
    Residual(ResidualConfig),
}

/// The values of a layer's `kind`.
pub const LAYER_KINDS: &[&str] = &[
    "linear",
    "convolution",
    "transposed-convolution",
    "learned-basis",
    "fourier-features",
    "upsampling",
    "downsampling",
    "global-pooling",
    "relu",
    "leaky-relu",
    "tanh",
    "sigmoid",
    "maxout",
    "batch-norm",
    "layer-norm",
    "group-norm",
    "dropout",
    "residual",
];

impl LayerConfig {
    /// The value of `kind` that names this variant.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Linear(_) => "linear",
            Self::Convolution(_) => "convolution",
            Self::TransposedConvolution(_) => "transposed-convolution",
            Self::LearnedBasis(_) => "learned-basis",
            Self::FourierFeatures(_) => "fourier-features",
            Self::Upsampling(_) => "upsampling",
            Self::Downsampling(_) => "downsampling",
            Self::GlobalPooling => "global-pooling",
            Self::Relu => "relu",
            Self::LeakyRelu(_) => "leaky-relu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Maxout(_) => "maxout",
            Self::BatchNorm(_) => "batch-norm",
            Self::LayerNorm => "layer-norm",
            Self::GroupNorm(_) => "group-norm",
            Self::Dropout(_) => "dropout",
            Self::Residual(_) => "residual",
        }
    }

    /// Whether its size is left out, which then follows from the network's output.
    pub fn makes_outputs(&self) -> bool {
        match self {
            Self::Linear(linear) => linear.width.is_none() && linear.shape.is_none(),
            Self::Convolution(convolution) | Self::TransposedConvolution(convolution) => convolution.channels.is_none(),
            _ => false,
        }
    }
}

/// The keys of `kind = "linear"`. Without `width` and `shape` it makes the network's outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinearConfig {
    /// Features of the points that it makes, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// In place of `width`: height, width and channels of the pictures that it makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<[usize; 3]>,
    /// How its weights start; as the network's when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<InitializationKind>,
    /// Standard deviation or gain of the start, where the kind takes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization_std: Option<f64>,
}

/// Height and width: one number for both, or each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of pixels, or [height, width]")]
pub enum Sides {
    /// Of a square.
    Square(usize),
    /// Height and width.
    Each([usize; 2]),
}

impl Sides {
    /// As short as it can be written.
    pub fn of(height: usize, width: usize) -> Self {
        if height == width { Self::Square(height) } else { Self::Each([height, width]) }
    }

    /// Height and width.
    pub fn pixels(self) -> [usize; 2] {
        match self {
            Self::Square(side) => [side; 2],
            Self::Each(sides) => sides,
        }
    }
}

/// The keys of `kind = "convolution"` and `kind = "transposed-convolution"`. Without `channels` it makes the network's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvolutionConfig {
    /// Channels of the pictures that it makes, at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// Height and width of the pictures that a transposed convolution makes, since several sizes are possible with a stride
    /// above 1. When left out those of the outputs, or the smallest: `(side - 1) * stride + kernel - 2 * padding`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Sides>,
    /// Height and width of the kernel, at least 1; default 3.
    pub kernel: usize,
    /// Pixels from one window to the next, at least 1; default 1.
    pub stride: usize,
    /// Pixels of zeros around the larger picture, below `kernel`; default `(kernel - 1) / 2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<usize>,
    /// Groups of channels that see only their own; divides the channels of both pictures. Default 1.
    pub groups: usize,
    /// Whether a bias is added to each channel; default true.
    pub bias: bool,
    /// How its weights start; as the network's when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization: Option<InitializationKind>,
    /// Standard deviation or gain of the start, where the kind takes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization_std: Option<f64>,
}

impl Default for ConvolutionConfig {
    fn default() -> Self {
        Self {
            channels: None,
            size: None,
            kernel: 3,
            stride: 1,
            padding: None,
            groups: 1,
            bias: true,
            initialization: None,
            initialization_std: None,
        }
    }
}

/// The keys of `kind = "learned-basis"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnedBasisConfig {
    /// Height, width and channels of the picture.
    pub shape: [usize; 3],
    /// How the weights of the rows start; as the network's when left out. The picture itself starts normal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initialization: Option<InitializationKind>,
    /// Standard deviation or gain of the start, where the kind takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initialization_std: Option<f64>,
}

/// The keys of `kind = "fourier-features"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FourierFeaturesConfig {
    /// How many frequencies, each twice the one before it, 1 to 16; default 4.
    pub octaves: usize,
    /// The lowest frequency, in radians a unit of the values, above 0; default 1.
    pub frequency: f64,
}

impl Default for FourierFeaturesConfig {
    fn default() -> Self {
        Self { octaves: 4, frequency: 1.0 }
    }
}

/// How pixels are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpsamplingFilter {
    /// Each pixel several times.
    #[default]
    Nearest,
    /// Filtered by 1-2-1; by 2 only.
    Binomial,
}

/// The keys of `kind = "upsampling"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpsamplingConfig {
    /// How many times longer the sides become, at least 1; default 2.
    pub factor: usize,
    /// The filter.
    pub filter: UpsamplingFilter,
}

impl Default for UpsamplingConfig {
    fn default() -> Self {
        Self { factor: 2, filter: UpsamplingFilter::default() }
    }
}

/// How pixels are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DownsamplingFilter {
    /// The mean of each square of pixels: average pooling.
    #[default]
    Average,
    /// Filtered by 1-2-1; by 2 only.
    Binomial,
}

/// The keys of `kind = "downsampling"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DownsamplingConfig {
    /// How many times shorter the sides become, at least 1; default 2. A rest is a pixel too.
    pub factor: usize,
    /// The filter.
    pub filter: DownsamplingFilter,
}

impl Default for DownsamplingConfig {
    fn default() -> Self {
        Self { factor: 2, filter: DownsamplingFilter::default() }
    }
}

/// The keys of `kind = "leaky-relu"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeakyReluConfig {
    /// The slope below zero, in `[0, 1)`; default 0.2.
    pub slope: f64,
}

impl Default for LeakyReluConfig {
    fn default() -> Self {
        Self { slope: 0.2 }
    }
}

/// The keys of `kind = "maxout"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaxoutConfig {
    /// Neighbouring channels of which the largest is taken, 2 to 64; default 5. It divides the channels.
    pub pieces: usize,
}

impl Default for MaxoutConfig {
    fn default() -> Self {
        Self { pieces: 5 }
    }
}

/// The keys of `kind = "batch-norm"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchNormConfig {
    /// How far the running statistics move in one update, in `(0, 1]`; default 0.1.
    pub momentum: f64,
}

impl Default for BatchNormConfig {
    fn default() -> Self {
        Self { momentum: 0.1 }
    }
}

/// The keys of `kind = "group-norm"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNormConfig {
    /// Groups of channels, at least 1; divides them.
    pub groups: usize,
}

/// The keys of `kind = "dropout"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutConfig {
    /// The probability that a value is dropped in training, in `[0, 1)`.
    pub probability: f64,
}

/// The keys of `kind = "residual"`: `scale * (shortcut(x) + body(x))`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResidualConfig {
    /// What the sum is multiplied by; default 1.
    pub scale: f64,
    /// The layers of the body, at least one.
    pub body: Vec<LayerConfig>,
    /// The layers of the shortcut; none, the identity, when left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shortcut: Vec<LayerConfig>,
}

impl Default for ResidualConfig {
    fn default() -> Self {
        Self { scale: 1.0, body: Vec::new(), shortcut: Vec::new() }
    }
}
