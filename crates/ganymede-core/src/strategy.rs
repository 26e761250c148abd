//! What a strategy is: a set of stages around the training step, each a value in and a value out.

use burn::tensor::Tensor;
use serde_json::Value;
use thiserror::Error;

use crate::batch::{Batch, DiscriminatorBatch, Latents, Targets};
use crate::network::Network;
use crate::network::Pass;
use crate::network::plan::NetworkPlan;
use crate::objective::Objective;
use crate::optimizer::{Optimizer, OptimizerState};
use crate::place::Place;
use crate::plan::{Plan, PlanError};
use crate::random::Streams;

/// Where in the run a stage is called.
#[derive(Clone, Copy, Debug)]
pub struct StepContext<'a> {
    /// The step, counted from 0.
    pub step: u64,
    /// The phase within the step, counted from 0; networks that learn at once share one. Random numbers drawn in a phase belong
    /// to [`StepContext::moment`].
    pub phase: u64,
    /// Phases in a step.
    pub phases: u64,
    /// The run's random streams; a strategy prefixes its purposes with its name.
    pub streams: Streams,
    /// Device and precision.
    pub place: &'a Place,
    /// The finished plan.
    pub plan: &'a Plan,
}

impl StepContext<'_> {
    /// A number that no other phase of the run has.
    pub fn moment(&self) -> u64 {
        self.step * self.phases + self.phase
    }

    /// A training pass of the discriminator over rows with these tags. Two passes of a step with different `name`s
    /// drop different entries.
    pub fn discriminator_pass(&self, name: &str, batch: &Batch) -> Pass {
        self.pass(&format!("discriminator/{name}"), &self.plan.discriminator, batch.rows(), batch.labels.as_deref())
    }

    /// A training pass of the generator over these latents.
    pub fn generator_pass(&self, latents: &Latents) -> Pass {
        Pass::train("generator", self.streams, self.moment())
            .in_step(self.step)
            .with_labels(latents.labels.clone())
            .with_groups(latents.groups.clone())
    }

    fn pass(&self, purpose: &str, network: &NetworkPlan, rows: usize, labels: Option<&[usize]>) -> Pass {
        Pass::train(purpose, self.streams, self.moment())
            .in_step(self.step)
            .with_labels(labels.map(<[usize]>::to_vec))
            .with_groups(network.groups(rows, labels))
    }
}

/// What a strategy sees when it adds terms to the discriminator's loss.
#[derive(Debug)]
pub struct DiscriminatorView<'a> {
    /// The discriminator, its parameters tracked.
    pub discriminator: &'a Network,
    /// What it learns from.
    pub batch: &'a DiscriminatorBatch,
    /// Its outputs for the real rows, `[logits, outputs]`; the first column is the logit.
    pub real_outputs: &'a Tensor<2>,
    /// Its outputs for the fake rows, likewise.
    pub fake_outputs: &'a Tensor<2>,
}

/// What a strategy sees when it adds terms to the generator's loss.
#[derive(Debug)]
pub struct GeneratorView<'a> {
    /// The generator, its parameters tracked.
    pub generator: &'a Network,
    /// The discriminator that judges.
    pub discriminator: &'a Network,
    /// What the generator drew from.
    pub latents: &'a Latents,
    /// What it made, with its graph.
    pub fake: &'a Batch,
    /// The real rows of the discriminator's last phase.
    pub real: &'a Batch,
    /// The discriminator's outputs for the fake rows, with their graph, `[logits, outputs]`.
    pub fake_outputs: &'a Tensor<2>,
}

/// What a strategy sees when it looks ahead at the discriminator's next updates.
#[derive(Debug)]
pub struct LookaheadView<'a> {
    /// The real rows of the discriminator's last phase.
    pub real: &'a Batch,
    /// The fakes of this generator phase, with their graph.
    pub fake: &'a Batch,
    /// The targets of the discriminator's last phase.
    pub targets: &'a Targets,
    /// The game.
    pub objective: Objective,
    /// The discriminator's optimiser.
    pub optimizer: &'a Optimizer,
    /// Its state now.
    pub optimizer_state: &'a OptimizerState,
}

/// Named scalars to be added to a loss.
#[derive(Debug, Default)]
pub struct Terms {
    weight: f64,
    prefix: String,
    entries: Vec<(String, Tensor<1>)>,
}

