//! Residual networks without normalisation, as R3GAN has them (Huang et al. 2024, "The GAN is dead; long live the GAN!").

use ganymede_samples::Shape;
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::network::initialization::InitializationKind;
use crate::network::layers::activation::ActivationKind;
use crate::network::list::{
    ConvolutionConfig, DownsamplingConfig, DownsamplingFilter, LayerConfig, LayersConfig, LeakyReluConfig,
    LearnedBasisConfig, LinearConfig, ResidualConfig, UpsamplingConfig, UpsamplingFilter,
};
use crate::network::plan::WeightStart;
use crate::network::preset::{check_output_activation, output_layer};
use crate::role::Role;

/// The side of the smallest picture.
const BASIS: usize = 4;

/// Below zero, leaky `ReLU` has this slope.
const SLOPE: f64 = 0.2;

/// Convolutions in a residual block.
const CONVOLUTIONS: f64 = 3.0;

/// The one value of `kind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResnetKind {
    /// `resnet`.
    #[default]
    Resnet,
}

/// R3GAN's generator or discriminator (Huang et al. 2024), for square pictures of 8, 16, 32, 64, 128 or 256 pixels a side.
///
/// A stage for each size from 4 x 4 to the picture's. The generator begins with a learned picture whose channels the
/// latent weighs, and doubles the size between stages; the discriminator is its mirror image and ends in a window over
/// all pixels of each channel. Resampling filters by 1-2-1, with a 1 x 1 convolution where channels change. A block adds
/// to its input: 1 x 1 convolution to `expansion` times the channels, leaky `ReLU`, 3 x 3 convolution in groups, leaky
/// `ReLU`, 1 x 1 convolution back, which starts at zero. Weights start normal with the variance of He et al. (2015) for
/// leaky `ReLU`, within blocks scaled down by the number of blocks to the power of -1/4.
/// What is left out takes its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResnetConfig {
    /// `resnet`.
    pub kind: ResnetKind,
    /// Channels of the stage at the picture's size, at least 1; default 32. They double with each halving.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// Most channels of a stage; default 8 times `channels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_channels: Option<usize>,
    /// Residual blocks of a stage, 1 to 16; default 2, as in the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<usize>,
    /// Channels within a block over those outside, 1 to 8; default 2, as in the paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expansion: Option<usize>,
    /// Channels of a group of the 3 x 3 convolutions, at least 1; they divide the channels within every block. Default 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_width: Option<usize>,
    /// After the last layer of a generator: `none` (the default, as in the paper), `tanh` or `sigmoid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_activation: Option<ActivationKind>,
}

/// A checked, resolved configuration.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    channels: usize,
    most_channels: usize,
    blocks: usize,
    expansion: usize,
    group_width: usize,
}

impl ResnetConfig {
    pub(super) fn resolved(self, role: Role) -> Self {
        let Sizes { channels, most_channels, blocks, expansion, group_width } = self.sizes();
        Self {
            kind: self.kind,
            channels: Some(channels),
            most_channels: Some(most_channels),
            blocks: Some(blocks),
            expansion: Some(expansion),
            group_width: Some(group_width),
            output_activation: self.output_activation.or((role == Role::Generator).then_some(ActivationKind::None)),
        }
    }

    fn sizes(&self) -> Sizes {
        let channels = self.channels.unwrap_or(32);
        Sizes {
            channels,
            most_channels: self.most_channels.unwrap_or(channels.saturating_mul(8)),
            blocks: self.blocks.unwrap_or(2),
            expansion: self.expansion.unwrap_or(2),
            group_width: self.group_width.unwrap_or(16),
        }
    }

    pub(super) fn check(&self, role: Role) -> Result<(), InvalidValue> {
        let Sizes { channels, most_channels, blocks, expansion, group_width } = self.sizes();
        ensure((1..=4096).contains(&channels), "channels", channels, "expected a whole number from 1 to 4096")?;
        let expected = format!("expected a whole number from channels = {channels} to 8192");
        ensure((channels..=8192).contains(&most_channels), "most_channels", most_channels, &expected)?;
        ensure((1..=16).contains(&blocks), "blocks", blocks, "expected a whole number from 1 to 16")?;
        ensure((1..=8).contains(&expansion), "expansion", expansion, "expected a whole number from 1 to 8")?;
        let divides = |channels: usize| group_width >= 1 && (channels * expansion).is_multiple_of(group_width);
        let expected = format!(
            "expected a number that divides expansion times channels = {} and expansion times most_channels = {}",
            expansion * channels,
            expansion * most_channels
        );
        ensure(divides(channels) && divides(most_channels), "group_width", group_width, &expected)?;
        check_output_activation(self.output_activation, role)
    }

