//! The diagnosis: plausible verdicts, figures that move in the right direction, notes, and bad input.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::type_complexity,
    reason = "tests fail by panicking, compare exact values on purpose and have rows of many parts"
)]

mod common;

use common::{Samples, cloud, normals, ring};
use ganymede_metrics::Verdict::{self, Collapsed, Healthy, Inconclusive, Suspect};
use ganymede_metrics::{Diagnosis, DiagnosisOptions, Labelled, MetricError, diagnose};

const STD: f64 = 0.02;

fn plain(samples: &Samples) -> Labelled<'_> {
    Labelled { samples: samples.view(), labels: None }
}

fn labelled<'a>(samples: &'a Samples, labels: &'a [usize]) -> Labelled<'a> {
    Labelled { samples: samples.view(), labels: Some(labels) }
}

fn diagnosis(real: &Samples, fake: &Samples) -> Diagnosis {
    diagnose(plain(fake), Some(plain(real)), &DiagnosisOptions::default()).unwrap()
}

/// The first `modes` of a 5 x 5 grid with spacing 2.
fn grid(seed: u64, rows: usize, modes: usize) -> Samples {
    let mode = |mode: usize| {
        cloud(seed + mode as u64, rows, 2, 0.05, &[2.0 * (mode % 5) as f64 - 4.0, 2.0 * (mode / 5) as f64 - 4.0])
    };
    Samples::stacked(&(0..modes).map(mode).collect::<Vec<_>>())
}

/// One sample many times.
fn copies(sample: &[f32], rows: usize) -> Samples {
    Samples { values: sample.repeat(rows), rows, columns: sample.len() }
}

#[test]
fn verdicts_are_sane() {
    let rows: Vec<(&str, Samples, Samples, &[Verdict])> = vec![
        ("ring, all modes", ring(1, 100, 8, STD), ring(101, 100, 8, STD), &[Healthy]),
        ("ring, all modes, far fewer fakes", ring(1, 100, 8, STD), ring(101, 9, 8, STD), &[Healthy]),
        ("ring, all modes, far fewer real samples", ring(1, 9, 8, STD), ring(101, 100, 8, STD), &[Healthy]),
        ("ring, modes twice as wide", ring(1, 100, 8, STD), ring(151, 100, 8, 2.0 * STD), &[Healthy]),
        ("ring, modes half as wide", ring(1, 100, 8, STD), ring(171, 100, 8, 0.5 * STD), &[Suspect]),
        ("ring, one point a mode", ring(1, 100, 8, STD), ring(191, 100, 8, 0.0), &[Collapsed]),
        ("ring, 7 of 8", ring(1, 100, 8, STD), ring(201, 114, 7, STD), &[Suspect]),
        ("ring, 5 of 8", ring(1, 100, 8, STD), ring(301, 160, 5, STD), &[Collapsed]),
        ("ring, 5 of 8, fewer fakes", ring(1, 100, 8, STD), ring(301, 40, 5, STD), &[Collapsed]),
        ("ring, 1 of 8", ring(1, 100, 8, STD), ring(401, 800, 1, STD), &[Collapsed]),
        ("ring, 1 of 8, few", ring(1, 7, 8, STD), ring(401, 50, 1, STD), &[Collapsed]),
        ("ring, a blob in the middle", ring(1, 100, 8, STD), cloud(501, 800, 2, 0.05, &[0.0]), &[Collapsed]),
        ("grid, all modes", grid(2_001, 40, 25), grid(2_101, 40, 25), &[Healthy]),
        ("grid, 16 of 25", grid(2_001, 40, 25), grid(2_301, 60, 16), &[Collapsed]),
        ("grid, 4 of 25", grid(2_001, 40, 25), grid(2_401, 250, 4), &[Collapsed]),
        ("784-d, one point", cloud(3_001, 300, 784, 1.0, &[0.0]), copies(&[0.3; 784], 300), &[Collapsed]),
        ("2-d, one point", cloud(3_101, 60, 2, 1.0, &[0.0]), copies(&[0.0; 2], 60), &[Collapsed]),
        ("shrunken, 2-d", cloud(4_001, 500, 2, 1.0, &[0.0]), cloud(4_002, 500, 2, 0.6, &[0.0]), &[Suspect]),
        ("shrunken, 784-d", cloud(4_003, 300, 784, 1.0, &[0.0]), cloud(4_004, 300, 784, 0.6, &[0.0]), &[Suspect]),
        ("narrow", cloud(4_005, 300, 16, 1.0, &[0.0]), cloud(4_006, 300, 16, 0.1, &[0.0]), &[Collapsed]),
        ("elsewhere", cloud(4_007, 300, 16, 1.0, &[0.0]), cloud(4_008, 300, 16, 1.0, &[9.0]), &[Suspect, Collapsed]),
    ];
    for (name, real, fake, expected) in rows {
        let found = diagnosis(&real, &fake);
        assert!(expected.contains(&found.verdict), "{name}: {} {:?}", found.verdict, found.signals);
        assert_eq!(found.verdict == Healthy, found.signs().next().is_none(), "{name}");
    }
}

