//! Verdicts on sets like those that people bring: the verdict, the headline, and the lost share.
#![allow(clippy::unwrap_used, clippy::type_complexity, reason = "tests fail by panicking and have rows of many parts")]

mod common;

use common::{Samples, cloud, normals, ring};
use ganymede_metrics::Verdict::{self, Collapsed, Healthy, Inconclusive, Suspect};
use ganymede_metrics::{Diagnosis, DiagnosisOptions, Headline, Labelled, SIGNALS, diagnose};

fn diagnosis(real: &Samples, fake: &Samples, labels: [Option<&[usize]>; 2]) -> Diagnosis {
    let real = Labelled { samples: real.view(), labels: labels[0] };
    diagnose(Labelled { samples: fake.view(), labels: labels[1] }, Some(real), &DiagnosisOptions::default()).unwrap()
}

/// Columns side by side, each by its own formula of a row number and a normal number.
fn table(seed: u64, rows: usize, columns: &[fn(usize, f64) -> f64]) -> Samples {
    let drawn = normals(seed, rows, columns.len());
    let value = |index: usize| columns[index % columns.len()](index / columns.len(), drawn[index]) as f32;
    Samples { values: (0..drawn.len()).map(value).collect(), rows, columns: columns.len() }
}

fn copies(samples: &Samples, times: usize) -> Samples {
    Samples { values: samples.values.repeat(times), rows: samples.rows * times, columns: samples.columns }
}

/// Each value changed.
fn mapped(samples: &Samples, map: impl Fn(f32) -> f32) -> Samples {
    Samples { values: samples.values.iter().map(|value| map(*value)).collect(), ..*samples }
}

/// Modes on a grid of five by five, far apart compared with their width.
fn grid(seed: u64, each: usize) -> Samples {
    let modes = (0..25)
        .map(|mode| cloud(seed * 100 + mode, each, 2, 0.05, &[(mode % 5) as f64 - 2.0, (mode / 5) as f64 - 2.0]));
    Samples::stacked(&modes.collect::<Vec<_>>())
}

/// The first `modes` of ten clusters in 16 dimensions, with random centers.
fn clusters(seed: u64, modes: u64, each: usize) -> Samples {
    clusters_in(16, 3.0, seed, modes, each)
}

/// [`clusters`] in other dimensions, with another standard deviation of the centers.
fn clusters_in(columns: usize, apart: f64, seed: u64, modes: u64, each: usize) -> Samples {
    let modes = (0..modes).map(|mode| {
        let place: Vec<f64> = normals(900 + mode, 1, columns).iter().map(|x| apart * x).collect();
        cloud(seed * 100 + mode, each, columns, 1.0, &place)
    });
    Samples::stacked(&modes.collect::<Vec<_>>())
}

/// Rows drawn with replacement from the first `first` rows.
fn drawn_again(samples: &Samples, first: usize, count: usize) -> Samples {
    let rows = common::bits(77, count).into_iter().map(|bits| (bits as usize * first) >> 16);
    let values: Vec<f32> =
        rows.flat_map(|row| samples.values[row * samples.columns..(row + 1) * samples.columns].to_vec()).collect();
    Samples { rows: count, values, columns: samples.columns }
}

/// A normal number that belongs to a row.
fn normal_of(row: usize) -> f64 {
    normals(7_000 + row as u64, 1, 1)[0]
}

