//! What must not matter for a verdict: the order of the rows, one row that stands twice, a few values out of all proportion,
//! noise that leaves a usual scale.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{Samples, cloud, ring};
use ganymede_metrics::Verdict::{Collapsed, Healthy, Suspect};
use ganymede_metrics::{Diagnosis, DiagnosisOptions, Headline, Labelled, diagnose};

fn diagnosis(real: &Samples, fake: &Samples) -> Diagnosis {
    diagnosis_with(real, fake, &DiagnosisOptions::default())
}

fn diagnosis_with(real: &Samples, fake: &Samples, options: &DiagnosisOptions) -> Diagnosis {
    let real = Labelled { samples: real.view(), labels: None };
    diagnose(Labelled { samples: fake.view(), labels: None }, Some(real), options).unwrap()
}

/// The rows in another order: each takes the place of the one `step` after it, and `step` has no divisor in common with their
/// number.
fn stirred(samples: &Samples, step: usize) -> Samples {
    let order = (0..samples.rows).map(|row| row * step % samples.rows);
    let values = order.flat_map(|row| samples.values[row * samples.columns..(row + 1) * samples.columns].to_vec());
    Samples { values: values.collect(), ..*samples }
}

fn with_rows(samples: &Samples, rows: &[&[f32]]) -> Samples {
    let values = [samples.values.clone(), rows.concat()].concat();
    Samples { rows: samples.rows + rows.len(), values, columns: samples.columns }
}

#[test]
fn the_order_of_the_rows_decides_nothing() {
    // Sorted by mode, as files of class folders are; the sets are larger than what is compared pair by pair.
    let real = ring(1, 400, 5, 0.05);
    let rows = [
        ("complete", ring(2, 400, 5, 0.05)),
        ("a little narrow", ring(3, 400, 5, 0.035)),
        ("narrow", ring(4, 400, 5, 0.02)),
        ("four of five", ring(5, 400, 4, 0.05)),
        ("one of five", ring(6, 400, 1, 0.05)),
    ];
    for (what, fake) in rows {
        let sorted = diagnosis(&real, &fake);
        let mixed = diagnosis(&stirred(&real, 1_777), &stirred(&fake, 1_777));
        let told = |found: &Diagnosis| format!("{} {:?} {:?}", found.verdict, found.headline, found.reasons);
        assert_eq!(
            (sorted.verdict, sorted.headline),
            (mixed.verdict, mixed.headline),
            "{what}: {} and {}",
            told(&sorted),
            told(&mixed)
        );
        let [sorted, mixed] = [&sorted, &mixed].map(|found| found.kept_share.unwrap());
        assert!((sorted - mixed).abs() < 0.05, "{what}: {sorted} and {mixed} kept");
    }
}

#[test]
fn one_row_that_stands_twice_changes_no_verdict_on_copies() {
    let real = cloud(10, 1_000, 2, 1.0, &[0.0]);
    let drawn = common::bits(11, 1_000).into_iter().map(|bits| (bits as usize * 1_000) >> 16);
    let values: Vec<f32> = drawn.flat_map(|row| real.values[2 * row..2 * row + 2].to_vec()).collect();
    let copied = Samples { values, rows: 1_000, columns: 2 };
    let first: Vec<f32> = real.values[..2].to_vec();
    for (what, real) in
        [("none twice", real.view().values().to_vec()), ("one twice", [real.values.clone(), first].concat())]
    {
        let real = Samples { rows: real.len() / 2, values: real, columns: 2 };
        let found = diagnosis(&real, &copied);
        assert_eq!((found.verdict, found.headline), (Healthy, Headline::Copies), "{what}: {:?}", found.reasons);
        assert!(found.copied_share.unwrap() > 0.95, "{what}: {:?}", found.copied_share);
        // Three rows again and again are no draws from the data.
        let few = Samples { values: real.values[..6].repeat(300), rows: 900, columns: 2 };
        let found = diagnosis(&real, &few);
        assert_eq!((found.verdict, found.headline), (Collapsed, Headline::Repeats), "{what}: {:?}", found.reasons);
    }
}

#[test]
fn categories_repeat_by_nature_and_are_no_copies() {
    let categories = |seed| {
        let drawn = cloud(seed, 2_000, 3, 1.0, &[0.0]);
        Samples { values: drawn.values.iter().map(|value| value.round()).collect(), ..drawn }
    };
    let found = diagnosis(&categories(20), &categories(21));
    assert_eq!((found.verdict, found.headline), (Healthy, Headline::Complete), "{:?}", found.reasons);
    assert!(found.copied_share.unwrap() < 0.1, "{:?}", found.copied_share);
}

