//! Deliberately collapsed samples: every metric must move in the right direction, and must not confuse the real and the fake set.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::type_complexity,
    reason = "tests fail by panicking, compare exact values on purpose and have rows of many parts"
)]

mod common;

use common::{Samples, bits, cloud, ring};
use ganymede_metrics::{
    Bins, DiversityOptions, Kernel, KernelDistanceOptions, LEAST_FOR_SHAPE, MatrixView, Modes, Reference,
    SignalOptions, SlicedWassersteinOptions, VendiOptions, Verdict, diversity_ratios, diversity_report,
    duplicate_distance, frechet_distance, inception_score, kernel_distance, mode_report, mode_report_from_classes,
    per_class, prdc, sliced_wasserstein, support_size, vendi_score,
};

const STD: f64 = 1.0 / 64.0;

/// Real samples, fake samples of the same distribution, and fake samples of one mode of it only.
fn sets() -> (Samples, Samples, Samples) {
    (ring(100, 60, 8, STD), ring(200, 60, 8, STD), ring(300, 480, 1, STD))
}

fn modes() -> Modes {
    let centers: Vec<f32> = (0..8)
        .flat_map(|mode| {
            let angle = std::f64::consts::TAU * f64::from(mode) / 8.0;
            [angle.cos() as f32, angle.sin() as f32]
        })
        .collect();
    Modes::new(centers, 2, vec![STD as f32; 8]).unwrap()
}

/// The direction in which a metric of (real, fake) moves when the fake samples collapse.
enum Collapse {
    Lowers,
    Raises,
}

