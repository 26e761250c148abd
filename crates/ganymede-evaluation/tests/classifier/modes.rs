//! What a classifier says of modes: closed forms, smudges, stacks.

use ganymede_evaluation::classifier::{classified_modes, invented_modes, mode_floor};
use ganymede_samples::Matrix;

use crate::{glyphs, of_glyphs, stacked};

#[test]
fn what_errors_invent_is_that_by_hand() {
    let half = vec![vec![0.5, 0.5], vec![0.0, 1.0]];
    let mixed = |share: f64| -> Vec<Vec<f64>> {
        let other = share / 9.0;
        (0..10).map(|class| (0..10).map(|found| if class == found { 1.0 - share } else { other }).collect()).collect()
    };
    // The chance that n draws of probability p hit at least once, or twice.
    let once = |p: f64, n: i32| 1.0 - (1.0 - p).powi(n);
    let twice = |p: f64, n: i32| once(p, n) - f64::from(n) * p * (1.0 - p).powi(n - 1);
    let triple = |wrong: i32| 0.99_f64.powi(3 - wrong) * (0.01 / 9.0_f64).powi(wrong);
    let three = once(triple(0), 26_000)
        + 27.0 * once(triple(1), 26_000)
        + 243.0 * once(triple(2), 26_000)
        + 729.0 * once(triple(3), 26_000);
    let rows = [
        (half.clone(), 1, 3, 1, f64::midpoint(2.0 * once(0.5, 3), 1.0)),
        (half.clone(), 1, 3, 2, f64::midpoint(2.0 * twice(0.5, 3), 1.0)),
        // Of two channels: 4 quarters, 2 halves, 2 halves, 1.
        (half, 2, 2, 1, (4.0 * once(0.25, 2) + 4.0 * once(0.5, 2) + 1.0) / 4.0),
        (mixed(0.0), 3, 26_000, 1, 1.0),
        (mixed(0.01), 1, 1_000, 20, 1.0),
        (mixed(0.01), 3, 26_000, 1, three),
        (mixed(0.01), 1, 5, 6, 0.0),
    ];
    for (row, (confusion, channels, samples, floor, expected)) in rows.into_iter().enumerate() {
        let found = invented_modes(&confusion, channels, samples, floor);
        // Sums of powers of many factors near 1 round.
        assert!((found - expected).abs() < 1e-6 * expected.max(1.0), "row {row}: {found}, expected {expected}");
    }
    // An error of one in a hundred makes 35 of 1,000 modes out of one.
    assert!((three - 35.5).abs() < 0.5, "{three}");
}

#[test]
fn a_kept_mode_has_a_fifth_of_what_is_due_to_it() {
    let rows = [(26_000, 1_000, 5), (2_500, 10, 20), (500, 10, 10), (10, 10, 1), (1_000_000, 2, 20), (5, 0, 1)];
    for (samples, modes, expected) in rows {
        assert_eq!(mode_floor(samples, modes), expected, "{samples} samples of {modes} modes");
    }
}

#[test]
fn real_glyphs_keep_all_modes_and_smudges_none() {
    let classifier = of_glyphs();
    let real = glyphs(1_000, 9).samples.into_matrix();
    let found = classified_modes(classifier, &real, None).unwrap();
    assert_eq!((found.modes_total, found.modes_covered, found.mode_floor, found.modes_kept), (10, 10, 20, 10));
    assert!((0.9..=0.99).contains(&found.recognisable), "{found:?}");
    assert_eq!((found.modes_recognised, found.modes_recognised_kept), (10, 10));
    assert!(found.reverse_kl < 0.02 && found.jensen_shannon < 0.01 && found.lost_share < 1e-9, "{found:?}");

    // The means of eight glyphs each, which a classifier has to call something all the same.
    let smudge = |of: &[f32]| -> Vec<f32> {
        (0..256).map(|pixel| of.chunks_exact(256).map(|row| row[pixel]).sum::<f32>() / 8.0).collect()
    };
    let smudges = Matrix::new(real.values.chunks_exact(8 * 256).flat_map(smudge).collect(), 256);
    let found = classified_modes(classifier, &smudges, None).unwrap();
    assert!(found.modes_covered >= 5, "{found:?}");
    assert!(found.recognisable < 0.1 && found.modes_recognised_kept <= 3, "{found:?}");
}

#[test]
fn a_lost_class_is_counted_by_its_share_of_the_data() {
    let classifier = of_glyphs();
    let set = glyphs(1_000, 9);
    let labels = &set.labels.as_ref().unwrap().classes;
    let rows: Vec<usize> = (0..set.rows()).filter(|row| labels[*row] < 7).collect();
    let found = classified_modes(classifier, &set.samples.select(&rows), None).unwrap();
    assert_eq!(found.modes_kept, 7, "{found:?}");
    assert!((found.lost_share - 0.3).abs() < 0.03, "{found:?}");
    // Of equal shares the divergence is ln 10 - ln 7.
    assert!((found.reverse_kl - (10.0_f64 / 7.0).ln()).abs() < 0.05, "{found:?}");
    // Told that the data have these seven classes alone, nearly nothing is lost.
    let shares: Vec<f64> = (0..10).map(|class| if class < 7 { 1.0 } else { 1e-6 }).collect();
    let told = classified_modes(classifier, &set.samples.select(&rows), Some(&shares)).unwrap();
    assert!(told.lost_share < 1e-4 && told.reverse_kl < 0.3, "{told:?}");
    for (shares, fragment) in [(vec![1.0; 9], "weights"), (vec![0.0; 10], "above 0"), (vec![f64::NAN; 10], "above 0")] {
        let error = classified_modes(classifier, &set.samples.select(&rows), Some(&shares)).unwrap_err().to_string();
        assert!(error.contains(fragment), "{error}");
    }
}

#[test]
fn stacks_are_classified_channel_by_channel() {
    let (grey, classifier) = (glyphs(600, 9), of_glyphs());
    let stacks = stacked(&grey, 400);
    let serving = classifier.serving(stacks.samples.shape).unwrap();
    assert_eq!((serving.modes(), serving.parts(), serving.mode_names()[123].as_str()), (1_000, 3, "123"));
    let labels = &stacks.labels.as_ref().unwrap().classes;
    let samples = stacks.samples.into_matrix();
    let classified = serving.classify(&samples);
    let right = classified.modes.iter().zip(labels).filter(|(found, label)| found == label).count();
    assert!(right as f64 > 400.0 * classifier.card().accuracy().powi(3) - 30.0, "{right} of 400");
    assert!(serving.confidence_limit() < classifier.confidence_limit());
    let found = classified_modes(&serving, &samples, None).unwrap();
    assert!((0.9..=0.99).contains(&found.recognisable), "{found:?}");

    // Each channel the mean of eight glyphs.
    let width = samples.features;
    let mean = |stacks: &[f32]| -> Vec<f32> {
        (0..width).map(|at| stacks.chunks_exact(width).map(|row| row[at]).sum::<f32>() / 8.0).collect()
    };
    let smudges = Matrix::new(samples.values.chunks_exact(8 * width).flat_map(mean).collect(), width);
    let found = classified_modes(&serving, &smudges, None).unwrap();
    assert!(found.modes_covered > 10 && found.recognisable < 0.05, "{found:?}");
}
