//! An experiment: everything that a run is made from, checked.

use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::averaging::AveragingConfig;
use crate::config::checkpoint::CheckpointSection;
use crate::config::detector::DetectorSection;
use crate::config::document::Document;
use crate::config::error::ConfigError;
use crate::config::evaluation::EvaluationConfig;
use crate::config::network::read_network;
use crate::config::records::RecordsSection;
use crate::config::section::Section;
use crate::config::strategy::{RunLength, StrategyConfig};
use crate::data::{
    DataConfig, FileConfig, GlyphsConfig, GridConfig, HighDimensionalConfig, KINDS, RingConfig, StackedConfig,
};
use crate::invalid::{InvalidValue, ensure};
use crate::latent::LatentConfig;
use crate::network::architecture::Architecture;
use crate::objective::Objective;
use crate::optimizer::config::OptimizerConfig;
use crate::precision::Precision;
use crate::role::Role;
use crate::step::Updates;

/// What discriminator and generator minimise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// The objective.
    pub kind: Objective,
}

/// The optimisers of both networks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizersConfig {
    /// The generator's.
    pub generator: OptimizerConfig,
    /// The discriminator's.
    pub discriminator: OptimizerConfig,
}

/// A checked configuration, every default spelled out. Its fields are the keys of the file, in the order in which they
/// are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Experiment {
    /// Training steps, at least 1.
    pub steps: u64,
    /// Rows of a batch, at least 2.
    pub batch_size: usize,
    /// The seed of every random number of the run.
    pub seed: u64,
    /// Discriminator updates in a step, at least 1.
    pub discriminator_steps: usize,
    /// Generator updates in a step, at least 1.
    pub generator_steps: usize,
    /// Whether the networks take turns.
    pub updates: Updates,
    /// In which numbers the passes of a step compute.
    pub precision: Precision,
    /// The data.
    #[serde(deserialize_with = "read_apart")]
    pub data: DataConfig,
    /// What the generator draws from.
    pub latent: LatentConfig,
    /// The generator.
    #[serde(deserialize_with = "read_apart")]
    pub generator: Architecture,
    /// The discriminator.
    #[serde(deserialize_with = "read_apart")]
    pub discriminator: Architecture,
    /// What the networks minimise.
    pub objective: ObjectiveConfig,
    /// Both optimisers.
    pub optimizer: OptimizersConfig,
    /// The average of the generator's weights; none when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub averaging: Option<AveragingConfig>,
    /// When the generator is measured.
    pub evaluation: EvaluationConfig,
    /// Who watches for collapse, and what happens then.
    pub detector: DetectorSection,
    /// When the run is saved.
    pub checkpoint: CheckpointSection,
    /// In which further forms records are written.
    #[serde(skip_serializing_if = "RecordsSection::is_default")]
    pub records: RecordsSection,
    /// The tables of the strategies, for the file of a run. Empty when read: what is read of them are the
    /// [`StrategyConfig`]s.
    #[serde(deserialize_with = "read_apart", skip_serializing_if = "Vec::is_empty")]
    pub strategy: Vec<Table>,
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            steps: 10_000,
            batch_size: 256,
            seed: 0,
            discriminator_steps: 1,
            generator_steps: 1,
            updates: Updates::default(),
            precision: Precision::default(),
            data: DataConfig::default(),
            latent: LatentConfig::default(),
            generator: Architecture::default(),
            discriminator: Architecture::default(),
            objective: ObjectiveConfig::default(),
            optimizer: OptimizersConfig::default(),
            averaging: None,
            evaluation: EvaluationConfig::default(),
            detector: DetectorSection::default(),
            checkpoint: CheckpointSection::default(),
            records: RecordsSection::default(),
            strategy: Vec::new(),
        }
    }
}

/// Reads nothing: these tables are taken out and read before all others, since their keys depend on one of them. They
/// are fields all the same, so that a misspelt name of theirs is recognised.
fn read_apart<'de, D: Deserializer<'de>, T: Default>(deserializer: D) -> Result<T, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| T::default())
}

