#![doc = include_str!("../README.md")]

use ganymede_core::config::{ConfigError, Section};
use ganymede_core::invalid::ensure;
use ganymede_core::network::layers::label::{ConcatenateLabel, ProjectionHead};
use ganymede_core::network::plan::{LayerPlan, NetworkPlan};
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::Strategy;
use serde::{Deserialize, Serialize};

/// The strategy's name.
const NAME: &str = "conditional";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "Generator and discriminator are told the class of each sample.",
    paper: "Mirza & Osindero 2014, Conditional generative adversarial nets",
    equation: "G(z, e(y)), D(x, e(y)); projection: D(x, y) = psi(phi(x)) + <v_y, phi(x)>",
    defaults: "method = \"concatenate\" # or \"projection\"\nembedding = 0 # features of a label; 0: as many as classes",
    build,
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

/// The strategy's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConditionalConfig {
    /// How the discriminator sees the label; the generator always gets an embedding appended to its latent.
    pub method: Method,
    /// Features of a label's embedding; 0 means as many as there are classes.
    pub embedding: usize,
}

/// Labels for both networks.
#[derive(Clone, Debug)]
pub struct Conditional {
    config: ConditionalConfig,
}

impl Conditional {
    /// The strategy with these settings.
    pub fn new(config: ConditionalConfig) -> Self {
        Self { config }
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let config: ConditionalConfig = section.read()?;
    ensure(config.embedding <= 4096, "embedding", config.embedding, "expected a whole number from 0 to 4096")
        .map_err(|error| section.invalid(error))?;
    Built::new(Conditional::new(config.clone()), &config, section)
}

impl Strategy for Conditional {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.claim(Claim::Conditioning, NAME)?;
        let classes = plan.need_labels(NAME)?;
        let embedding = if self.config.embedding == 0 { classes } else { self.config.embedding };
        concatenate(&mut plan.generator, classes, embedding);
        match self.config.method {
            Method::Concatenate => concatenate(&mut plan.discriminator, classes, embedding),
            Method::Projection => project(&mut plan.discriminator, classes)?,
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
fn project(network: &mut NetworkPlan, classes: usize) -> Result<(), PlanError> {
    let start = network.start;
    let make = move |input, output| ProjectionHead {
        input,
        output,
        classes,
        initialization: start.initialization,
        scale: start.scale,
    };
    network.replace_output(NAME, LayerPlan::new("label projection", make))
}
