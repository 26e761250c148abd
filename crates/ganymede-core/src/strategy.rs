//! What a strategy is: a set of stages around the training step, each a value in and a value out.

use std::ops::Range;

use burn::tensor::Tensor;
use serde_json::Value;
use thiserror::Error;

use crate::batch::{Batch, DiscriminatorBatch, Latents, Targets};
use crate::network::plan::NetworkPlan;
use crate::network::{Network, Pass, Trace};
use crate::objective::Objective;
use crate::optimizer::{Optimizer, OptimizerState};
use crate::place::Place;
use crate::plan::{Plan, PlanError};
use crate::random::{Stream, Streams};
use crate::role::Role;

/// Where in the run a stage is called, and for which strategy.
#[derive(Clone, Copy, Debug)]
pub struct StepContext<'a> {
    /// The step, counted from 0.
    pub step: u64,
    /// Numbers the draws of the run: the random numbers of a phase are taken at it. Phases in which both networks learn
    /// at once share one.
    pub draw_index: u64,
    /// The run's random streams.
    pub streams: Streams,
    /// Device and precision.
    pub place: &'a Place,
    /// The finished plan.
    pub plan: &'a Plan,
    /// The name of the strategy whose stage is called; empty outside of strategies.
    pub strategy: &'a str,
}

impl StepContext<'_> {
    /// The same context as another strategy sees it.
    #[must_use]
    pub fn of<'b>(&'b self, strategy: &'b str) -> StepContext<'b> {
        StepContext { strategy, ..*self }
    }

    /// The random numbers of this strategy for a purpose, in this phase.
    pub fn stream(&self, purpose: &str) -> Stream {
        self.streams.at(&format!("{}/{purpose}", self.strategy), self.draw_index)
    }

    /// The columns of the discriminator's outputs that this strategy has appended.
    pub fn outputs(&self) -> Range<usize> {
        self.plan.outputs_of(self.strategy)
    }

    /// A training pass of the discriminator over rows with these tags. Two passes of a step with different `name`s
    /// drop different entries; `real`, `fake` and `both` are the step's own.
    pub fn discriminator_pass(&self, name: &str, batch: &Batch) -> Pass {
        self.pass(&format!("discriminator/{name}"), &self.plan.discriminator, batch.rows(), batch.labels.as_deref())
    }

    /// A training pass of the discriminator that only this strategy makes.
    pub fn own_discriminator_pass(&self, name: &str, batch: &Batch) -> Pass {
        self.discriminator_pass(&format!("{}/{name}", self.strategy), batch)
    }

    /// A training pass of the generator over these latents.
    pub fn generator_pass(&self, latents: &Latents) -> Pass {
        Pass::train("generator", self.streams, self.draw_index)
            .in_step(self.step)
            .computing_in(self.plan.precision)
            .with_labels(latents.labels.clone())
            .with_groups(latents.groups.clone())
    }

    fn pass(&self, purpose: &str, network: &NetworkPlan, rows: usize, labels: Option<&[usize]>) -> Pass {
        Pass::train(purpose, self.streams, self.draw_index)
            .in_step(self.step)
            .computing_in(self.plan.precision)
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
    /// What its one pass over the real rows and then the fake ones kept; `None` without [`Plan::trace_discriminator_pass`], where
    /// rows influence each other, and where passes do not compute in single precision.
    pub trace: Option<&'a Trace<'a>>,
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
    /// The objective of the run.
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
    entries: Vec<Term>,
}

#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) name: String,
    pub(crate) value: Tensor<1>,
    /// Whether the network minimises it; otherwise it is only recorded.
    pub(crate) minimised: bool,
}

impl Terms {
    /// No terms yet. What is added is scaled by `weight` and named under the strategy's name.
    pub(crate) fn new() -> Self {
        Self { weight: 1.0, ..Self::default() }
    }

    /// Names the strategy that adds the following terms, and sets their weight.
    pub(crate) fn scope(&mut self, strategy: &str, weight: f64) {
        strategy.clone_into(&mut self.prefix);
        self.weight = weight;
    }

    /// Adds a scalar to the loss. It appears in the records as `<network>/<strategy>`, and with a non-empty `name` as
    /// `<network>/<strategy>/<name>`.
    pub fn add(&mut self, name: &str, value: Tensor<1>) {
        let value = if (self.weight - 1.0).abs() < f64::EPSILON { value } else { value.mul_scalar(self.weight) };
        self.entries.push(Term { name: self.full_name(name), value, minimised: true });
    }

    /// Records a scalar under the same names without adding it to the loss, and without the strategy's weight: a figure
    /// that says what the strategy is at.
    pub fn report(&mut self, name: &str, value: Tensor<1>) {
        self.entries.push(Term { name: self.full_name(name), value, minimised: false });
    }

    fn full_name(&self, name: &str) -> String {
        if name.is_empty() { self.prefix.clone() } else { format!("{}/{name}", self.prefix) }
    }

    /// Whether burn can differentiate their sum.
    pub(crate) fn has_graph(&self) -> bool {
        self.entries.iter().any(|term| term.minimised && term.value.is_autodiff())
    }

    /// The terms, in the order they were added.
    pub(crate) fn into_entries(self) -> Vec<Term> {
        self.entries
    }
}

/// What a strategy remembers: named tensors and a small JSON value.
#[derive(Clone, Debug, Default)]
pub struct StrategyState {
    /// Tensors by name, each `[rows, columns]`.
    pub tensors: Vec<(String, Tensor<2>)>,
    /// Anything else.
    pub values: Value,
}

/// A saved state that does not fit the strategy.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the saved state of strategy \"{strategy}\" does not fit: {reason}")]
pub struct StrategyStateError {
    /// The strategy's name; empty until the chain has filled it in.
    pub strategy: String,
    /// What is wrong with the state.
    pub reason: String,
}

impl StrategyStateError {
    /// The state of the strategy whose stage is called does not fit, for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { strategy: String::new(), reason: reason.into() }
    }

    /// The same error, of this strategy unless another is named already.
    #[must_use]
    pub fn of(self, strategy: &str) -> Self {
        if self.strategy.is_empty() { Self { strategy: strategy.to_owned(), ..self } } else { self }
    }
}

/// A way to keep a GAN's modes. Every stage has a default that changes nothing.
///
/// A strategy does mathematics only: no files, no clocks, no logging. Random numbers come from
/// [`StepContext::stream`], and from nowhere else. It does not know its own name: the context carries it
/// ([`StepContext::strategy`], [`Plan::strategy`]).
pub trait Strategy: Send {
    /// Changes the plan before the networks exist, and claims what only one strategy can decide.
    ///
    /// # Errors
    ///
    /// [`PlanError`] when the strategy cannot work with the plan as it is.
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

    /// Changes a network right after its update, as clipping of weights does.
    fn after_update(&mut self, role: Role, network: &mut Network, context: &StepContext<'_>) {
        let _ = (role, network, context);
    }

    /// The state that a checkpoint keeps; `None` when there is none.
    fn state(&self) -> Option<StrategyState> {
        None
    }

    /// Takes on a saved state, or starts from the beginning where [`Strategy::state`] had nothing to save.
    ///
    /// # Errors
    ///
    /// [`StrategyStateError`] when it was saved by a strategy of another shape.
    fn load_state(&mut self, state: Option<StrategyState>) -> Result<(), StrategyStateError> {
        state.map_or(Ok(()), |_| Err(StrategyStateError::new("this strategy saves nothing, yet a state was found")))
    }
}
