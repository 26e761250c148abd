//! From signals to verdicts, and from verdicts over time to states.
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::type_complexity,
    reason = "tests fail by panicking, compare exact values on purpose and have rows of many parts"
)]

mod common;

use common::{Description, Part, Samples, cloud, ring};
use ganymede_metrics::Verdict::{self, Collapsed, Healthy, Inconclusive, Suspect};
use ganymede_metrics::{
    Detector, DetectorConfig, DiversityOptions, Reference, SignalOptions, Signals, Thresholds, diversity_report, judge,
};

/// The first `modes` of a 5 x 5 grid with spacing 2.
fn grid(seed: u64, rows: usize, modes: usize) -> Samples {
    let parts = (0..modes)
        .map(|mode| {
            let shift = vec![2.0 * (mode % 5) as f64 - 4.0, 2.0 * (mode / 5) as f64 - 4.0];
            Part { seed: seed + mode as u64, rows, scale: 0.05, shift, copies: 1 }
        })
        .collect();
    Description { columns: 2, parts }.samples()
}

/// The first `modes` of ten modes in many dimensions, their centers drawn with a standard deviation of 2.
fn high_dimensional(seed: u64, rows: usize, modes: usize) -> Samples {
    let centers = cloud(9_000, 10, 300, 2.0, &[0.0]);
    let parts = (0..modes)
        .map(|mode| {
            let shift = centers.view().row(mode).iter().map(|value| f64::from(*value)).collect();
            Part { seed: seed + mode as u64, rows, scale: 1.0, shift, copies: 1 }
        })
        .collect();
    Description { columns: 300, parts }.samples()
}

#[test]
fn one_look_at_samples_gives_the_expected_verdict() {
    let ring_std = 0.02;
    let wide = |seed, modes| ring(seed, 64, modes, 0.06);
    let unbalanced = |seed| {
        let shares = [160, 80, 60, 50, 50, 40, 36, 36];
        let sets: Vec<Samples> = (0..8_usize)
            .map(|mode| {
                let angle = std::f64::consts::TAU * mode as f64 / 8.0;
                cloud(seed + mode as u64, shares[mode], 2, ring_std, &[angle.cos(), angle.sin()])
            })
            .collect();
        Samples::stacked(&sets)
    };
    let rows: Vec<(&str, Samples, Samples, &[Verdict])> = vec![
        ("ring, all modes", ring(1, 64, 8, ring_std), ring(101, 64, 8, ring_std), &[Healthy]),
        ("ring, blurred", ring(1, 64, 8, ring_std), wide(201, 8), &[Healthy]),
        ("ring, shrunken modes", ring(1, 64, 8, ring_std), ring(251, 64, 8, 0.004), &[Suspect]),
        ("ring, 7 of 8", ring(1, 64, 8, ring_std), ring(301, 73, 7, ring_std), &[Healthy, Suspect]),
        ("ring, 5 of 8", ring(1, 64, 8, ring_std), ring(401, 102, 5, ring_std), &[Suspect]),
        ("ring, 4 of 8", ring(1, 64, 8, ring_std), ring(451, 128, 4, ring_std), &[Collapsed]),
        ("ring, 2 of 8", ring(1, 64, 8, ring_std), ring(501, 256, 2, ring_std), &[Collapsed]),
        ("ring, 1 of 8", ring(1, 64, 8, ring_std), ring(601, 512, 1, ring_std), &[Collapsed]),
        ("ring, a blob in the middle", ring(1, 64, 8, ring_std), cloud(701, 512, 2, 0.05, &[0.0]), &[Collapsed]),
        ("unbalanced, the same", unbalanced(1_001), unbalanced(1_101), &[Healthy]),
        ("unbalanced, evened out", unbalanced(1_001), ring(1_201, 64, 8, ring_std), &[Healthy]),
        ("unbalanced, the big mode only", unbalanced(1_001), ring(1_301, 512, 1, ring_std), &[Collapsed]),
        ("grid, all modes", grid(2_001, 21, 25), grid(2_101, 21, 25), &[Healthy]),
        ("grid, 20 of 25", grid(2_001, 21, 25), grid(2_201, 26, 20), &[Healthy, Suspect]),
        ("grid, 10 of 25", grid(2_001, 21, 25), grid(2_301, 52, 10), &[Collapsed]),
        ("grid, 1 of 25", grid(2_001, 21, 25), grid(2_401, 512, 1), &[Collapsed]),
        ("300-d, all modes", high_dimensional(3_001, 52, 10), high_dimensional(3_101, 52, 10), &[Healthy]),
        ("300-d, 2 of 10", high_dimensional(3_001, 52, 10), high_dimensional(3_201, 256, 2), &[Collapsed]),
        ("300-d, one point", high_dimensional(3_001, 52, 10), cloud(3_301, 512, 300, 1e-4, &[0.3]), &[Collapsed]),
        ("one normal", cloud(4_001, 512, 16, 1.0, &[0.0]), cloud(4_002, 512, 16, 1.0, &[0.0]), &[Healthy]),
        (
            "one normal, many dimensions",
            cloud(4_006, 512, 784, 1.0, &[0.0]),
            cloud(4_007, 512, 784, 1.0, &[0.0]),
            &[Healthy],
        ),
        ("one normal, few fakes", cloud(4_001, 512, 16, 1.0, &[0.0]), cloud(4_003, 64, 16, 1.0, &[0.0]), &[Healthy]),
        (
            "one normal, ten times narrower",
            cloud(4_001, 512, 16, 1.0, &[0.0]),
            cloud(4_004, 512, 16, 0.1, &[0.0]),
            &[Collapsed],
        ),
        (
            "one normal, a single fake",
            cloud(4_001, 512, 16, 1.0, &[0.0]),
            cloud(4_005, 1, 16, 1.0, &[0.0]),
            &[Collapsed],
        ),
    ];
    for (name, real, fake, expected) in rows {
        let reference = Reference::new(real.view(), SignalOptions::default()).unwrap();
        let signals = reference.signals(fake.view()).unwrap();
        let judgement = judge(&signals, &Thresholds::default());
        assert!(
            expected.contains(&judgement.verdict),
            "{name} ({} bins): {} {signals:?}",
            reference.bins().count(),
            judgement.verdict
        );
    }
}

