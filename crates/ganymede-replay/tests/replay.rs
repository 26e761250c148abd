//! The buffer at work in a run.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::batch::{Batch, DiscriminatorBatch, Targets};
use ganymede_core::chain::{Chain, Entry};
use ganymede_core::run::Run;
use ganymede_core::strategy::Strategy;
use ganymede_replay::Replay;
use ganymede_testing::games::{assert_resumes_to_the_bit, ring, run};
use ganymede_testing::numbers::single;

fn game(strategies: Vec<Entry>) -> Run {
    run(&ring(8, "[4]"), strategies).unwrap()
}

/// A batch whose fakes are numbered from `first`, one number in each row's both features.
fn numbered(first: usize, rows: usize) -> DiscriminatorBatch {
    let values = (first..first + rows).flat_map(|row| [row as f32, row as f32]).collect();
    let samples = single().tensor(values, [rows, 2]);
    let fake = Batch { samples, labels: Some((first..first + rows).collect()), generators: None };
    let ones = single().full([rows, 1], 1.0);
    DiscriminatorBatch { real: fake.clone(), fake, targets: Targets { real: ones.clone(), fake: ones } }
}

fn numbers(batch: &Batch) -> Vec<usize> {
    let host: Vec<f32> = batch.samples.try_to_vec_as().unwrap();
    host.chunks(2).map(|row| row[0] as usize).collect()
}

#[test]
fn fills_first_and_exchanges_about_half_of_the_fakes_afterwards() {
    let run = game(Vec::new());
    let (capacity, rows) = (64, 32);
    let mut replay = Replay::new(capacity, 0.5);
    let (mut exchanged, mut shown) = (0, 0);
    for step in 0..200 {
        let batch = replay.discriminator_batch(numbered(rows * step, rows), &run.step.context(step as u64, 0));
        let seen = numbers(&batch.fake);
        assert_eq!(batch.fake.labels.as_deref(), Some(seen.as_slice()), "tags travel with their rows");
        assert_eq!(numbers(&batch.real), (rows * step..rows * (step + 1)).collect::<Vec<_>>(), "real rows stay");
        assert!(replay.stored() <= capacity);
        let old = seen.iter().enumerate().filter(|(row, number)| **number != rows * step + row).count();
        if step < capacity / rows {
            assert_eq!(old, 0, "while it fills, it shows what it gets");
        } else {
            exchanged += old;
            shown += rows;
        }
    }
    let share = exchanged as f64 / shown as f64;
    assert!((share - 0.5).abs() < 0.03, "{share}");
}

#[test]
fn extreme_probabilities_do_what_they_say() {
    let run = game(Vec::new());
    for (probability, expected) in [(0.0, 0), (1.0, 8)] {
        let mut replay = Replay::new(8, probability);
        replay.discriminator_batch(numbered(0, 8), &run.step.context(0, 0));
        let seen = numbers(&replay.discriminator_batch(numbered(8, 8), &run.step.context(1, 0)).fake);
        let exchanged = seen.iter().enumerate().filter(|(row, number)| **number != 8 + row).count();
        assert_eq!(exchanged, expected);
    }
}

#[test]
fn a_saved_buffer_continues_to_the_bit() {
    let run = game(Vec::new());
    let mut original = Replay::new(20, 0.5);
    for step in 0..5 {
        original.discriminator_batch(numbered(8 * step, 8), &run.step.context(step as u64, 0));
    }
    let mut restored = Replay::new(20, 0.5);
    restored.load_state(original.state()).unwrap();
    let next =
        |replay: &mut Replay| numbers(&replay.discriminator_batch(numbered(40, 8), &run.step.context(5, 0)).fake);
    assert_eq!(next(&mut original), next(&mut restored));
    restored.load_state(None).unwrap();
    assert!(restored.state().is_none(), "from the beginning, where nothing was saved");
}

#[test]
fn a_state_of_another_shape_is_refused_by_name() {
    let run = game(Vec::new());
    let mut large = Replay::new(20, 0.5);
    large.discriminator_batch(numbered(0, 8), &run.step.context(0, 0));
    let whole = Chain::new(vec![Entry::new("replay", large.clone())]).state();
    let error = Chain::new(vec![Entry::new("replay", Replay::new(2, 0.5))]).load_state(whole).unwrap_err();
    assert!(error.to_string().contains("replay"), "{error}");
    let mut broken = large.state().unwrap();
    broken.tensors[0].1 = Tensor::cat(vec![broken.tensors[0].1.clone(); 2], 0);
    assert!(Replay::default().load_state(Some(broken)).is_err(), "more rows than labels");
}

#[test]
fn trains() {
    let replay = Entry::new("replay", Replay::new(16, 0.5));
    let mut run = game(vec![replay]);
    for _ in 0..10 {
        assert!(run.advance().unwrap().values().all(|loss| loss.is_finite()));
    }
}

#[test]
fn a_saved_run_continues_to_the_bit() {
    for before in [1, 4] {
        assert_resumes_to_the_bit(|| game(vec![Entry::new("replay", Replay::new(16, 0.5))]), before);
    }
}
