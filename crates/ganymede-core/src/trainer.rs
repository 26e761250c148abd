//! A run: everything put together, and the loop over steps with observers around it.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use thiserror::Error as ThisError;

use crate::chain::{Chain, Entry};
use crate::config::{Document, Experiment};
use crate::data::{DataError, Dataset};
use crate::guard::{Answer, Guard, GuardError, Look, Rollback};
use crate::optimizer::Optimizer;
use crate::place::Place;
use crate::plan::{NetworkPlan, Plan, PlanError, Routing};
use crate::random::Streams;
use crate::role::Role;
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
    /// The detector cannot look, or a rollback cannot be made.
    #[error(transparent)]
    Guard(#[from] GuardError),
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
    /// The losses of the step just made; `None` before the first and after a rollback.
    pub losses: Option<&'a Losses>,
    /// The run's guard, where it has one, before its answer to the look.
    pub guard: Option<&'a Guard>,
    /// What the detector saw after the step, where it looked.
    pub look: Option<&'a Look>,
    /// How the run came back to an earlier step, right after it did.
    pub rollback: Option<&'a Rollback>,
}

/// What observers were shown at a moment of a run besides the run itself. A run that goes on from a checkpoint begins with
/// showing it again, so that a checkpoint can hold what was known before.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Moment {
    /// The losses of the step just made.
    pub losses: Option<Losses>,
    /// What the detector saw after it.
    pub look: Option<Look>,
}

/// How training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All steps were made.
    Finished,
    /// An observer asked to stop.
    Stopped,
    /// The detector found a collapse, and the configuration says to stop then.
    Collapsed,
}

/// Watches a run: progress, records, samples, detector, checkpoints.
pub trait Observer {
    /// Called before the first step, after each, and after each rollback. Breaking stops the run.
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
    plan.steps = experiment.steps;
    plan.phases = (experiment.discriminator_steps + experiment.generator_steps) as u64;
    strategy.configure(&mut plan)?;
    strategy.complete(&mut plan)?;
    plan.finish()?;
    let discriminator = std::iter::repeat_n(Role::Discriminator, experiment.discriminator_steps);
    let generator = std::iter::repeat_n(Role::Generator, experiment.generator_steps);
    Ok(Step {
        plan,
        latent: experiment.latent.clone(),
        generator_optimizer: Optimizer::new(experiment.optimizer.generator.clone(), experiment.steps),
        discriminator_optimizer: Optimizer::new(experiment.optimizer.discriminator.clone(), experiment.steps),
        averaging: experiment.averaging.clone(),
        phases: discriminator.chain(generator).collect(),
        updates: experiment.updates,
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

    /// Trains to the last step, watched by nobody but the observers.
    ///
    /// # Errors
    ///
    /// [`TrainError`] when a loss is no longer finite or an observer fails. The state is that of the last good phase.
    pub fn train(&mut self, observers: &mut [&mut dyn Observer]) -> Result<Ending, TrainError> {
        self.train_guarded(None, observers)
    }

    /// Trains to the last step, with a guard that may stop the run or roll it back.
    ///
    /// # Errors
    ///
    /// As [`Run::train`], and when the samples that the guard draws are not finite.
    pub fn train_guarded(
        &mut self,
        guard: Option<&mut Guard>,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Ending, TrainError> {
        self.train_from(&Moment::default(), guard, observers)
    }

    /// Goes on to the last step from a moment that [`Run::load`] came back to, or from the beginning.
    ///
    /// # Errors
    ///
    /// As [`Run::train_guarded`].
    pub fn train_from(
        &mut self,
        moment: &Moment,
        mut guard: Option<&mut Guard>,
        observers: &mut [&mut dyn Observer],
    ) -> Result<Ending, TrainError> {
        let mut flow = self.notify(guard.as_deref(), observers, moment, None)?;
        while flow.is_continue() {
            let answer = guard.as_deref_mut().map_or(Answer::GoOn, Guard::answer);
            flow = match (answer, guard.as_deref_mut()) {
                (Answer::Stop, _) => return Ok(Ending::Collapsed),
                (Answer::RollBack, Some(guard)) => {
                    let rollback = guard.roll_back(self)?;
                    self.notify(Some(guard), observers, &Moment::default(), Some(&rollback))?
                }
                _ if self.state.step >= self.steps => return Ok(Ending::Finished),
                (_, guard) => {
                    let losses = Some(self.advance()?);
                    let (guard, look) = match guard {
                        Some(guard) => {
                            let look = guard.look(self)?;
                            (Some(&*guard), look)
                        }
                        None => (None, None),
                    };
                    self.notify(guard, observers, &Moment { losses, look }, None)?
                }
            };
        }
        Ok(Ending::Stopped)
    }

    fn notify(
        &self,
        guard: Option<&Guard>,
        observers: &mut [&mut dyn Observer],
        moment: &Moment,
        rollback: Option<&Rollback>,
    ) -> Result<ControlFlow<()>, TrainError> {
        let mut flow = ControlFlow::Continue(());
        for observer in observers {
            let (losses, look) = (moment.losses.as_ref(), moment.look.as_ref());
            let snapshot = Snapshot { run: self, losses, guard, look, rollback };
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
