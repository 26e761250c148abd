//! What the discriminator sees.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use ganymede_core::Shape;
use ganymede_core::chain::Entry;
use ganymede_core::fading_noise::{FadingNoise, FadingNoiseConfig};
use ganymede_core::network::{Layer, Network, Pass};
use ganymede_core::optimizer::schedule::{Schedule, ScheduleKind};
use ganymede_core::place::Place;
use ganymede_core::random::Streams;
use ganymede_core::run::Run;
use ganymede_instance_noise::{InstanceNoise, NoiseLayer};
use ganymede_testing::numbers::{double, single, values};

const TEXT: &str = "steps = 10\nbatch_size = 8\n[data]\nkind = \"ring\"\nsamples = 60\n[latent]\nsize = 2\n\
                    [generator]\nhidden = [4]\n[discriminator]\nhidden = [4]\nactivation = \"tanh\"\n";
const WIDTH: usize = 200;

fn run(strategy: Option<InstanceNoise>, place: Place) -> Run {
    let strategies = strategy.map(|strategy| Entry::new("instance-noise", strategy));
    Run::parse(TEXT, strategies.into_iter().collect(), place).unwrap()
}

fn noisy(std: f64) -> InstanceNoise {
    InstanceNoise(FadingNoiseConfig { std: Some(std), ..FadingNoiseConfig::default() })
}

fn train(purpose: &str, draw_index: u64) -> Pass {
    Pass::train(purpose, Streams::new(4), draw_index)
}

/// What the layer adds to rows of zeros.
fn added(decay: &Schedule, pass: &Pass) -> Vec<f64> {
    let noise = FadingNoise { kind: "noise".to_owned(), std: 0.5, decay: decay.clone() };
    let shape = Shape::point(WIDTH);
    let layers = vec![Arc::new(NoiseLayer { shape, noise }) as Arc<dyn Layer>];
    let network = Network::new("test", shape, layers, 1, Streams::new(0), &double());
    values(&network.forward(double().full([WIDTH, WIDTH], 0.0), pass))
}

fn std(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}

#[test]
fn noise_has_the_stated_size_and_fades() {
    let decay = Schedule { kind: ScheduleKind::Linear, factor: 0.2, from: 0, until: Some(100), warmup: 0 };
    for (step, expected) in [(0, 0.5), (50, 0.3), (100, 0.1), (5_000, 0.1)] {
        let found = std(&added(&decay, &train("discriminator/real", 2 * step).in_step(step)));
        assert!((found / expected - 1.0).abs() < 0.02, "step {step}: {found}");
    }
    let gone = Schedule { factor: 0.0, ..decay.clone() };
    let nothing = vec![0.0; WIDTH * WIDTH];
    assert_eq!(added(&gone, &train("discriminator/real", 200).in_step(100)), nothing);
    assert_eq!(added(&decay, &Pass::evaluate()), nothing, "evaluation sees samples as they are");
}

#[test]
fn passes_differ_and_a_repeated_one_does_not() {
    let decay = Schedule { factor: 1.0, ..Schedule::default() };
    let first = added(&decay, &train("discriminator/real", 3));
    assert_eq!(first, added(&decay, &train("discriminator/real", 3)));
    assert_ne!(first, added(&decay, &train("discriminator/fake", 3)));
    assert_ne!(first, added(&decay, &train("discriminator/real", 4)));
}

#[test]
fn both_phases_see_it() {
    let losses = |config| run(config, single()).advance().unwrap();
    let (plain, noise) = (losses(None), losses(Some(noisy(0.5))));
    for term in ["discriminator/objective", "generator/objective"] {
        assert!((plain[term] - noise[term]).abs() > 1e-6, "{term}: {plain:?} {noise:?}");
    }
    assert_eq!(plain, losses(Some(noisy(0.0))), "no noise changes no bit");
}

#[test]
fn the_backward_pass_is_burns() {
    let run = run(Some(noisy(0.5)), double());
    let discriminator = &run.state.discriminator.network;
    assert_eq!(discriminator.layers()[0].facts().name, "instance noise");
    let pass = run.step.context(0, 0);
    let rows = double().tensor((0..16).map(|entry| entry as f32 / 8.0 - 1.0).collect(), [8, 2]);
    let batch = ganymede_core::batch::Batch { samples: rows.clone(), labels: None, generators: None };
    let pass = pass.discriminator_pass("real", &batch);
    let tracked = rows.clone().autodiff().require_grad();
    let by_burn = tracked.grad(&discriminator.forward(tracked.clone(), &pass).sum().backward()).unwrap();
    let (by_hand, _) = discriminator.trace(rows, &pass).vjp(double().full([8, 1], 1.0));
    for (by_hand, by_burn) in values(&by_hand).into_iter().zip(values(&by_burn)) {
        assert!((by_hand - by_burn).abs() < 1e-12 && by_hand != 0.0, "{by_hand} {by_burn}");
    }
}
