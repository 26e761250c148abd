#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::config::RunLength;
use ganymede_core::fading_noise::FadingNoiseConfig;
use ganymede_core::invalid::InvalidValue;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::plan::{Plan, PlanError};
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

/// Standard deviation at the beginning, where the configuration gives none.
const STD: f64 = 0.5;

/// Noise on each feature of what the discriminator sees; `std` is in the units of the samples, 0.5 where it is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceNoise(pub FadingNoiseConfig);

impl Configurable for InstanceNoise {
    fn check(&self) -> Result<(), InvalidValue> {
        self.0.check("expected a number of at least 0, in the units of the samples")
    }

    fn resolved(self, run: RunLength) -> Self {
        Self(self.0.resolved(STD, run))
    }
}

impl Strategy for InstanceNoise {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let noise = self.0.noise(STD, plan);
        let make = move |shape, _| NoiseLayer { shape, noise: noise.clone() };
        plan.discriminator.at_first(LayerPlan::new("instance noise", make));
        Ok(())
    }
}
