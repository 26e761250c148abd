//! Networks by configuration: each kind turns a few keys and the shapes of its input and output into a list of layers, or is
//! one written out.

mod dcgan;
mod resnet;

use ganymede_samples::Shape;
use serde::Serialize;

pub use self::dcgan::{DcganConfig, DcganKind, Norm};
pub use self::resnet::{ResnetConfig, ResnetKind};
use crate::invalid::InvalidValue;
use crate::network::list::LayersConfig;
use crate::network::plan::NetworkPlan;
use crate::network::preset::{NetworkConfig, PresetKind};
use crate::role::Role;

/// The values of `kind`.
pub const KINDS: &[&str] = &["mlp", "article", "dcgan", "resnet", "layers"];

/// One network as configured, one variant for each family of kinds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Architecture {
    /// `kind = "mlp"` and `kind = "article"`: fully connected layers. Pictures are flattened, and made of rows.
    Perceptron(NetworkConfig),
    /// `kind = "dcgan"`: convolutions.
    Dcgan(DcganConfig),
    /// `kind = "resnet"`: residual blocks.
    Resnet(ResnetConfig),
    /// `kind = "layers"`: a list of layers.
    Layers(LayersConfig),
}

impl Default for Architecture {
    fn default() -> Self {
        Self::Perceptron(NetworkConfig::default())
    }
}

impl From<NetworkConfig> for Architecture {
    fn from(config: NetworkConfig) -> Self {
        Self::Perceptron(config)
    }
}

impl Architecture {
    /// The value of `kind` that names this variant.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Perceptron(NetworkConfig { kind: PresetKind::Mlp, .. }) => "mlp",
            Self::Perceptron(NetworkConfig { kind: PresetKind::Article, .. }) => "article",
            Self::Dcgan(_) => "dcgan",
            Self::Resnet(_) => "resnet",
            Self::Layers(_) => "layers",
        }
    }

    /// The same configuration with every default that applies spelled out.
    #[must_use]
    pub fn resolved(self, role: Role) -> Self {
        match self {
            Self::Perceptron(config) => Self::Perceptron(config.resolved(role)),
            Self::Dcgan(config) => Self::Dcgan(config.resolved(role)),
            Self::Resnet(config) => Self::Resnet(config.resolved(role)),
            Self::Layers(config) => Self::Layers(config.resolved()),
        }
    }

    /// Checks a [resolved](Architecture::resolved) configuration, whatever the data.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self, role: Role) -> Result<(), InvalidValue> {
        match self {
            Self::Perceptron(config) => config.check(role),
            Self::Dcgan(config) => config.check(role),
            Self::Resnet(config) => config.check(role),
            Self::Layers(config) => config.check(role),
        }
    }

    /// The layers between rows of these shapes. Call on a checked, resolved configuration.
    ///
    /// # Errors
    ///
    /// Why this kind makes no network between these shapes, as a sentence part.
    pub fn list(&self, role: Role, input: Shape, output: Shape) -> Result<LayersConfig, String> {
        match self {
            Self::Perceptron(config) => Ok(config.list()),
            Self::Dcgan(config) => config.list(role, input, output),
            Self::Resnet(config) => config.list(role, input, output),
            Self::Layers(config) => Ok(config.clone()),
        }
    }

    /// The network between rows of these shapes, as a plan that strategies may still change: its [list](Architecture::list),
    /// built. Call on a checked, resolved configuration.
    ///
    /// # Errors
    ///
    /// Why this kind makes no network between these shapes, as a sentence part.
    pub fn plan(&self, role: Role, input: Shape, output: Shape) -> Result<NetworkPlan, String> {
        let mut plan = self.list(role, input, output)?.plan(input, output)?;
        plan.layer_norm_keys = match self {
            Self::Perceptron(_) => "layer_norm = true",
            Self::Dcgan(_) => "norm = \"layer\"",
            Self::Resnet(_) | Self::Layers(_) => "kind = \"layer-norm\"",
        };
        Ok(plan)
    }
}