impl Experiment {
    /// Reads and checks a document; the strategies' tables come back for the registry.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] that names file, line, key, value and what is legal.
    pub fn read(document: &Document) -> Result<(Self, Vec<StrategyConfig<'_>>), ConfigError> {
        let mut root = Section::root(document);
        let data = read_data(root.take("data")?)?;
        let strategies = root.take_list("strategy")?;
        let generator = read_network(root.take("generator")?)?;
        let discriminator = read_network(root.take("discriminator")?)?;
        let experiment = Self { data, generator, discriminator, ..root.read::<Self>()? }.with_defaults_of_networks();
        experiment.check().map_err(|error| root.invalid(error))?;
        Section::root(document).check_numbers()?;
        let run = RunLength { steps: experiment.steps };
        let read = |section| StrategyConfig::read(section, run);
        Ok((experiment.resolved(), strategies.into_iter().map(read).collect::<Result<_, _>>()?))
    }

    /// The configuration as TOML, every default spelled out, with these resolved strategies.
    ///
    /// # Errors
    ///
    /// [`toml::ser::Error`] when a value cannot be written.
    pub fn to_toml(&self, strategies: &[Table]) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(&Self { strategy: strategies.to_vec(), ..self.clone() })
    }

    /// The networks' defaults depend on their roles, and are checked with all else.
    fn with_defaults_of_networks(self) -> Self {
        let generator = self.generator.clone().resolved(Role::Generator);
        let discriminator = self.discriminator.clone().resolved(Role::Discriminator);
        Self { generator, discriminator, ..self }
    }

    /// The defaults that depend on the length of the run.
    fn resolved(self) -> Self {
        let steps = self.steps;
        let OptimizersConfig { generator, discriminator } = self.optimizer;
        Self {
            optimizer: OptimizersConfig {
                generator: generator.resolved(steps),
                discriminator: discriminator.resolved(steps),
            },
            evaluation: self.evaluation.resolved(steps),
            detector: self.detector.resolved(steps),
            checkpoint: self.checkpoint.resolved(steps),
            ..self
        }
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let within = |key: &'static str| move |error: InvalidValue| error.within(key);
        self.latent.check().map_err(within("latent"))?;
        self.generator.check(Role::Generator).map_err(within("generator"))?;
        self.discriminator.check(Role::Discriminator).map_err(within("discriminator"))?;
        self.averaging.iter().try_for_each(AveragingConfig::check).map_err(within("averaging"))?;
        self.evaluation.check().map_err(within("evaluation"))?;
        self.detector.check().map_err(within("detector"))?;
        self.checkpoint.check().map_err(within("checkpoint"))?;
        self.check_step()?;
        self.optimizer.generator.check().map_err(within("optimizer.generator"))?;
        self.optimizer.discriminator.check().map_err(within("optimizer.discriminator"))
    }

    /// The keys outside every table.
    fn check_step(&self) -> Result<(), InvalidValue> {
        ensure(self.steps >= 1, "steps", self.steps, "expected a whole number of at least 1")?;
        let batch = self.batch_size;
        ensure((2..=1 << 20).contains(&batch), "batch_size", batch, "expected a whole number from 2 to 1048576")?;
        for (key, steps) in
            [("discriminator_steps", self.discriminator_steps), ("generator_steps", self.generator_steps)]
        {
            ensure((1..=100).contains(&steps), key, steps, "expected a whole number from 1 to 100")?;
            let expected = "expected 1, as updates = \"simultaneous\" makes one of each network; or let them alternate";
            ensure(self.updates == Updates::Alternating || steps == 1, key, steps, expected)?;
        }
        ensure(i64::try_from(self.seed).is_ok(), "seed", self.seed, "expected a whole number below 2^63, as in TOML")
    }
}

fn read_data(mut section: Section<'_>) -> Result<DataConfig, ConfigError> {
    let kind = section.take_kind(KINDS, "ring")?;
    let config = match kind.as_str() {
        "grid" => DataConfig::Grid(section.read::<GridConfig>()?),
        "high-dimensional" => DataConfig::HighDimensional(section.read::<HighDimensionalConfig>()?),
        "glyphs" => DataConfig::Glyphs(section.read::<GlyphsConfig>()?),
        "stacked" => {
            let of = Box::new(read_data(section.take("of")?)?);
            DataConfig::Stacked(StackedConfig { of, ..section.read()? })
        }
        "images" => DataConfig::Images(section.read::<FileConfig>()?),
        "file" => DataConfig::File(section.read::<FileConfig>()?),
        _ => DataConfig::Ring(section.read::<RingConfig>()?),
    };
    config.check().map_err(|error| section.invalid(error))?;
    Ok(config)
}
