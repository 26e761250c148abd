//! What training changes: two learners, and the average of the generator.

use burn::tensor::Tensor;

use crate::network::{Network, Statistics};
use crate::optimizer::{Optimizer, OptimizerState};
use crate::role::Role;
use crate::step::Step;
use crate::strategy::StepContext;

/// A network that learns, with what its optimiser remembers.
#[derive(Clone, Debug)]
pub struct Learner {
    /// The network, without a graph.
    pub network: Network,
    /// What its optimiser remembers.
    pub optimizer: OptimizerState,
}

impl Learner {
    /// A network before its first update.
    pub fn new(network: Network) -> Self {
        Self { network, optimizer: OptimizerState::default() }
    }

    /// One update. `tracked` is the network as it was in the passes that gave the lesson; with it goes the last copy of its
    /// parameters, which are then written in place.
    pub(super) fn learn(&mut self, tracked: Network, lesson: Lesson<'_>, optimizer: &Optimizer, step: u64) {
        let Lesson { loss, known, statistics } = lesson;
        let mut gradients = tracked.gradients(&mut loss.backward());
        if let Some(known) = known {
            gradients = gradients.into_iter().zip(known).map(|(gradient, known)| gradient.add(known)).collect();
        }
        self.network = tracked.untracked();
        drop(tracked);
        let (past, learning_rate) = (std::mem::take(&mut self.optimizer), optimizer.learning_rate(step));
        let update = |parameters| optimizer.update_owned(parameters, gradients, past, learning_rate);
        self.optimizer = self.network.change_parameters(update);
        for statistics in statistics {
            self.network = self.network.with_statistics(statistics);
        }
    }
}

/// What a network learns from in one update.
pub(super) struct Lesson<'a> {
    /// What burn differentiates.
    pub(super) loss: Tensor<1>,
    /// Gradients of the rest of the loss, one for each parameter.
    pub(super) known: Option<Vec<Tensor<2>>>,
    /// For the buffers, those of each pass.
    pub(super) statistics: &'a [Statistics],
}

/// Everything about a run that the step changes.
#[derive(Clone, Debug)]
pub struct State {
    /// Steps made so far.
    pub step: u64,
    /// Turns latents into samples.
    pub generator: Learner,
    /// Tells real from fake.
    pub discriminator: Learner,
    /// The average of the generator, where one is kept.
    pub average: Option<Network>,
}

impl State {
    /// The generator to draw samples from: the average where one is kept.
    pub fn sampled_generator(&self) -> &Network {
        self.average.as_ref().unwrap_or(&self.generator.network)
    }

    /// The network of a role.
    pub fn learner_mut(&mut self, role: Role) -> &mut Learner {
        match role {
            Role::Generator => &mut self.generator,
            Role::Discriminator => &mut self.discriminator,
        }
    }
}

impl Step {
    /// The state before the first step.
    pub fn start(&self) -> State {
        let generator = self.plan.generator.build(Role::Generator, self.streams, &self.place);
        let discriminator = self.plan.discriminator.build(Role::Discriminator, self.streams, &self.place);
        State {
            step: 0,
            average: self.averaging.as_ref().map(|_| generator.clone()),
            generator: Learner::new(generator),
            discriminator: Learner::new(discriminator),
        }
    }

    /// The same step for another attempt at the run: other noise, and the learning rates multiplied by `factor`.
    /// Attempts count from 1; the run itself is none.
    #[must_use]
    pub fn retried(&self, attempt: u32, factor: f64) -> Self {
        Self {
            streams: self.streams.derive(&format!("attempt/{attempt}")),
            generator_optimizer: self.generator_optimizer.slowed(factor),
            discriminator_optimizer: self.discriminator_optimizer.slowed(factor),
            ..self.clone()
        }
    }

    /// The context of a draw of a step, as its phases see it.
    pub fn context(&self, step: u64, draw: u64) -> StepContext<'_> {
        StepContext {
            step,
            draw_index: step * self.phases.len() as u64 + draw,
            streams: self.streams,
            place: &self.place,
            plan: &self.plan,
            strategy: "",
        }
    }

    /// Moves the average of the generator, where one is kept.
    pub(super) fn average(&self, state: &mut State) {
        if let (Some(averaging), Some(average)) = (&self.averaging, &state.average) {
            let Learner { network, optimizer } = &state.generator;
            state.average = Some(averaging.update(average, network, optimizer.updates));
        }
    }
}
