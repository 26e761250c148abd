#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::config::{ConfigError, Section};
use ganymede_core::invalid::ensure;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::SpectralNorm as SpectralNormLayer;

/// The strategy's name.
const NAME: &str = "spectral-norm";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "Every weight of the discriminator is divided by its largest singular value.",
    paper: "Miyato et al. 2018, Spectral normalization for generative adversarial networks",
    equation: "W / sigma(W), sigma(W) = v W u^T by power iteration",
    defaults: "iterations = 1 # power iterations an update",
    build,
};

/// The strategy's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpectralNormConfig {
    /// Power iterations in each training pass, 1 to 100.
    pub iterations: usize,
}

impl Default for SpectralNormConfig {
    fn default() -> Self {
        Self { iterations: 1 }
    }
}

/// Spectral normalisation of the discriminator.
#[derive(Clone, Debug)]
pub struct SpectralNorm {
    config: SpectralNormConfig,
}

impl SpectralNorm {
    /// The strategy with these settings.
    pub fn new(config: SpectralNormConfig) -> Self {
        Self { config }
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let config: SpectralNormConfig = section.read()?;
    let expected = "expected a whole number from 1 to 100; the paper uses 1";
    ensure((1..=100).contains(&config.iterations), "iterations", config.iterations, expected)
        .map_err(|error| section.invalid(error))?;
    Built::new(SpectralNorm::new(config.clone()), &config, section)
}

impl Strategy for SpectralNorm {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let iterations = self.config.iterations;
        plan.discriminator.wrap(NAME, move |layer| SpectralNormLayer::around(layer, iterations));
        Ok(())
    }
}
