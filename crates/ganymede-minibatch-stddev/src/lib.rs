#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::MinibatchStddev as MinibatchStddevLayer;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "minibatch-stddev",
    summary: "The discriminator sees how much the features of a group of samples vary.",
    paper: "Karras et al. 2018, Progressive growing of GANs for improved quality, stability, and variation",
    equation: "h -> [h, mean_features std_group h] before the last layer",
    defaults: "group = 4 # samples; 0: the whole batch",
    build: build::<MinibatchStddev>,
};

/// The minibatch standard deviation as a feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinibatchStddev {
    /// Samples whose variation is taken together, at least 2; 0 for the whole batch.
    pub group: usize,
}

impl Default for MinibatchStddev {
    fn default() -> Self {
        Self { group: 4 }
    }
}

impl Configurable for MinibatchStddev {
    fn check(&self) -> Result<(), InvalidValue> {
        let expected = "expected 0 for the whole batch, or a whole number of at least 2; one sample does not vary";
        ensure(self.group != 1, "group", self.group, expected)
    }
}

impl Strategy for MinibatchStddev {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let group = self.group;
        let make = move |input, _| MinibatchStddevLayer { input, group };
        plan.discriminator.before_output(LayerPlan::new("minibatch standard deviation", make));
        Ok(())
    }
}
