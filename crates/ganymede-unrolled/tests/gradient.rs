//! The generator's gradient through unrolled updates of the discriminator, against central differences in f64.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::batch::{Batch, Targets};
use ganymede_core::chain::{Chain, Entry};
use ganymede_core::network::Network;
use ganymede_core::run::Run;
use ganymede_core::step::logit;
use ganymede_core::strategy::{LookaheadView, StepContext, Strategy};
use ganymede_testing::derivatives::by_differences;
use ganymede_testing::games::bits;
use ganymede_testing::numbers::{distance, double, values};
use ganymede_unrolled::{Gradient, Unrolled};

/// A small game with smooth activations, so that central differences tell the truth.
fn run(optimizer: &str, objective: &str, discriminator: &str, warm_up: u64) -> Run {
    let text = format!(
        "steps = 1000\nbatch_size = 12\nseed = 3\n[data]\nkind = \"ring\"\nsamples = 100\nradius = 1.0\nstd = 0.1\n\
         [latent]\nsize = 3\n[generator]\nhidden = [5]\nactivation = \"tanh\"\n\
         [discriminator]\nhidden = [6, 4]\nactivation = \"tanh\"\n{discriminator}\n[objective]\nkind = \"{objective}\"\n\
         [optimizer.discriminator]\n{optimizer}\n"
    );
    let mut run = Run::parse(&text, Vec::new(), double()).unwrap();
    // Real steps first, so that the optimiser's moments are not zero.
    for _ in 0..warm_up {
        run.advance().unwrap();
    }
    run
}

/// What the generator phase of the present step computes.
struct Game<'a> {
    run: &'a Run,
    strategy: Chain,
    real: Batch,
    targets: Targets,
}

impl<'a> Game<'a> {
    fn new(run: &'a Run, unrolled: Unrolled) -> Self {
        let rows = run.step.plan.batch_size;
        let place = &run.step.place;
        let host = run.data.batch(run.step.streams, "batch", run.state.step, rows);
        let samples = place.tensor(host.samples.values, [rows, run.step.plan.shape.features()]);
        let targets = Targets { real: place.full([rows, 1], 1.0), fake: place.full([rows, 1], 0.0) };
        let strategy = Chain::new(vec![Entry::new("unrolled", unrolled)]);
        Self { run, strategy, real: Batch { samples, labels: None, generators: None }, targets }
    }

    fn context(&self) -> StepContext<'_> {
        self.run.step.context(self.run.state.step, 1)
    }

    /// The generator's loss as a function of the generator alone.
    fn loss(&self, generator: &Network) -> Tensor<1> {
        let context = self.context();
        let latents = self.run.step.latents(None, &context);
        let samples = generator.forward(latents.noise.clone(), &context.generator_pass(&latents));
        let fake = Batch { samples, labels: None, generators: None };
        let view = LookaheadView {
            real: &self.real,
            fake: &fake,
            targets: &self.targets,
            objective: self.run.step.plan.objective,
            optimizer: &self.run.step.discriminator_optimizer,
            optimizer_state: &self.run.state.discriminator.optimizer,
        };
        let discriminator = self.run.state.discriminator.network.clone();
        let discriminator = self.strategy.lookahead(discriminator, &view, &context);
        let discriminate = |name: &str, batch: &Batch| {
            logit(&discriminator.forward(batch.samples.clone(), &context.discriminator_pass(name, batch)))
        };
        let objective = self.run.step.plan.objective;
        let real = objective.pairs().then(|| discriminate("real", &self.real));
        objective.generator_loss(discriminate("fake", &fake), real)
    }

    /// The gradient of the loss, all parameters in a row.
    fn gradient(&self) -> Vec<f64> {
        let generator = self.run.state.generator.network.tracked();
        let gradients = generator.gradients(&mut self.loss(&generator).backward());
        gradients.iter().flat_map(values).collect()
    }

    /// The same by central differences.
    fn differences(&self) -> Vec<f64> {
        let generator = &self.run.state.generator.network;
        let loss = |parameters: &[Tensor<2>]| self.loss(&generator.with_parameters(parameters.to_vec()));
        by_differences(&loss, generator.parameters()).concat()
    }
}

const ADAM: &str = "kind = \"adam\"\nlearning_rate = 0.01\nbeta1 = 0.5";
const SGD: &str = "kind = \"sgd\"\nlearning_rate = 0.1";
const MOMENTUM: &str = "kind = \"sgd\"\nlearning_rate = 0.1\nmomentum = 0.9\nnesterov = true\nclip_norm = 0.05";

/// No row's logit depends on another's, so real and fake rows share passes.
const ALONE: &str = "";
/// It does, so they do not.
const MIXED: &str = "batch_norm = true";

#[test]
fn exact_gradient_equals_central_differences() {
    let rows = [
        (ADAM, "minimax", ALONE, 1, 5),
        (ADAM, "minimax", ALONE, 5, 5),
        (ADAM, "non-saturating", ALONE, 5, 20),
        (SGD, "minimax", ALONE, 1, 0),
        (SGD, "minimax", ALONE, 5, 0),
        (MOMENTUM, "non-saturating", ALONE, 5, 5),
        (SGD, "least-squares", ALONE, 3, 2),
        (ADAM, "wasserstein", ALONE, 2, 5),
        (ADAM, "relativistic", ALONE, 3, 5),
        (ADAM, "minimax", MIXED, 3, 5),
        (SGD, "relativistic", MIXED, 2, 2),
    ];
    for (optimizer, objective, discriminator, steps, warm_up) in rows {
        let run = run(optimizer, objective, discriminator, warm_up);
        let game = Game::new(&run, Unrolled { steps, gradient: Gradient::Exact });
        let (gradient, differences) = (game.gradient(), game.differences());
        let error = distance(&gradient, &differences);
        assert!(error < 1e-6, "{objective}, K = {steps}, {optimizer}, {discriminator}: relative error {error:e}");
    }
}

#[test]
fn first_order_is_another_gradient() {
    let run = run(SGD, "minimax", ALONE, 0);
    let gradient = |gradient| Game::new(&run, Unrolled { steps: 5, gradient }).gradient();
    let apart = distance(&gradient(Gradient::FirstOrder), &gradient(Gradient::Exact));
    assert!(apart > 1e-3, "the two gradients differ by {apart:e} only");
}

#[test]
fn zero_steps_change_no_bit() {
    let mut plain = run(ADAM, "non-saturating", ALONE, 0);
    let mut unrolled = run(ADAM, "non-saturating", ALONE, 0);
    let strategy = Unrolled { steps: 0, gradient: Gradient::Exact };
    unrolled.chain = Chain::new(vec![Entry::new("unrolled", strategy)]);
    for run in [&mut plain, &mut unrolled] {
        for _ in 0..10 {
            run.advance().unwrap();
        }
    }
    assert_eq!(bits(&plain.state), bits(&unrolled.state));
}
