//! A run: the step, the data, the strategies and the state, made from an experiment.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use ganymede_samples::Shape;
use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::chain::{Chain, Entry};
use crate::config::{Document, Experiment};
use crate::data::{DataError, Dataset};
use crate::feed::Feed;
use crate::ledger::Ledger;
use crate::network::architecture::Architecture;
use crate::optimizer::Optimizer;
use crate::place::Place;
use crate::plan::{Plan, PlanError};
use crate::random::Streams;
use crate::role::Role;
use crate::sampling::{Generated, SampleRequest};
use crate::step::phase::phases;
use crate::step::{Inputs, Losses, NotFinite, State, Step};
use crate::strategy::Strategy;

/// What a generator must know about its training data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataFacts {
    /// The shape of a sample.
    #[serde(with = "shape_as_list")]
    pub shape: Shape,
    /// Relative frequency of each class; empty without labels.
    pub class_weights: Vec<f64>,
}

impl DataFacts {
    /// The facts of a data set.
    pub fn of(data: &Dataset) -> Self {
        Self { shape: data.shape(), class_weights: data.class_weights().unwrap_or_default() }
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

/// A run: the step, the data, the strategies and the state.
pub struct Run {
    /// What the step is made of.
    pub step: Step,
    /// The real samples.
    pub data: Arc<Dataset>,
    /// The strategies.
    pub chain: Chain,
    /// What training changes.
    pub state: State,
    /// Steps in all.
    pub steps: u64,
    /// The largest number of steps whose losses [`Run::train`] reads together, at least 1. On a processor 1, as reading is free there;
    /// on a GPU, where it waits for all work, [`EvaluationConfig::records`](crate::config::EvaluationConfig::records).
    /// The weights and the losses are the same whatever it is.
    pub read_every: u64,
    pub(crate) feed: Feed,
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
    let sample = facts.shape;
    let network = |role, input, output, architecture: &Architecture| {
        architecture.plan(role, input, output).map_err(|what| PlanError::Shape { network: role, what })
    };
    if !place.supports(experiment.precision) {
        return Err(PlanError::Precision { precision: experiment.precision });
    }
    let mut plan = Plan {
        batch_size: experiment.batch_size,
        precision: experiment.precision,
        shape: sample,
        classes: (!facts.class_weights.is_empty()).then_some(facts.class_weights.len()),
        objective: experiment.objective.kind,
        generator: network(Role::Generator, Shape::point(experiment.latent.size), sample, &experiment.generator)?,
        discriminator: network(Role::Discriminator, sample, Shape::point(1), &experiment.discriminator)?,
        labelled: false,
        samples_per_logit: 1,
        ledger: Ledger::default(),
    };
    strategy.configure(&mut plan)?;
    strategy.complete(&mut plan)?;
    plan.finish()?;
    Ok(Step {
        plan,
        latent: experiment.latent.clone(),
        generator_optimizer: Optimizer::new(experiment.optimizer.generator.clone(), experiment.steps),
        discriminator_optimizer: Optimizer::new(experiment.optimizer.discriminator.clone(), experiment.steps),
        averaging: experiment.averaging.clone(),
        phases: phases(experiment.discriminator_steps, experiment.generator_steps, experiment.updates),
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
        Ok(Self::of(experiment, step, data, chain))
    }

    /// The run of a step that was planned for this experiment with these strategies and data. Makes the networks.
    pub fn of(experiment: &Experiment, step: Step, data: Dataset, chain: Chain) -> Self {
        let read_every = if step.place.is_processor() { 1 } else { experiment.evaluation.records };
        let state = step.start();
        let (data, feed) = (Arc::new(data), Feed::default());
        let mut run = Self { step, data, chain, state, steps: experiment.steps, read_every, feed };
        if !run.step.place.is_processor() {
            run.keep_data_on_device();
        }
        run
    }

    /// Uploads the stored rows of a fixed data set, if they take at most 2 GiB, so that a batch is gathered where it is needed;
    /// whether it did. A run on a GPU begins with it; elsewhere it saves nothing. Batches have the same bits either way.
    pub fn keep_data_on_device(&mut self) -> bool {
        self.feed.gather_from(self.data.resident(&self.step.place));
        self.feed.gathers()
    }

    /// From here on makes rows and noise of the next step on another thread while a step is computed. The numbers are the same.
    pub fn work_ahead(&mut self) {
        self.feed.work_ahead(&self.data);
    }

    /// A run from a configuration's text and strategies made by the caller; `[[strategy]]` tables in the text are
    /// ignored. For tests and examples.
    ///
    /// # Errors
    ///
    /// What is wrong with the text or with how the parts fit.
    pub fn parse(text: &str, strategies: Vec<Entry>, place: Place) -> Result<Self, Box<dyn Error>> {
        let document = Document::parse(text, "configuration", Path::new("."))?;
        let (experiment, _) = Experiment::read(&document)?;
        Ok(Self::at(&experiment, Chain::new(strategies), Path::new("."), place)?)
    }

    /// Makes one step and reads its losses.
    ///
    /// # Errors
    ///
    /// [`NotFinite`] when a loss is NaN or infinite.
    pub fn advance(&mut self) -> Result<Losses, NotFinite> {
        let inputs = self.next_inputs();
        self.step.run(&mut self.state, inputs, &mut self.chain)
    }

    /// What the next step takes from the host.
    pub(crate) fn next_inputs(&mut self) -> Inputs {
        self.feed.inputs(&self.step, &self.data, self.state.step)
    }

    /// Draws from the generator as it is now, or from its average where one is kept.
    pub fn sample(&self, request: &SampleRequest) -> Generated {
        let class_weights = self.data.class_weights().unwrap_or_default();
        self.step.sample(self.state.sampled_generator(), &class_weights, request)
    }
}

/// A shape as `[height, width, channels]`, in the order of the values.
mod shape_as_list {
    use ganymede_samples::Shape;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(shape: &Shape, serializer: S) -> Result<S::Ok, S::Error> {
        [shape.height, shape.width, shape.channels].serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shape, D::Error> {
        let [height, width, channels] = Deserialize::deserialize(deserializer)?;
        Ok(Shape { channels, height, width })
    }
}
