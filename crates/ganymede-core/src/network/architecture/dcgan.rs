//! Deep convolutional networks (Radford et al. 2015).

use ganymede_samples::Shape;
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::network::initialization::{InitializationKind, check_scale};
use crate::network::layers::activation::ActivationKind;
use crate::network::layers::convolution::Window;
use crate::network::list::{
    BatchNormConfig, ConvolutionConfig, LayerConfig, LayersConfig, LeakyReluConfig, LinearConfig, Sides,
};
use crate::network::plan::WeightStart;
use crate::network::preset::{check_output_activation, output_layer};
use crate::role::Role;

/// A picture is halved until no side is longer than this; DCGAN's own begin at 4 x 4.
const SMALLEST: usize = 7;

/// Sides of pictures that the networks are made for.
const SIDES: std::ops::RangeInclusive<usize> = 8..=256;

/// The one value of `kind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DcganKind {
    /// `dcgan`.
    #[default]
    Dcgan,
}

/// What normalises the hidden layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    /// Batch norm, as in the paper.
    #[default]
    Batch,
    /// Layer norm, where each row needs a gradient of its own.
    Layer,
    /// None.
    None,
}

/// A DCGAN's generator or discriminator (Radford et al. 2015), for pictures of sides from 8 to 256.
///
/// The discriminator halves the picture by convolutions of stride 2 until no side is longer than 7 and doubles the channels
/// each time, then judges by a linear layer; leaky `ReLU`, and no norm in the first layer. The generator is its mirror
/// image: a linear layer to a small picture and transposed convolutions that double it; `ReLU`, and tanh at the end.
/// What is left out takes its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DcganConfig {
    /// `dcgan`.
    pub kind: DcganKind,
    /// Channels of the stage beside the picture, at least 1; default 64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// Most channels of a stage; default 8 times `channels`, as in the paper's 64 x 64 networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_channels: Option<usize>,
    /// Height and width of the kernels, 4 or 5; default 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<usize>,
    /// What normalises the hidden layers; default `batch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<Norm>,
    /// How far batch norm's running statistics move in one update, in `(0, 1]`; default 0.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm_momentum: Option<f64>,
    /// Slope below zero of the hidden layers' leaky `ReLU`, in `[0, 1)`; default 0 in a generator, 0.2 in a discriminator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slope: Option<f64>,
    /// After the last layer of a generator: `tanh` (the default), `sigmoid` or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_activation: Option<ActivationKind>,
    /// Standard deviation of the normal distribution that weights start from; default 0.02.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initialization_std: Option<f64>,
}

impl DcganConfig {
    pub(super) fn resolved(self, role: Role) -> Self {
        let generator = role == Role::Generator;
        let (channels, norm) = (self.channels.unwrap_or(64), self.norm.unwrap_or_default());
        Self {
            kind: self.kind,
            channels: Some(channels),
            most_channels: self.most_channels.or(Some(channels.saturating_mul(8))),
            kernel: self.kernel.or(Some(4)),
            norm: Some(norm),
            batch_norm_momentum: self.batch_norm_momentum.or((norm == Norm::Batch).then_some(0.1)),
            slope: self.slope.or(Some(if generator { 0.0 } else { 0.2 })),
            output_activation: self.output_activation.or(generator.then_some(ActivationKind::Tanh)),
            initialization_std: self.initialization_std.or(Some(0.02)),
        }
    }

    pub(super) fn check(&self, role: Role) -> Result<(), InvalidValue> {
        let channels = self.channels.unwrap_or(64);
        ensure((1..=4096).contains(&channels), "channels", channels, "expected a whole number from 1 to 4096")?;
        let most = self.most_channels.unwrap_or(channels);
        let expected = format!("expected a whole number from channels = {channels} to 8192");
        ensure((channels..=8192).contains(&most), "most_channels", most, &expected)?;
        let kernel = self.kernel.unwrap_or(4);
        ensure((4..=5).contains(&kernel), "kernel", kernel, "expected 4 or 5")?;
        let norm = self.norm.unwrap_or_default();
        if let Some(momentum) = self.batch_norm_momentum {
            let key = "batch_norm_momentum";
            ensure(norm == Norm::Batch, key, momentum, "no layer here has batch norm; leave it out")?;
            ensure(momentum > 0.0 && momentum <= 1.0, key, momentum, "expected a number in (0, 1]")?;
        }
        let slope = self.slope.unwrap_or(0.0);
        ensure((0.0..1.0).contains(&slope), "slope", slope, "expected a number in [0, 1)")?;
        check_scale(self.initialization_std.unwrap_or(0.02))?;
        check_output_activation(self.output_activation, role)
    }

