//! Small games, the penalty as a function of the discriminator, and strategies that stand in for neighbours.

use std::sync::{Arc, Mutex};

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::batch::{Batch, DiscriminatorBatch, Targets};
use ganymede_core::chain::{Chain, Entry};
use ganymede_core::network::plan::{LayerPlan, Routing};
use ganymede_core::network::{Facts, Layer, Network, Pass, SavedTensors, Tape, Trace, Values};
use ganymede_core::objective::RealFake;
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::run::{DataFacts, Run, plan_step};
use ganymede_core::step::{Step, logit};
use ganymede_core::strategy::{DiscriminatorView, Strategy};
use ganymede_core::{config::Document, config::Experiment};
use ganymede_gradient_penalty::{GradientPenalty, Kind};
use ganymede_testing::numbers::{double, single, values};

/// Every kind, two-sided and one-sided where it has sides.
pub(crate) fn configs() -> Vec<GradientPenalty> {
    let config = |kind, one_sided, target| GradientPenalty { kind, one_sided, target, noise: None };
    vec![
        config(Kind::WganGp, None, None),
        config(Kind::WganGp, Some(true), Some(0.05)),
        config(Kind::Dragan, None, Some(0.5)),
        config(Kind::Dragan, Some(true), Some(0.0)),
        config(Kind::R1, None, None),
        config(Kind::R2, None, None),
        config(Kind::R1R2, None, None),
    ]
}

/// What may stand beside the penalty in a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Neighbour {
    /// Nobody.
    None,
    /// The discriminator has two more outputs.
    Outputs,
    /// One discriminator for each class.
    Members,
    /// Two samples make a logit.
    Packing,
}

impl Neighbour {
    pub(crate) const ALL: [Self; 4] = [Self::None, Self::Outputs, Self::Members, Self::Packing];
}

impl Strategy for Neighbour {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        match self {
            Self::None => {}
            Self::Outputs => plan.add_outputs(2),
            Self::Members => {
                plan.discriminator.members = plan.need_labels()?;
                plan.discriminator.routing = Routing::ByClass;
            }
            Self::Packing => {
                plan.claim(Claim::SamplesPerLogit)?;
                plan.samples_per_logit = 2;
                plan.discriminator.after_input(LayerPlan::new("pack", |input, _| Pack { input }));
            }
        }
        Ok(())
    }
}

/// Puts two consecutive rows into one.
#[derive(Debug)]
struct Pack {
    input: Shape,
}

impl Layer for Pack {
    fn facts(&self) -> Facts {
        Facts::new("pack", self.input.with_channels(2 * self.input.channels))
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: &mut Tape) -> Tensor<2> {
        let [rows, width] = input.dims();
        input.reshape([rows / 2, 2 * width])
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [logits, width] = cotangent.dims();
        (cotangent.reshape([2 * logits, width / 2]), Vec::new())
    }
}

/// What a discriminator was shown in one pass.
pub(crate) struct Passed {
    pub(crate) points: Vec<f64>,
    pub(crate) labels: Option<Vec<usize>>,
}

/// What a discriminator was shown, pass by pass.
pub(crate) type Shown = Arc<Mutex<Vec<Passed>>>;

/// Makes the discriminator's first layer write down its input and the labels.
pub(crate) struct Spy(pub(crate) Shown);

impl Strategy for Spy {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let shown = Arc::clone(&self.0);
        let make = move |shape, _| SpyLayer { shape, shown: Shown::clone(&shown) };
        plan.discriminator.at_first(LayerPlan::new("spy", make));
        Ok(())
    }
}

struct SpyLayer {
    shape: Shape,
    shown: Shown,
}

impl std::fmt::Debug for SpyLayer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("spy")
    }
}

impl Layer for SpyLayer {
    fn facts(&self) -> Facts {
        Facts::new("spy", self.shape)
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, _: &mut Tape) -> Tensor<2> {
        self.shown.lock().unwrap().push(Passed { points: values(&input), labels: pass.labels.clone() });
        input
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }
}

/// A ring with small networks; `discriminator` holds the keys of its table.
pub(crate) fn text(batch_size: usize, discriminator: &str) -> String {
    format!(
        "steps = 100\nbatch_size = {batch_size}\nseed = 3\n[data]\nkind = \"ring\"\nmodes = 3\nsamples = 100\n\
         radius = 1.0\nstd = 0.1\n[latent]\nsize = 3\n[generator]\nhidden = [5]\nactivation = \"tanh\"\n\
         [discriminator]\n{discriminator}\n"
    )
}

/// One moment of a run in double precision: the penalty as a function of the discriminator alone.
pub(crate) struct Game {
    pub(crate) run: Run,
    pub(crate) penalty: GradientPenalty,
    pub(crate) batch: DiscriminatorBatch,
}

