//! An experiment: everything that a run is made from, checked.

use serde::{Deserialize, Serialize};
use toml::Table;

use crate::averaging::AveragingConfig;
use crate::config::checkpoint::CheckpointSection;
use crate::config::detector::DetectorSection;
use crate::config::evaluation::EvaluationConfig;
use crate::config::{ConfigError, Document, Section};
use crate::data::{DataConfig, FileConfig, GridConfig, HighDimensionalConfig, KINDS, RingConfig};
use crate::invalid::{InvalidValue, ensure};
use crate::latent::LatentConfig;
use crate::network::preset::NetworkConfig;
use crate::objective::Objective;
use crate::optimizer::config::OptimizerConfig;
use crate::optimizer::schedule::Schedule;
use crate::role::Role;

/// Whether the networks of a step take turns, as configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Updates {
    /// The generator answers to the discriminator that has just learnt, with fakes of its own (Goodfellow et al. 2014).
    #[default]
    Alternating,
    /// Both learn from the same fakes, the generator against the discriminator as it was before (`PacGAN`'s code).
    Simultaneous,
}

/// The optimisers of both networks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OptimizersConfig {
    /// The generator's.
    pub generator: OptimizerConfig,
    /// The discriminator's.
    pub discriminator: OptimizerConfig,
}

/// One `[[strategy]]` table: what the chain reads of it, and the rest, which is the strategy's own.
#[derive(Clone, Debug)]
pub struct StrategyConfig<'a> {
    /// The strategy's name.
    pub name: String,
    /// Acts at every this many steps.
    pub every: u64,
    /// Factor on its terms.
    pub weight: f64,
    /// How the factor changes over the run.
    pub schedule: Option<Schedule>,
    /// The strategy's own keys.
    pub section: Section<'a>,
}

/// A checked configuration without its strategies, every default spelled out.
#[derive(Clone, Debug, PartialEq)]
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
    /// The game.
    pub objective: Objective,
    /// The data.
    pub data: DataConfig,
    /// What the generator draws from.
    pub latent: LatentConfig,
    /// The generator.
    pub generator: NetworkConfig,
    /// The discriminator.
    pub discriminator: NetworkConfig,
    /// Both optimisers.
    pub optimizer: OptimizersConfig,
    /// The average of the generator's weights; none when left out.
    pub averaging: Option<AveragingConfig>,
    /// When the generator is measured.
    pub evaluation: EvaluationConfig,
    /// Who watches for collapse, and what happens then.
    pub detector: DetectorSection,
    /// When the run is saved.
    pub checkpoint: CheckpointSection,
}

/// Training steps where none are given.
pub(super) const DEFAULT_STEPS: u64 = 10_000;

/// The keys outside every table.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Head {
    steps: u64,
    batch_size: usize,
    seed: u64,
    discriminator_steps: usize,
    generator_steps: usize,
    updates: Updates,
    // Only here so that an unknown key's near miss can be a table's name; all tables are taken out before.
    #[serde(rename = "data")]
    _data: Option<Table>,
    #[serde(rename = "latent")]
    _latent: Option<Table>,
    #[serde(rename = "generator")]
    _generator: Option<Table>,
    #[serde(rename = "discriminator")]
    _discriminator: Option<Table>,
    #[serde(rename = "objective")]
    _objective: Option<Table>,
    #[serde(rename = "optimizer")]
    _optimizer: Option<Table>,
    #[serde(rename = "averaging")]
    _averaging: Option<Table>,
    #[serde(rename = "evaluation")]
    _evaluation: Option<Table>,
    #[serde(rename = "detector")]
    _detector: Option<Table>,
    #[serde(rename = "checkpoint")]
    _checkpoint: Option<Table>,
    #[serde(rename = "strategy")]
    _strategy: Option<Table>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            steps: DEFAULT_STEPS,
            batch_size: 256,
            seed: 0,
            discriminator_steps: 1,
            generator_steps: 1,
            updates: Updates::default(),
            _data: None,
            _latent: None,
            _generator: None,
            _discriminator: None,
            _objective: None,
            _optimizer: None,
            _averaging: None,
            _evaluation: None,
            _detector: None,
            _checkpoint: None,
            _strategy: None,
        }
    }
}

/// `[objective]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ObjectiveSection {
    kind: Objective,
}

