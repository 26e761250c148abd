//! Networks by configuration: each kind turns a few keys and the shapes of its input and output into a list of layers.

mod dcgan;
mod resnet;

use ganymede_samples::Shape;
use serde::Serialize;

pub use self::dcgan::{DcganConfig, DcganKind, Norm};
pub use self::resnet::{ResnetConfig, ResnetKind};
use crate::invalid::InvalidValue;
use crate::network::plan::{LayerPlan, NetworkPlan, WeightStart};
use crate::network::preset::{NetworkConfig, PresetKind};
use crate::role::Role;

/// The values of `kind`.
pub const KINDS: &[&str] = &["mlp", "article", "dcgan", "resnet"];

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
        }
    }

    /// The same configuration with every default that applies spelled out.
    #[must_use]
    pub fn resolved(self, role: Role) -> Self {
        match self {
            Self::Perceptron(config) => Self::Perceptron(config.resolved(role)),
            Self::Dcgan(config) => Self::Dcgan(config.resolved(role)),
            Self::Resnet(config) => Self::Resnet(config.resolved(role)),
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
        }
    }

    /// The network between rows of these shapes, as a plan that strategies may still change. Call on a checked, resolved
    /// configuration.
    ///
    /// # Errors
    ///
    /// Why this kind makes no network between these shapes, as a sentence part.
    pub fn plan(&self, role: Role, input: Shape, output: Shape) -> Result<NetworkPlan, String> {
        let (layers, start): (Vec<LayerPlan>, WeightStart) = match self {
            Self::Perceptron(config) => (config.layers(), config.start()),
            Self::Dcgan(config) => (config.layers(role, input, output)?, config.start()),
            Self::Resnet(config) => (config.layers(role, input, output)?, ResnetConfig::start()),
        };
        let mut plan = NetworkPlan::new(input, output, layers).starting(start);
        if matches!(self, Self::Dcgan(_)) {
            plan.layer_norm_keys = "norm = \"layer\"";
        }
        Ok(plan)
    }
}
