#![doc = include_str!("../README.md")]

mod layer;

use std::sync::Arc;

use ganymede_core::config::RunLength;
use ganymede_core::fading_noise::FadingNoiseConfig;
use ganymede_core::invalid::InvalidValue;
use ganymede_core::plan::{Plan, PlanError};
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

/// Standard deviation at the beginning, where the configuration gives none.
const STD: f64 = 0.05;

/// Noise on each of the generator's weights and biases; `std` is 0.05 where it is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WeightNoise(pub FadingNoiseConfig);

impl Configurable for WeightNoise {
    fn check(&self) -> Result<(), InvalidValue> {
        self.0.check("expected a number of at least 0, such as 0.05")
    }

    fn resolved(self, run: RunLength) -> Self {
        Self(self.0.resolved(STD, run))
    }
}

impl Strategy for WeightNoise {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let noise = self.0.noise(STD, plan);
        plan.generator.wrap(noise.kind.clone(), move |inner| {
            if inner.parameters().is_empty() { inner } else { Arc::new(NoisyLayer { inner, noise: noise.clone() }) }
        });
        Ok(())
    }
}