#[test]
fn two_samples_of_one_distribution_are_healthy_however_few_or_wide() {
    for columns in [1, 2, 16, 784] {
        for rows in [20, 50, 100, 200, 500] {
            for seed in [0_u64, 1] {
                let of = |side| cloud(10_000 + 2 * seed + side, rows, columns, 1.0, &[0.0]);
                let found = diagnosis(&of(0), &of(1));
                assert_eq!(found.verdict, Healthy, "{rows} x {columns}: {:?}", found.signals);
            }
        }
    }
}

#[test]
fn every_figure_moves_the_right_way_on_a_collapsed_sample_and_real_and_fake_are_not_swapped() {
    let (real, good, bad) = (ring(1, 100, 8, STD), ring(101, 100, 8, STD), ring(201, 800, 1, STD));
    let (healthy, collapsed) = (diagnosis(&real, &good), diagnosis(&real, &bad));
    let falls: [(&str, fn(&Diagnosis) -> f64); 10] = [
        ("std", |found| found.std),
        ("mean_pairwise_distance", |found| found.mean_pairwise_distance),
        ("std_ratio", |found| found.std_ratio.unwrap()),
        ("distance_ratio", |found| found.distance_ratio.unwrap()),
        ("recall", |found| found.recall.unwrap()),
        ("coverage", |found| found.coverage.unwrap()),
        ("vendi", |found| found.vendi.unwrap()),
        ("vendi_ratio", |found| found.vendi_ratio.unwrap()),
        ("kept_share", |found| found.kept_share.unwrap()),
        ("support_size", |found| found.support_size),
    ];
    for (name, figure) in falls {
        let (before, after) = (figure(&healthy), figure(&collapsed));
        assert!(after < 0.75 * before, "{name}: {before} for healthy samples, {after} for collapsed ones");
    }
    let rises: [(&str, fn(&Diagnosis) -> f64); 5] = [
        ("ndb", |found| found.ndb.unwrap() as f64 / found.ndb_bins.unwrap() as f64),
        ("ndb_js", |found| found.ndb_js.unwrap()),
        ("frechet", |found| found.frechet.unwrap()),
        ("kernel_distance", |found| found.kernel_distance.unwrap()),
        ("sliced_wasserstein", |found| found.sliced_wasserstein.unwrap()),
    ];
    for (name, figure) in rises {
        let (before, after) = (figure(&healthy), figure(&collapsed));
        assert!(after > before + 0.1, "{name}: {before} for healthy samples, {after} for collapsed ones");
    }
    // Collapsed samples lie on the data: figures that judge each fake alone stay high, and would fall if the sets were
    // exchanged.
    assert!(collapsed.precision.unwrap() > 0.9 && collapsed.density.unwrap() > 0.7, "{collapsed:?}");
    let swapped = diagnosis(&bad, &real);
    assert!(swapped.precision.unwrap() < 0.2 && swapped.recall.unwrap() > 0.9, "{swapped:?}");
    assert!(swapped.std_ratio.unwrap() > 1.0 && collapsed.std_ratio.unwrap() < 1.0);
    let real_figures = collapsed.real.unwrap();
    assert_eq!((collapsed.samples, real_figures.samples), (800, 800));
    assert!((collapsed.mean - 0.5).abs() < 0.01 && real_figures.mean.abs() < 0.01, "{real_figures:?}");
}

