#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::config::{ConfigError, Section};
use ganymede_core::invalid::ensure;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::MinibatchDiscrimination as MinibatchDiscriminationLayer;

/// The strategy's name.
const NAME: &str = "minibatch-discrimination";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "The discriminator is told how close the other samples of the batch are, by learned distances.",
    paper: "Salimans et al. 2016, Improved techniques for training GANs",
    equation: "h_i -> [h_i, mean_j exp(-|(h_i - h_j) T_b|_1) for each kernel b] before the last layer",
    defaults: "kernels = 8\ndimensions = 4 # of each kernel's distance",
    build,
};

/// The strategy's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinibatchDiscriminationConfig {
    /// Distances, and features that are appended, B, 1 to 1000.
    pub kernels: usize,
    /// Dimensions of each distance, C, 1 to 1000.
    pub dimensions: usize,
}

impl Default for MinibatchDiscriminationConfig {
    fn default() -> Self {
        Self { kernels: 8, dimensions: 4 }
    }
}

/// Minibatch discrimination.
#[derive(Clone, Debug)]
pub struct MinibatchDiscrimination {
    config: MinibatchDiscriminationConfig,
}

impl MinibatchDiscrimination {
    /// The strategy with these settings.
    pub fn new(config: MinibatchDiscriminationConfig) -> Self {
        Self { config }
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let config: MinibatchDiscriminationConfig = section.read()?;
    for (key, value) in [("kernels", config.kernels), ("dimensions", config.dimensions)] {
        ensure((1..=1000).contains(&value), key, value, "expected a whole number from 1 to 1000")
            .map_err(|error| section.invalid(error))?;
    }
    Built::new(MinibatchDiscrimination::new(config.clone()), &config, section)
}

impl Strategy for MinibatchDiscrimination {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let MinibatchDiscriminationConfig { kernels, dimensions } = self.config;
        let make = move |input, _| MinibatchDiscriminationLayer { input, kernels, dimensions };
        plan.discriminator.before_output(LayerPlan::new("minibatch discrimination", make));
        Ok(())
    }
}
