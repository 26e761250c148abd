//! A strategy from outside the workspace: it is written, entered into a registry, configured by name and trained.
//!
//! ```sh
//! cargo run --release -p ganymede-core --example weight_clipping
//! ```
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::error::Error;
use std::path::Path;

use burn::tensor::Device;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::Network;
use ganymede_core::registry::{Configurable, Factory, Registry, build};
use ganymede_core::role::Role;
use ganymede_core::run::Run;
use ganymede_core::strategy::{StepContext, Strategy};
use serde::{Deserialize, Serialize};

/// How the strategy describes itself.
static FACTORY: Factory = Factory {
    name: "weight-clipping",
    summary: "Every weight of the discriminator is kept within a fixed range.",
    paper: "Arjovsky et al. 2017, Wasserstein generative adversarial networks",
    equation: "w <- clip(w, -limit, limit) after every update of the discriminator",
    defaults: "limit = 0.01",
    build: build::<WeightClipping>,
};

/// Its keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WeightClipping {
    /// The largest magnitude of a weight, above 0.
    limit: f64,
}

impl Default for WeightClipping {
    fn default() -> Self {
        Self { limit: 0.01 }
    }
}

impl Configurable for WeightClipping {
    fn check(&self) -> Result<(), InvalidValue> {
        let limit = self.limit;
        ensure(limit.is_finite() && limit > 0.0, "limit", limit, "expected a number above 0, such as 0.01")
    }
}

impl Strategy for WeightClipping {
    fn after_update(&mut self, role: Role, network: &mut Network, _: &StepContext<'_>) {
        if role == Role::Discriminator {
            let clipped = network.parameters().iter().map(|weight| weight.clone().clamp(-self.limit, self.limit));
            *network = network.with_parameters(clipped.collect());
        }
    }
}

const TEXT: &str = r#"
steps = 50
batch_size = 64
[data]
kind = "ring"
[objective]
kind = "wasserstein"
[[strategy]]
name = "weight-clipping"
limit = 0.05
"#;

fn main() -> Result<(), Box<dyn Error>> {
    // A program that has the workspace's strategies as well starts from `ganymede_strategies::registry()`.
    let registry = Registry::new(&[], &[]).with(&FACTORY);
    let document = Document::parse(TEXT, "weight_clipping.toml", Path::new("."))?;
    let (experiment, strategies) = Experiment::read(&document)?;
    let (chain, _) = registry.chain(&strategies)?;
    let mut run = Run::new(&experiment, chain, document.folder(), Device::flex())?;
    run.train(&mut [])?;
    let largest = run.state.discriminator.network.parameters().iter();
    let largest = largest.map(|weight| weight.clone().abs().max().into_scalar::<f64>()).fold(0.0, f64::max);
    println!("the discriminator's largest weight after {} steps: {largest}", run.state.step);
    Ok(())
}