#[test]
fn every_metric_on_a_deliberately_collapsed_sample_moves_the_right_way_real_and_fake_not_swapped() {
    use Collapse::{Lowers, Raises};
    type Metric = (&'static str, Collapse, fn(MatrixView, MatrixView) -> f64);
    let rows: [Metric; 22] = [
        ("recall", Lowers, |real, fake| prdc(real, fake, 5).unwrap().recall),
        ("coverage", Lowers, |real, fake| prdc(real, fake, 5).unwrap().coverage),
        ("standard deviation", Lowers, |_, fake| report(fake).std),
        ("mean pairwise distance", Lowers, |_, fake| report(fake).mean_pairwise_distance),
        ("std ratio", Lowers, |real, fake| diversity_ratios(&report(real), &report(fake)).unwrap().std_ratio),
        ("distance ratio", Lowers, |real, fake| diversity_ratios(&report(real), &report(fake)).unwrap().distance_ratio),
        ("modes covered", Lowers, |_, fake| mode_report(fake, &modes()).unwrap().modes_covered as f64),
        ("modes covered 20 times", Lowers, |_, fake| mode_report(fake, &modes()).unwrap().modes_covered_20 as f64),
        ("reverse KL", Raises, |_, fake| mode_report(fake, &modes()).unwrap().reverse_kl),
        ("Jensen-Shannon of modes", Raises, |_, fake| mode_report(fake, &modes()).unwrap().jensen_shannon),
        ("share of modes lost", Raises, |_, fake| mode_report(fake, &modes()).unwrap().lost_share),
        ("Vendi score by cosine", Lowers, |_, fake| vendi(fake, Kernel::Cosine)),
        ("Vendi score by dot product", Lowers, |_, fake| vendi(fake, Kernel::Linear)),
        ("Vendi score by distance", Lowers, |_, fake| vendi(fake, Kernel::Rbf { bandwidth: 0.25 })),
        ("different bins", Raises, |real, fake| bins(real, fake).different as f64),
        ("Jensen-Shannon of bins", Raises, |real, fake| bins(real, fake).jensen_shannon),
        ("missing share of bins", Raises, |real, fake| bins(real, fake).missing_share),
        ("Frechet distance", Raises, |real, fake| frechet_distance(real, fake).unwrap().distance),
        ("kernel distance", Raises, |real, fake| {
            kernel_distance(real, fake, &KernelDistanceOptions::default()).unwrap().distance
        }),
        ("sliced Wasserstein distance", Raises, |real, fake| {
            sliced_wasserstein(real, fake, &SlicedWassersteinOptions::default()).unwrap()
        }),
        ("support size", Lowers, |real, fake| {
            support_size(fake, duplicate_distance(real).unwrap()).unwrap().support_size
        }),
        ("share of data kept", Lowers, |real, fake| {
            Reference::new(real, SignalOptions::default()).unwrap().signals(fake).unwrap().kept_share.unwrap()
        }),
    ];
    let (real, healthy, collapsed) = sets();
    for (name, way, metric) in rows {
        let (before, after) = (metric(real.view(), healthy.view()), metric(real.view(), collapsed.view()));
        let moved = match way {
            Lowers => after < 0.75 * before,
            Raises => after > before + 0.25 * before.abs().max(0.01),
        };
        assert!(moved, "{name}: {before} for healthy samples, {after} for collapsed ones");
    }
    // Collapsed samples lie on the data: figures that judge each fake sample alone stay high ...
    let right = prdc(real.view(), collapsed.view(), 5).unwrap();
    assert!(right.precision > 0.9 && right.density > 0.7, "{right:?}");
    assert!(mode_report(collapsed.view(), &modes()).unwrap().high_quality > 0.95);
    // ... and those that judge the real samples fall; exchanged arguments would reverse this.
    let swapped = prdc(collapsed.view(), real.view(), 5).unwrap();
    assert!(right.recall < 0.2 && right.coverage < 0.2, "{right:?}");
    assert_eq!((swapped.precision, swapped.recall), (right.recall, right.precision));
    let (forth, back) = (bins(real.view(), collapsed.view()), bins(collapsed.view(), real.view()));
    assert!(forth.missing_share > 0.8 && back.missing_share < 0.1, "{forth:?} {back:?}");
}

fn report(samples: MatrixView) -> ganymede_metrics::DiversityReport {
    diversity_report(samples, &DiversityOptions::default()).unwrap()
}

fn vendi(samples: MatrixView, kernel: Kernel) -> f64 {
    vendi_score(samples, &VendiOptions { kernel, ..VendiOptions::default() }).unwrap().score
}

fn bins(real: MatrixView, fake: MatrixView) -> ganymede_metrics::BinReport {
    Bins::fit(real, 16, 0).unwrap().compare(fake, 0.05).unwrap()
}

#[test]
fn an_inception_score_falls_when_one_class_is_left() {
    let confident = |class_of: &dyn Fn(usize) -> usize| -> Vec<f32> {
        (0..80)
            .flat_map(|row| (0..4).map(move |class| (row, class)))
            .map(|(row, class)| if class_of(row) == class { 0.97 } else { 0.01 })
            .collect()
    };
    let (all, one) = (confident(&|row| row % 4), confident(&|_| 2));
    let score = |values: &[f32]| inception_score(MatrixView::new(values, 80, 4).unwrap(), 1).unwrap().score;
    assert!(score(&all) > 3.0 && (score(&one) - 1.0).abs() < 1e-9);
}

#[test]
fn the_range_check_flags_what_hardly_varies() {
    let (flat, wide) = (cloud(400, 50, 6, 0.03, &[0.4]), cloud(401, 50, 6, 0.5, &[0.0]));
    assert!(report(flat.view()).collapsed && !report(wide.view()).collapsed);
}

#[test]
fn a_collapse_inside_one_class_shows_in_that_class_only() {
    let real = Samples::stacked(&[cloud(500, 90, 4, 1.0, &[0.0]), cloud(501, 90, 4, 1.0, &[20.0])]);
    let fake = Samples::stacked(&[cloud(502, 90, 4, 1.0, &[0.0]), cloud(503, 90, 4, 0.01, &[20.0])]);
    let labels: Vec<u8> = (0..180).map(|row| u8::from(row >= 90)).collect();
    let outcomes = per_class(real.view(), &labels, fake.view(), &labels, |real, fake| prdc(real, fake, 5)).unwrap();
    let coverages: Vec<f64> = outcomes.into_iter().map(|class| class.outcome.unwrap().coverage).collect();
    assert!(coverages[0] > 0.8 && coverages[1] < 0.3, "{coverages:?}");
}

#[test]
fn a_class_without_fake_samples_is_an_outcome_and_not_an_error() {
    let (real, fake) = (cloud(510, 20, 2, 1.0, &[0.0]), cloud(511, 10, 2, 1.0, &[0.0]));
    let real_labels: Vec<i64> = (0..20).map(|row| if row < 10 { 3 } else { -1 }).collect();
    let outcomes =
        per_class(real.view(), &real_labels, fake.view(), &[3; 10], |real, fake| prdc(real, fake, 3)).unwrap();
    let shape: Vec<(i64, usize, usize, bool)> =
        outcomes.iter().map(|class| (class.class, class.real_rows, class.fake_rows, class.outcome.is_ok())).collect();
    assert_eq!(shape, [(-1, 10, 0, false), (3, 10, 10, true)]);
}

#[test]
fn the_oracle_scores_at_the_ceiling_in_any_dimension() {
    // The formula's numbers are nearly normal; in many dimensions their squared length is a little steadier.
    for (dimensions, tolerance) in [(1, 0.01), (2, 0.01), (3, 0.012), (20, 0.02), (700, 0.012), (1_200, 0.012)] {
        let samples = cloud(600, 1_000, dimensions, 0.5, &[3.0]);
        let modes = Modes::new(vec![3.0; dimensions], dimensions, vec![0.5]).unwrap();
        let found = mode_report(samples.view(), &modes).unwrap().high_quality;
        // The radius holds 1 - exp(-4.5) of a normal in two dimensions and above, and erf(3 / sqrt(2)) in one.
        let ceiling = if dimensions == 1 { 0.9973 } else { 0.98889 };
        assert!((found - ceiling).abs() < tolerance, "{dimensions}: {found} against {ceiling}");
    }
}

#[test]
fn own_spreads_and_offsets_are_those_of_the_closed_form() {
    // In the plane E[r^2 / 2 | r < 3] = 1 - 4.5 exp(-4.5) / (1 - exp(-4.5)).
    let cut_off = (1.0 - 4.5 * (-4.5_f64).exp() / (1.0 - (-4.5_f64).exp())).sqrt();
    let inside = |samples: &Samples| mode_report(samples.view(), &modes()).unwrap().inside().unwrap();
    let real = inside(&ring(800, 500, 8, STD));
    assert!((real.spread_median - cut_off).abs() < 0.025, "{real:?} against {cut_off}");
    assert!(real.spread_least > 0.88 && real.offset_largest < 0.15 && real.verdict == Verdict::Healthy, "{real:?}");
    let half = inside(&ring(800, 500, 8, STD / 2.0));
    assert!((half.spread_median - 0.5).abs() < 0.02 && half.offset_median < 0.06, "{half:?}");

    // A blob beside every center has the same distances from it as real samples, and is recognised.
    let mut beside = ring(800, 500, 8, STD / 10.0);
    beside.values.iter_mut().for_each(|value| *value += STD as f32);
    let blob = inside(&beside);
    // By one standard deviation along either coordinate.
    assert!((blob.offset_median - 1.0).abs() < 0.02 && (blob.offset_largest - 1.0).abs() < 0.05, "{blob:?}");
    assert!((blob.spread_median - 0.1).abs() < 0.01 && (blob.spread_least - 0.1).abs() < 0.02, "{blob:?}");
    assert_eq!(blob.verdict, Verdict::Collapsed);
    assert!(blob.sentence().contains("10 %"), "{}", blob.sentence());
}

#[test]
fn a_shape_is_that_of_the_samples_by_hand_and_needs_twenty() {
    // One mode at (1, -2) with deviation 0.5; samples at +- 0.25 along either coordinate about (1.2, -2).
    let modes = Modes::new(vec![1.0, -2.0], 2, vec![0.5]).unwrap();
    let corner = |row: usize| {
        [1.2 + if row.is_multiple_of(2) { 0.25 } else { -0.25 }, -2.0 + if row % 4 < 2 { 0.25 } else { -0.25 }]
    };
    let report = |rows: usize| {
        let samples = Samples { values: (0..rows).flat_map(corner).collect(), rows, columns: 2 };
        mode_report(samples.view(), &modes).unwrap()
    };
    for rows in [4, LEAST_FOR_SHAPE - 4] {
        assert_eq!((report(rows).shapes, report(rows).inside()), (vec![None], None), "{rows} samples");
    }
    let shape = report(LEAST_FOR_SHAPE).shapes[0].unwrap();
    let rows = LEAST_FOR_SHAPE as f64;
    // 0.25 / 0.5 along either coordinate, by n - 1; (0.2, 0) / 0.5 over the root of two coordinates.
    assert!((shape.spread - 0.5 * (rows / (rows - 1.0)).sqrt()).abs() < 1e-6, "{shape:?}");
    assert!((shape.offset - 0.4 / 2.0_f64.sqrt()).abs() < 1e-6, "{shape:?}");
    // Together they are the mean squared distance from the true centre.
    let about_centre = f64::midpoint(2.0 * 0.25, 0.16);
    assert!(((rows - 1.0) / rows * shape.spread.powi(2) + shape.offset.powi(2) - about_centre).abs() < 1e-6);

    // Equal samples have no spread, however far the mode lies from nought.
    let far = Modes::new(vec![1e6, 1e6], 2, vec![0.5]).unwrap();
    let equal = Samples { values: vec![1e6 + 0.5; 60], rows: 30, columns: 2 };
    let shape = mode_report(equal.view(), &far).unwrap().shapes[0].unwrap();
    assert!(shape.spread < 1e-6 && (shape.offset - 1.0).abs() < 1e-6, "{shape:?}");

    // Neither strays nor classes have a shape.
    let strays = Samples { values: vec![50.0; 100], rows: 50, columns: 2 };
    assert_eq!(mode_report(strays.view(), &modes).unwrap().inside(), None);
    assert_eq!(mode_report_from_classes(&[0; 50], 1, None).unwrap().inside(), None);
}

#[test]
fn spread_and_offset_have_the_same_scale_in_any_dimension() {
    for dimensions in [1, 3, 20, 700] {
        let samples = cloud(600, 1_000, dimensions, 0.5, &[3.0 + 0.1]);
        let modes = Modes::new(vec![3.0; dimensions], dimensions, vec![0.5]).unwrap();
        let shape = mode_report(samples.view(), &modes).unwrap().shapes[0].unwrap();
        assert!((shape.spread - 1.0).abs() < 0.05, "{dimensions}: {shape:?}");
        assert!((shape.offset - 0.2).abs() < 0.07, "{dimensions}: {shape:?}");
    }
}

#[test]
fn reverse_kl_and_jensen_shannon_have_the_documented_ends() {
    // (classes of the samples, modes, weights, reverse KL)
    let ln = f64::ln;
    let rows: [(&[usize], usize, Option<&[f64]>, f64); 5] = [
        (&[0, 1, 2, 3], 4, None, 0.0),
        (&[2, 2, 2], 4, None, ln(4.0)),
        (&[0, 0, 1, 1], 4, None, ln(2.0)),
        (&[0, 0, 0, 1], 2, Some(&[3.0, 1.0]), 0.0),
        (&[1], 2, Some(&[3.0, 1.0]), ln(4.0)),
    ];
    for (classes, modes, weights, reverse_kl) in rows {
        let found = mode_report_from_classes(classes, modes, weights).unwrap();
        assert!((found.reverse_kl - reverse_kl).abs() < 1e-12, "{classes:?}: {found:?}");
        assert!((0.0..=std::f64::consts::LN_2).contains(&found.jensen_shannon), "{found:?}");
        assert_eq!(found.jensen_shannon < 1e-12, reverse_kl == 0.0);
    }
    let far = Samples { values: vec![50.0; 10], rows: 5, columns: 2 };
    let none = mode_report(far.view(), &modes()).unwrap();
    assert_eq!((none.modes_covered, none.high_quality), (0, 0.0));
    assert_eq!((none.reverse_kl, none.jensen_shannon), (ln(8.0), std::f64::consts::LN_2));
}

#[test]
fn the_sampling_floor_of_reverse_kl_is_what_the_literature_finds() {
    // Balanced modes: about (K - 1) / (2 n) nats; 0.0014 for 8 modes and 2,500 samples.
    let classes: Vec<usize> = bits(700, 2_500).into_iter().map(|bits| (bits % 8) as usize).collect();
    let found = mode_report_from_classes(&classes, 8, None).unwrap().reverse_kl;
    assert!((0.0002..0.004).contains(&found), "{found}");
}
