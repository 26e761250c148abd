#![doc = include_str!("../README.md")]

mod layer;

use std::sync::Arc;

use ganymede_core::config::RunLength;
use ganymede_core::fading_noise::FadingNoise;
use ganymede_core::invalid::InvalidValue;
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::plan::{Plan, PlanError, StrategyId};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

use crate::layer::NoisyLayer;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "weight-noise",
    summary: "In training the generator's weights carry Gaussian noise, drawn anew for each pass.",
    paper: "Graves 2011, Practical variational inference for neural networks",
    equation: "G(z; theta + std(t) e), e ~ N(0, I); the gradient there updates theta",
    defaults: "std = 0.05\ndecay = { kind = \"cosine\", factor = 0.0 }",
    build: build::<WeightNoise>,
};

/// Noise on the generator's weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightNoise {
    /// Standard deviation of the noise on each weight and bias at the beginning; at least 0.
    pub std: f64,
    /// How it changes over the run.
    pub decay: Schedule,
}

impl Default for WeightNoise {
    fn default() -> Self {
        Self { std: 0.05, decay: Schedule::default() }
    }
}

impl WeightNoise {
    fn noise(&self, kind: &StrategyId) -> FadingNoise {
        FadingNoise { kind: kind.name.clone(), std: self.std, decay: self.decay.clone() }
    }
}

impl Configurable for WeightNoise {
    fn check(&self) -> Result<(), InvalidValue> {
        self.noise(&StrategyId::default()).check("expected a number of at least 0, such as 0.05")
    }

    fn resolved(self, run: RunLength) -> Self {
        Self { decay: self.decay.resolved(run.steps), ..self }
    }
}

impl Strategy for WeightNoise {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let noise = self.noise(plan.strategy());
        plan.generator.wrap(noise.kind.clone(), move |inner| {
            if inner.parameters().is_empty() { inner } else { Arc::new(NoisyLayer { inner, noise: noise.clone() }) }
        });
        Ok(())
    }
}
