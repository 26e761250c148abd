#![doc = include_str!("../README.md")]

use std::sync::Arc;

use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::layers::conditional_norm::ConditionalBatchNorm;
use ganymede_core::network::layers::label::{ConcatenateLabel, ProjectionHead};
use ganymede_core::network::layers::normalization::BatchNorm;
use ganymede_core::network::leaves;
use ganymede_core::network::plan::{LayerPlan, NetworkPlan, WeightStart};
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "conditional",
    summary: "Generator and discriminator receive the class of each sample.",
    paper: "Mirza & Osindero 2014, Conditional generative adversarial nets",
    equation: "G(z, e(y)), D(x, e(y)); projection: D(x, y) = psi(phi(x)) + <v_y, phi(x)>; batch-norm: scale and shift by y",
    defaults: "method = \"concatenate\" # or \"projection\"\ngenerator = \"concatenate\" # or \"batch-norm\"\nembedding = 0 # features of a label; 0: one for each class",
    build: build::<Conditional>,
};

/// How the discriminator sees the label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// An embedding appended to the sample.
    #[default]
    Concatenate,
    /// An inner product with the last features (Miyato & Koyama 2018).
    Projection,
}

/// How the generator sees the label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GeneratorMethod {
    /// An embedding appended to the latent.
    #[default]
    Concatenate,
    /// A scale and a shift for each class in every batch norm (Dumoulin et al. 2017; in a GAN Miyato & Koyama 2018).
    BatchNorm,
}

/// Labels for both networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditional {
    /// How the discriminator sees the label.
    pub method: Method,
    /// How the generator sees the label.
    pub generator: GeneratorMethod,
    /// Features of a label's embedding; 0 means one for each class.
    pub embedding: usize,
}

impl Configurable for Conditional {
    fn check(&self) -> Result<(), InvalidValue> {
        let embedding = self.embedding;
        ensure(embedding <= 4096, "embedding", embedding, "expected a whole number from 0 to 4096")
    }
}

impl Strategy for Conditional {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.claim(Claim::Conditioning)?;
        let classes = plan.need_labels()?;
        let embedding = if self.embedding == 0 { classes } else { self.embedding };
        match self.generator {
            GeneratorMethod::Concatenate => concatenate(&mut plan.generator, classes, embedding),
            GeneratorMethod::BatchNorm => condition_norms(plan, classes)?,
        }
        match self.method {
            Method::Concatenate => concatenate(&mut plan.discriminator, classes, embedding),
            Method::Projection => project(plan, classes)?,
        }
        Ok(())
    }
}

/// Puts the label's embedding beside a network's input.
fn concatenate(network: &mut NetworkPlan, classes: usize, embedding: usize) {
    let make = move |input, _| ConcatenateLabel { input, classes, embedding };
    network.at_input(LayerPlan::new("label concatenation", make));
}

/// Gives every batch norm of the generator a scale and a shift for each class.
fn condition_norms(plan: &mut Plan, classes: usize) -> Result<(), PlanError> {
    let layers = plan.generator.build_layers();
    let mut leaves = layers.iter().flat_map(|layer| leaves("", layer));
    if !leaves.any(|(_, layer)| layer.facts().normalizes_batch) {
        return Err(plan.refusal(
            "puts the classes into the generator's batch norm (generator = \"batch-norm\"), and it has none",
            "give [generator] batch norm, or set generator = \"concatenate\"",
        ));
    }
    plan.generator.wrap("conditional batch norm", move |layer| {
        let facts = layer.facts();
        match layer.buffers().first().filter(|_| facts.normalizes_batch) {
            Some(statistic) => {
                let norm = BatchNorm { shape: facts.output, momentum: statistic.momentum };
                Arc::new(ConditionalBatchNorm { norm, classes })
            }
            None => layer,
        }
    });
    Ok(())
}

/// Turns the layer that makes the outputs into one that projects the label as well.
fn project(plan: &mut Plan, classes: usize) -> Result<(), PlanError> {
    let WeightStart { initialization, scale } = plan.discriminator.start;
    let make = move |input, output| ProjectionHead { input, output, classes, initialization, scale };
    let strategy = plan.strategy().clone();
    plan.discriminator.replace_output(strategy, LayerPlan::new("label projection", make))
}
