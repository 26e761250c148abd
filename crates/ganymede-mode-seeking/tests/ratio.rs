//! Which rows are paired, and the ratio of their distances.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::batch::Batch;
use ganymede_core::chain::Entry;
use ganymede_mode_seeking::{ModeSeeking, inverse_ratio, pairs};
use ganymede_testing::games::run;
use ganymede_testing::numbers::tensor;

const EPSILON: f64 = 1e-5;

fn batch(samples: Tensor<2>, labels: Option<&[usize]>, generators: Option<&[usize]>) -> Batch {
    Batch { samples, labels: labels.map(<[usize]>::to_vec), generators: generators.map(<[usize]>::to_vec) }
}

type Tags = Option<&'static [usize]>;

/// Rows of a batch, their classes, their generators, and the pairs.
type Row = (usize, Tags, Tags, &'static [(usize, usize)]);

#[test]
fn pairs_are_within_a_class_and_a_generator() {
    let rows: [Row; 8] = [
        (4, None, None, &[(0, 2), (1, 3)]),
        (5, None, None, &[(0, 2), (1, 3)]),
        (1, None, None, &[]),
        (4, Some(&[0, 1, 1, 0]), None, &[(0, 3), (1, 2)]),
        (5, Some(&[2, 2, 2, 0, 1]), None, &[(0, 1)]),
        (3, Some(&[0, 1, 2]), None, &[]),
        (4, None, Some(&[0, 0, 1, 1]), &[(0, 1), (2, 3)]),
        (6, Some(&[0, 1, 0, 1, 0, 0]), Some(&[0, 0, 0, 1, 1, 1]), &[(0, 2), (4, 5)]),
    ];
    for (count, labels, generators, expected) in rows {
        let (first, second) = pairs(&batch(tensor(&vec![0.0; count], [count, 1]), labels, generators));
        let found: Vec<_> = first.into_iter().zip(second).collect();
        assert_eq!(found, expected, "{labels:?} {generators:?}");
    }
}

#[test]
fn the_term_is_the_inverse_of_how_far_samples_lie_apart() {
    let latents = tensor(&[0.0, 1.0, -1.0, 2.0, 0.5, 0.5, 3.0, -2.0], [4, 2]);
    // Samples in another unit and of another width: the distance is the mean over features.
    let stretched = Tensor::cat(vec![latents.clone().mul_scalar(3.0); 2], 1);
    let rows = [(stretched, 1.0 / (3.0 + EPSILON)), (tensor(&[7.0; 8], [4, 2]), 1.0 / EPSILON)];
    for (samples, expected) in rows {
        let found = inverse_ratio(&batch(samples, None, None), &latents, EPSILON).unwrap().into_scalar::<f64>();
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} for {expected}");
    }
}

#[test]
fn no_pair_is_no_term() {
    let rows = tensor(&[1.0, 2.0, 3.0], [3, 1]);
    assert!(inverse_ratio(&batch(rows.clone(), Some(&[0, 1, 2]), None), &rows, EPSILON).is_none());
}

#[test]
fn the_generator_learns_to_keep_its_samples_apart() {
    let text = "steps = 200\nbatch_size = 32\n[data]\nkind = \"ring\"\nsamples = 60\n[latent]\nsize = 2\n\
                [generator]\nhidden = [8]\n[discriminator]\nhidden = [8]\n[optimizer.generator]\nlearning_rate = 1e-2\n";
    let mut run = run(text, vec![Entry::new("mode-seeking", ModeSeeking::default())]).unwrap();
    let first = run.advance().unwrap()["generator/mode-seeking"];
    let mut last = first;
    for _ in 0..150 {
        last = run.advance().unwrap()["generator/mode-seeking"];
    }
    assert!(last < 0.5 * first, "{first} became {last}");
}
