#![doc = include_str!("../README.md")]

mod layer;

use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::plan::{LayerPlan, Routing};
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

pub use crate::layer::Pack;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "packing",
    summary: "The discriminator judges several samples at once, and so sees a lack of variety.",
    paper: "Lin et al. 2018, PacGAN: the power of two samples in generative adversarial networks",
    equation: "D(x_1, ..., x_m): one logit for m samples, all real or all fake",
    defaults: "samples = 2 # m",
    build: build::<Packing>,
};

/// `PacGAN`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Packing {
    /// Samples for one logit, m, at least 2; they must divide the batch.
    pub samples: usize,
}

impl Default for Packing {
    fn default() -> Self {
        Self { samples: 2 }
    }
}

impl Configurable for Packing {
    fn check(&self) -> Result<(), InvalidValue> {
        let expected = "expected a whole number of at least 2 that divides batch_size";
        ensure(self.samples >= 2, "samples", self.samples, expected)
    }
}

impl Strategy for Packing {
    /// Packs behind the layers that give a row its label, so that the labels of all rows enter.
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let samples = self.samples;
        plan.claim(Claim::SamplesPerLogit)?;
        plan.samples_per_logit = samples;
        plan.discriminator.after_input(LayerPlan::new("packing", move |input, _| Pack { input, samples }));
        Ok(())
    }

    /// A label can only enter before rows are packed.
    fn complete(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let conflict = |claim, layer: &str, reason: &str| {
            let other = plan.claimed_by(claim).cloned().unwrap_or_else(|| layer.into());
            plan.conflict(other, reason)
        };
        if plan.generator.routing == Routing::Even {
            let reason = "neighbouring fakes come from one generator, which would have to make every mode by itself";
            return Err(conflict(Claim::GeneratorMembers, "generators", reason));
        }
        if plan.discriminator.members > 1 {
            let reason = "the rows of each discriminator are not a multiple of the samples in a logit";
            return Err(conflict(Claim::DiscriminatorMembers, "discriminators", reason));
        }
        let layers = plan.discriminator.build_layers();
        let behind = layers.iter().skip_while(|layer| layer.facts().name != "packing");
        if let Some(facts) = behind.map(|layer| layer.facts()).find(|facts| facts.reads_labels) {
            let reason = format!("the layer \"{}\" needs the label of a row, and a logit has several", facts.name);
            return Err(conflict(Claim::Conditioning, facts.name, &reason));
        }
        Ok(())
    }
}
