//! Digits of MNIST, from the folder that `GANYMEDE_DATA` names.

use std::path::PathBuf;

use ganymede_evaluation::classifier::{TrainingOptions, classified_modes, train_classifier};
use ganymede_files::{ReadOptions, read_samples};
use ganymede_samples::{LabelledSamples, Labels, Matrix, Samples, Values};
use ganymede_testing::numbers::single;

use crate::stacked;

/// The first so many rows of a set of bytes.
fn first(set: &LabelledSamples, rows: usize) -> LabelledSamples {
    let (Values::Bytes(bytes), Some(labels)) = (&set.samples.values, &set.labels) else { panic!("labelled bytes") };
    let values = Values::Bytes(bytes[..rows * set.samples.shape.features()].to_vec());
    let labels = Labels { classes: labels.classes[..rows].to_vec(), names: labels.names.clone() };
    LabelledSamples { samples: Samples::new(values, set.samples.shape), labels: Some(labels), columns: None }
}

#[test]
fn digits_are_learnt_and_stacks_of_smudges_are_no_modes() {
    let Some(folder) = std::env::var_os("GANYMEDE_DATA") else {
        eprintln!("left out: GANYMEDE_DATA is not set, so there are no digits to learn");
        return;
    };
    let read = |part: &str| {
        let path = |kind: &str| PathBuf::from(&folder).join("mnist").join(format!("{part}-{kind}-ubyte.gz"));
        let options = ReadOptions { labels: Some(path("labels-idx1")), ..ReadOptions::default() };
        read_samples(&path("images-idx3"), &options).unwrap().contents
    };
    let (digits, test) = (first(&read("train"), 6_000), first(&read("t10k"), 2_000));
    let options = TrainingOptions { seed: 0, steps: Some(300) };
    let classifier = train_classifier(&digits, Some(&test), &options, &single(), |_| ()).unwrap();
    // Seen by hand: 97.3 %.
    assert!(classifier.card().accuracy() > 0.96, "{}", classifier.card());

    let stacks = stacked(&test, 2_000);
    let serving = classifier.serving(stacks.samples.shape).unwrap();
    let real = stacks.samples.into_matrix();
    let found = classified_modes(&serving, &real, None).unwrap();
    assert!((0.92..0.98).contains(&found.recognisable), "{found:?}");
    assert!(found.modes_covered > 800, "{found:?}");
    // Each channel the mean of four digits: hundreds of modes in name.
    let mean = |stacks: &[f32]| -> Vec<f32> {
        (0..real.features).map(|at| stacks.chunks_exact(real.features).map(|row| row[at]).sum::<f32>() / 4.0).collect()
    };
    let smudges = Matrix::new(real.values.chunks_exact(4 * real.features).flat_map(mean).collect(), real.features);
    let found = classified_modes(&serving, &smudges, None).unwrap();
    let words = format!("{} modes, {:.3} recognisable", found.modes_covered, found.recognisable);
    assert!(found.modes_covered > 100 && found.recognisable < 0.1, "{words}");
    assert!(found.modes_recognised < found.modes_covered / 4, "{words}");
}