#[test]
fn values_out_of_all_proportion_are_judged_and_hide_nothing() {
    let most = f32::MAX;
    let (real, fake) = (ring(30, 100, 4, 0.05), ring(31, 100, 4, 0.05));
    let two_modes = ring(32, 200, 2, 0.05);
    let no_data: [&[f32]; 4] = [&[-most, -most], &[-most, 0.0], &[0.0, -most], &[-most, -most]];
    for (what, real) in [("without", real.clone()), ("with", with_rows(&real, &no_data))] {
        let found = diagnosis(&real, &fake);
        assert_ne!(found.verdict, Collapsed, "{what} rows of no data: {:?}", found.reasons);
        assert_eq!(diagnosis(&real, &two_modes).verdict, Collapsed, "{what} rows of no data");
    }
    let ran_away = with_rows(&fake, &[&[most, -most], &[1e30, 0.0]]);
    assert_ne!(diagnosis(&real, &ran_away).verdict, Collapsed);
    // Wide rows whose sums are beyond single precision, as numbers and as pictures.
    let wide = cloud(33, 120, 100, 0.4, &[0.0]);
    let huge = Samples { values: wide.values.iter().map(|value| value.signum() * 5e37).collect(), ..wide.clone() };
    for one_scale in [false, true] {
        let options = DiagnosisOptions { one_scale, ..DiagnosisOptions::default() };
        let found = diagnosis_with(&wide, &huge, &options);
        assert_ne!(found.verdict, Healthy, "{:?}", found.reasons);
        assert!(found.signals.iter().all(|signal| signal.value.is_finite()), "{:#?}", found.signals);
    }
    // And data that is huge, or tiny, throughout.
    for scale in [1e30, 1e-30] {
        let scaled = |samples: &Samples| Samples {
            values: samples.values.iter().map(|value| value * scale).collect(),
            ..samples.clone()
        };
        let found = diagnosis(&scaled(&real), &scaled(&fake));
        assert_eq!(found.verdict, Healthy, "{scale}: {:?}", found.reasons);
        assert_eq!(diagnosis(&scaled(&real), &scaled(&two_modes)).verdict, Collapsed, "{scale}");
    }
}

#[test]
fn a_spread_that_ran_away_is_a_divergence_and_noise_is_none() {
    let real = cloud(40, 400, 3, 1.0, &[0.0]);
    let times = |samples: &Samples, factor: f32| Samples {
        values: samples.values.iter().map(|value| value * factor).collect(),
        ..samples.clone()
    };
    for factor in [10.0, 30.0, 1e4] {
        let found = diagnosis(&real, &times(&cloud(41, 400, 3, 1.0, &[0.0]), factor));
        assert_eq!((found.verdict, found.headline), (Suspect, Headline::Divergence), "{factor}: {:?}", found.reasons);
    }
    // About another middle it is told only where the scale is known.
    let shifted = times(&cloud(42, 400, 3, 1.0, &[5.0]), 100.0);
    assert_eq!(diagnosis(&real, &shifted).headline, Headline::ScaleMismatch);
    let options = DiagnosisOptions { one_scale: true, ..DiagnosisOptions::default() };
    let found = diagnosis_with(&real, &shifted, &options);
    assert_eq!((found.verdict, found.headline), (Suspect, Headline::Divergence), "{:?}", found.reasons);
    // Modes twice as wide are a matter of quality.
    let found = diagnosis(&ring(46, 400, 8, 0.05), &ring(47, 400, 8, 0.1));
    assert_eq!((found.verdict, found.headline), (Healthy, Headline::Complete), "{:?}", found.reasons);
    assert!(found.quality.as_ref().is_some_and(|quality| quality.contains("blurred")), "{:?}", found.quality);
    // A table of shares that the generator blurs: some become negative, and the scale is still the same.
    let uniform = |seed| Samples {
        values: common::bits(seed, 1_200).into_iter().map(|bits| bits as f32 / 65_536.0).collect(),
        rows: 400,
        columns: 3,
    };
    let noise = cloud(44, 400, 3, 0.17, &[0.0]);
    let fresh = uniform(45);
    let blurred = Samples { values: fresh.values.iter().zip(&noise.values).map(|(a, b)| a + b).collect(), ..fresh };
    for one_scale in [false, true] {
        let options = DiagnosisOptions { one_scale, ..DiagnosisOptions::default() };
        let found = diagnosis_with(&uniform(43), &blurred, &options);
        assert!(found.doubt.is_none() && found.headline != Headline::Divergence, "{:?}", found.reasons);
    }
}

