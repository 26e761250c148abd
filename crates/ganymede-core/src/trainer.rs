//! A run: everything put together, and the loop over steps with observers around it.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use thiserror::Error as ThisError;

use crate::chain::{Chain, Entry};
use crate::config::{Document, Experiment};
use crate::data::{DataError, Dataset};
use crate::network::preset::Side;
use crate::optimizer::Optimizer;
use crate::place::Place;
use crate::plan::{NetworkPlan, Plan, PlanError, Routing};
use crate::random::Streams;
use crate::sampling::{Drawn, SampleRequest};
use crate::step::{Losses, NotFinite, State, Step};
use crate::strategy::Strategy;

/// What a generator needs to know of the data it was trained on.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DataFacts {
    /// Features of a sample.
    pub features: usize,
    /// Relative frequency of each class; empty without labels.
    pub class_weights: Vec<f64>,
}

impl DataFacts {
    /// The facts of a data set.
    pub fn of(data: &Dataset) -> Self {
        Self { features: data.features(), class_weights: data.class_weights().unwrap_or_default() }
    }
}

/// A run that cannot start.
#[derive(Debug, ThisError)]
pub enum SetupError {
    /// Strategies, objective, networks and data do not fit together.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// A run that stopped before its end.
#[derive(Debug, ThisError)]
pub enum TrainError {
    /// A loss is no longer a number.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// An observer failed.
    #[error("step {step}: {source}")]
    Observer {
        /// Steps made so far.
        step: u64,
        /// Its error.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What observers see; nothing in it can be changed.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    /// The run, before its first step or after one.
    pub run: &'a Run,
    /// The losses of the step just made; `None` before the first.
    pub losses: Option<&'a Losses>,
}

/// Watches a run: progress, records, samples, detector, checkpoints.
pub trait Observer {
    /// Called before the first step and after each. Breaking stops the run, as finished.
    ///
    /// # Errors
    ///
    /// Any error stops the run, as failed.
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>>;
}

/// A run: the step, the data, the strategies and the state.
pub struct Run {
    /// What the step is made of.
    pub step: Step,
    /// The real samples.
    pub data: Dataset,
    /// The strategies.
    pub chain: Chain,
    /// What training changes.
    pub state: State,
    /// Steps in all.
    pub steps: u64,
}

/// The step of an experiment: asks every strategy for its part of the plan, and checks that all fits.
///
/// # Errors
///
/// [`PlanError`] that names both sides of what does not fit.
pub fn plan_step(
    experiment: &Experiment,
    strategy: &dyn Strategy,
    facts: &DataFacts,
    place: Place,
) -> Result<Step, PlanError> {
    let network =
        |inputs, outputs, layers| NetworkPlan { inputs, outputs, layers, members: 1, routing: Routing::Whole };
    let mut plan = Plan::new(
        experiment.batch_size,
        facts.features,
        (!facts.class_weights.is_empty()).then_some(facts.class_weights.len()),
        experiment.objective,
        network(experiment.latent.size, facts.features, experiment.generator.layers()),
        network(facts.features, 1, experiment.discriminator.layers()),
    );
    strategy.configure(&mut plan)?;
    plan.finish()?;
    let discriminator = std::iter::repeat_n(Side::Discriminator, experiment.discriminator_steps);
    let generator = std::iter::repeat_n(Side::Generator, experiment.generator_steps);
    Ok(Step {
        plan,
        latent: experiment.latent.clone(),
        generator_optimizer: Optimizer::new(experiment.optimizer.generator.clone(), experiment.steps),
        discriminator_optimizer: Optimizer::new(experiment.optimizer.discriminator.clone(), experiment.steps),
        averaging: experiment.averaging.clone(),
        phases: discriminator.chain(generator).collect(),
        streams: Streams::new(experiment.seed),
        place,
    })
}

impl Run {
    /// A run before its first step. Relative paths of the data are relative to `folder`.
    ///
    /// # Errors
    ///
    /// [`SetupError`] when the data cannot be read or the parts do not fit together.
    pub fn new(experiment: &Experiment, chain: Chain, folder: &Path, device: Device) -> Result<Self, SetupError> {
        Self::at(experiment, chain, folder, Place::new(device))
    }

    /// [`Run::new`] in any precision.
    ///
    /// # Errors
    ///
    /// As [`Run::new`].
    pub fn at(experiment: &Experiment, chain: Chain, folder: &Path, place: Place) -> Result<Self, SetupError> {
        let data = experiment.data.build(folder, Streams::new(experiment.seed))?;
        let step = plan_step(experiment, &chain, &DataFacts::of(&data), place)?;
        let state = step.start();
        Ok(Self { step, data, chain, state, steps: experiment.steps })
    }

    /// A run from a configuration's text and strategies made by the caller; `[[strategy]]` tables in the text are not
    /// looked at. For tests and examples.
    ///
    /// # Errors
    ///
    /// What is wrong with the text or with how the parts fit.
    pub fn parse(text: &str, strategies: Vec<Box<dyn Strategy>>, place: Place) -> Result<Self, Box<dyn Error>> {
        let document = Document::parse(text, "configuration", Path::new("."))?;
        let (experiment, _) = Experiment::read(&document)?;
        let chain = Chain::new(strategies.into_iter().map(Entry::new).collect());
        Ok(Self::at(&experiment, chain, Path::new("."), place)?)
    }

    /// Makes one step.
    ///
    /// # Errors
    ///
    /// [`NotFinite`] when a loss is NaN or infinite.
    pub fn advance(&mut self) -> Result<Losses, NotFinite> {
        self.step.run(&mut self.state, &self.data, &mut self.chain)
    }

    /// Trains to the last step.
    ///
    /// # Errors
    ///
    /// [`TrainError`] when a loss is no longer finite or an observer fails. The state is that of the last good phase.
    pub fn train(&mut self, observers: &mut [&mut dyn Observer]) -> Result<(), TrainError> {
        if self.state.step == 0 && self.notify(observers, None)?.is_break() {
            return Ok(());
        }
        while self.state.step < self.steps {
            let losses = self.advance()?;
            if self.notify(observers, Some(&losses))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn notify(
        &self,
        observers: &mut [&mut dyn Observer],
        losses: Option<&Losses>,
    ) -> Result<ControlFlow<()>, TrainError> {
        let mut flow = ControlFlow::Continue(());
        for observer in observers {
            let snapshot = Snapshot { run: self, losses };
            // Every observer sees every step, also the one at which another asks to stop.
            let answer =
                observer.observe(snapshot).map_err(|source| TrainError::Observer { step: self.state.step, source })?;
            if answer.is_break() {
                flow = answer;
            }
        }
        Ok(flow)
    }

    /// Draws from the generator as it is now, or from its average where one is kept.
    pub fn sample(&self, request: &SampleRequest) -> Drawn {
        let class_weights = self.data.class_weights().unwrap_or_default();
        self.step.sample(self.state.sampled_generator(), &self.chain, &class_weights, request)
    }
}
