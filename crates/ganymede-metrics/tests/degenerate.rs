//! Few, equal, extreme and invalid samples: a defined value or a typed error, and never NaN.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::type_complexity,
    reason = "tests fail by panicking, compare exact values on purpose and have rows of many parts"
)]

mod common;

use common::{Samples, cloud};
use ganymede_metrics::{
    BinReport, Bins, DetectorConfig, DiversityOptions, Kernel, KernelDistanceOptions, Limits, MatrixView, MetricError,
    Modes, Reference, SignalOptions, Signals, SlicedReference, SlicedWassersteinOptions, Thresholds, VendiOptions,
    WassersteinOrder, compare_bins, coverage, diversity_ratios, diversity_report, duplicate_distance, frechet_distance,
    inception_score, kernel_distance, mode_report, mode_report_from_classes, nearest_neighbor_radii, per_class, prdc,
    sliced_wasserstein, sliced_wasserstein_along, support_size, vendi_score,
};

type Numbers = Vec<(&'static str, f64)>;

/// Adds the values under a name; an error adds none.
fn note(numbers: &mut Numbers, name: &'static str, values: Result<Vec<f64>, MetricError>) {
    numbers.extend(values.unwrap_or_default().into_iter().map(|value| (name, value)));
}

/// Every number that the metrics return for one set.
fn numbers_of_one(set: MatrixView) -> Numbers {
    let mut numbers = Numbers::new();
    let report = diversity_report(set, &DiversityOptions::default()).unwrap();
    note(&mut numbers, "diversity", Ok(vec![report.mean, report.std, report.mean_pairwise_distance]));
    let support = support_size(set, 0.1).map(|found| vec![found.support_size, found.even_odds_batch]);
    note(&mut numbers, "support", support);
    for kernel in [Kernel::Linear, Kernel::Cosine, Kernel::Rbf { bandwidth: 0.5 }, Kernel::Rbf { bandwidth: 1e-200 }] {
        for order in [0.0, 0.3, 1.0, 1.0 + 1e-9, 2.0, 500.0, f64::INFINITY] {
            let options = VendiOptions { kernel, order, ..VendiOptions::default() };
            note(&mut numbers, "vendi", vendi_score(set, &options).map(|found| vec![found.score]));
        }
    }
    let modes = Modes::new(set.row(0).to_vec(), set.columns(), vec![0.5]).unwrap();
    let report = mode_report(set, &modes).unwrap();
    note(&mut numbers, "modes", Ok(vec![report.high_quality, report.reverse_kl, report.jensen_shannon]));
    numbers
}

/// Every number that the metrics return for two sets.
fn numbers_of_two(real: MatrixView, fake: MatrixView) -> Numbers {
    let mut numbers = Numbers::new();
    let found = prdc(real, fake, 5).map(|found| vec![found.precision, found.recall, found.density, found.coverage]);
    note(&mut numbers, "prdc", found);
    let found = frechet_distance(real, fake).map(|found| vec![found.distance, found.mean_term]);
    note(&mut numbers, "frechet", found);
    let found = kernel_distance(real, fake, &KernelDistanceOptions::default()).map(|found| vec![found.distance]);
    note(&mut numbers, "kernel", found);
    let options = SlicedWassersteinOptions { directions: 8, ..SlicedWassersteinOptions::default() };
    note(&mut numbers, "sliced", sliced_wasserstein(real, fake, &options).map(|found| vec![found]));
    let found = Bins::fit(real, 10, 0).and_then(|bins| bins.compare(fake, 0.05));
    let values = |found: BinReport| found.z_scores.into_iter().chain([found.jensen_shannon, found.missing_share]);
    note(&mut numbers, "bins", found.map(|found| values(found).collect()));
    let found = Reference::new(real, SignalOptions::default()).and_then(|reference| reference.signals(fake));
    let values = |found: Signals| {
        let all = [found.std_ratio, found.distance_ratio, found.coverage, found.vendi_ratio, found.kept_share];
        all.into_iter().flatten().collect()
    };
    note(&mut numbers, "signals", found.map(values));
    numbers
}

#[test]
fn no_set_of_samples_gives_nan_or_infinity() {
    let constant = |rows, columns, value| Samples { values: vec![value; rows * columns], rows, columns };
    let sets = |columns: usize| {
        vec![
            ("one sample", cloud(1, 1, columns, 1.0, &[0.5])),
            ("two samples", cloud(2, 2, columns, 1.0, &[0.0])),
            ("six samples", cloud(3, 6, columns, 1.0, &[0.0])),
            ("many samples", cloud(4, 100, columns, 1.0, &[0.0])),
            ("zeros", constant(40, columns, 0.0)),
            ("one value", constant(40, columns, 0.7)),
            ("one huge value", constant(40, columns, f32::MAX)),
            ("huge samples", cloud(5, 40, columns, 2e37, &[0.0])),
            ("tiny samples", cloud(6, 40, columns, 1e-38, &[0.0])),
            (
                "huge and tiny",
                Samples::stacked(&[cloud(7, 20, columns, 2e37, &[0.0]), cloud(8, 20, columns, 1e-38, &[0.0])]),
            ),
            ("a far cluster", cloud(9, 40, columns, 1e-3, &[1e6])),
        ]
    };
    for columns in [1, 3, 70] {
        for (name, set) in sets(columns) {
            for (metric, value) in numbers_of_one(set.view()) {
                assert!(value.is_finite(), "{metric} is {value} for {name} x {columns}");
            }
        }
        for (real_name, real) in sets(columns) {
            for (fake_name, fake) in sets(columns) {
                for (metric, value) in numbers_of_two(real.view(), fake.view()) {
                    assert!(value.is_finite(), "{metric} is {value} for {real_name} against {fake_name} x {columns}");
                }
            }
        }
    }
}

#[test]
fn equal_samples_give_the_documented_values() {
    let point = Samples { values: [0.3_f32, -1.7, 1e4].repeat(50), rows: 50, columns: 3 };
    let report = diversity_report(point.view(), &DiversityOptions::default()).unwrap();
    assert_eq!(report.mean_pairwise_distance, 0.0);
    let found = prdc(point.view(), point.view(), 5).unwrap();
    assert_eq!((found.precision, found.recall, found.density, found.coverage), (0.0, 0.0, 0.0, 0.0));
    let frechet = frechet_distance(point.view(), point.view()).unwrap();
    assert_eq!((frechet.distance, frechet.real_rank, frechet.fake_rank), (0.0, 0, 0));
    assert!(frechet.rank_deficient());
    for kernel in [Kernel::Linear, Kernel::Cosine, Kernel::Rbf { bandwidth: 1.0 }] {
        let vendi = vendi_score(point.view(), &VendiOptions { kernel, ..VendiOptions::default() }).unwrap();
        assert!((vendi.score - 1.0).abs() < 1e-9 && vendi.rank == 1, "{vendi:?}");
    }
    let bins = Bins::fit(point.view(), 10, 0).unwrap();
    assert_eq!((bins.count(), bins.compare(point.view(), 0.05).unwrap().different), (1, 0));
    let support = support_size(point.view(), 0.0).unwrap();
    assert_eq!((support.support_size, support.duplicate_pairs), (1.0, 50 * 49 / 2));
    assert_eq!(
        SlicedReference::new(point.view(), &SlicedWassersteinOptions::default())
            .unwrap()
            .distance(point.view())
            .unwrap(),
        0.0
    );
    assert_eq!(sliced_wasserstein(point.view(), point.view(), &SlicedWassersteinOptions::default()).unwrap(), 0.0);
}

#[test]
fn the_support_of_a_few_points_is_counted() {
    // Ten points, twenty times each: two samples meet with chance 19 / 199.
    let points = cloud(20, 10, 5, 1.0, &[0.0]);
    let samples = Samples { values: points.values.repeat(20), rows: 200, columns: 5 };
    let found = support_size(samples.view(), 0.0).unwrap();
    assert_eq!((found.support_size, found.lower_bound), (199.0 / 19.0, false));
    let none = support_size(points.view(), 0.0).unwrap();
    assert_eq!((none.support_size, none.lower_bound, none.duplicate_pairs), (45.0, true, 0));
}

#[test]
fn bad_input_is_named() {
    let real = cloud(30, 20, 3, 1.0, &[0.0]);
    let (real, wide) = (real.view(), cloud(31, 20, 4, 1.0, &[0.0]));
    let (few, one) = (cloud(32, 5, 3, 1.0, &[0.0]), cloud(33, 1, 3, 1.0, &[0.0]));
    let (wide, few, one) = (wide.view(), few.view(), one.view());
    let flat_values = [2.0_f32; 60];
    let flat = MatrixView::new(&flat_values, 20, 3).unwrap();
    let zero_values = [1.0_f32, 2.0, 3.0, 0.0, 0.0, 0.0];
    let zero_row = MatrixView::new(&zero_values, 2, 3).unwrap();
    let half = [0.5_f32, 0.4];
    let negative = [1.5_f32, -0.5];
    let table = |values| MatrixView::new(values, 1, 2).unwrap();
    let vendi = |samples, kernel, order| {
        vendi_score(samples, &VendiOptions { kernel, order, ..VendiOptions::default() }).map(drop)
    };
    let diversity = |samples| diversity_report(samples, &DiversityOptions::default()).unwrap();
    let modes = || Modes::new(vec![0.0; 6], 3, vec![1.0; 2]).unwrap();
    let subsets = KernelDistanceOptions { subsets: 3, subset_rows: 21, seed: 0 };
    let tiny_subsets = KernelDistanceOptions { subset_rows: 1, ..subsets };
    let no_rows = DiversityOptions { pairwise_rows: 0, ..DiversityOptions::default() };
    let bad_threshold = DiversityOptions { collapse_threshold: f64::NAN, ..DiversityOptions::default() };
    let no_directions = SlicedWassersteinOptions { directions: 0, ..SlicedWassersteinOptions::default() };
    let upside_down = Thresholds { kept_share: Limits { suspect: 0.2, collapsed: 0.5 }, ..Thresholds::default() };
    let rows: Vec<(Result<(), MetricError>, &str)> = vec![
        (MatrixView::new(&[], 0, 3).map(drop), "a matrix of 0 rows and 3 columns holds no samples"),
        (MatrixView::new(&[], 4, 0).map(drop), "a matrix of 4 rows and 0 columns holds no samples"),
        (MatrixView::new(&half, 2, 2).map(drop), "2 values do not make 2 rows of 2 columns"),
        (MatrixView::new(&half, usize::MAX, 2).map(drop), "values do not make"),
        (MatrixView::new(&[0.0, 1.0, 2.0, f32::NAN], 2, 2).map(drop), "row 1, column 1 is NaN"),
        (MatrixView::new(&[0.0, 1.0, f32::NEG_INFINITY, 0.0], 2, 2).map(drop), "row 1, column 0 is -inf"),
        (prdc(real, wide, 5).map(drop), "the real data has 3 columns and the fake data has 4"),
        (prdc(real, few, 5).map(drop), "at least 6 rows of the fake data, and there are 5"),
        (prdc(few, real, 5).map(drop), "at least 6 rows of the real data, and there are 5"),
        (prdc(real, real, 0).map(drop), "nearest_k is 0; it must be at least 1"),
        (nearest_neighbor_radii(one, 1).map(drop), "at least 2 rows of the samples"),
        (coverage(real, &[1.0], real).map(drop), "radii of the real data: 1 entries for 20"),
        (frechet_distance(real, wide).map(drop), "must be equal"),
        (kernel_distance(real, wide, &KernelDistanceOptions::default()).map(drop), "must be equal"),
        (kernel_distance(real, one, &KernelDistanceOptions::default()).map(drop), "at least 2 rows of the fake data"),
        (kernel_distance(real, real, &subsets).map(drop), "at least 21 rows of the real data"),
        (kernel_distance(real, real, &tiny_subsets).map(drop), "subset_rows is 1"),
        (sliced_wasserstein(real, wide, &SlicedWassersteinOptions::default()).map(drop), "must be equal"),
        (sliced_wasserstein(real, real, &no_directions).map(drop), "directions is 0"),
        (SlicedReference::new(real, &no_directions).map(drop), "directions is 0"),
        (
            SlicedReference::new(real, &SlicedWassersteinOptions::default()).unwrap().distance(wide).map(drop),
            "must be equal",
        ),
        (sliced_wasserstein_along(real, real, zero_row, WassersteinOrder::First).map(drop), "row 1 is all zeros"),
        (vendi(zero_row, Kernel::Cosine, 1.0), "row 1 is all zeros"),
        (vendi(real, Kernel::Rbf { bandwidth: 0.0 }, 1.0), "bandwidth is 0"),
        (vendi(real, Kernel::Cosine, -1.0), "order is -1"),
        (vendi(real, Kernel::Cosine, f64::NAN), "order is NaN"),
        (diversity_report(real, &no_rows).map(drop), "pairwise_rows is 0"),
        (diversity_report(real, &bad_threshold).map(drop), "collapse_threshold is NaN"),
        (diversity_ratios(&diversity(flat), &diversity(real)).map(drop), "the standard deviation is 0"),
        (Modes::new(vec![], 3, vec![]).map(drop), "holds no samples"),
        (Modes::new(vec![0.0; 6], 0, vec![]).map(drop), "holds no samples"),
        (Modes::new(vec![0.0; 5], 3, vec![1.0]).map(drop), "5 values do not make 1 rows"),
        (Modes::new(vec![0.0; 6], 3, vec![1.0]).map(drop), "standard deviations of the modes: 1 entries for 2"),
        (Modes::new(vec![0.0; 6], 3, vec![1.0, 0.0]).map(drop), "a mode's standard deviation is 0"),
        (modes().with_weights(&[1.0]).map(drop), "weights of the modes: 1 entries for 2"),
        (modes().with_weights(&[1.0, -1.0]).map(drop), "a mode's weight is -1"),
        (modes().with_radius(f64::INFINITY).map(drop), "the radius in standard deviations is inf"),
        (mode_report(wide, &modes()).map(drop), "the sample has 4 columns and the list of modes has 3"),
        (mode_report_from_classes(&[], 3, None).map(drop), "holds no samples"),
        (mode_report_from_classes(&[0, 3], 3, None).map(drop), "a class is 3; it must be below the number of modes"),
        (Bins::fit(real, 0, 0).map(drop), "the number of bins is 0"),
        (Bins::fit(real, 4, 0).unwrap().compare(wide, 0.05).map(drop), "must be equal"),
        (compare_bins(&[1, 2], &[3], 0.05).map(drop), "bins of the fake data: 1 entries for 2"),
        (compare_bins(&[1, 2], &[0, 0], 0.05).map(drop), "holds no samples"),
        (compare_bins(&[1, 2], &[1, 1], 1.0).map(drop), "significance is 1"),
        (inception_score(table(&half), 1).map(drop), "row 0 sum to 0.9"),
        (inception_score(table(&negative), 1).map(drop), "a probability is 1.5"),
        (inception_score(table(&half), 0).map(drop), "splits is 0"),
        (inception_score(table(&half), 2).map(drop), "at least 2 rows of probabilities"),
        (support_size(real, -1.0).map(drop), "duplicate_distance is -1"),
        (support_size(one, 1.0).map(drop), "at least 2 rows of the samples"),
        (duplicate_distance(one).map(drop), "at least 2 rows"),
        (
            per_class(real, &[0; 19], real, &[0; 20], |_, _| Ok(())).map(drop),
            "labels of the real data: 19 entries for 20",
        ),
        (per_class(real, &[0; 20], real, &[0; 21], |_, _| Ok(())).map(drop), "labels of the fake data: 21 entries"),
        (Reference::new(flat, SignalOptions::default()).map(drop), "the mean pairwise distance is 0"),
        (Reference::new(real, SignalOptions { rows: 3, ..SignalOptions::default() }).map(drop), "rows is 3"),
        (
            Reference::new(real, SignalOptions { bin_width: 0.0, ..SignalOptions::default() }).map(drop),
            "bin_width is 0",
        ),
        (Reference::new(real, SignalOptions::default()).unwrap().signals(wide).map(drop), "must be equal"),
        (upside_down.check(), "kept_share is 0.5; it must be between 0 and its suspect limit"),
        (DetectorConfig { patience: 0, ..DetectorConfig::default() }.check(), "patience is 0"),
        (DetectorConfig { progress: 2.0, ..DetectorConfig::default() }.check(), "progress is 2"),
    ];
    for (index, (outcome, words)) in rows.into_iter().enumerate() {
        let message = outcome.expect_err(words).to_string();
        assert!(message.contains(words), "row {index}: {message:?} does not say {words:?}");
    }
}