#[test]
fn lost_modes_are_told_with_their_centers_counts_and_nearest_real_samples() {
    let real = ring(1, 100, 8, STD);
    let found = diagnosis(&real, &ring(201, 160, 5, STD));
    assert_eq!(found.missing_bins.len(), 3, "{:?}", found.missing_bins);
    let [real_rows, fake_rows] = found.bin_rows.unwrap();
    assert_eq!((real_rows, fake_rows), (400, 800), "one half of the real samples is held out for counting");
    let mut modes: Vec<usize> = Vec::new();
    for bin in &found.missing_bins {
        assert!(bin.fake == 0 && (0.09..0.16).contains(&bin.real_share), "{bin:?}");
        assert_eq!(bin.real_share, bin.real as f64 / real_rows as f64);
        let mode = bin.nearest_real[0] / 100;
        assert!(bin.nearest_real.iter().all(|row| row / 100 == mode), "all of one mode: {bin:?}");
        assert_eq!(bin.nearest_real.len(), DiagnosisOptions::default().nearest_samples);
        let angle = std::f64::consts::TAU * mode as f64 / 8.0;
        let [x, y] = [angle.cos() as f32, angle.sin() as f32];
        assert!((bin.center[0] - x).abs() < 0.05 && (bin.center[1] - y).abs() < 0.05, "{bin:?}");
        assert!(bin.nearest_fake.is_empty() && bin.label.is_none(), "{bin:?}");
        modes.push(mode);
    }
    modes.sort_unstable();
    assert_eq!(modes, [5, 6, 7]);

    let one = diagnosis(&real, &ring(301, 800, 1, STD));
    assert_eq!((one.missing_bins.len(), one.over_represented_bins.len()), (7, 1), "{one:?}");
    let often = &one.over_represented_bins[0];
    assert!(often.fake == 800 && often.nearest_real[0] < 100 && often.nearest_fake.len() == 10, "{often:?}");
    assert_eq!(one.parts, Some(8));
}

#[test]
fn fakes_alone_are_judged_by_what_they_have() {
    let picture = cloud(5_000, 1, 100, 0.3, &[0.0]);
    let rows: [(&str, Samples, Verdict); 5] = [
        ("one picture", copies(&picture.values, 60), Collapsed),
        ("many pictures", cloud(5_001, 60, 100, 0.25, &[0.0]), Inconclusive),
        ("hardly any contrast", cloud(5_002, 60, 100, 0.05, &[0.4]), Collapsed),
        ("little contrast", cloud(5_003, 60, 100, 0.15, &[0.0]), Suspect),
        ("outside of [-1, 1]", cloud(5_004, 60, 100, 5.0, &[0.0]), Inconclusive),
    ];
    for (name, fake, expected) in rows {
        let found = diagnose(plain(&fake), None, &DiagnosisOptions::default()).unwrap();
        assert_eq!(found.verdict, expected, "{name}: {:?}", found.signals);
        let absent = [
            found.std_ratio,
            found.distance_ratio,
            found.precision,
            found.recall,
            found.density,
            found.coverage,
            found.vendi_ratio,
            found.ndb_js,
            found.frechet,
            found.kernel_distance,
            found.sliced_wasserstein,
            found.kept_share,
        ];
        assert!(absent.iter().all(Option::is_none) && found.ndb.is_none() && found.real.is_none(), "{name}: {found:?}");
        assert!(found.vendi.is_some() && found.per_class.is_none() && found.missing_bins.is_empty(), "{name}");
        assert!(!found.notes.is_empty(), "{name}");
    }
}

/// Three classes far apart, one of which is shrunk by a factor.
fn classes(seed: u64, shrink: f64) -> (Samples, Vec<usize>) {
    let sets = [
        cloud(seed, 150, 6, 1.0, &[0.0]),
        cloud(seed + 1, 150, 6, 1.0, &[30.0]),
        cloud(seed + 2, 150, 6, shrink, &[60.0]),
    ];
    (Samples::stacked(&sets), (0..450).map(|row| 4 + row / 150).collect())
}

#[test]
fn a_class_that_collapses_by_itself_shows_in_that_class() {
    let (real, real_labels) = classes(6_000, 1.0);
    let rows = [("healthy", 1.0, Healthy, Healthy), ("collapsed", 0.05, Collapsed, Collapsed)];
    for (name, shrink, inside, whole) in rows {
        let (fake, fake_labels) = classes(6_100, shrink);
        let real = labelled(&real, &real_labels);
        let found = diagnose(labelled(&fake, &fake_labels), Some(real), &DiagnosisOptions::default()).unwrap();
        let classes = found.per_class.as_ref().unwrap();
        let verdicts: Vec<_> = classes.iter().map(|class| (class.class, class.verdict)).collect();
        assert_eq!(verdicts, [(4, Some(Healthy)), (5, Some(Healthy)), (6, Some(inside))], "{name}: {classes:?}");
        assert!((classes[2].spread_ratio.unwrap() - shrink).abs() < 0.1, "{name}: {classes:?}");
        assert_eq!(found.verdict, whole, "{name}: {:?}", found.signals);
        let without = diagnose(plain(&fake), Some(real), &DiagnosisOptions::default()).unwrap();
        assert!(without.per_class.is_none() && without.notes.iter().any(|note| note.contains("only the real")));
    }
}