/// The data that few rows are drawn of, the rows, and whether the limits as written would call real samples suspect.
type FewRows = (&'static str, fn(u64, usize) -> Samples, usize, bool);

#[test]
fn limits_become_as_wide_as_chance_makes_real_samples() {
    let of_ring = |seed, rows: usize| ring(seed, rows / 8, 8, 0.02);
    let of_grid = |seed, rows: usize| grid(seed, rows / 25, 25);
    let normal = |seed, rows: usize| cloud(seed, rows, 16, 1.0, &[0.0]);
    let tails = |seed, rows: usize| {
        let mut samples = cloud(seed, rows, 2, 2.5, &[0.0]);
        samples.values.iter_mut().for_each(|value| *value = value.exp());
        samples
    };
    let cases: [FewRows; 6] = [
        ("24 rows of a ring", of_ring, 24, false),
        ("75 rows of a grid", of_grid, 75, false),
        ("20 rows of a normal", normal, 20, false),
        ("2,000 rows of a normal", normal, 2_000, false),
        ("100 rows with heavy tails", tails, 100, true),
        ("2,000 rows with heavy tails", tails, 2_000, true),
    ];
    for (name, draw, rows, alarms_as_written) in cases {
        let written = Thresholds::default();
        let (mut of_written, mut of_widened) = (0, 0);
        for seed in 0..40 {
            let real = draw(10_000 * (seed + 1), rows);
            let options = SignalOptions { seed, ..SignalOptions::default() };
            let widened = written.widened(&Reference::null(real.view(), options, 16).unwrap());
            let anew = draw(10_000 * (seed + 1) + 5_000, 512);
            let signals = Reference::new(real.view(), options).unwrap().signals(anew.view()).unwrap();
            let alarm = |limits: &Thresholds| usize::from(judge(&signals, limits).verdict > Healthy);
            of_written += alarm(&written);
            of_widened += alarm(&widened);
        }
        assert!(of_widened <= 1, "{name}: {of_widened} of 40 alarms of the widened limits");
        assert_eq!(of_written > 1, alarms_as_written, "{name}: {of_written} of 40 alarms of the limits as written");
    }
}

#[test]
fn limits_that_chance_does_not_reach_stay_as_they_are() {
    let real = ring(1, 256, 8, 0.02);
    let null = Reference::null(real.view(), SignalOptions::default(), 16).unwrap();
    assert_eq!(null.len(), 16);
    assert_eq!(Thresholds::default().widened(&null), Thresholds::default());
    let lost = ring(601, 512, 1, 0.02);
    let few = ring(2, 5, 8, 0.02);
    let reference = Reference::new(few.view(), SignalOptions::default()).unwrap();
    let widened = Thresholds::default().widened(&Reference::null(few.view(), SignalOptions::default(), 16).unwrap());
    let judgement = judge(&reference.signals(lost.view()).unwrap(), &widened);
    assert_eq!(judgement.verdict, Collapsed, "one mode of eight, 40 real rows: {judgement:?}");
}

#[test]
fn with_too_few_real_rows_no_signal_of_samples_speaks() {
    let real = ring(1, 1, 8, 0.02);
    let null = Reference::null(real.view(), SignalOptions::default(), 16).unwrap();
    assert!(null.is_empty(), "halves of four have no five nearest neighbours");
    let widened = Thresholds::default().widened(&null);
    let reference = Reference::new(real.view(), SignalOptions::default()).unwrap();
    let nothing = reference.signals(ring(601, 512, 1, 0.02).view()).unwrap();
    assert_eq!(judge(&nothing, &widened).verdict, Healthy);
    let far = cloud(7, 512, 2, 1e3, &[0.0]);
    assert_eq!(judge(&reference.signals(far.view()).unwrap(), &widened).verdict, Healthy);
}

#[test]
fn a_single_signal_never_says_collapsed() {
    let good = Signals {
        std_ratio: Some(1.0),
        distance_ratio: Some(1.0),
        coverage: Some(0.9),
        vendi_ratio: Some(1.0),
        kept_share: Some(1.0),
        discriminator_accuracy: Some(0.6),
        real_called_real: Some(0.6),
        ..Signals::default()
    };
    let rows: [(&str, Signals, Verdict); 15] = [
        ("nothing measured", Signals::default(), Inconclusive),
        ("all good", good, Healthy),
        (
            "the discriminator has won",
            Signals { discriminator_accuracy: Some(1.0), real_called_real: Some(1.0), ..good },
            Healthy,
        ),
        ("blurred", Signals { coverage: Some(0.2), ..good }, Healthy),
        ("off the data", Signals { coverage: Some(0.05), ..good }, Suspect),
        ("narrow modes", Signals { inside_spread: Some(0.4), ..good }, Suspect),
        ("points for modes", Signals { inside_spread: Some(0.0), ..good }, Suspect),
        ("blown up", Signals { std_ratio: Some(2.4), distance_ratio: Some(2.4), ..good }, Suspect),
        (
            "blurred, and the discriminator has won",
            Signals { coverage: Some(0.2), discriminator_accuracy: Some(1.0), ..good },
            Suspect,
        ),
        ("no spread, all the rest good", Signals { std_ratio: Some(0.0), distance_ratio: Some(0.0), ..good }, Suspect),
        ("half lost", Signals { kept_share: Some(0.5), ..good }, Suspect),
        (
            "half lost, and fewer different samples",
            Signals { kept_share: Some(0.5), vendi_ratio: Some(0.7), ..good },
            Collapsed,
        ),
        ("NaN is not measured", Signals { std_ratio: Some(f64::NAN), kept_share: Some(f64::NAN), ..good }, Healthy),
        (
            "fakes alone, one picture",
            Signals { fake_std: Some(0.5), fake_relative_distance: Some(0.01), ..Signals::default() },
            Collapsed,
        ),
        (
            "fakes alone, flat",
            Signals { fake_std: Some(0.15), fake_relative_distance: Some(0.8), ..Signals::default() },
            Suspect,
        ),
    ];
    for (name, signals, expected) in rows {
        let judgement = judge(&signals, &Thresholds::default());
        assert_eq!(judgement.verdict, expected, "{name}: {judgement:?}");
        assert!((0.0..=1.0).contains(&judgement.health), "{name}");
    }
}

#[test]
fn fakes_alone_tell_one_picture_from_many() {
    let picture = cloud(5_000, 1, 100, 0.5, &[0.0]);
    let repeated = Samples { values: picture.values.repeat(60), rows: 60, columns: 100 };
    let rows = [("one picture", repeated, Collapsed), ("many", cloud(5_001, 60, 100, 0.5, &[0.0]), Healthy)];
    for (name, fake, expected) in rows {
        let diversity = diversity_report(fake.view(), &DiversityOptions::default()).unwrap();
        let signals = Signals::of_fake_alone(&diversity, fake.columns);
        assert_eq!(judge(&signals, &Thresholds::default()).verdict, expected, "{name}: {signals:?}");
    }
}

/// The signals of a generator that keeps a share of the data.
fn keeping(share: f64) -> Signals {
    Signals {
        distance_ratio: Some(share),
        coverage: Some(share),
        vendi_ratio: Some(share),
        kept_share: Some(share),
        ..Signals::default()
    }
}

/// The states after each observation, as letters.
fn states(config: DetectorConfig, shares: &[f64]) -> String {
    let mut detector = Detector::new(config).unwrap();
    shares
        .iter()
        .map(|share| match detector.observe(&keeping(*share)).verdict {
            Healthy => 'h',
            Suspect => 's',
            Collapsed => 'C',
            Inconclusive => 'i',
        })
        .collect()
}

#[test]
fn states_follow_the_observations_with_patience() {
    let config = DetectorConfig { warm_up: 5, progress_window: 5, ..DetectorConfig::default() };
    // 1.0 is healthy, 0.7 suspect, 0.2 collapsed.
    let rows: [(&str, &[f64], &str); 9] = [
        ("healthy", &[1.0, 1.0, 0.9, 0.95], "hhhh"),
        ("one bad look is not believed", &[1.0, 0.2, 1.0, 1.0, 0.2, 1.0], "hhhhhh"),
        ("two are", &[1.0, 1.0, 0.2, 0.2, 0.2], "hhhCC"),
        ("the milder of two", &[1.0, 0.7, 0.2, 0.2], "hhsC"),
        ("no flicker at the limit", &[1.0, 0.2, 0.2, 0.7, 0.2, 0.7, 0.7, 0.2], "hhCCCCCC"),
        ("three better looks end it", &[1.0, 0.2, 0.2, 1.0, 1.0, 1.0, 1.0], "hhCCChh"),
        ("to the worst of the three", &[1.0, 0.2, 0.2, 0.7, 1.0, 1.0, 1.0], "hhCCCsh"),
        (
            "a slow starter is only suspect",
            &[0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.9, 0.9, 0.9],
            "hsssssssssssh",
        ),
        ("one that never starts is young for five looks", &[0.1; 8], "hsssssCC"),
    ];
    for (name, shares, expected) in rows {
        assert_eq!(states(config, shares), expected, "{name}");
    }
}

#[test]
fn a_saved_detector_goes_on_as_if_uninterrupted() {
    let shares: Vec<f64> = (0..60).map(|index| 0.5 + 0.5 * (f64::from(index) * 0.37).sin()).collect();
    let mut whole = Detector::new(DetectorConfig::default()).unwrap();
    let mut resumed = whole.clone();
    for share in shares {
        let text = serde_json::to_string(&resumed).unwrap();
        resumed = serde_json::from_str(&text).unwrap();
        assert_eq!(whole.observe(&keeping(share)), resumed.observe(&keeping(share)));
        assert_eq!(whole, resumed);
    }
    assert_eq!(whole.observations(), 60);
}

#[test]
fn a_reset_forgets_the_collapse_but_not_that_the_run_was_healthy() {
    let mut detector = Detector::new(DetectorConfig::default()).unwrap();
    for share in [1.0, 0.1, 0.1] {
        detector.observe(&keeping(share));
    }
    assert_eq!(detector.verdict(), Collapsed);
    detector.reset();
    assert_eq!(detector.verdict(), Healthy);
    let event = detector.observe(&keeping(0.1));
    assert!(!event.changed());
    assert_eq!(detector.observe(&keeping(0.1)).verdict, Collapsed);
}

#[test]
fn configurations_say_what_they_do_not_know() {
    let known: DetectorConfig =
        serde_json::from_str(r#"{"patience": 4, "thresholds": {"real_called_real": 0.9}}"#).unwrap();
    assert_eq!((known.patience, known.recovery), (4, DetectorConfig::default().recovery));
    for text in
        [r#"{"patient": 4}"#, r#"{"thresholds": {"kept": 1}}"#, r#"{"thresholds": {"kept_share": {"suspect": 1}}}"#]
    {
        assert!(serde_json::from_str::<DetectorConfig>(text).is_err(), "{text}");
    }
}
