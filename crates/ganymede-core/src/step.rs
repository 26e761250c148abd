//! The training step: mathematics only. No files, no logging, no clocks.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use thiserror::Error;

use crate::averaging::AveragingConfig;
use crate::batch::{Batch, DiscriminatorBatch, Latents, Targets};
use crate::config::Updates;
use crate::data::Dataset;
use crate::latent::LatentConfig;
use crate::network::plan::Routing;
use crate::network::{Network, Statistics};
use crate::objective::RealFake;
use crate::optimizer::{Optimizer, OptimizerState};
use crate::place::Place;
use crate::plan::Plan;
use crate::random::Streams;
use crate::role::Role;
use crate::strategy::{DiscriminatorView, GeneratorView, LookaheadView, Networks, StepContext, Strategy, Terms};

/// Everything about the step that does not change while it runs.
#[derive(Clone, Debug)]
pub struct Step {
    /// The finished plan.
    pub plan: Plan,
    /// What the generator draws from.
    pub latent: LatentConfig,
    /// The generator's optimiser.
    pub generator_optimizer: Optimizer,
    /// The discriminator's optimiser.
    pub discriminator_optimizer: Optimizer,
    /// The average of the generator, where one is kept.
    pub averaging: Option<AveragingConfig>,
    /// The networks that learn in one step, in order: usually the discriminator once, then the generator once.
    pub phases: Vec<Role>,
    /// Whether the phases take turns. At once takes one phase of each network.
    pub updates: Updates,
    /// The run's random streams.
    pub streams: Streams,
    /// Device and precision.
    pub place: Place,
}

/// Everything about a run that the step changes.
#[derive(Clone, Debug)]
pub struct State {
    /// Steps made so far.
    pub step: u64,
    /// The networks.
    pub networks: Networks,
    /// The generator's optimiser.
    pub generator_optimizer: OptimizerState,
    /// The discriminator's optimiser.
    pub discriminator_optimizer: OptimizerState,
    /// The average of the generator, where one is kept.
    pub average: Option<Network>,
}

impl State {
    /// The generator to draw samples from: the average where one is kept.
    pub fn sampled_generator(&self) -> &Network {
        self.average.as_ref().unwrap_or(&self.networks.generator)
    }
}

/// The discriminator that a generator answers to, with its optimiser for those who look ahead.
#[derive(Clone, Debug)]
struct Opponent {
    discriminator: Network,
    optimizer: OptimizerState,
}

impl Opponent {
    fn of(state: &State) -> Self {
        Self { discriminator: state.networks.discriminator.clone(), optimizer: state.discriminator_optimizer.clone() }
    }
}

/// The losses of one step by name: `discriminator/objective`, `generator/objective` and every strategy's terms.
/// With several phases of one network, those of the last.
pub type Losses = BTreeMap<String, f64>;

/// A loss that is not a finite number.
#[derive(Clone, Debug, Error, PartialEq)]
#[error(
    "step {step}: the loss `{term}` of the {network} became {value}; lower the learning rate of the {network} or clip \
     its gradient (`clip_norm`)"
)]
pub struct NotFinite {
    /// The step, counted from 0.
    pub step: u64,
    /// The network whose loss it is.
    pub network: &'static str,
    /// The term.
    pub term: String,
    /// NaN or an infinity.
    pub value: f64,
}

