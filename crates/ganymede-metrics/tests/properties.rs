//! Properties that hold for any samples: order of rows, units, shifts, copies, threads and seeds.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::type_complexity,
    reason = "tests fail by panicking, compare exact values on purpose and have rows of many parts"
)]

mod common;

use common::{Samples, cloud};
use ganymede_metrics::{
    Bins, DiversityOptions, Kernel, KernelDistanceOptions, MatrixView, SlicedReference, SlicedWassersteinOptions,
    VendiOptions, diversity_report, frechet_distance, kernel_distance, mean_pairwise_distance, nearest_neighbor_radii,
    prdc, sliced_wasserstein, support_size, vendi_score,
};
use proptest::prelude::*;

/// Samples with few distinct values, so that ties and copies are common.
fn rough(rows: std::ops::Range<usize>) -> impl Strategy<Value = Vec<[f32; 3]>> {
    let value = prop_oneof![(-3_i8..=3).prop_map(f32::from), -3.0_f32..3.0];
    prop::collection::vec([value.clone(), value.clone(), value], rows)
}

fn matrix(rows: &[[f32; 3]]) -> Samples {
    Samples { values: rows.concat(), rows: rows.len(), columns: 3 }
}

/// Precision, recall, density and coverage straight from the definition, over a full matrix of distances.
fn prdc_by_definition(real: MatrixView, fake: MatrixView, k: usize) -> [f64; 4] {
    let distance = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
    };
    let radii = |set: MatrixView| -> Vec<f64> {
        set.iter_rows()
            .map(|row| {
                let mut all: Vec<f64> = set.iter_rows().map(|other| distance(row, other)).collect();
                all.sort_by(f64::total_cmp);
                all[k]
            })
            .collect()
    };
    let (real_radii, fake_radii) = (radii(real), radii(fake));
    let inside_real = |i: usize, j: usize| distance(real.row(i), fake.row(j)) < real_radii[i];
    let inside_fake = |i: usize, j: usize| distance(real.row(i), fake.row(j)) < fake_radii[j];
    let (n, m) = (real.rows(), fake.rows());
    let share = |count: usize, of: usize| count as f64 / of as f64;
    [
        share((0..m).filter(|j| (0..n).any(|i| inside_real(i, *j))).count(), m),
        share((0..n).filter(|i| (0..m).any(|j| inside_fake(*i, j))).count(), n),
        (1.0 / k as f64) * share((0..m).map(|j| (0..n).filter(|i| inside_real(*i, j)).count()).sum(), m),
        share((0..n).filter(|i| (0..m).any(|j| inside_real(*i, j))).count(), n),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_mean_pairwise_distance_is_its_definition_at_any_width(rows in 2_usize..60, columns in 1_usize..40) {
        let set = cloud(9, rows, columns, 1.0, &[0.5]);
        let distance = |a: &[f32], b: &[f32]| {
            a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
        };
        let of = |i: usize| (i + 1..rows).map(move |j| (i, j));
        let pairs: Vec<(usize, usize)> = (0..rows).flat_map(of).collect();
        let sum: f64 = pairs.iter().map(|(i, j)| distance(set.view().row(*i), set.view().row(*j))).sum();
        let expected = sum / pairs.len() as f64;
        let found = mean_pairwise_distance(set.view());
        prop_assert!((found - expected).abs() <= 1e-12 * expected, "{found} and {expected} at {rows} x {columns}");
    }

    #[test]
    fn a_sliced_reference_says_what_the_function_says(real in rough(1..50), fake in rough(1..50)) {
        let (real, fake, options) = (matrix(&real), matrix(&fake), SlicedWassersteinOptions::default());
        let reference = SlicedReference::new(real.view(), &options).unwrap();
        let expected = sliced_wasserstein(real.view(), fake.view(), &options).unwrap();
        prop_assert_eq!(reference.distance(fake.view()).unwrap(), expected);
    }

    #[test]
    fn prdc_is_its_definition_even_with_ties(real in rough(5..40), fake in rough(5..40), k in 1_usize..4) {
        let (real, fake) = (matrix(&real), matrix(&fake));
        let found = prdc(real.view(), fake.view(), k).unwrap();
        let expected = prdc_by_definition(real.view(), fake.view(), k);
        prop_assert_eq!([found.precision, found.recall, found.density, found.coverage], expected);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(real in rough(8..30), fake in rough(8..30)) {
        let reversed = |rows: &[[f32; 3]]| matrix(&rows.iter().rev().copied().collect::<Vec<_>>());
        let (a, b) = (numbers(&matrix(&real), &matrix(&fake)), numbers(&reversed(&real), &reversed(&fake)));
        for (a, b) in a.into_iter().zip(b) {
            prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{} {}", a, b);
        }
    }

    #[test]
    fn a_unit_and_a_shift_change_distances_by_the_unit(real in rough(8..30), fake in rough(8..30), power in -6_i32..7) {
        let unit = 2.0_f32.powi(power);
        let moved = |rows: &[[f32; 3]]| matrix(&rows.iter().map(|row| row.map(|x| (x + 0.5) * unit)).collect::<Vec<_>>());
        let (real, fake, moved_real, moved_fake) = (matrix(&real), matrix(&fake), moved(&real), moved(&fake));
        let unit = f64::from(unit);
        let close = |a: f64, b: f64, scale: f64| (a - b).abs() <= 1e-5 * scale.max(a.abs());
        let frechet = |a: &Samples, b: &Samples| frechet_distance(a.view(), b.view()).unwrap().distance;
        prop_assert!(close(frechet(&moved_real, &moved_fake), unit * unit * frechet(&real, &fake), unit * unit));
        let sliced =
            |a: &Samples, b: &Samples| sliced_wasserstein(a.view(), b.view(), &SlicedWassersteinOptions::default()).unwrap();
        prop_assert!(close(sliced(&moved_real, &moved_fake), unit * sliced(&real, &fake), unit));
        let (before, after) = (mean_pairwise_distance(real.view()), mean_pairwise_distance(moved_real.view()));
        prop_assert!(close(after, unit * before, unit));
        let radii = |set: &Samples| nearest_neighbor_radii(set.view(), 2).unwrap();
        for (before, after) in radii(&real).into_iter().zip(radii(&moved_real)) {
            prop_assert!(close(after, unit * before, unit));
        }
    }

    #[test]
    fn distances_of_a_set_to_itself_are_zero_and_symmetric_elsewhere(real in rough(2..30), fake in rough(2..30)) {
        let (real, fake) = (matrix(&real), matrix(&fake));
        let frechet = |a: &Samples, b: &Samples| frechet_distance(a.view(), b.view()).unwrap().distance;
        prop_assert!(frechet(&real, &real) < 1e-10);
        prop_assert!((frechet(&real, &fake) - frechet(&fake, &real)).abs() < 1e-9);
        let options = KernelDistanceOptions::default();
        let kernel = |a: &Samples, b: &Samples| kernel_distance(a.view(), b.view(), &options).unwrap().distance;
        prop_assert!((kernel(&real, &fake) - kernel(&fake, &real)).abs() < 1e-9 * kernel(&real, &fake).abs().max(1e3));
        let sliced =
            |a: &Samples, b: &Samples| sliced_wasserstein(a.view(), b.view(), &SlicedWassersteinOptions::default()).unwrap();
        prop_assert_eq!(sliced(&real, &real), 0.0);
        prop_assert!((sliced(&real, &fake) - sliced(&fake, &real)).abs() < 1e-12);
    }

    #[test]
    fn copies_change_neither_the_vendi_score_nor_its_bounds(rows in rough(1..20), copies in 2_usize..4, order in 0.5_f64..4.0) {
        let once = matrix(&rows);
        let again = Samples { values: once.values.repeat(copies), rows: once.rows * copies, columns: 3 };
        let options = VendiOptions { kernel: Kernel::Rbf { bandwidth: 0.7 }, order, ..VendiOptions::default() };
        let score = |set: &Samples| vendi_score(set.view(), &options).unwrap().score;
        prop_assert!((score(&once) - score(&again)).abs() < 1e-6 * score(&once));
        prop_assert!(score(&once) >= 1.0 && score(&once) <= once.rows as f64 * (1.0 + 1e-9));
    }

    #[test]
    fn bins_hold_every_sample_once(real in rough(1..60), fake in rough(1..60), count in 1_usize..12, seed: u64) {
        let (real, fake) = (matrix(&real), matrix(&fake));
        let bins = Bins::fit(real.view(), count, seed).unwrap();
        prop_assert!(bins.count() <= count);
        prop_assert!(bins.real_counts().iter().all(|count| *count > 0));
        prop_assert_eq!(bins.counts(real.view()).unwrap(), bins.real_counts());
        prop_assert_eq!(bins.real_counts().iter().sum::<usize>(), real.rows);
        let report = bins.compare(fake.view(), 0.05).unwrap();
        prop_assert_eq!(report.fake_counts.iter().sum::<usize>(), fake.rows);
        prop_assert!(report.different <= report.bins && report.jensen_shannon <= std::f64::consts::LN_2);
        let same = bins.compare(real.view(), 0.05).unwrap();
        prop_assert_eq!((same.different, same.jensen_shannon, same.missing_share), (0, 0.0, 0.0));
    }
}

/// Figures of two sets that need no random draw.
fn numbers(real: &Samples, fake: &Samples) -> Vec<f64> {
    let (real, fake) = (real.view(), fake.view());
    let found = prdc(real, fake, 3).unwrap();
    let report = diversity_report(fake, &DiversityOptions::default()).unwrap();
    let rbf = VendiOptions { kernel: Kernel::Rbf { bandwidth: 1.0 }, ..VendiOptions::default() };
    vec![
        found.precision,
        found.recall,
        found.density,
        found.coverage,
        report.mean,
        report.std,
        report.mean_pairwise_distance,
        vendi_score(fake, &rbf).unwrap().score,
        frechet_distance(real, fake).unwrap().distance,
        kernel_distance(real, fake, &KernelDistanceOptions::default()).unwrap().distance / 1e3,
        sliced_wasserstein(real, fake, &SlicedWassersteinOptions::default()).unwrap(),
        support_size(fake, 0.5).unwrap().support_size,
    ]
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (real, fake) = (cloud(1, 700, 20, 1.0, &[0.0, 3.0]), cloud(2, 600, 20, 0.9, &[0.0, 3.0]));
    let bits_with = |threads: usize| -> Vec<u64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut values = numbers(&real, &fake);
            let bins = Bins::fit(real.view(), 20, 5).unwrap();
            values.extend(bins.centers().iter().map(|value| f64::from(*value)));
            values.iter().map(|value| value.to_bits()).collect()
        })
    };
    assert_eq!(bits_with(1), bits_with(7));
}

#[test]
fn draws_depend_on_the_seed_alone() {
    let samples = cloud(3, 500, 4, 1.0, &[0.0]);
    let distance = |seed| {
        let options = DiversityOptions { pairwise_rows: 50, seed, ..DiversityOptions::default() };
        diversity_report(samples.view(), &options).unwrap()
    };
    assert_eq!(distance(1), distance(1));
    assert_ne!(distance(1).mean_pairwise_distance, distance(2).mean_pairwise_distance);
    let exact = diversity_report(samples.view(), &DiversityOptions::default()).unwrap();
    assert_eq!((exact.pairwise_rows, distance(1).pairwise_rows), (500, 50));
    assert!((distance(1).mean_pairwise_distance / exact.mean_pairwise_distance - 1.0).abs() < 0.1);
    let options = VendiOptions { max_size: 3, ..VendiOptions::default() };
    assert_eq!(vendi_score(samples.view(), &options).unwrap().rows, 3);
}