#[test]
fn a_divergence_hides_no_repeats_and_no_values_that_stand_still() {
    let real = cloud(50, 500, 2, 1.0, &[0.0]);
    let far = [vec![200.0, 200.0], vec![0.0; 998]].concat();
    let two = [9.0, -9.0, -9.0, 9.0].repeat(250);
    let wide = cloud(51, 500, 2, 100.0, &[0.0]);
    let flat: Vec<f32> = wide.values.chunks(2).flat_map(|row| [row[0], 0.0]).collect();
    // One mode of eight, and a few samples of it that ran away.
    let mut one = ring(52, 600, 1, 0.05);
    one.values[..40].iter_mut().for_each(|value| *value *= 40.0);
    let found = diagnosis(&ring(53, 100, 8, 0.05), &one);
    assert_eq!((found.verdict, found.headline), (Collapsed, Headline::ModesLost), "{:?}", found.reasons);
    for (what, values) in [("one row but for one far away", far), ("two rows far out", two), ("a line far out", flat)] {
        let found = diagnosis(&real, &Samples { values, rows: 500, columns: 2 });
        assert_eq!(found.verdict, Collapsed, "{what}: {:?}", found.reasons);
        assert_ne!(found.headline, Headline::Divergence, "{what}: {:?}", found.reasons);
    }
}

#[test]
fn long_tails_raise_no_more_alarms_than_others() {
    let uniform = |seed, count: usize| {
        common::bits(seed, count)
            .into_iter()
            .map(|bits| (f64::from(bits as u32) + 0.5) / 65_536.0)
            .collect::<Vec<f64>>()
    };
    let cauchy = |seed| {
        let values = uniform(seed, 800).into_iter().map(|at| (std::f64::consts::PI * (at - 0.5)).tan() as f32);
        Samples { values: values.collect(), rows: 400, columns: 2 }
    };
    let logarithmic = |seed| {
        let normal = cloud(seed, 400, 2, 3.0, &[0.0]);
        Samples { values: normal.values.iter().map(|value| value.exp()).collect(), ..normal }
    };
    let with_outliers = |seed| {
        let normal = cloud(seed, 400, 2, 1.0, &[0.0]);
        let far = uniform(seed + 7_000, 400);
        let rows = normal.values.chunks(2).zip(far).flat_map(|(row, at)| {
            let factor = if at < 0.01 { 1_000.0 } else { 1.0 };
            [row[0] * factor, row[1] * factor]
        });
        Samples { values: rows.collect(), ..normal }
    };
    let kinds: [(&str, &dyn Fn(u64) -> Samples); 3] =
        [("Cauchy", &cauchy), ("logarithmic", &logarithmic), ("outliers", &with_outliers)];
    for (what, make) in kinds {
        let found = (0..20).map(|pair| diagnosis(&make(100 + 2 * pair), &make(101 + 2 * pair)));
        let alarms: Vec<_> =
            found.filter(|found| found.verdict != Healthy).map(|found| (found.verdict, found.reasons)).collect();
        let collapsed = alarms.iter().any(|(verdict, _)| *verdict == Collapsed);
        assert!(alarms.len() <= 1 && !collapsed, "{what}: {alarms:?}");
        // And a half of the data that is gone is seen all the same.
        let whole = make(300);
        let half = whole.values.chunks(2).filter(|row| row[0] > 0.0).flatten().copied().collect::<Vec<f32>>();
        let half = Samples { rows: half.len() / 2, values: half, columns: 2 };
        if what != "logarithmic" {
            assert_ne!(diagnosis(&make(301), &half).verdict, Healthy, "half of {what}");
        }
    }
}

#[test]
fn bright_fakes_are_a_collapse_and_no_other_scale() {
    let bright = cloud(61, 300, 64, 0.01, &[0.9]);
    let spread = |seed| Samples {
        values: common::bits(seed, 300 * 64).into_iter().map(|bits| bits as f32 / 32_768.0 - 1.0).collect(),
        rows: 300,
        columns: 64,
    };
    let found = diagnosis(&spread(62), &bright);
    assert_eq!((found.verdict, &found.doubt), (Collapsed, &None), "{:?}", found.reasons);
    let [left, right] = [-0.8, 0.8].map(|centre| cloud(63, 250, 3, 0.02, &[centre]));
    let both = Samples { values: [left.values, right.values].concat(), rows: 500, columns: 3 };
    let found = diagnosis(&both, &cloud(64, 400, 3, 0.02, &[0.8]));
    assert_eq!((found.verdict, &found.doubt), (Collapsed, &None), "{:?}", found.reasons);
}
