//! The targets that the discriminator is given.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ganymede_core::batch::{Batch, DiscriminatorBatch, Targets};
use ganymede_core::chain::Entry;
use ganymede_core::run::Run;
use ganymede_core::strategy::Strategy;
use ganymede_label_smoothing::{LabelSmoothing, Target};
use ganymede_testing::numbers::{single, values};

const TEXT: &str = "steps = 10\nbatch_size = 8\n[data]\nkind = \"ring\"\nsamples = 60\n[generator]\nhidden = [4]\n\
                    [discriminator]\nhidden = [4]\n";
const ROWS: usize = 20_000;

/// Targets for real and fake rows at a step.
fn targets(mut strategy: LabelSmoothing, step: u64) -> (Vec<f64>, Vec<f64>) {
    let run = Run::parse(TEXT, Vec::new(), single()).unwrap();
    let plain = Targets { real: single().full([ROWS, 1], 1.0), fake: single().full([ROWS, 1], 0.0) };
    let rows = Batch { samples: single().full([ROWS, 1], 0.0), labels: None, generators: None };
    let batch = DiscriminatorBatch { real: rows.clone(), fake: rows, targets: plain };
    let soft = strategy.discriminator_batch(batch, &run.step.context(step, 0)).targets;
    (values(&soft.real), values(&soft.fake))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn fixed_targets_are_what_they_say() {
    let (real, fake) = targets(LabelSmoothing::default(), 0);
    assert!(real.iter().all(|target| (target - 0.9).abs() < 1e-6) && fake.iter().all(|target| *target == 0.0));
}

#[test]
fn ranges_are_uniform_and_differ_between_real_and_fake_and_between_steps() {
    let config = LabelSmoothing { real: Target::Range([0.7, 1.0]), fake: Target::Range([0.0, 0.3]), flip: 0.0 };
    let (real, fake) = targets(config.clone(), 0);
    for (values, low, high) in [(&real, 0.7, 1.0), (&fake, 0.0, 0.3)] {
        assert!(values.iter().all(|value| (low - 1e-6..=high + 1e-6).contains(value)));
        let centre = f64::midpoint(low, high);
        let variance = mean(&values.iter().map(|value| (value - centre).powi(2)).collect::<Vec<_>>());
        assert!((mean(values) - centre).abs() < 0.005 && (variance - 0.3 * 0.3 / 12.0).abs() < 3e-4);
    }
    assert!(real.iter().zip(&fake).any(|(real, fake)| (real - 0.7 - fake).abs() > 1e-3), "two streams");
    assert_ne!(real, targets(config.clone(), 1).0);
    assert_eq!(real, targets(config, 0).0);
}

#[test]
fn flips_the_stated_share() {
    let config = LabelSmoothing { real: Target::Fixed(0.9), fake: Target::Fixed(0.0), flip: 0.1 };
    let (real, fake) = targets(config, 0);
    let share = |values: &[f64], flipped: f64| {
        values.iter().filter(|value| (**value - flipped).abs() < 1e-6).count() as f64 / ROWS as f64
    };
    assert!((share(&real, 0.1) - 0.1).abs() < 0.01, "{}", share(&real, 0.1));
    assert!((share(&fake, 1.0) - 0.1).abs() < 0.01, "{}", share(&fake, 1.0));
}

#[test]
fn smoothing_moves_the_discriminators_loss_and_leaves_the_generators() {
    let losses = |strategies| Run::parse(TEXT, strategies, single()).unwrap().advance().unwrap();
    let soft = vec![Entry::new("label-smoothing", LabelSmoothing::default())];
    let (plain, soft) = (losses(Vec::new()), losses(soft));
    let moved = plain["discriminator/objective"] - soft["discriminator/objective"];
    assert!(moved.abs() > 1e-3, "{plain:?} {soft:?}");
}
