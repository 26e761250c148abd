#![doc = include_str!("../README.md")]

mod average;

use ganymede_core::config::{ConfigError, Section};
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::registry::{Built, Factory};
use ganymede_core::strategy::{
    DiscriminatorView, GeneratorView, StepContext, Strategy, StrategyState, StrategyStateError, Terms,
};
use serde::{Deserialize, Serialize};

use crate::average::Average;

/// The strategy's name.
const NAME: &str = "historical-averaging";

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: NAME,
    summary: "Each network is held near the mean of its own past parameters.",
    paper: "Salimans et al. 2016, Improved techniques for training GANs",
    equation: "|| theta - 1/t sum_i theta_i ||^2",
    defaults: "networks = \"both\" # or \"generator\" or \"discriminator\"",
    build,
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

/// The strategy's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoricalAveragingConfig {
    /// Which networks are held near their past.
    pub networks: Held,
}

/// Historical averaging.
#[derive(Clone, Debug, Default)]
pub struct HistoricalAveraging {
    config: HistoricalAveragingConfig,
    generator: Average,
    discriminator: Average,
}

impl HistoricalAveraging {
    /// The strategy with these settings and no past.
    pub fn new(config: HistoricalAveragingConfig) -> Self {
        Self { config, ..Self::default() }
    }
}

fn build(section: &Section<'_>) -> Result<Built, ConfigError> {
    let config: HistoricalAveragingConfig = section.read()?;
    Built::new(HistoricalAveraging::new(config.clone()), &config, section)
}

impl Strategy for HistoricalAveraging {
    fn name(&self) -> &'static str {
        NAME
    }

    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        if self.config.networks != Held::Generator {
            plan.add_discriminator_term(NAME);
        }
        Ok(())
    }

    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, _: &StepContext<'_>, terms: &mut Terms) {
        if self.config.networks == Held::Generator {
            return;
        }
        if let Some(term) = self.discriminator.pull(view.discriminator) {
            terms.add("", term);
        }
    }

    fn generator_terms(&mut self, view: &GeneratorView<'_>, _: &StepContext<'_>, terms: &mut Terms) {
        if self.config.networks == Held::Discriminator {
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

    fn load_state(&mut self, record: Option<StrategyState>) -> Result<(), StrategyStateError> {
        let record = record.unwrap_or_default();
        let (generator, discriminator) = (read(&record, "generator")?, read(&record, "discriminator")?);
        let known = generator.mean.len() + discriminator.mean.len();
        if known != record.tensors.len() {
            return Err(refuse(format!("{} tensors where {known} are known", record.tensors.len())));
        }
        let past = |average: &Average, other: Held| average.count > 0 && self.config.networks == other;
        if past(&generator, Held::Discriminator) || past(&discriminator, Held::Generator) {
            return Err(refuse("it holds the past of a network that `networks` leaves alone".to_owned()));
        }
        (self.generator, self.discriminator) = (generator, discriminator);
        Ok(())
    }
}

/// One network's average out of a record; none seen where the record says nothing of it.
fn read(record: &StrategyState, name: &str) -> Result<Average, StrategyStateError> {
    let count = match &record.values[name] {
        serde_json::Value::Null => 0,
        value => value.as_u64().ok_or_else(|| refuse(format!("`{name}` is {value}, not a count")))?,
    };
    let mut mean = Vec::new();
    while let Some((_, tensor)) = record.tensors.iter().find(|(key, _)| *key == format!("{name}/{}", mean.len())) {
        mean.push(tensor.clone());
    }
    if mean.is_empty() != (count == 0) {
        return Err(refuse(format!("{} tensors of the {name} for a count of {count}", mean.len())));
    }
    Ok(Average { count, mean })
}

fn refuse(reason: String) -> StrategyStateError {
    StrategyStateError { strategy: NAME.to_owned(), reason }
}
