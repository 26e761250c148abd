#![doc = include_str!("../README.md")]

mod average;

use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::{
    DiscriminatorView, GeneratorView, StepContext, Strategy, StrategyState, StrategyStateError, Terms,
};
use serde::{Deserialize, Serialize};

use crate::average::Average;

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "historical-averaging",
    summary: "Each network is held near the mean of its own past parameters.",
    paper: "Salimans et al. 2016, Improved techniques for training GANs",
    equation: "|| theta - 1/t sum_i theta_i ||^2",
    defaults: "networks = \"both\" # or \"generator\" or \"discriminator\"",
    build: build::<HistoricalAveraging>,
};

/// Which networks are held near their past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Both, as in the paper.
    #[default]
    Both,
    /// The generator alone.
    Generator,
    /// The discriminator alone.
    Discriminator,
}

/// Historical averaging.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoricalAveraging {
    /// Which networks are held near their past.
    pub networks: Held,
    #[serde(skip)]
    generator: Average,
    #[serde(skip)]
    discriminator: Average,
}

impl HistoricalAveraging {
    /// The strategy for these networks, without a past.
    pub fn new(networks: Held) -> Self {
        Self { networks, ..Self::default() }
    }
}

impl Configurable for HistoricalAveraging {}

impl Strategy for HistoricalAveraging {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        if self.networks != Held::Generator {
            plan.add_discriminator_term();
        }
        Ok(())
    }

    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, _: &StepContext<'_>, terms: &mut Terms) {
        if self.networks == Held::Generator {
            return;
        }
        if let Some(term) = self.discriminator.pull(view.discriminator) {
            terms.add("", term);
        }
    }

    fn generator_terms(&mut self, view: &GeneratorView<'_>, _: &StepContext<'_>, terms: &mut Terms) {
        if self.networks == Held::Discriminator {
            return;
        }
        if let Some(term) = self.generator.pull(view.generator) {
            terms.add("", term);
        }
    }

    fn state(&self) -> Option<StrategyState> {
        if self.generator.count + self.discriminator.count == 0 {
            return None;
        }
        let named = |name: &str, average: &Average| -> Vec<_> {
            average.mean.iter().enumerate().map(|(index, mean)| (format!("{name}/{index}"), mean.clone())).collect()
        };
        Some(StrategyState {
            tensors: [named("generator", &self.generator), named("discriminator", &self.discriminator)].concat(),
            values: serde_json::json!({
                "generator": self.generator.count,
                "discriminator": self.discriminator.count,
            }),
        })
    }

    fn load_state(&mut self, state: Option<StrategyState>) -> Result<(), StrategyStateError> {
        let state = state.unwrap_or_default();
        let (generator, discriminator) = (read(&state, "generator")?, read(&state, "discriminator")?);
        let known = generator.mean.len() + discriminator.mean.len();
        if known != state.tensors.len() {
            return Err(StrategyStateError::new(format!("{} tensors where {known} are known", state.tensors.len())));
        }
        let past = |average: &Average, other: Held| average.count > 0 && self.networks == other;
        if past(&generator, Held::Discriminator) || past(&discriminator, Held::Generator) {
            return Err(StrategyStateError::new(
                "it holds the past of a network that `networks` leaves alone".to_owned(),
            ));
        }
        (self.generator, self.discriminator) = (generator, discriminator);
        Ok(())
    }
}

/// One network's average out of a saved state; none seen where the state says nothing of it.
fn read(state: &StrategyState, name: &str) -> Result<Average, StrategyStateError> {
    let count = match &state.values[name] {
        serde_json::Value::Null => 0,
        value => value.as_u64().ok_or_else(|| StrategyStateError::new(format!("`{name}` is {value}, not a count")))?,
    };
    let mut mean = Vec::new();
    while let Some((_, tensor)) = state.tensors.iter().find(|(key, _)| *key == format!("{name}/{}", mean.len())) {
        mean.push(tensor.clone());
    }
    if mean.is_empty() != (count == 0) {
        return Err(StrategyStateError::new(format!("{} tensors of the {name} for a count of {count}", mean.len())));
    }
    Ok(Average { count, mean })
}