#[test]
fn a_missing_class_counts_and_strange_ones_are_told() {
    let real = cloud(6_200, 400, 3, 1.0, &[0.0]);
    let fake = cloud(6_300, 400, 3, 1.0, &[0.0]);
    let real_labels: Vec<usize> = (0..400).map(|row| row % 4).collect();
    // (labels of the fakes, missing classes, verdict)
    let rows: [(&str, fn(usize) -> usize, &[usize], Verdict); 4] = [
        ("all", |row| row % 4, &[], Healthy),
        ("three of four", |row| row % 3, &[3], Suspect),
        ("two of four", |row| row % 2, &[2, 3], Collapsed),
        ("all, and one that nobody knows", |row| if row < 20 { 9 } else { row % 4 }, &[], Healthy),
    ];
    for (name, label, missing, verdict) in rows {
        let fake_labels: Vec<usize> = (0..400).map(label).collect();
        let real = labelled(&real, &real_labels);
        let found = diagnose(labelled(&fake, &fake_labels), Some(real), &DiagnosisOptions::default()).unwrap();
        let classes = found.per_class.as_ref().unwrap();
        let lost: Vec<usize> = classes.iter().filter(|class| class.missing).map(|class| class.class).collect();
        assert_eq!(lost, missing, "{name}");
        assert_eq!(found.verdict, verdict, "{name}: {:?}", found.signals);
        let strange = classes.iter().find(|class| class.class == 9);
        assert_eq!(
            strange.is_some_and(|class| class.verdict.is_none() && class.note.is_some()),
            name.contains("nobody")
        );
    }
}

#[test]
fn deficiencies_are_notes_and_never_nan() {
    let flat = copies(&[0.5, -0.5], 40);
    let two = cloud(7_000, 2, 3, 1.0, &[0.0]);
    let rows: Vec<(&str, Samples, Samples, &str)> = vec![
        ("real samples without spread", flat, cloud(7_001, 40, 2, 1.0, &[0.0]), "all the same"),
        ("two and two", two, cloud(7_002, 2, 3, 1.0, &[0.0]), "few"),
        (
            "more values than rows",
            cloud(7_003, 30, 50, 1.0, &[0.0]),
            cloud(7_004, 30, 50, 1.0, &[0.0]),
            "real 29, fake 29 of 50",
        ),
        ("the same twice", cloud(7_005, 30, 2, 1.0, &[0.0]), cloud(7_005, 30, 2, 1.0, &[0.0]), "are the same"),
        ("huge", cloud(7_006, 30, 2, 2e37, &[0.0]), cloud(7_007, 30, 2, 2e37, &[0.0]), ""),
        ("tiny", cloud(7_008, 30, 2, 1e-38, &[0.0]), cloud(7_009, 30, 2, 1e-38, &[0.0]), ""),
        ("a few points again and again", ring(7_010, 60, 8, STD), ring(7_011, 60, 8, 0.0), "are different ones"),
        ("one and zeros", copies(&[0.0; 4], 9), copies(&[0.0; 4], 9), "all the same"),
    ];
    for (name, real, fake, note) in rows {
        let found = diagnosis(&real, &fake);
        let notes: Vec<&String> = found.notes.iter().chain(&found.doubt).chain(&found.reasons).collect();
        assert!(note.is_empty() || notes.iter().any(|text| text.contains(note)), "{name}: `{note}` in {notes:?}");
        let text = serde_json::to_value(&found).unwrap();
        for key in ["mean", "std", "mean_pairwise_distance", "precision", "coverage", "support_size"] {
            assert!(text[key].as_f64().is_some_and(f64::is_finite), "{name}: {key} is {}", text[key]);
        }
        let spread = real.values.iter().any(|value| *value != real.values[0]) && name != "real samples without spread";
        assert_eq!(found.std_ratio.is_some_and(f64::is_finite), spread, "{name}: {:?}", found.std_ratio);
        assert_eq!(serde_json::from_value::<Diagnosis>(text).unwrap().verdict, found.verdict);
    }
}