impl Game {
    pub(crate) fn new(text: &str, penalty: GradientPenalty, neighbours: Vec<Entry>) -> Self {
        let strategies = std::iter::once(Entry::new("gradient-penalty", penalty.clone())).chain(neighbours).collect();
        let run = Run::parse(text, strategies, double()).unwrap();
        let batch = batch(&run);
        Self { run, penalty, batch }
    }

    pub(crate) fn discriminator(&self) -> &Network {
        &self.run.state.discriminator.network
    }

    /// The sum of the penalties.
    pub(crate) fn loss(&self, discriminator: &Network) -> Tensor<1> {
        self.loss_with(discriminator, None)
    }

    /// The same where the step's own pass over real and fake rows has kept something.
    pub(crate) fn loss_of_own_pass(&self, discriminator: &Network) -> Tensor<1> {
        let both = self.batch.real.clone().concatenate(self.batch.fake.clone());
        let pass = self.run.step.context(7, 0).discriminator_pass("both", &both);
        self.loss_with(discriminator, Some(&discriminator.trace(both.samples, &pass)))
    }

    /// What the discriminator's first update minimises, each part by a pass of its own.
    pub(crate) fn whole_loss(&self, discriminator: &Network) -> Tensor<1> {
        let context = self.run.step.context(0, 0);
        let logits = |name, batch: &Batch| {
            logit(&discriminator.forward(batch.samples.clone(), &context.discriminator_pass(name, batch)))
        };
        let logits = RealFake { real: logits("real", &self.batch.real), fake: logits("fake", &self.batch.fake) };
        let full = |value| self.run.step.place.full(logits.real.dims(), value);
        let targets = Targets { real: full(1.0), fake: full(0.0) };
        self.run.step.plan.objective.discriminator_loss(&logits, &targets).add(self.loss(discriminator))
    }

    fn loss_with(&self, discriminator: &Network, trace: Option<&Trace<'_>>) -> Tensor<1> {
        let context = self.run.step.context(7, 0);
        let context = context.of("gradient-penalty");
        let outputs = self.run.step.place.full([1, 1], f64::NAN);
        let (batch, real_outputs, fake_outputs) = (&self.batch, &outputs, &outputs);
        let view = DiscriminatorView { discriminator, batch, real_outputs, fake_outputs, trace };
        let penalties = self.penalty.penalties(&view, &context).into_iter().map(|(_, penalty)| penalty);
        penalties.reduce(Tensor::add).unwrap()
    }

    /// The penalty's gradient at each parameter by burn's backward.
    pub(crate) fn gradients(&self) -> Vec<Vec<f64>> {
        self.gradients_of(|discriminator| self.loss(discriminator))
    }

    /// Those of another loss.
    pub(crate) fn gradients_of(&self, loss: impl FnOnce(&Network) -> Tensor<1>) -> Vec<Vec<f64>> {
        let discriminator = self.discriminator().tracked();
        let gradients = discriminator.gradients(&mut loss(&discriminator).backward());
        gradients.iter().map(values).collect()
    }
}

/// Real rows of the run's data and fakes of its generator, sorted by class.
fn batch(run: &Run) -> DiscriminatorBatch {
    let Step { plan, place, streams, .. } = &run.step;
    let rows = plan.batch_size;
    let host = run.data.batch(*streams, "batch", 0, rows);
    let samples = place.tensor(host.samples.values, [rows, plan.shape.features()]);
    let real = Batch { samples, labels: host.labels.filter(|_| plan.labelled), generators: None };
    let real = real.label_order().map_or(real.clone(), |order| real.select(&order));
    let context = run.step.context(0, 0);
    let latents = run.step.latents(real.labels.clone(), &context);
    let samples = run.state.generator.network.forward(latents.noise.clone(), &context.generator_pass(&latents));
    let fake = Batch { samples, labels: latents.labels.clone(), generators: None };
    let targets = Targets { real: place.full([rows, 1], 1.0), fake: place.full([rows, 1], 0.0) };
    DiscriminatorBatch { real, fake, targets }
}

/// The refusal of a plan, if any.
pub(crate) fn refusal(text: &str, penalty: GradientPenalty, neighbours: Vec<Entry>) -> Option<String> {
    let document = Document::parse(text, "test.toml", std::path::Path::new(".")).unwrap();
    let (experiment, _) = Experiment::read(&document).unwrap();
    let facts = DataFacts { shape: ganymede_core::Shape::point(2), class_weights: vec![1.0; 3] };
    let penalty = Entry::new("gradient-penalty", penalty);
    let chain = Chain::new(std::iter::once(penalty).chain(neighbours).collect());
    plan_step(&experiment, &chain, &facts, single()).err().map(|error| error.to_string())
}
