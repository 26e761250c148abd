//! The Frechet distance of means and covariances, and extrapolated to sets without end.
#![allow(clippy::unwrap_used, reason = "a test that cannot draw its samples should stop")]

use ganymede_metrics::{
    FeatureStatistics, MatrixView, frechet_distance, frechet_distance_of_statistics, frechet_extrapolation,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Normal samples whose column `i` has the standard deviation `1 / (1 + i / 4)` about `shift`, times a unit.
fn normals(seed: u64, rows: usize, columns: usize, shift: f64, unit: f64) -> Vec<f32> {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |index: usize| {
        let normal: f64 = StandardNormal.sample(&mut stream);
        (unit * (shift + normal / (1.0 + (index % columns) as f64 / 4.0))) as f32
    };
    (0..rows * columns).map(&mut draw).collect()
}

#[test]
fn statistics_say_of_two_sets_what_the_sets_do() {
    for (rows, columns, shift, unit) in
        [(200, 6, 0.5, 1.0), (30, 40, 0.0, 1.0), (100, 3, 0.1, 1e-12), (100, 3, 0.1, 1e12), (1, 3, 1.0, 1.0)]
    {
        let (real, fake) = (normals(1, rows, columns, 0.0, unit), normals(2, rows + 7, columns, shift, 2.0 * unit));
        let real = MatrixView::new(&real, rows, columns).unwrap();
        let fake = MatrixView::new(&fake, rows + 7, columns).unwrap();
        let of_sets = frechet_distance(real, fake).unwrap();
        let [left, right] = [real, fake].map(FeatureStatistics::of);
        let of_statistics = frechet_distance_of_statistics(&left, &right).unwrap();
        // A covariance that lacks rank has lost half the digits of what it was made of.
        let tolerance = if of_sets.rank_deficient() { 1e-5 } else { 1e-9 };
        let difference = (of_sets.distance - of_statistics.distance).abs();
        assert!(
            difference <= tolerance * of_sets.distance,
            "{rows} x {columns}: {of_sets:?} against {of_statistics:?}"
        );
        assert_eq!(of_sets.features, of_statistics.features);
    }
}

#[test]
fn the_distance_of_known_normals_has_its_closed_form() {
    // Diagonal covariances: the sum of (a - b)^2 over the standard deviations, and the distance of the means.
    let diagonal = |values: [f64; 3]| {
        let mut covariance = vec![0.0; 9];
        (0..3).for_each(|index| covariance[4 * index] = values[index] * values[index]);
        covariance
    };
    let real = FeatureStatistics::new(vec![0.0, 1.0, 2.0], diagonal([1.0, 2.0, 0.0])).unwrap();
    let fake = FeatureStatistics::new(vec![0.0, 1.5, 2.0], diagonal([3.0, 2.0, 0.5])).unwrap();
    let found = frechet_distance_of_statistics(&real, &fake).unwrap();
    assert!((found.distance - (0.25 + 4.0 + 0.25)).abs() < 1e-12, "{found:?}");
    assert_eq!((found.real_rank, found.fake_rank, found.features), (2, 3, 3));
}

#[test]
fn statistics_that_cannot_be_are_refused() {
    for (mean, covariance, expected) in [
        (vec![], vec![], "holds no samples"),
        (vec![0.0; 2], vec![1.0; 3], "the covariance: 3 entries for 4"),
        (vec![0.0, f64::NAN], vec![1.0, 0.0, 0.0, 1.0], "a statistic is NaN; it must be finite"),
        (vec![0.0; 2], vec![1.0, 0.0, 0.0, -1.0], "a variance is -1; it must be at least 0"),
        (vec![0.0; 2], vec![1.0, 0.5, 0.2, 1.0], "it must be the same in both halves of the covariance"),
    ] {
        let error = FeatureStatistics::new(mean, covariance).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let two = FeatureStatistics::new(vec![0.0; 2], vec![1.0, 0.0, 0.0, 1.0]).unwrap();
    let one = FeatureStatistics::new(vec![0.0], vec![1.0]).unwrap();
    assert!(frechet_distance_of_statistics(&two, &one).is_err());
}

#[test]
fn the_extrapolation_is_nearer_to_the_distance_of_known_normals() {
    const SEEDS: u64 = 30;
    for ([real_rows, fake_rows], columns, shift, unit) in [
        // One distribution, then another mean and a wider spread; unequal sets; few samples for the dimensions.
        ([400, 400], 40, 0.0, 1.0),
        ([400, 400], 40, 0.1, 1.3),
        ([900, 300], 40, 0.1, 1.3),
        ([600, 600], 200, 0.02, 1.2),
    ] {
        let deviations = (0..columns).map(|column| (unit - 1.0) / (1.0 + column as f64 / 4.0));
        let truth: f64 = deviations.map(|deviation| (unit * shift).powi(2) + deviation.powi(2)).sum();
        let (mut off, mut nearer) = ([0.0; 2], 0);
        for seed in 0..SEEDS {
            let real = normals(2 * seed + 1, real_rows, columns, 0.0, 1.0);
            let fake = normals(2 * seed + 2, fake_rows, columns, shift, unit);
            let real = MatrixView::new(&real, real_rows, columns).unwrap();
            let fake = MatrixView::new(&fake, fake_rows, columns).unwrap();
            let whole = frechet_distance(real, fake).unwrap().distance;
            let found = frechet_extrapolation(real, fake, whole, seed).unwrap();
            nearer += u64::from((found.distance - truth).abs() < (whole - truth).abs());
            assert!(found.bias > 0.0 && found.error > 0.0, "{found:?}");
            off[0] += (whole - truth) / SEEDS as f64;
            off[1] += (found.distance - truth) / SEEDS as f64;
        }
        // What is drawn moves both: nearer in two of three draws, and in the mean of them, where it cancels, by far.
        assert!(3 * nearer > 2 * SEEDS, "{columns}: nearer in {nearer} of {SEEDS}");
        assert!(off[1].abs() < 0.35 * off[0], "{real_rows} and {fake_rows} in {columns}: {off:?} off {truth}");
    }

    let short = normals(1, 15, 2, 0.0, 1.0);
    let short = MatrixView::new(&short, 15, 2).unwrap();
    let error = frechet_extrapolation(short, short, 0.0, 0).unwrap_err().to_string();
    assert!(error.contains("at least 16 rows"), "{error}");
    // Features that never vary, or that say the same twice, have no covariance that could be factored at once.
    let some = normals(3, 100, 2, 0.0, 1.0);
    let of = |row: &[f32]| [row[0], row[1], row[0], 7.0];
    let dependent: Vec<f32> = some.chunks_exact(2).flat_map(of).collect();
    let dependent = MatrixView::new(&dependent, 100, 4).unwrap();
    let found = frechet_extrapolation(dependent, dependent, 0.0, 0).unwrap();
    assert!(found.distance.is_finite() && found.distance < 0.05, "{found:?}");
}