/// `[optimizer]`, once its tables are taken out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OptimizerSection {
    #[serde(rename = "generator")]
    _generator: Option<Table>,
    #[serde(rename = "discriminator")]
    _discriminator: Option<Table>,
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
        let latent = checked(&root.take("latent")?, LatentConfig::check)?;
        let generator = read_network(&root.take("generator")?, Role::Generator)?;
        let discriminator = read_network(&root.take("discriminator")?, Role::Discriminator)?;
        let objective = root.take("objective")?.read::<ObjectiveSection>()?.kind;
        let mut optimizers = root.take("optimizer")?;
        let generator_section = optimizers.take("generator")?;
        let discriminator_section = optimizers.take("discriminator")?;
        optimizers.read::<OptimizerSection>()?;
        let averaging = root.take_optional("averaging")?;
        let averaging = averaging.map(|section| checked(&section, AveragingConfig::check)).transpose()?;
        let evaluation = checked(&root.take("evaluation")?, EvaluationConfig::check)?;
        let detector = checked(&root.take("detector")?, DetectorSection::check)?;
        let checkpoint = checked(&root.take("checkpoint")?, CheckpointSection::check)?;
        let strategies = root.take_list("strategy")?;
        let head: Head = root.read()?;
        head.check().map_err(|error| root.invalid(error))?;
        let optimizer = OptimizersConfig {
            generator: checked(&generator_section, OptimizerConfig::check)?.resolved(head.steps),
            discriminator: checked(&discriminator_section, OptimizerConfig::check)?.resolved(head.steps),
        };
        let strategies =
            strategies.into_iter().map(|section| read_strategy(section, head.steps)).collect::<Result<_, _>>()?;
        let experiment = Self {
            steps: head.steps,
            batch_size: head.batch_size,
            seed: head.seed,
            discriminator_steps: head.discriminator_steps,
            generator_steps: head.generator_steps,
            updates: head.updates,
            objective,
            data,
            latent,
            generator,
            discriminator,
            optimizer,
            averaging,
            evaluation: evaluation.resolved(head.steps),
            detector: detector.resolved(head.steps),
            checkpoint: checkpoint.resolved(head.steps),
        };
        Ok((experiment, strategies))
    }

    /// The configuration as TOML, every default spelled out, with these resolved strategies.
    ///
    /// # Errors
    ///
    /// [`toml::ser::Error`] when a value cannot be written.
    pub fn to_toml(&self, strategies: &[Table]) -> Result<String, toml::ser::Error> {
        let mut data = match &self.data {
            DataConfig::Ring(config) => Table::try_from(config)?,
            DataConfig::Grid(config) => Table::try_from(config)?,
            DataConfig::HighDimensional(config) => Table::try_from(config)?,
            DataConfig::File(config) => Table::try_from(config)?,
        };
        data.insert("kind".to_owned(), self.data.kind().into());
        let whole = Resolved {
            steps: self.steps,
            batch_size: self.batch_size,
            seed: self.seed,
            discriminator_steps: self.discriminator_steps,
            generator_steps: self.generator_steps,
            updates: self.updates,
            data,
            latent: &self.latent,
            generator: &self.generator,
            discriminator: &self.discriminator,
            objective: ResolvedObjective { kind: self.objective },
            optimizer: &self.optimizer,
            averaging: self.averaging.as_ref(),
            evaluation: &self.evaluation,
            detector: &self.detector,
            checkpoint: &self.checkpoint,
            strategy: strategies,
        };
        toml::to_string_pretty(&whole)
    }
}

/// The order in which a resolved configuration is written.
#[derive(Serialize)]
struct Resolved<'a> {
    steps: u64,
    batch_size: usize,
    seed: u64,
    discriminator_steps: usize,
    generator_steps: usize,
    updates: Updates,
    data: Table,
    latent: &'a LatentConfig,
    generator: &'a NetworkConfig,
    discriminator: &'a NetworkConfig,
    objective: ResolvedObjective,
    optimizer: &'a OptimizersConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    averaging: Option<&'a AveragingConfig>,
    evaluation: &'a EvaluationConfig,
    detector: &'a DetectorSection,
    checkpoint: &'a CheckpointSection,
    #[serde(skip_serializing_if = "<[Table]>::is_empty")]
    strategy: &'a [Table],
}

#[derive(Serialize)]
struct ResolvedObjective {
    kind: Objective,
}

impl Head {
    fn check(&self) -> Result<(), InvalidValue> {
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

fn checked<T: serde::de::DeserializeOwned>(
    section: &Section<'_>,
    check: fn(&T) -> Result<(), InvalidValue>,
) -> Result<T, ConfigError> {
    let config: T = section.read()?;
    check(&config).map_err(|error| section.invalid(error))?;
    Ok(config)
}

fn read_network(section: &Section<'_>, role: Role) -> Result<NetworkConfig, ConfigError> {
    let config = section.read::<NetworkConfig>()?.resolved(role);
    config.check(role).map_err(|error| section.invalid(error))?;
    Ok(config)
}

fn read_data(mut section: Section<'_>) -> Result<DataConfig, ConfigError> {
    let kind = section.take_kind(KINDS, "ring")?;
    let config = match kind.as_str() {
        "grid" => DataConfig::Grid(section.read::<GridConfig>()?),
        "high-dimensional" => DataConfig::HighDimensional(section.read::<HighDimensionalConfig>()?),
        "file" => DataConfig::File(section.read::<FileConfig>()?),
        _ => DataConfig::Ring(section.read::<RingConfig>()?),
    };
    config.check().map_err(|error| section.invalid(error))?;
    Ok(config)
}

fn read_strategy(mut section: Section<'_>, steps: u64) -> Result<StrategyConfig<'_>, ConfigError> {
    let name: Option<String> = section.take_value("name")?;
    let name = name.ok_or_else(|| section.wrong("name", "(left out)", "expected a strategy's name"))?;
    let every = section.take_value("every")?.unwrap_or(1);
    let weight = section.take_value("weight")?.unwrap_or(1.0);
    let schedule = section.take_optional("schedule")?;
    let schedule = schedule.map(|section| checked(&section, Schedule::check)).transpose()?;
    let check = ensure(every >= 1, "every", every, "expected a whole number of at least 1").and_then(|()| {
        ensure(weight >= 0.0 && f64::is_finite(weight), "weight", weight, "expected a number of at least 0")
    });
    check.map_err(|error| section.invalid(error))?;
    Ok(StrategyConfig { name, every, weight, schedule: schedule.map(|schedule| schedule.resolved(steps)), section })
}
