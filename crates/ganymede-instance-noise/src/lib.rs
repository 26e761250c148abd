#![doc = include_str!("../README.md")]

mod layer;

use std::sync::Arc;

use ganymede_core::config::RunLength;
use ganymede_core::fading_noise::FadingNoise;
use ganymede_core::invalid::InvalidValue;
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::plan::{LayerPlan, Plan, PlanError};
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
    fn noise(&self) -> FadingNoise {
        FadingNoise { std: self.std, decay: self.decay.clone() }
    }
}

impl Configurable for InstanceNoise {
    fn check(&self) -> Result<(), InvalidValue> {
        self.noise().check("expected a number of at least 0, in the units of the samples")
    }

    fn resolved(self, run: RunLength) -> Self {
        Self { decay: self.decay.resolved(run.steps), ..self }
    }
}

impl Strategy for InstanceNoise {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let (noise, kind) = (self.noise(), plan.strategy().to_owned());
        let make = move |width, _| Arc::new(NoiseLayer { width, noise: noise.clone(), kind: kind.clone() }) as _;
        plan.discriminator.layers.insert(0, LayerPlan::First(Arc::new(make)));
        Ok(())
    }
}
