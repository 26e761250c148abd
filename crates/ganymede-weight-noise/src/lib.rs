#![doc = include_str!("../README.md")]

mod layer;

use std::sync::Arc;

use ganymede_core::config::{ConfigError, Section};
use ganymede_core::invalid::ensure;
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

use crate::layer::{Level, NoisyLayer};

/// The strategy's name.
const NAME: &str = "weight-noise";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "In training the generator's weights carry Gaussian noise, drawn anew for each pass.",
    paper: "Graves 2011, Practical variational inference for neural networks",
    equation: "G(z; theta + std(t) e), e ~ N(0, I); the gradient there updates theta",
    defaults: "std = 0.05\ndecay = { kind = \"cosine\", factor = 0.0 }",
    build,
};

/// The strategy's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightNoiseConfig {
    /// Standard deviation of the noise on each weight and bias at the beginning; at least 0.
    pub std: f64,
    /// How it changes over the run.
    pub decay: Schedule,
}

impl Default for WeightNoiseConfig {
    fn default() -> Self {
        Self { std: 0.05, decay: Schedule::default() }
    }
}

/// Noise on the generator's weights.
#[derive(Clone, Debug)]
pub struct WeightNoise {
    config: WeightNoiseConfig,
}

impl WeightNoise {
    /// The strategy with these settings.
    pub fn new(config: WeightNoiseConfig) -> Self {
        Self { config }
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let mut config: WeightNoiseConfig = section.read()?;
    let std = config.std;
    ensure(std.is_finite() && std >= 0.0, "std", std, "expected a number of at least 0, such as 0.05")
        .and_then(|()| config.decay.check().map_err(|error| error.within("decay")))
        .map_err(|error| section.invalid(error))?;
    // Spelled out, so that a run that goes on beyond its steps keeps to what it began with.
    config.decay = config.decay.resolved(section.run_steps());
    Built::new(WeightNoise::new(config.clone()), &config, section)
}

impl Strategy for WeightNoise {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let decay = self.config.decay.clone().resolved(plan.steps);
        let level = Level { std: self.config.std, decay };
        plan.generator.wrap(NAME, move |inner| match inner.parameters().is_empty() {
            true => inner,
            false => Arc::new(NoisyLayer { inner, level: level.clone() }),
        });
        Ok(())
    }
}
