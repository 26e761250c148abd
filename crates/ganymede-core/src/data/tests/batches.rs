//! Batches: epochs without replacement, and nothing but seed, purpose, step and count in them.

use crate::data::{DataConfig, Dataset, Draw, LabelledMatrix, Matrix, RingConfig, Shape};
use crate::random::Streams;

/// A dataset whose row `i` is the point `i`, labelled `i % classes`.
fn numbered(rows: usize, classes: usize) -> Dataset {
    let samples = Matrix::new((0..rows).map(|row| row as f32).collect(), 1);
    let labels = Some((0..rows).map(|row| row % classes).collect());
    Dataset::fixed(Shape::point(1), LabelledMatrix { samples, labels }, None)
}

/// The rows that the first `steps` batches visit.
fn visits(dataset: &Dataset, seed: u64, purpose: &str, steps: u64, count: usize) -> Vec<usize> {
    let streams = Streams::new(seed);
    (0..steps)
        .flat_map(|step| dataset.batch(streams, purpose, step, count).samples.values)
        .map(|value| value as usize)
        .collect()
}

#[test]
fn every_epoch_visits_every_row_once() {
    // Counts that divide the rows, that do not, and that exceed them.
    for (rows, count) in [(12, 4), (12, 5), (7, 3), (1, 3), (5, 12), (100, 32), (6, 6)] {
        let dataset = numbered(rows, 3);
        let epochs = 6;
        let visited = visits(&dataset, 1, "real", (rows * epochs).div_ceil(count) as u64, count);
        let mut orders: Vec<&[usize]> = visited.chunks_exact(rows).collect();
        assert!(orders.len() >= epochs, "{rows} rows by {count}");
        for order in &orders {
            let mut sorted = order.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..rows).collect::<Vec<_>>(), "{rows} rows by {count}");
        }
        orders.dedup();
        assert!(rows < 12 || orders.len() >= epochs, "{rows} rows by {count}: epochs repeat their order");
    }
}

#[test]
fn epochs_shuffle_evenly() {
    // Each of 5 rows comes first in a fifth of 10,000 epochs, within five standard errors.
    let visited = visits(&numbered(5, 1), 2, "real", 10_000, 5);
    for place in 0..5 {
        for row in 0..5 {
            let count = visited.chunks_exact(5).filter(|order| order[place] == row).count();
            assert!(count.abs_diff(2_000) < 200, "row {row} came {count} times at place {place}");
        }
    }
}

#[test]
fn a_batch_depends_on_seed_purpose_step_and_count_alone() {
    let config = |draw| DataConfig::Ring(RingConfig { samples: 100, draw, ..RingConfig::default() });
    for draw in [Draw::Fixed, Draw::Fresh] {
        let streams = Streams::new(5);
        let build = || config(draw).build(".".as_ref(), streams).unwrap();
        let (used, unused) = (build(), build());
        // Fill, overflow and disorder the memory of permutations.
        for (purpose, step) in [("a", 40), ("b", 3), ("a", 0), ("c", 900), ("a", 41)] {
            for offset in 0..5 {
                used.batch(streams, purpose, step + offset, 32);
            }
        }
        for (purpose, step, count) in [("a", 0, 32), ("a", 3, 32), ("b", 3, 32), ("a", 7, 250), ("a", u64::MAX, 64)] {
            let batch = unused.batch(streams, purpose, step, count);
            assert_eq!(batch, used.batch(streams, purpose, step, count), "{draw:?} {purpose} {step} {count}");
            assert_eq!(batch.rows(), count);
        }
        let batch = used.batch(streams, "a", 3, 32);
        let others =
            [used.batch(streams, "a", 4, 32), used.batch(streams, "b", 3, 32), used.batch(Streams::new(6), "a", 3, 32)];
        for other in others {
            assert_ne!(batch, other, "{draw:?}");
        }
    }
}

#[test]
fn a_dataset_is_shared_between_threads() {
    let dataset = numbered(50, 5);
    let expected = visits(&dataset, 1, "real", 40, 9);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| visits(&dataset, 1, "real", 40, 9))).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}

#[test]
fn labels_stay_with_their_rows_and_are_counted() {
    let dataset = numbered(10, 4);
    let batch = dataset.batch(Streams::new(1), "real", 0, 10);
    let expected: Vec<usize> = batch.samples.values.iter().map(|value| *value as usize % 4).collect();
    assert_eq!(batch.labels, Some(expected));
    assert_eq!(dataset.classes(), Some(4));
    assert_eq!(dataset.class_weights(), Some(vec![0.3, 0.3, 0.2, 0.2]));

    let ring = RingConfig { modes: 2, samples: 10, weights: vec![1.0, 3.0], ..RingConfig::default() };
    let dataset = DataConfig::Ring(ring).build(".".as_ref(), Streams::new(1)).unwrap();
    assert_eq!(dataset.class_weights(), Some(vec![0.25, 0.75]));
}

#[test]
fn an_oracle_takes_stored_rows_once_and_mixtures_afresh() {
    let streams = Streams::new(1);
    for (count, expected) in [(4, 4), (10, 10), (25, 10)] {
        let oracle = numbered(10, 1).oracle(streams, count);
        let mut values = oracle.samples.values;
        values.sort_by(f32::total_cmp);
        values.dedup();
        assert_eq!(values.len(), expected);
    }
    let stored = numbered(10, 1);
    let [first, second] = [Some(stored.oracle(streams, 5)), stored.second_oracle(streams, 5)].map(Option::unwrap);
    assert!(first.samples.values.iter().all(|value| !second.samples.values.contains(value)), "no sample is in both");
    assert_eq!((second.rows(), stored.second_oracle(streams, 6)), (5, None));
    let ring = DataConfig::Ring(RingConfig { samples: 10, ..RingConfig::default() });
    let dataset = ring.build(".".as_ref(), streams).unwrap();
    let oracle = dataset.oracle(streams, 25);
    let second = dataset.second_oracle(streams, 25).unwrap();
    assert!(second.rows() == 25 && second != oracle);
    assert_eq!(oracle.rows(), 25);
    assert_eq!(oracle, dataset.oracle(streams, 25));
    let stored = dataset.batch(streams, "real", 0, 10).samples.values;
    assert!(oracle.samples.values.iter().all(|value| !stored.contains(value)), "the oracle is not the training set");
}