    pub(super) fn list(&self, role: Role, input: Shape, output: Shape) -> Result<LayersConfig, String> {
        let picture = if role == Role::Generator { output } else { input };
        let Shape { height, width, .. } = picture;
        if height != width || !(8..=256).contains(&height) || !height.is_power_of_two() {
            return Err(format!(
                "kind = \"resnet\" takes square pictures of 8, 16, 32, 64, 128 or 256 pixels a side, and the samples are \
                 of {picture}; use kind = \"dcgan\", or pictures of another size"
            ));
        }
        let sizes = self.sizes();
        // From the picture's size to 4 x 4.
        let mut stages = Vec::new();
        let (mut side, mut channels) = (height, sizes.channels);
        while side >= BASIS {
            stages.push(Shape { channels, height: side, width: side });
            (side, channels) = (side / 2, channels.saturating_mul(2).min(sizes.most_channels));
        }
        let layers = match role {
            Role::Generator => self.generator(&stages),
            Role::Discriminator => discriminator(sizes, &stages),
        };
        // Of the layer that makes the logits, and of those that strategies add.
        let start = WeightStart { initialization: InitializationKind::Kaiming, scale: 1.0 };
        Ok(LayersConfig::starting(start, layers))
    }

    fn generator(&self, stages: &[Shape]) -> Vec<LayerConfig> {
        let sizes = self.sizes();
        let mut layers = Vec::new();
        for (index, stage) in stages.iter().copied().rev().enumerate() {
            let Shape { channels, height, width } = stage;
            if index == 0 {
                layers.push(LayerConfig::LearnedBasis(LearnedBasisConfig {
                    shape: [height, width, channels],
                    initialization: Some(InitializationKind::FanIn),
                    initialization_std: Some(1.0),
                }));
            } else {
                layers.extend(pointwise_to(stages[stages.len() - index].channels, channels));
                let filter = UpsamplingFilter::Binomial;
                layers.push(LayerConfig::Upsampling(UpsamplingConfig { factor: 2, filter }));
            }
            layers.extend(blocks(sizes, stages.len(), channels));
        }
        layers.push(pointwise(None, 1.0, true));
        layers.extend(output_layer(self.output_activation));
        layers
    }
}

fn discriminator(sizes: Sizes, stages: &[Shape]) -> Vec<LayerConfig> {
    let mut layers = vec![pointwise(Some(sizes.channels), 1.0, true)];
    for (index, stage) in stages.iter().enumerate() {
        let channels = stage.channels;
        layers.extend(blocks(sizes, stages.len(), channels));
        if let Some(next) = stages.get(index + 1) {
            let filter = DownsamplingFilter::Binomial;
            layers.push(LayerConfig::Downsampling(DownsamplingConfig { factor: 2, filter }));
            layers.extend(pointwise_to(channels, next.channels));
        } else {
            // A window over all pixels of each channel.
            let basis = ConvolutionConfig { groups: channels, ..convolution(Some(channels), BASIS, 1.0, false) };
            layers.push(LayerConfig::Convolution(ConvolutionConfig { padding: Some(0), ..basis }));
        }
    }
    layers.push(LayerConfig::Linear(LinearConfig::default()));
    layers
}

/// A convolution whose weights start with variance `gain^2 / inputs`.
fn convolution(channels: Option<usize>, kernel: usize, gain: f64, bias: bool) -> ConvolutionConfig {
    ConvolutionConfig {
        channels,
        kernel,
        bias,
        initialization: Some(InitializationKind::FanIn),
        initialization_std: Some(gain),
        ..ConvolutionConfig::default()
    }
}

fn pointwise(channels: Option<usize>, gain: f64, bias: bool) -> LayerConfig {
    LayerConfig::Convolution(convolution(channels, 1, gain, bias))
}

/// A 1 x 1 convolution where the channels change.
fn pointwise_to(from: usize, to: usize) -> Option<LayerConfig> {
    (from != to).then(|| pointwise(Some(to), 1.0, false))
}

/// The residual blocks of one of `stages` stages.
fn blocks(sizes: Sizes, stages: usize, channels: usize) -> Vec<LayerConfig> {
    let of_all = (sizes.blocks * stages) as f64;
    // Each of the two convolutions that do not start at zero takes its part of a block's share of the variance.
    let gain = (2.0 / (1.0 + SLOPE * SLOPE)).sqrt() * of_all.powf(-1.0 / (2.0 * CONVOLUTIONS - 2.0));
    let inside = channels * sizes.expansion;
    let grouped = ConvolutionConfig { groups: inside / sizes.group_width, ..convolution(Some(inside), 3, gain, true) };
    let activation = LayerConfig::LeakyRelu(LeakyReluConfig { slope: SLOPE });
    let body = vec![
        pointwise(Some(inside), gain, true),
        activation.clone(),
        LayerConfig::Convolution(grouped),
        activation,
        pointwise(Some(channels), 0.0, false),
    ];
    vec![LayerConfig::Residual(ResidualConfig { body, ..ResidualConfig::default() }); sizes.blocks]
}
