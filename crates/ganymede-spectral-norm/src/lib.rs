#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::SpectralNorm as SpectralNormLayer;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "spectral-norm",
    summary: "Every weight of the discriminator is divided by its largest singular value.",
    paper: "Miyato et al. 2018, Spectral normalization for generative adversarial networks",
    equation: "W / sigma(W), sigma(W) = v W u^T by power iteration",
    defaults: "iterations = 1 # power iterations an update",
    build: build::<SpectralNorm>,
};

/// Spectral normalisation of the discriminator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpectralNorm {
    /// Power iterations in each training pass, 1 to 100.
    pub iterations: usize,
}

impl Default for SpectralNorm {
    fn default() -> Self {
        Self { iterations: 1 }
    }
}

impl Configurable for SpectralNorm {
    fn check(&self) -> Result<(), InvalidValue> {
        let expected = "expected a whole number from 1 to 100; the paper uses 1";
        ensure((1..=100).contains(&self.iterations), "iterations", self.iterations, expected)
    }
}

impl Strategy for SpectralNorm {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let iterations = self.iterations;
        let name = plan.strategy().name.clone();
        plan.discriminator.wrap(name, move |layer| SpectralNormLayer::around(layer, iterations));
        Ok(())
    }
}
