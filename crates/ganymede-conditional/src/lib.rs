#![doc = include_str!("../README.md")]

use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::layers::label::{ConcatenateLabel, ProjectionHead};
use ganymede_core::network::plan::{LayerPlan, NetworkPlan, WeightStart};
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "conditional",
    summary: "Generator and discriminator are told the class of each sample.",
    paper: "Mirza & Osindero 2014, Conditional generative adversarial nets",
    equation: "G(z, e(y)), D(x, e(y)); projection: D(x, y) = psi(phi(x)) + <v_y, phi(x)>",
    defaults: "method = \"concatenate\" # or \"projection\"\nembedding = 0 # features of a label; 0: as many as classes",
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

/// Labels for both networks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditional {
    /// How the discriminator sees the label; the generator always gets an embedding appended to its latent.
    pub method: Method,
    /// Features of a label's embedding; 0 means as many as there are classes.
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
        concatenate(&mut plan.generator, classes, embedding);
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

/// Turns the layer that makes the outputs into one that projects the label as well.
fn project(plan: &mut Plan, classes: usize) -> Result<(), PlanError> {
    let WeightStart { initialization, scale } = plan.discriminator.start;
    let make = move |input, output| ProjectionHead { input, output, classes, initialization, scale };
    let strategy = plan.strategy().clone();
    plan.discriminator.replace_output(strategy, LayerPlan::new("label projection", make))
}
