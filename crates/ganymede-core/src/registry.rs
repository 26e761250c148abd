//! Strategies by name.

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use crate::chain::{Chain, Entry};
use crate::claim::StrategyId;
use crate::config::{ConfigError, RunLength, Section, StrategyConfig, near_miss};
use crate::invalid::InvalidValue;
use crate::strategy::Strategy;

/// A strategy that is read from its section of a configuration. Its public fields are the section's keys:
/// `#[serde(default, deny_unknown_fields)]` makes a key that is left out take its default and refuses a key that does
/// not exist; what the strategy remembers besides is `#[serde(skip)]`.
pub trait Configurable: Strategy + Serialize + DeserializeOwned + 'static {
    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    fn check(&self) -> Result<(), InvalidValue> {
        Ok(())
    }

    /// The same strategy with every default spelled out that depends on other keys or on the run.
    #[must_use]
    fn resolved(self, run: RunLength) -> Self {
        let _ = run;
        self
    }
}

/// A strategy made from its section, with the section's defaults spelled out.
pub struct ConfiguredStrategy {
    /// The strategy.
    pub strategy: Box<dyn Strategy>,
    /// Its configuration, resolved.
    pub config: Table,
}

/// Makes a strategy from its section of a configuration.
///
/// # Errors
///
/// [`ConfigError`] that names file, line, key, value and what is legal.
pub fn build<S: Configurable>(section: &Section<'_>, run: RunLength) -> Result<ConfiguredStrategy, ConfigError> {
    let strategy: S = section.read()?;
    strategy.check().map_err(|error| section.invalid(error))?;
    let strategy = strategy.resolved(run);
    let config = Table::try_from(&strategy)
        .map_err(|error| ConfigError::Strategy { location: section.location(""), reason: error.to_string() })?;
    Ok(ConfiguredStrategy { strategy: Box::new(strategy), config })
}

/// An entry of the registry: a strategy that describes itself.
pub struct Factory {
    /// Name in configurations; also the suffix of the crate, the feature and the file in `configs/`.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Where it comes from: authors, year, title.
    pub paper: &'static str,
    /// What it computes, in one line.
    pub equation: &'static str,
    /// Its own keys with their defaults, as TOML.
    pub defaults: &'static str,
    /// Makes it from its section of a configuration: [`build`] of its type.
    pub build: fn(&Section<'_>, RunLength) -> Result<ConfiguredStrategy, ConfigError>,
}

/// The strategies that a program can use.
pub struct Registry {
    factories: Vec<&'static Factory>,
    known: Vec<&'static str>,
}

impl Registry {
    /// The strategies of this build, and the names of all that exist.
    pub fn new(factories: &[&'static Factory], known: &[&'static str]) -> Self {
        Self { factories: factories.to_vec(), known: known.to_vec() }
    }

    /// With a strategy from outside this workspace.
    #[must_use]
    pub fn with(mut self, factory: &'static Factory) -> Self {
        self.known.push(factory.name);
        self.factories.push(factory);
        self
    }

    /// The strategies, in order.
    pub fn factories(&self) -> &[&'static Factory] {
        &self.factories
    }

    /// The names of strategies that exist and are not in this build.
    pub fn missing(&self) -> Vec<&'static str> {
        self.known.iter().copied().filter(|name| self.find(name).is_none()).collect()
    }

    fn find(&self, name: &str) -> Option<&'static Factory> {
        self.factories.iter().copied().find(|factory| factory.name == name)
    }

    /// The chain of a configuration, with each strategy's resolved table.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Strategy`] for a strategy that is unknown, not in this build or named twice; what its own
    /// section refuses.
    pub fn chain(&self, strategies: &[StrategyConfig<'_>]) -> Result<(Chain, Vec<Table>), ConfigError> {
        let mut entries = Vec::new();
        let mut tables = Vec::new();
        for (index, config) in strategies.iter().enumerate() {
            let location = config.section.location("name");
            let refuse = |reason| ConfigError::Strategy { location: location.clone(), reason };
            let name = config.name.as_str();
            if strategies[..index].iter().any(|earlier| earlier.name == name) {
                return Err(refuse(format!("strategy \"{name}\" is named twice; remove one [[strategy]] table")));
            }
            let factory = self.find(name).ok_or_else(|| refuse(self.unknown(name)))?;
            let built = (factory.build)(&config.section, config.run)?;
            let mut table = Table::new();
            table.insert("name".to_owned(), name.into());
            table.extend(built.config);
            let entry = Entry {
                id: StrategyId { name: name.to_owned(), location: Some(location) },
                strategy: built.strategy,
                every: config.every,
                weight: config.weight,
                schedule: config.schedule.clone(),
            };
            if entry.every != 1 {
                table.insert("every".to_owned(), (entry.every as i64).into());
            }
            if (entry.weight - 1.0).abs() > 0.0 {
                table.insert("weight".to_owned(), entry.weight.into());
            }
            if let Some(Ok(schedule)) = entry.schedule.as_ref().map(Table::try_from) {
                table.insert("schedule".to_owned(), schedule.into());
            }
            entries.push(entry);
            tables.push(table);
        }
        Ok((Chain::new(entries), tables))
    }

    /// Why a name finds nothing, and what to do.
    fn unknown(&self, name: &str) -> String {
        if self.known.contains(&name) {
            return format!("strategy \"{name}\" is not in this build; add --features {name}");
        }
        match near_miss(name, &self.known) {
            Some(meant) => format!("unknown strategy \"{name}\"; did you mean \"{meant}\"?"),
            None => format!("unknown strategy \"{name}\"; known are {}", self.known.join(", ")),
        }
    }
}
