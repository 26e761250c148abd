//! The training step: mathematics only. No files, no logging, no clocks.
//!
//! A step is a list of phases ([`phase`]); each teaches one network by one update. A phase of either network does the
//! same: it draws fakes, passes them through the discriminator, sums the objective and the strategies' terms, and
//! updates the network that learns. Strategies act at the calls of [`Strategy`]'s stages, and nowhere else.

mod batches;
pub(crate) mod inputs;
mod losses;
pub mod phase;
mod state;

use burn::tensor::Tensor;

use crate::averaging::AveragingConfig;
use crate::batch::DiscriminatorBatch;
use crate::derivative::with_gradient;
use crate::latent::LatentConfig;
use crate::network::Network;
use crate::objective::RealFake;
use crate::optimizer::Optimizer;
use crate::place::Place;
use crate::plan::Plan;
use crate::random::Streams;
use crate::role::Role;
use crate::step::batches::{Examples, Fakes, Judged};
use crate::step::losses::{LossBook, total};
use crate::step::phase::{Opponent, Phase};
use crate::step::state::Lesson;
use crate::strategy::{DiscriminatorView, GeneratorView, LookaheadView, StepContext, Strategy, Terms};

pub use crate::step::batches::logit;
pub use crate::step::inputs::Inputs;
pub use crate::step::losses::{Losses, NotFinite, UnreadLosses};
pub use crate::step::phase::Updates;
pub use crate::step::state::{Learner, State};

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
    /// The updates of one step, in order: usually the discriminator's, then the generator's.
    pub phases: Vec<Phase>,
    /// The run's random streams.
    pub streams: Streams,
    /// Device and precision.
    pub place: Place,
}

impl Step {
    /// One step on its [`Step::inputs`]. On an error `state` is as it was before the phase that failed.
    ///
    /// # Errors
    ///
    /// [`NotFinite`] when a loss is NaN or infinite; the phase's update is not made.
    pub fn run(&self, state: &mut State, inputs: Inputs, strategy: &mut dyn Strategy) -> Result<Losses, NotFinite> {
        let mut losses = Losses::new();
        self.run_phases(state, inputs, strategy, &mut LossBook::Read(&mut losses))?;
        Ok(losses)
    }

    /// One step that reads nothing from the device but what the strategies read. It also makes an update with a loss that is not
    /// finite: a caller that later reads such a loss has to return to a state before this step.
    pub fn run_unread(&self, state: &mut State, inputs: Inputs, strategy: &mut dyn Strategy) -> UnreadLosses {
        let mut losses = UnreadLosses::default();
        let made = self.run_phases(state, inputs, strategy, &mut LossBook::Unread(&mut losses));
        debug_assert!(made.is_ok(), "a loss that is not read is not refused");
        losses
    }

    /// The phases of a step, with its losses in `book`.
    fn run_phases(
        &self,
        state: &mut State,
        inputs: Inputs,
        strategy: &mut dyn Strategy,
        book: &mut LossBook<'_>,
    ) -> Result<(), NotFinite> {
        let Inputs { mut examples, noise } = inputs;
        let simultaneous = self.phases.iter().any(|phase| phase.opponent == Opponent::BeforeStep);
        let before = simultaneous.then(|| state.discriminator.clone());
        for phase in &self.phases {
            let context = self.context(state.step, phase.draw);
            let (batch, noise) = (&mut examples[phase.batch], &noise[phase.draw as usize]);
            match phase.role {
                Role::Discriminator => {
                    let (learner, generator) = (&mut state.discriminator, &state.generator.network);
                    self.discriminator_phase(learner, generator, (batch, noise), strategy, &context, book)?;
                }
                Role::Generator => {
                    let opponent = before.as_ref().unwrap_or(&state.discriminator);
                    self.generator_phase(&mut state.generator, opponent, (batch, noise), strategy, &context, book)?;
                }
            }
            strategy.after_update(phase.role, &mut state.learner_mut(phase.role).network, &context);
            if phase.role == Role::Generator {
                self.average(state);
            }
        }
        state.step += 1;
        Ok(())
    }