#[test]
fn real_samples_of_few_values_are_no_collapse() {
    let dice = |seed: u64| {
        let values: Vec<f32> = normals(seed, 600, 1).iter().map(|value| (2.0 * value).round() as f32).collect();
        Samples { rows: values.len(), values, columns: 1 }
    };
    let found = diagnosis(&dice(1), &dice(2));
    assert_eq!(found.verdict, Healthy, "{:?}", found.signals);
}

#[test]
fn rows_are_drawn_where_there_are_too_many_and_it_is_said() {
    let (real, fake) = (ring(1, 200, 8, STD), ring(2_001, 200, 8, STD));
    let options = DiagnosisOptions { rows: 400, ..DiagnosisOptions::default() };
    let found = diagnose(plain(&fake), Some(plain(&real)), &options).unwrap();
    assert_eq!((found.verdict, found.samples), (Healthy, 1_600));
    for side in ["real", "fake"] {
        let note = format!("400 of the 1600 {side} samples");
        assert!(found.notes.iter().any(|text| text.contains(&note)), "{:?}", found.notes);
    }
    let whole = diagnosis(&real, &fake);
    assert_eq!((found.std, found.mean), (whole.std, whole.mean), "these are of all rows");
    let nearest = diagnose(plain(&ring(3_001, 800, 2, STD)), Some(plain(&real)), &options).unwrap();
    let rows: Vec<usize> = nearest.missing_bins.iter().map(|bin| bin.nearest_real[0] / 200).collect();
    assert!(rows.len() == 6 && rows.iter().all(|mode| *mode >= 2), "rows of the whole real set: {rows:?}");
}

#[test]
fn a_diagnosis_depends_on_the_samples_and_the_seed_alone() {
    let (real, fake) = (cloud(8_000, 300, 5, 1.0, &[0.0]), cloud(8_001, 260, 5, 0.9, &[0.0]));
    let with = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = DiagnosisOptions { seed, ..DiagnosisOptions::default() };
        pool.install(|| diagnose(plain(&fake), Some(plain(&real)), &options).unwrap())
    };
    assert_eq!(with(1, 3), with(7, 3));
    assert_ne!(with(1, 3), with(1, 4));
}

#[test]
fn bad_input_is_a_typed_error() {
    let (one, few, wide) = (cloud(1, 1, 2, 1.0, &[0.0]), cloud(2, 20, 2, 1.0, &[0.0]), cloud(3, 20, 3, 1.0, &[0.0]));
    let options = DiagnosisOptions::default();
    let diagnosed = |fake, real, options| diagnose(fake, real, options).unwrap_err().to_string();
    for (fake, real, which) in
        [(&one, None, "fake"), (&one, Some(plain(&few)), "fake"), (&few, Some(plain(&one)), "real")]
    {
        let found = diagnose(plain(fake), real, &options).unwrap();
        assert_eq!(found.verdict, Inconclusive);
        assert!(found.doubt.unwrap().contains(&format!("single {which} sample")));
    }
    let rows: [(Labelled, Option<Labelled>, &str); 3] = [
        (plain(&few), Some(plain(&wide)), "the real data has 3 columns and the fake data has 2"),
        (labelled(&few, &[1, 2]), None, "labels of the fake data: 2 entries for 20"),
        (plain(&few), Some(labelled(&few, &[1; 21])), "labels of the real data: 21 entries for 20"),
    ];
    for (fake, real, message) in rows {
        let found = diagnosed(fake, real, &options);
        assert!(found.contains(message), "{message}: {found}");
    }
    for (options, name) in [
        (DiagnosisOptions { nearest_k: 0, ..options }, "nearest_k"),
        (DiagnosisOptions { bins: 0, ..options }, "bins"),
        (DiagnosisOptions { rows: 1, ..options }, "rows"),
        (DiagnosisOptions { significance: 0.0, ..options }, "significance"),
        (DiagnosisOptions { significance: f64::NAN, ..options }, "significance"),
    ] {
        let found = diagnose(plain(&few), Some(plain(&few)), &options);
        assert!(matches!(&found, Err(MetricError::OutOfRange { name: found, .. }) if *found == name), "{found:?}");
    }
}
