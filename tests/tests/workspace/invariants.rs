//! The invariants of chain, step and random streams, to the bit.

use std::sync::{Arc, Mutex};

use burn::tensor::{Device, Tensor};
use ganymede_core::batch::DiscriminatorBatch;
use ganymede_core::chain::{Chain, Entry};
use ganymede_core::network::Pass;
use ganymede_core::optimizer::OptimizerState;
use ganymede_core::run::Run;
use ganymede_core::step::Updates;
use ganymede_core::strategy::{StepContext, Strategy};
use ganymede_tests::{SMALL, bits, run, with_strategies};

const STEPS: usize = 12;

/// A strategy that leaves every stage at its default.
struct Nothing;

impl Strategy for Nothing {}

fn small(text: &str) -> Run {
    run(text, Device::flex()).unwrap()
}

fn trained(mut run: Run) -> Vec<u64> {
    for _ in 0..STEPS {
        run.advance().unwrap();
    }
    bits(&run.state)
}

/// The plain GAN as one would write it down, without any strategy in sight.
fn bare_loop(mut run: Run, updates: Updates) -> Vec<u64> {
    let (place, streams, rows) = (run.step.place.clone(), run.step.streams, run.step.plan.batch_size);
    let (mut generator, mut discriminator) =
        (run.state.generator.network.clone(), run.state.discriminator.network.clone());
    let (mut generator_state, mut discriminator_state) = (OptimizerState::default(), OptimizerState::default());
    let softplus = |x: Tensor<2>| burn::tensor::activation::log_sigmoid(x.neg()).neg();
    for step in 0..STEPS as u64 {
        let noise = |phase| run.step.latent.draw(&mut streams.at("latents", 2 * step + phase), rows, &place);
        let pass = |name: &str, phase| Pass::train(name, streams, 2 * step + phase);
        let real = place.tensor(run.data.batch(streams, "batch", step, rows).samples.values, [rows, 2]);

        let fake = generator.forward(noise(0), &pass("generator", 0));
        let tracked = discriminator.tracked();
        let logits = tracked.forward(Tensor::cat(vec![real, fake], 0), &pass("discriminator/both", 0));
        let (real, fake) = (logits.clone().slice_dim(0, 0..rows), logits.slice_dim(0, rows..2 * rows));
        let ones = place.full([rows, 1], 1.0);
        let zeros = place.full([rows, 1], 0.0);
        let entropy = |x: Tensor<2>, target: Tensor<2>| softplus(x.clone()).sub(target.mul(x)).mean();
        let loss = entropy(real, ones).add(entropy(fake, zeros));
        let before = discriminator.clone();
        let gradients = tracked.gradients(&mut loss.backward());
        let optimizer = &run.step.discriminator_optimizer;
        let rate = optimizer.learning_rate(step);
        let (parameters, state) = optimizer.update(discriminator.parameters(), gradients, &discriminator_state, rate);
        (discriminator, discriminator_state) = (discriminator.with_parameters(parameters), state);

        let (opponent, phase) = match updates {
            Updates::Alternating => (&discriminator, 1),
            Updates::Simultaneous => (&before, 0),
        };
        let tracked = generator.tracked();
        let fake = tracked.forward(noise(phase), &pass("generator", phase));
        let loss = softplus(opponent.forward(fake, &pass("discriminator/fake", phase)).neg()).mean();
        let gradients = tracked.gradients(&mut loss.backward());
        let optimizer = &run.step.generator_optimizer;
        let rate = optimizer.learning_rate(step);
        let (parameters, state) = optimizer.update(generator.parameters(), gradients, &generator_state, rate);
        (generator, generator_state) = (generator.with_parameters(parameters), state);
    }
    run.state.generator.network = generator;
    run.state.discriminator.network = discriminator;
    bits(&run.state)
}

#[test]
fn the_empty_chain_is_the_bare_loop() {
    let simultaneous = format!("updates = \"simultaneous\"\n{SMALL}");
    let rows = [(SMALL, Updates::Alternating), (&simultaneous, Updates::Simultaneous)];
    let [alternating, simultaneous] = rows.map(|(text, updates)| {
        let bits = trained(small(text));
        assert_eq!(bits, bare_loop(small(text), updates), "{updates:?}");
        bits
    });
    assert_ne!(alternating, simultaneous);
}

#[test]
fn a_strategy_that_does_nothing_changes_nothing() {
    let mut run = small(SMALL);
    run.chain = Chain::new(vec![Entry::new("nothing", Nothing)]);
    assert_eq!(trained(run), trained(small(SMALL)));
}

