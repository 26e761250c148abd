#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::config::{ConfigError, Section};
use ganymede_core::invalid::ensure;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::NoiseLayer;

/// The strategy's name.
const NAME: &str = "instance-noise";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "The discriminator sees real and fake samples through Gaussian noise that fades over the run.",
    paper: "Sonderby et al. 2017, Amortised MAP inference for image super-resolution",
    equation: "D(x + std(t) e) for real and fake x, e ~ N(0, I)",
    defaults: "std = 0.5 # in the units of the samples\ndecay = { kind = \"cosine\", factor = 0.0 }",
    build,
};

/// The strategy's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceNoiseConfig {
    /// Standard deviation of the noise on each feature at the beginning, in the units of the samples; at least 0.
    pub std: f64,
    /// How it changes over the run.
    pub decay: Schedule,
}

impl Default for InstanceNoiseConfig {
    fn default() -> Self {
        Self { std: 0.5, decay: Schedule::default() }
    }
}

/// Noise on what the discriminator sees.
#[derive(Clone, Debug)]
pub struct InstanceNoise {
    config: InstanceNoiseConfig,
}

impl InstanceNoise {
    /// The strategy with these settings.
    pub fn new(config: InstanceNoiseConfig) -> Self {
        Self { config }
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let mut config: InstanceNoiseConfig = section.read()?;
    let std = config.std;
    ensure(std.is_finite() && std >= 0.0, "std", std, "expected a number of at least 0, in the units of the samples")
        .and_then(|()| config.decay.check().map_err(|error| error.within("decay")))
        .map_err(|error| section.invalid(error))?;
    // Spelled out, so that a run that goes on beyond its steps keeps to what it began with.
    config.decay = config.decay.resolved(section.run_steps());
    Built::new(InstanceNoise::new(config.clone()), &config, section)
}

impl Strategy for InstanceNoise {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let std = self.config.std;
        let decay = self.config.decay.clone().resolved(plan.steps);
        let make = move |shape, _| NoiseLayer { shape, std, decay: decay.clone() };
        plan.discriminator.at_first(LayerPlan::new("instance noise", make));
        Ok(())
    }
}