    fn start(&self) -> WeightStart {
        WeightStart { initialization: InitializationKind::Normal, scale: self.initialization_std.unwrap_or(0.02) }
    }

    pub(super) fn list(&self, role: Role, input: Shape, output: Shape) -> Result<LayersConfig, String> {
        let picture = if role == Role::Generator { output } else { input };
        if [picture.height, picture.width].iter().any(|side| !SIDES.contains(side)) {
            return Err(format!(
                "kind = \"dcgan\" takes pictures with sides from {} to {}, and the samples are of {picture}; use kind = \
                 \"mlp\", or pictures of another size",
                SIDES.start(),
                SIDES.end()
            ));
        }
        let layers = match role {
            Role::Generator => self.generator(picture),
            Role::Discriminator => self.discriminator(picture),
        };
        Ok(LayersConfig::starting(self.start(), layers))
    }

    fn window(&self) -> Window {
        let kernel = self.kernel.unwrap_or(4);
        // With these, a stride of 2 halves an even side exactly.
        Window::new(kernel, 2, if kernel == 4 { 1 } else { 2 })
    }

    /// The shapes of the hidden stages, from the one beside the picture to the smallest.
    fn stages(&self, picture: Shape) -> Vec<Shape> {
        let most = self.most_channels.unwrap_or(usize::MAX);
        let mut channels = self.channels.unwrap_or(64);
        let mut stages = vec![self.window().small(picture, channels)];
        while let Some(last) = stages.last().copied().filter(|last| last.height.max(last.width) > SMALLEST) {
            if last.height.min(last.width) < 2 {
                break;
            }
            channels = channels.saturating_mul(2).min(most);
            stages.push(self.window().small(last, channels));
        }
        stages
    }

    fn discriminator(&self, picture: Shape) -> Vec<LayerConfig> {
        let mut layers = Vec::new();
        for (index, stage) in self.stages(picture).into_iter().enumerate() {
            let norm = if index == 0 { Norm::None } else { self.norm.unwrap_or_default() };
            let bias = norm == Norm::None;
            let convolution = ConvolutionConfig { channels: Some(stage.channels), bias, ..self.convolution() };
            layers.push(LayerConfig::Convolution(convolution));
            layers.extend(self.norm_layer(norm));
            layers.push(self.activation());
        }
        layers.push(LayerConfig::Linear(LinearConfig::default()));
        layers
    }

    fn generator(&self, picture: Shape) -> Vec<LayerConfig> {
        let norm = self.norm.unwrap_or_default();
        let bias = norm == Norm::None;
        let mut layers = Vec::new();
        for (index, stage) in self.stages(picture).into_iter().rev().enumerate() {
            let Shape { channels, height, width } = stage;
            layers.push(if index == 0 {
                LayerConfig::Linear(LinearConfig { shape: Some([height, width, channels]), ..LinearConfig::default() })
            } else {
                let size = Some(Sides::of(height, width));
                let channels = Some(channels);
                LayerConfig::TransposedConvolution(ConvolutionConfig { channels, size, bias, ..self.convolution() })
            });
            layers.extend(self.norm_layer(norm));
            layers.push(self.activation());
        }
        layers.push(LayerConfig::TransposedConvolution(self.convolution()));
        layers.extend(output_layer(self.output_activation));
        layers
    }

    fn convolution(&self) -> ConvolutionConfig {
        let Window { kernel, stride, padding, .. } = self.window();
        ConvolutionConfig { kernel, stride, padding: Some(padding), ..ConvolutionConfig::default() }
    }

    fn norm_layer(&self, norm: Norm) -> Option<LayerConfig> {
        match norm {
            Norm::Batch => {
                let momentum = self.batch_norm_momentum.unwrap_or(0.1);
                Some(LayerConfig::BatchNorm(BatchNormConfig { momentum }))
            }
            Norm::Layer => Some(LayerConfig::LayerNorm),
            Norm::None => None,
        }
    }

    fn activation(&self) -> LayerConfig {
        let slope = self.slope.unwrap_or(0.0);
        if slope == 0.0 { LayerConfig::Relu } else { LayerConfig::LeakyRelu(LeakyReluConfig { slope }) }
    }
}
