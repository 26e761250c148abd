//! `[generator]` and `[discriminator]`: whose keys depend on their kind, and those of a list of layers on each layer's.

use serde::Deserialize;

use crate::config::error::ConfigError;
use crate::config::near_miss::hint;
use crate::config::section::Section;
use crate::network::architecture::{Architecture, KINDS};
use crate::network::list::{LAYER_KINDS, LayerConfig, LayersConfig, ResidualConfig};
use crate::network::preset::{NetworkConfig, PresetKind};

/// Reads one network.
pub(super) fn read_network(mut section: Section<'_>) -> Result<Architecture, ConfigError> {
    let kind = section.take_kind(KINDS, "mlp")?;
    let perceptron = |kind| Ok(Architecture::Perceptron(NetworkConfig { kind, ..section.read::<NetworkConfig>()? }));
    match kind.as_str() {
        "article" => perceptron(PresetKind::Article),
        "dcgan" => Ok(Architecture::Dcgan(section.read()?)),
        "resnet" => Ok(Architecture::Resnet(section.read()?)),
        "layers" => {
            let layers = read_layers(&mut section, "layers")?;
            Ok(Architecture::Layers(LayersConfig { layers, ..section.read()? }))
        }
        _ => perceptron(PresetKind::Mlp),
    }
}

/// Reads a list of layers, and the lists within it.
fn read_layers(section: &mut Section<'_>, key: &str) -> Result<Vec<LayerConfig>, ConfigError> {
    section.take_list(key)?.into_iter().map(read_layer).collect()
}

/// A layer that has no keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn read_layer(mut section: Section<'_>) -> Result<LayerConfig, ConfigError> {
    let Some(kind) = section.take_value::<String>("kind")? else {
        let expected = format!("every layer says its kind, one of {}", LAYER_KINDS.join(", "));
        return Err(section.wrong("kind", "(left out)", &expected));
    };
    let plain = |layer| section.read::<Nothing>().map(|_| layer);
    match kind.as_str() {
        "linear" => Ok(LayerConfig::Linear(section.read()?)),
        "convolution" => Ok(LayerConfig::Convolution(section.read()?)),
        "transposed-convolution" => Ok(LayerConfig::TransposedConvolution(section.read()?)),
        "learned-basis" => Ok(LayerConfig::LearnedBasis(section.read()?)),
        "fourier-features" => Ok(LayerConfig::FourierFeatures(section.read()?)),
        "upsampling" => Ok(LayerConfig::Upsampling(section.read()?)),
        "downsampling" => Ok(LayerConfig::Downsampling(section.read()?)),
        "global-pooling" => plain(LayerConfig::GlobalPooling),
        "relu" => plain(LayerConfig::Relu),
        "leaky-relu" => Ok(LayerConfig::LeakyRelu(section.read()?)),
        "tanh" => plain(LayerConfig::Tanh),
        "sigmoid" => plain(LayerConfig::Sigmoid),
        "maxout" => Ok(LayerConfig::Maxout(section.read()?)),
        "batch-norm" => Ok(LayerConfig::BatchNorm(section.read()?)),
        "layer-norm" => plain(LayerConfig::LayerNorm),
        "group-norm" => Ok(LayerConfig::GroupNorm(section.read()?)),
        "dropout" => Ok(LayerConfig::Dropout(section.read()?)),
        "residual" => {
            let (body, shortcut) = (read_layers(&mut section, "body")?, read_layers(&mut section, "shortcut")?);
            Ok(LayerConfig::Residual(ResidualConfig { body, shortcut, ..section.read()? }))
        }
        _ => Err(section.wrong("kind", &format!("\"{kind}\""), &hint(&kind, LAYER_KINDS))),
    }
}