/// The name of the case, the real and the fake set, and the right verdicts and headlines.
type Case = (&'static str, Samples, Samples, &'static [Verdict], &'static [Headline]);

/// Sets of points and tables whose state is known.
#[allow(clippy::too_many_lines, reason = "one row a case")]
fn cases() -> Vec<Case> {
    let normal = |_: usize, x: f64| x;
    let wide = |_: usize, x: f64| 1e4 * x;
    let zero = |_: usize, _: f64| 0.0;
    let index = |row: usize, _: f64| 1e3 * row as f64;
    let income = |_: usize, x: f64| (10.0 + x).exp();
    let data = ring(1, 125, 8, 0.025);
    let pictures = cloud(70, 300, 100, 0.25, &[0.3]);
    let bytes = mapped(&pictures, |value| ((value + 1.0) * 100.0).clamp(0.0, 255.0).round());
    vec![
        ("as varied", data, ring(2, 125, 8, 0.025), &[Healthy], &[Headline::Complete]),
        (
            "32 points again and again",
            ring(1, 125, 8, 0.025),
            copies(&ring(3, 4, 8, 0.025), 40),
            &[Collapsed],
            &[Headline::Repeats],
        ),
        (
            "eight points",
            cloud(4, 1_000, 2, 1.0, &[0.0]),
            copies(&cloud(5, 8, 2, 1.0, &[0.0]), 250),
            &[Collapsed],
            &[Headline::Repeats],
        ),
        (
            "each sample twice",
            cloud(6, 500, 8, 1.0, &[0.0]),
            copies(&cloud(7, 200, 8, 1.0, &[0.0]), 2),
            &[Suspect],
            &[Headline::Repeats],
        ),
        ("one of eight modes", ring(8, 125, 8, 0.025), ring(9, 700, 1, 0.025), &[Collapsed], &[Headline::ModesLost]),
        ("seven of eight", ring(10, 125, 8, 0.025), ring(11, 125, 7, 0.025), &[Suspect], &[Headline::ModesLost]),
        (
            "small blobs in the modes",
            ring(12, 125, 8, 0.1),
            ring(13, 125, 8, 0.01),
            &[Collapsed],
            &[Headline::InsideCollapse],
        ),
        (
            "small blobs, and a few samples between the modes",
            ring(12, 125, 8, 0.05),
            Samples::stacked(&[ring(13, 122, 8, 0.022), cloud(78, 24, 2, 0.5, &[0.0])]),
            &[Suspect, Collapsed],
            &[Headline::InsideCollapse],
        ),
        (
            "between the modes",
            ring(14, 125, 8, 0.025),
            cloud(15, 800, 2, 0.2, &[0.0]),
            &[Suspect, Collapsed],
            &[Headline::NotLearnt, Headline::ModesLost, Headline::SpreadLost],
        ),
        ("a cloud over a grid", grid(40, 30), cloud(41, 750, 2, 1.4, &[0.0]), &[Suspect], &[Headline::NotLearnt]),
        (
            "noise with each column's deviation",
            table(42, 500, &[normal, |row, _| (row % 7) as f64, |row, x| (row % 7) as f64 + 0.05 * x]),
            table(43, 500, &[normal, |_, x| 3.0 + 2.0 * x, |row, _| 3.0 + 2.0 * normal_of(row)]),
            &[Suspect],
            &[Headline::NotLearnt],
        ),
        (
            "noise in many dimensions, where nothing is far",
            Samples::stacked(&[clusters_in(300, 1.5, 46, 9, 60), cloud(48, 60, 300, 1.1, &[0.0])]),
            cloud(47, 600, 300, 1.4, &[0.0]),
            &[Suspect],
            &[Headline::NotLearnt],
        ),
        (
            "five of ten modes, 50 samples",
            clusters(44, 10, 5),
            clusters(45, 5, 10),
            &[Suspect, Collapsed],
            &[Headline::ModesLost, Headline::SpreadLost],
        ),
        (
            "eight of ten modes, 120 samples",
            clusters(46, 10, 100),
            clusters(47, 8, 15),
            &[Suspect, Collapsed],
            &[Headline::ModesLost],
        ),
        (
            "rows of the data",
            cloud(48, 800, 3, 1.0, &[0.0]),
            drawn_again(&cloud(48, 800, 3, 1.0, &[0.0]), 800, 500),
            &[Healthy],
            &[Headline::Copies],
        ),
        (
            "ten rows of the data",
            cloud(48, 800, 3, 1.0, &[0.0]),
            drawn_again(&cloud(48, 800, 3, 1.0, &[0.0]), 10, 500),
            &[Collapsed],
            &[Headline::Repeats],
        ),
        (
            "a narrow cloud",
            cloud(16, 400, 16, 1.0, &[0.0]),
            cloud(17, 400, 16, 0.1, &[0.0]),
            &[Collapsed],
            &[Headline::SpreadLost, Headline::InsideCollapse],
        ),
        (
            "run away",
            cloud(18, 400, 4, 1.0, &[0.0]),
            cloud(19, 400, 4, 8.0, &[0.0]),
            &[Suspect],
            &[Headline::Divergence],
        ),
        ("blurred", ring(20, 125, 8, 0.025), ring(21, 125, 8, 0.05), &[Healthy], &[Headline::Complete]),
        (
            "a column gone beside a wide one",
            table(22, 1_000, &[normal, wide]),
            table(23, 1_000, &[zero, wide]),
            &[Collapsed],
            &[Headline::SpreadLost, Headline::ModesLost, Headline::InsideCollapse],
        ),
        (
            "mixed units",
            table(24, 800, &[normal, index, income]),
            table(25, 800, &[normal, index, income]),
            &[Healthy],
            &[Headline::Complete],
        ),
        (
            "a column gone beside an index",
            table(26, 800, &[normal, index, income]),
            table(27, 800, &[zero, index, income]),
            &[Suspect, Collapsed],
            &[Headline::SpreadLost, Headline::ModesLost, Headline::InsideCollapse],
        ),
        (
            "data that does not vary",
            Samples { values: vec![1.0; 500 * 8], rows: 500, columns: 8 },
            cloud(28, 500, 8, 1.0, &[0.0]),
            &[Inconclusive],
            &[Headline::CannotTell],
        ),
        (
            "five of each",
            cloud(29, 5, 3, 1.0, &[0.0]),
            cloud(30, 5, 3, 1.0, &[0.0]),
            &[Inconclusive],
            &[Headline::CannotTell],
        ),
        ("other scales", bytes, pictures, &[Inconclusive], &[Headline::ScaleMismatch]),
        (
            "the data itself",
            cloud(31, 300, 4, 1.0, &[0.0]),
            cloud(31, 300, 4, 1.0, &[0.0]),
            &[Healthy],
            &[Headline::Copies],
        ),
    ]
}

#[test]
fn what_is_wrong_is_told_as_what_it_is() {
    for (name, real, fake, verdicts, headlines) in cases() {
        let found = diagnosis(&real, &fake, [None, None]);
        let told = format!("{name}: {} {:?} {:?}\n{:#?}", found.verdict, found.headline, found.reasons, found.signals);
        assert!(verdicts.contains(&found.verdict) && headlines.contains(&found.headline), "{told}");
        assert_eq!(found.doubt.is_some(), found.verdict == Inconclusive, "{told}");
        assert_eq!(found.reasons.is_empty(), found.headline == Headline::Complete, "{told}");
        for signal in &found.signals {
            assert!(SIGNALS.iter().any(|info| info.key == signal.signal), "{told}");
            assert!(signal.value.is_finite() && !signal.says.is_empty(), "{told}");
        }
        let text = serde_json::to_string(&found).unwrap();
        let read: Diagnosis = serde_json::from_str(&text).unwrap();
        assert_eq!((read.verdict, read.headline), (found.verdict, found.headline), "{name}");
    }
}

#[test]
fn the_lost_share_is_right() {
    for (kept, lost) in [(7, 0.125), (6, 0.25), (4, 0.5), (1, 0.875)] {
        let (real, fake) = (ring(40, 125, 8, 0.025), ring(41, 800 / kept, kept, 0.025));
        let found = diagnosis(&real, &fake, [None, None]).lost.unwrap();
        assert!((found.value - lost).abs() < 0.05, "{kept} of 8: {found:?}");
        assert!(found.low <= lost && lost <= found.high, "{kept} of 8: {found:?}");
    }
}

#[test]
fn labels_that_say_nothing_and_rare_classes_that_are_gone_are_told() {
    let (real, fake) = (ring(50, 100, 8, 0.025), ring(51, 100, 8, 0.025));
    let right: Vec<usize> = (0..800).map(|row| row / 100).collect();
    let ignored: Vec<usize> = (0..800).map(|row| row % 8).collect();
    let found = diagnosis(&real, &fake, [Some(&right), Some(&ignored)]);
    assert_eq!((found.verdict, found.headline), (Suspect, Headline::LabelsIgnored), "{:#?}", found.signals);
    let misplaced = |found: &Diagnosis| -> Vec<usize> {
        found.per_class.iter().flatten().filter(|class| class.misplaced).map(|class| class.class).collect()
    };
    let found = diagnosis(&real, &fake, [Some(&right), Some(&right)]);
    assert_eq!((found.verdict, misplaced(&found)), (Healthy, vec![]), "{:#?}", found.signals);
    // Two of eight classes exchanged, and one that collapses inside beside them.
    let exchanged: Vec<usize> = right.iter().map(|class| [0, 1, 2, 5, 4, 3, 6, 7][*class]).collect();
    let found = diagnosis(&real, &fake, [Some(&right), Some(&exchanged)]);
    assert_eq!((found.verdict, found.headline), (Suspect, Headline::LabelsIgnored), "{:#?}", found.signals);
    assert_eq!(misplaced(&found), [3, 5]);
    let mut narrow = fake.clone();
    for row in 701..800 {
        let (first, copy) = narrow.values.split_at_mut(2 * row);
        copy[..2].copy_from_slice(&first[1_400..1_402]);
    }
    let found = diagnosis(&real, &narrow, [Some(&right), Some(&exchanged)]);
    let inside = &found.per_class.as_ref().unwrap()[7];
    assert_eq!((inside.verdict, misplaced(&found)), (Some(Collapsed), vec![3, 5]), "{inside:?}");
    // A class that looks like another may spread as that one does, and repeats are repeats.
    let found =
        diagnosis(&real, &narrow, [Some(&right), Some(&right.iter().map(|class| 7 - class).collect::<Vec<_>>())]);
    let verdicts: Vec<_> = found.per_class.unwrap().iter().map(|class| (class.misplaced, class.verdict)).collect();
    assert_eq!(verdicts, [[(true, Some(Collapsed))].as_slice(), &[(true, None); 7]].concat());
    // 200 classes of five samples each, of which one half is gone: no class says anything by itself.
    let (real, fake) = (cloud(52, 1_000, 16, 1.0, &[0.0]), cloud(53, 500, 16, 1.0, &[0.0]));
    let classes: Vec<usize> = (0..1_000).map(|row| row / 5).collect();
    let found = diagnosis(&real, &fake, [Some(&classes), Some(&classes[..500])]);
    assert_eq!((found.verdict, found.headline), (Collapsed, Headline::ModesLost), "{:#?}", found.signals);
    assert!((found.lost.unwrap().value - 0.5).abs() < 0.08, "{:?}", found.lost);
}

#[test]
fn as_many_real_samples_raise_no_more_alarms_than_stated() {
    let (mut suspect, mut collapsed, mut draws) = (0, 0, 0);
    for seed in 0..40 {
        for (rows, fakes) in [(20, 20), (30, 100), (60, 40)] {
            for columns in [2, 12] {
                let [real, fake] = [(rows, 0), (fakes, 1)].map(|(rows, side)| {
                    cloud(100_000 + 10 * seed + 4 * columns as u64 + side, rows, columns, 1.0, &[0.0])
                });
                let verdict = diagnosis(&real, &fake, [None, None]).verdict;
                draws += 1;
                suspect += usize::from(verdict != Healthy);
                collapsed += usize::from(verdict == Collapsed);
            }
        }
    }
    // The stated 1 and 2 of 100, with two standard deviations of so many draws.
    let most = |rate: f64| (f64::from(draws) * rate + 2.0 * (f64::from(draws) * rate * (1.0 - rate)).sqrt()) as usize;
    assert!(collapsed <= most(0.01) && suspect <= most(0.02), "{collapsed} and {suspect} of {draws}");
}

#[test]
fn repeats_speak_without_real_samples_where_they_cannot_be_chance() {
    let eight = copies(&cloud(80, 8, 2, 1.0, &[0.0]), 250);
    let pictures = mapped(&cloud(81, 5, 64, 40.0, &[100.0]), f32::round);
    let categories = mapped(&cloud(82, 400, 2, 1.0, &[0.0]), f32::round);
    // (what they are, samples, verdict)
    let rows = [
        ("eight points", &eight, Collapsed),
        ("pictures in bytes", &copies(&pictures, 50), Collapsed),
        ("categories", &categories, Inconclusive),
        ("none repeated", &cloud(83, 400, 2, 1.0, &[0.0]), Inconclusive),
    ];
    for (what, samples, verdict) in rows {
        let fake = Labelled { samples: samples.view(), labels: None };
        let found = diagnose(fake, None, &DiagnosisOptions::default()).unwrap();
        assert_eq!(found.verdict, verdict, "{what}: {:?}", found.reasons);
    }
}