    /// Teaches the discriminator to distinguish `examples` from fakes of the generator. The examples become those that
    /// it has learnt from, as the strategies have changed them.
    fn discriminator_phase(
        &self,
        learner: &mut Learner,
        generator: &Network,
        (examples, noise): (&mut Examples, &Tensor<2>),
        strategy: &mut dyn Strategy,
        context: &StepContext<'_>,
        book: &mut LossBook<'_>,
    ) -> Result<(), NotFinite> {
        let Examples { real, targets } = examples.clone();
        let fake = self.generate(generator, real.labels.clone(), noise, context).batch;
        let batch = strategy.discriminator_batch(DiscriminatorBatch { real, fake, targets }, context);
        let batch = self.routed(batch);

        let discriminator = learner.network.tracked();
        let Judged { outputs, joined, trace, statistics } =
            Judged::new(&discriminator, &batch.real, &batch.fake, context);
        let logits = RealFake { real: logit(&outputs.real), fake: logit(&outputs.fake) };
        let view = DiscriminatorView {
            discriminator: &discriminator,
            batch: &batch,
            real_outputs: &outputs.real,
            fake_outputs: &outputs.fake,
            trace: trace.as_ref(),
        };
        let mut terms = Terms::new();
        strategy.discriminator_terms(&view, context, &mut terms);
        // A term that went through the layers for each logit's gradient has done half of the objective's backward pass.
        let slopes = || self.plan.objective.discriminator_cotangents(&logits.untracked(), &batch.targets).joined();
        let known = trace.filter(|_| terms.has_graph()).and_then(|trace| trace.logit_loss_gradients(&slopes()));
        // The slopes of a linear objective are constants, so that the halves of a pass need no graph.
        let joined = joined.filter(|_| known.is_none() && self.plan.objective.is_linear());
        let logits = if known.is_some() || joined.is_some() { logits.untracked() } else { logits };
        let objective = self.plan.objective.discriminator_loss(&logits, &batch.targets);
        let objective = match joined {
            Some(outputs) => {
                let slopes = self.plan.objective.discriminator_cotangents(&logits, &batch.targets).joined();
                with_gradient(logit(&outputs), objective, slopes)
            }
            None => objective,
        };
        let loss = total(Role::Discriminator, objective, terms, context.step, book)?;
        let lesson = Lesson { loss, known, statistics: &statistics };
        learner.learn(discriminator, lesson, &self.discriminator_optimizer, context.step);
        *examples = Examples { real: batch.real, targets: batch.targets };
        Ok(())
    }

    /// Teaches the generator to make samples that the discriminator, or one that strategies put in its place, takes for
    /// real.
    fn generator_phase(
        &self,
        learner: &mut Learner,
        opponent: &Learner,
        (examples, noise): (&Examples, &Tensor<2>),
        strategy: &mut dyn Strategy,
        context: &StepContext<'_>,
        book: &mut LossBook<'_>,
    ) -> Result<(), NotFinite> {
        let Examples { real, targets } = examples;
        let objective = self.plan.objective;
        let generator = learner.network.tracked();
        let Fakes { latents, batch: fake, statistics } = self.generate(&generator, real.labels.clone(), noise, context);

        let view = LookaheadView {
            real,
            fake: &fake,
            targets,
            objective,
            optimizer: &self.discriminator_optimizer,
            optimizer_state: &opponent.optimizer,
        };
        let discriminator = strategy.lookahead(opponent.network.clone(), &view, context);
        let outputs = discriminator.forward(fake.samples.clone(), &context.discriminator_pass("fake", &fake));
        let real_logits = objective
            .pairs()
            .then(|| logit(&discriminator.forward(real.samples.clone(), &context.discriminator_pass("real", real))));
        let view = GeneratorView {
            generator: &generator,
            discriminator: &discriminator,
            latents: &latents,
            fake: &fake,
            real,
            fake_outputs: &outputs,
        };
        let mut terms = Terms::new();
        strategy.generator_terms(&view, context, &mut terms);
        let objective = objective.generator_loss(logit(&outputs), real_logits);
        let loss = total(Role::Generator, objective, terms, context.step, book)?;
        let lesson = Lesson { loss, known: None, statistics: &[statistics] };
        learner.learn(generator, lesson, &self.generator_optimizer, context.step);
        Ok(())
    }
}