impl Step {
    /// The state before the first step.
    pub fn start(&self) -> State {
        let generator = self.plan.generator.build(Role::Generator, self.streams, &self.place);
        let discriminator = self.plan.discriminator.build(Role::Discriminator, self.streams, &self.place);
        State {
            step: 0,
            average: self.averaging.as_ref().map(|_| generator.clone()),
            networks: Networks { generator, discriminator },
            generator_optimizer: OptimizerState::default(),
            discriminator_optimizer: OptimizerState::default(),
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

    /// Where in the run a phase of a step is.
    pub fn context(&self, step: u64, phase: u64) -> StepContext<'_> {
        StepContext {
            step,
            phase,
            phases: self.phases.len() as u64,
            streams: self.streams,
            place: &self.place,
            plan: &self.plan,
        }
    }

    /// One step. On an error `state` is as it was before the phase that failed.
    ///
    /// # Errors
    ///
    /// [`NotFinite`] when a loss is NaN or infinite; the phase's update is not made.
    pub fn run(&self, state: &mut State, data: &Dataset, strategy: &mut dyn Strategy) -> Result<Losses, NotFinite> {
        let mut losses = Losses::new();
        let mut last: Option<(Batch, Targets)> = None;
        let batches = self.phases.iter().filter(|role| **role == Role::Discriminator).count().max(1) as u64;
        let mut batch_index = state.step * batches;
        let before = (self.updates == Updates::Simultaneous).then(|| Opponent::of(state));
        for (index, role) in self.phases.iter().enumerate() {
            let context = self.context(state.step, index as u64);
            // The generator answers to the batch that the discriminator has just learnt from.
            let learnt_from = last.take().filter(|_| *role == Role::Generator);
            let (real, targets) = learnt_from.unwrap_or_else(|| {
                batch_index += 1;
                (self.real_batch(data, batch_index - 1), self.plain_targets())
            });
            last = Some(match role {
                Role::Discriminator => {
                    self.discriminator_phase(state, real, targets, strategy, &context, &mut losses)?
                }
                Role::Generator => {
                    // At once is at the first phase's moment, from which latents, noise and masks are drawn.
                    let (context, opponent) = match &before {
                        Some(before) => (self.context(state.step, 0), before.clone()),
                        None => (context, Opponent::of(state)),
                    };
                    self.generator_phase(state, opponent, (real, targets), strategy, &context, &mut losses)?
                }
            });
            state.networks = strategy.after_update(state.networks.clone(), &context);
        }
        state.step += 1;
        Ok(losses)
    }

    /// Draws latents for a phase and asks the strategies.
    pub fn latents(&self, labels: Option<Vec<usize>>, strategy: &dyn Strategy, context: &StepContext<'_>) -> Latents {
        let rows = labels.as_ref().map_or(self.plan.batch_size, Vec::len);
        let noise = self.latent.draw(&mut self.streams.at("latents", context.moment()), rows, &self.place);
        let groups = self.plan.generator.groups(rows, labels.as_deref());
        strategy.latents(Latents { noise, labels, groups }, context)
    }

    /// Draws a batch from the generator in training mode, with the statistics for its buffers.
    fn generate(
        &self,
        generator: &Network,
        labels: Option<Vec<usize>>,
        strategy: &dyn Strategy,
        context: &StepContext<'_>,
    ) -> (Latents, Batch, Statistics) {
        let latents = self.latents(labels, strategy, context);
        let pass = context.generator_pass(&latents);
        let (samples, statistics) = generator.forward_with_statistics(latents.noise.clone(), &pass);
        let fake = self.fake_batch(samples, &latents);
        (latents, fake, statistics)
    }

    fn discriminator_phase(
        &self,
        state: &mut State,
        real: Batch,
        targets: Targets,
        strategy: &mut dyn Strategy,
        context: &StepContext<'_>,
        losses: &mut Losses,
    ) -> Result<(Batch, Targets), NotFinite> {
        let (_, fake, _) = self.generate(&state.networks.generator, real.labels.clone(), strategy, context);
        let batch = strategy.discriminator_batch(DiscriminatorBatch { real, fake, targets }, context);
        let batch = self.routed(batch);

        let discriminator = state.networks.discriminator.tracked();
        let (outputs, statistics) = judge(&discriminator, &batch.real, &batch.fake, context);
        let logits = RealFake { real: logit(&outputs.real), fake: logit(&outputs.fake) };
        let mut terms = Terms::new();
        let view = DiscriminatorView {
            discriminator: &discriminator,
            batch: &batch,
            real_outputs: &outputs.real,
            fake_outputs: &outputs.fake,
        };
        strategy.discriminator_terms(&view, context, &mut terms);
        let objective = self.plan.objective.discriminator_loss(&logits, &batch.targets);
        let loss = total(Role::Discriminator, objective, terms, context.step, losses)?;
        let optimizer = (&self.discriminator_optimizer, &state.discriminator_optimizer);
        let (updated, optimizer_state) = learn(&discriminator, &loss, optimizer, context.step);
        state.networks.discriminator =
            statistics.iter().fold(updated, |network, statistics| network.with_statistics(statistics));
        state.discriminator_optimizer = optimizer_state;
        Ok((batch.real, batch.targets))
    }

    fn generator_phase(
        &self,
        state: &mut State,
        opponent: Opponent,
        (real, targets): (Batch, Targets),
        strategy: &mut dyn Strategy,
        context: &StepContext<'_>,
        losses: &mut Losses,
    ) -> Result<(Batch, Targets), NotFinite> {
        let generator = state.networks.generator.tracked();
        let (latents, fake, statistics) = self.generate(&generator, real.labels.clone(), strategy, context);
        let view = LookaheadView {
            real: &real,
            fake: &fake,
            targets: &targets,
            objective: self.plan.objective,
            optimizer: &self.discriminator_optimizer,
            optimizer_state: &opponent.optimizer,
        };
        let discriminator = strategy.lookahead(opponent.discriminator, &view, context);
        let outputs = discriminator.forward(fake.samples.clone(), &context.discriminator_pass("fake", &fake));
        let real_logits =
            self.plan.objective.pairs().then(|| {
                logit(&discriminator.forward(real.samples.clone(), &context.discriminator_pass("real", &real)))
            });
        let mut terms = Terms::new();
        let view = GeneratorView {
            generator: &generator,
            discriminator: &discriminator,
            latents: &latents,
            fake: &fake,
            real: &real,
            fake_outputs: &outputs,
        };
        strategy.generator_terms(&view, context, &mut terms);
        let objective = self.plan.objective.generator_loss(logit(&outputs), real_logits);
        let loss = total(Role::Generator, objective, terms, context.step, losses)?;
        let optimizer = (&self.generator_optimizer, &state.generator_optimizer);
        let (updated, optimizer_state) = learn(&generator, &loss, optimizer, context.step);
        state.networks.generator = updated.with_statistics(&statistics);
        state.generator_optimizer = optimizer_state;
        if let (Some(averaging), Some(average)) = (&self.averaging, &state.average) {
            let updates = state.generator_optimizer.updates;
            state.average = Some(averaging.update(average, &state.networks.generator, updates));
        }
        Ok((real, targets))
    }

    /// The run's `index`-th batch of real rows; sorted by class where a network shares them out so.
    fn real_batch(&self, data: &Dataset, index: u64) -> Batch {
        let rows = self.plan.batch_size;
        let host = data.batch(self.streams, "batch", index, rows);
        let labels = host.labels.filter(|_| self.plan.labelled);
        let samples = self.place.tensor(host.samples.values, [rows, self.plan.shape.features()]);
        let batch = Batch { samples, labels, generators: None };
        let by_class = [self.plan.generator.routing, self.plan.discriminator.routing].contains(&Routing::ByClass);
        match batch.label_order().filter(|_| by_class) {
            Some(order) => batch.select(&order),
            None => batch,
        }
    }

    /// Ones for real rows and zeros for fake rows.
    fn plain_targets(&self) -> Targets {
        let shape = [self.plan.batch_size / self.plan.samples_per_logit, 1];
        Targets { real: self.place.full(shape, 1.0), fake: self.place.full(shape, 0.0) }
    }

    pub(crate) fn fake_batch(&self, samples: Tensor<2>, latents: &Latents) -> Batch {
        let members = latents.groups.iter().enumerate();
        let generators = members.flat_map(|(member, rows)| std::iter::repeat_n(member, *rows)).collect();
        Batch {
            samples,
            labels: latents.labels.clone(),
            generators: (self.plan.generator.members > 1).then_some(generators),
        }
    }

    /// Sorts rows by class again where strategies have mixed them and the discriminator shares them out so.
    fn routed(&self, batch: DiscriminatorBatch) -> DiscriminatorBatch {
        if self.plan.discriminator.routing != Routing::ByClass {
            return batch;
        }
        let sort = |rows: Batch, targets: Tensor<2>| match rows.label_order() {
            None => (rows, targets),
            Some(order) => {
                let sorted = Batch { samples: targets, labels: None, generators: None }.select(&order);
                (rows.select(&order), sorted.samples)
            }
        };
        let (real, real_targets) = sort(batch.real, batch.targets.real);
        let (fake, fake_targets) = sort(batch.fake, batch.targets.fake);
        DiscriminatorBatch { real, fake, targets: Targets { real: real_targets, fake: fake_targets } }
    }
}

/// A discriminator's outputs for real and fake rows, in one pass where rows do not influence each other.
fn judge(
    discriminator: &Network,
    real: &Batch,
    fake: &Batch,
    context: &StepContext<'_>,
) -> (RealFake, Vec<Statistics>) {
    if discriminator.can_share_a_pass() {
        let both = real.clone().concatenate(fake.clone());
        let pass = context.discriminator_pass("both", &both);
        let (outputs, statistics) = discriminator.forward_with_statistics(both.samples, &pass);
        return (RealFake::halves(outputs), vec![statistics]);
    }
    let pass = |name, batch: &Batch| {
        discriminator.forward_with_statistics(batch.samples.clone(), &context.discriminator_pass(name, batch))
    };
    let (real, real_statistics) = pass("real", real);
    let (fake, fake_statistics) = pass("fake", fake);
    (RealFake { real, fake }, vec![real_statistics, fake_statistics])
}

/// The first column of a discriminator's outputs, `[rows, 1]`.
pub fn logit(outputs: &Tensor<2>) -> Tensor<2> {
    let [_, columns] = outputs.dims();
    if columns == 1 { outputs.clone() } else { outputs.clone().slice_dim(1, 0..1) }
}

/// One update of a tracked network by its optimiser; without a graph again.
fn learn(
    network: &Network,
    loss: &Tensor<1>,
    (optimizer, state): (&Optimizer, &OptimizerState),
    step: u64,
) -> (Network, OptimizerState) {
    let gradients = network.gradients(&mut loss.backward());
    let untracked = network.untracked();
    let (parameters, state) = optimizer.update(untracked.parameters(), gradients, state, optimizer.learning_rate(step));
    (untracked.with_parameters(parameters), state)
}

/// Adds up a network's loss, writes every part into the records, and refuses parts that are not finite.
fn total(
    role: Role,
    objective: Tensor<1>,
    terms: Terms,
    step: u64,
    losses: &mut Losses,
) -> Result<Tensor<1>, NotFinite> {
    let mut check = |name: &str, term: &Tensor<1>| {
        let value: f64 = term.clone().without_autodiff().into_scalar::<f64>();
        losses.insert(format!("{}/{name}", role.name()), value);
        let not_finite = || NotFinite { step, network: role.name(), term: name.to_owned(), value };
        value.is_finite().then_some(()).ok_or_else(not_finite)
    };
    check("objective", &objective)?;
    terms.into_entries().into_iter().try_fold(objective, |sum, (name, term)| {
        check(&name, &term)?;
        Ok(sum.add(term))
    })
}