#[test]
fn a_chain_is_a_strategy() {
    let strategies = [("label-smoothing", "real = [0.7, 1.0]"), ("replay", "capacity = 20")];
    let flat = small(&with_strategies(SMALL, &strategies));
    let mut nested = small(&with_strategies(SMALL, &strategies));
    let inner = std::mem::take(&mut nested.chain);
    nested.chain = Chain::new(vec![Entry::new("inner", inner)]);
    assert_eq!(trained(flat), trained(nested));
}

#[test]
fn the_same_seed_gives_the_same_weights_and_another_seed_others() {
    assert_eq!(trained(small(SMALL)), trained(small(SMALL)));
    assert_ne!(trained(small(SMALL)), trained(small(&SMALL.replace("seed = 5", "seed = 6"))));
}

#[test]
fn a_strategy_that_acts_never_after_the_first_step_is_the_baseline_from_then_on() {
    // `every` is the chain's: at a step it is not due, label smoothing leaves the plain targets.
    let often = small(&with_strategies(SMALL, &[("label-smoothing", "every = 1")]));
    let once = small(&with_strategies(SMALL, &[("label-smoothing", "every = 1000")]));
    assert_ne!(trained(often), trained(once));
}

/// What the discriminator was shown, batch by batch.
type Shown = Arc<Mutex<Vec<Vec<f32>>>>;

/// Writes down the batch as it finds it.
struct Spy(Shown);

impl Strategy for Spy {
    fn discriminator_batch(&mut self, batch: DiscriminatorBatch, _: &StepContext<'_>) -> DiscriminatorBatch {
        let values = |tensor: &Tensor<2>| tensor.try_to_vec_as::<f32>().unwrap();
        self.0.lock().unwrap().push([values(&batch.real.samples), values(&batch.fake.samples)].concat());
        batch
    }
}

fn first_batch(strategies: &[(&str, &str)]) -> Vec<f32> {
    let shown = Shown::default();
    let mut run = small(&with_strategies(SMALL, strategies));
    let rest = std::mem::take(&mut run.chain);
    run.chain = Chain::new(vec![Entry::new("spy", Spy(Arc::clone(&shown))), Entry::new("rest", rest)]);
    run.advance().unwrap();
    shown.lock().unwrap().remove(0)
}

#[test]
fn a_strategy_shifts_nobody_elses_numbers() {
    let alone = first_batch(&[]);
    let rows: [&[(&str, &str)]; 3] = [
        &[("label-smoothing", "real = [0.7, 1.0]\nflip = 0.2")],
        &[("replay", "capacity = 8")],
        &[("unrolled", "steps = 2"), ("replay", "")],
    ];
    for strategies in rows {
        assert_eq!(alone, first_batch(strategies), "{strategies:?}");
    }
}

#[test]
fn a_loss_that_is_not_a_number_names_step_network_and_term() {
    let explosive =
        "[objective]\nkind = \"least-squares\"\n[optimizer.discriminator]\nkind = \"sgd\"\nlearning_rate = 1e30\n";
    let mut run = small(&format!("{SMALL}{explosive}"));
    let error = (0..STEPS).find_map(|_| run.advance().err()).unwrap();
    let text = error.to_string();
    assert!(text.contains("objective") && text.contains("learning rate") && text.contains("step"), "{text}");
    assert!(["generator", "discriminator"].contains(&error.network) && error.step <= 3, "{error:?}");
}

#[test]
fn fakes_of_a_batch_carry_their_class_and_their_generator() {
    struct Tags;
    impl Strategy for Tags {
        fn discriminator_batch(&mut self, batch: DiscriminatorBatch, _: &StepContext<'_>) -> DiscriminatorBatch {
            assert_eq!(batch.real.labels, batch.fake.labels);
            assert!(batch.real.labels.as_ref().is_some_and(|labels| labels.is_sorted()));
            assert_eq!(batch.fake.generators, batch.fake.labels, "class k is made by generator k");
            batch
        }
    }
    for discriminator in ["shared", "per-class"] {
        let keys = format!("assignment = \"class\"\ndiscriminator = \"{discriminator}\"");
        let mut run = small(&with_strategies(SMALL, &[("multi-generator", &keys)]));
        let rest = std::mem::take(&mut run.chain);
        run.chain = Chain::new(vec![Entry::new("tags", Tags), Entry::new("rest", rest)]);
        run.advance().unwrap();
    }
}