impl Terms {
    /// No terms yet. What is added is scaled by `weight` and named under the strategy's name.
    pub(crate) fn new() -> Self {
        Self { weight: 1.0, ..Self::default() }
    }

    /// Says whose terms come next and how much they weigh.
    pub(crate) fn scope(&mut self, strategy: &str, weight: f64) {
        strategy.clone_into(&mut self.prefix);
        self.weight = weight;
    }

    /// Adds a scalar to the loss. It appears in the records as `<network>/<strategy>`, and with a non-empty `name` as
    /// `<network>/<strategy>/<name>`.
    pub fn add(&mut self, name: &str, value: Tensor<1>) {
        let name = if name.is_empty() { self.prefix.clone() } else { format!("{}/{name}", self.prefix) };
        let value = if (self.weight - 1.0).abs() < f64::EPSILON { value } else { value.mul_scalar(self.weight) };
        self.entries.push((name, value));
    }

    /// The terms, in the order they were added.
    pub(crate) fn into_entries(self) -> Vec<(String, Tensor<1>)> {
        self.entries
    }
}

/// The networks that training works on, handed through `after_update`.
#[derive(Clone, Debug)]
pub struct Networks {
    /// Turns latents into samples.
    pub generator: Network,
    /// Tells real from fake.
    pub discriminator: Network,
}

/// What a strategy must save to go on where it was: named tensors and a small JSON value.
#[derive(Clone, Debug, Default)]
pub struct StrategyState {
    /// Tensors by name, each `[rows, columns]`.
    pub tensors: Vec<(String, Tensor<2>)>,
    /// Anything else.
    pub values: Value,
}

/// A record that does not fit the strategy.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the saved state of strategy \"{strategy}\" does not fit: {reason}")]
pub struct StrategyStateError {
    /// Whose record.
    pub strategy: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A way to keep a GAN's modes. Every stage has a default that changes nothing.
///
/// A strategy does mathematics only: no files, no clocks, no logging. Random numbers come from
/// [`StepContext::streams`] under a purpose that starts with the strategy's name, and from nowhere else.
pub trait Strategy: Send {
    /// The name in configurations, records and messages.
    fn name(&self) -> &str;

    /// Changes the plan before the networks exist, and claims what only one strategy can decide.
    ///
    /// # Errors
    ///
    /// [`PlanError`] when the strategy cannot work with what is there.
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let _ = plan;
        Ok(())
    }

    /// Changes the plan once every strategy has been configured: for what must see the layers of all others.
    ///
    /// # Errors
    ///
    /// [`PlanError`] when the strategy cannot work with what the others have made.
    fn complete(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let _ = plan;
        Ok(())
    }

    /// What the generator draws from, before every pass of it, in training and in sampling.
    fn latents(&self, latents: Latents, context: &StepContext<'_>) -> Latents {
        let _ = context;
        latents
    }

    /// What the discriminator learns from.
    fn discriminator_batch(&mut self, batch: DiscriminatorBatch, context: &StepContext<'_>) -> DiscriminatorBatch {
        let _ = context;
        batch
    }

    /// Adds terms to the discriminator's loss.
    fn discriminator_terms(&mut self, view: &DiscriminatorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        let _ = (view, context, terms);
    }

    /// The discriminator that the generator is judged by.
    fn lookahead(&self, discriminator: Network, view: &LookaheadView<'_>, context: &StepContext<'_>) -> Network {
        let _ = (view, context);
        discriminator
    }

    /// Adds terms to the generator's loss.
    fn generator_terms(&mut self, view: &GeneratorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        let _ = (view, context, terms);
    }

    /// Changes the networks after an update of either.
    fn after_update(&mut self, networks: Networks, context: &StepContext<'_>) -> Networks {
        let _ = context;
        networks
    }

    /// What a checkpoint must hold; `None` when there is nothing.
    fn state(&self) -> Option<StrategyState> {
        None
    }

    /// Goes on from a record, or from the beginning where [`Strategy::state`] had nothing to save.
    ///
    /// # Errors
    ///
    /// [`StrategyStateError`] when it was made by a strategy of another shape.
    fn load_state(&mut self, record: Option<StrategyState>) -> Result<(), StrategyStateError> {
        record.map_or(Ok(()), |_| {
            Err(StrategyStateError {
                strategy: self.name().to_owned(),
                reason: "this strategy saves nothing, yet a record was found".to_owned(),
            })
        })
    }
}
