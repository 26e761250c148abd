#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::MinibatchDiscrimination as MinibatchDiscriminationLayer;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "minibatch-discrimination",
    summary: "The discriminator sees how close the other samples of the batch are, by learned distances.",
    paper: "Salimans et al. 2016, Improved techniques for training GANs",
    equation: "h_i -> [h_i, mean_j exp(-|(h_i - h_j) T_b|_1) for each kernel b] before the last layer",
    defaults: "kernels = 8\ndimensions = 4 # of each kernel's distance",
    build: build::<MinibatchDiscrimination>,
};

/// Minibatch discrimination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinibatchDiscrimination {
    /// Distances, and features that are appended, B, 1 to 1000.
    pub kernels: usize,
    /// Dimensions of each distance, C, 1 to 1000.
    pub dimensions: usize,
}

impl Default for MinibatchDiscrimination {
    fn default() -> Self {
        Self { kernels: 8, dimensions: 4 }
    }
}

impl Configurable for MinibatchDiscrimination {
    fn check(&self) -> Result<(), InvalidValue> {
        let mut keys = [("kernels", self.kernels), ("dimensions", self.dimensions)].into_iter();
        let expected = "expected a whole number from 1 to 1000";
        keys.try_for_each(|(key, value)| ensure((1..=1000).contains(&value), key, value, expected))
    }
}

impl Strategy for MinibatchDiscrimination {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let Self { kernels, dimensions } = *self;
        let make = move |input, _| MinibatchDiscriminationLayer { input, kernels, dimensions };
        plan.discriminator.before_output(LayerPlan::new("minibatch discrimination", make));
        Ok(())
    }
}
