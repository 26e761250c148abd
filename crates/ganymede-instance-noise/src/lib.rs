#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::config::RunLength;
use ganymede_core::fading_noise::FadingNoise;
use ganymede_core::invalid::InvalidValue;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::plan::{Plan, PlanError, StrategyId};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::NoiseLayer;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "instance-noise",
    summary: "The discriminator sees real and fake samples through Gaussian noise that fades over the run.",
    paper: "Sonderby et al. 2017, Amortised MAP inference for image super-resolution",
    equation: "D(x + std(t) e) for real and fake x, e ~ N(0, I)",
    defaults: "std = 0.5 # in the units of the samples\ndecay = { kind = \"cosine\", factor = 0.0 }",
    build: build::<InstanceNoise>,
};

/// Noise on what the discriminator sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstanceNoise {
    /// Standard deviation of the noise on each feature at the beginning, in the units of the samples; at least 0.
    pub std: f64,
    /// How it changes over the run.
    pub decay: Schedule,
}

impl Default for InstanceNoise {
    fn default() -> Self {
        Self { std: 0.5, decay: Schedule::default() }
    }
}

impl InstanceNoise {
    fn noise(&self, kind: &StrategyId) -> FadingNoise {
        FadingNoise { kind: kind.name.clone(), std: self.std, decay: self.decay.clone() }
    }
}

impl Configurable for InstanceNoise {
    fn check(&self) -> Result<(), InvalidValue> {
        self.noise(&StrategyId::default()).check("expected a number of at least 0, in the units of the samples")
    }

    fn resolved(self, run: RunLength) -> Self {
        Self { decay: self.decay.resolved(run.steps), ..self }
    }
}

impl Strategy for InstanceNoise {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let noise = self.noise(plan.strategy());
        let make = move |shape, _| NoiseLayer { shape, noise: noise.clone() };
        plan.discriminator.at_first(LayerPlan::new("instance noise", make));
        Ok(())
    }
}
