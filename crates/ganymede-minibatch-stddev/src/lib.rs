#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::config::{ConfigError, Section};
use ganymede_core::invalid::ensure;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::MinibatchStddev as MinibatchStddevLayer;

/// The strategy's name.
const NAME: &str = "minibatch-stddev";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "The discriminator is told how much the features of a group of samples vary.",
    paper: "Karras et al. 2018, Progressive growing of GANs for improved quality, stability, and variation",
    equation: "h -> [h, mean_features std_group h] before the last layer",
    defaults: "group = 4 # samples; 0: the whole batch",
    build,
};

/// The strategy's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinibatchStddevConfig {
    /// Samples whose variation is taken together, at least 2; 0 for the whole batch.
    pub group: usize,
}

impl Default for MinibatchStddevConfig {
    fn default() -> Self {
        Self { group: 4 }
    }
}

/// The minibatch standard deviation as a feature.
#[derive(Clone, Debug)]
pub struct MinibatchStddev {
    config: MinibatchStddevConfig,
}

impl MinibatchStddev {
    /// The strategy with these settings.
    pub fn new(config: MinibatchStddevConfig) -> Self {
        Self { config }
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let config: MinibatchStddevConfig = section.read()?;
    let expected = "expected 0 for the whole batch, or a whole number of at least 2; one sample does not vary";
    ensure(config.group != 1, "group", config.group, expected).map_err(|error| section.invalid(error))?;
    Built::new(MinibatchStddev::new(config.clone()), &config, section)
}

impl Strategy for MinibatchStddev {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let group = self.config.group;
        let make = move |input, _| MinibatchStddevLayer { input, group };
        plan.discriminator.before_output(LayerPlan::new("minibatch standard deviation", make));
        Ok(())
    }
}
