//! The classifier: its loss, its training, its file, and what it says of modes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod digits;
mod files;
mod loss;
mod modes;
mod training;

use std::path::Path;
use std::sync::OnceLock;

use ganymede_core::data::{DataConfig, GlyphsConfig, LabelledSamples};
use ganymede_core::random::Streams;
use ganymede_evaluation::classifier::{Classifier, TrainingOptions, train_classifier};
use ganymede_samples::{Labels, Samples, Shape};
use ganymede_testing::numbers::single;

/// Grey pictures of 16 x 16 pixels of ten classes.
fn glyphs(samples: usize, seed: u64) -> LabelledSamples {
    let config = DataConfig::Glyphs(GlyphsConfig { samples, side: 16, ..GlyphsConfig::default() });
    let data = config.build(Path::new(""), Streams::new(seed)).unwrap();
    data.originals().unwrap().clone()
}

/// A classifier of glyphs, trained once for all tests.
fn of_glyphs() -> &'static Classifier {
    static CLASSIFIER: OnceLock<Classifier> = OnceLock::new();
    CLASSIFIER.get_or_init(|| {
        let options = TrainingOptions { seed: 3, steps: Some(300) };
        train_classifier(&glyphs(2_000, 0), None, &options, &single(), |_| ()).unwrap()
    })
}

/// Three pictures as the channels of each sample, with the class of the stack.
fn stacked(grey: &LabelledSamples, samples: usize) -> LabelledSamples {
    let (shape, labels) = (grey.samples.shape, grey.labels.as_ref().unwrap());
    let (mut values, mut classes) = (Vec::new(), Vec::new());
    for sample in 0..samples {
        let layers = [7 * sample + 1, 11 * sample + 5, 13 * sample + 9].map(|row| row % grey.rows());
        let pictures = layers.map(|row| grey.samples.select(&[row]).values);
        values.extend(
            (0..shape.pixels())
                .flat_map(|pixel| pictures.iter().map(move |picture| picture[pixel]).collect::<Vec<_>>()),
        );
        classes.push(layers.iter().fold(0, |class, row| class * labels.names.len() + labels.classes[*row]));
    }
    let names = (0..labels.names.len().pow(3)).map(|class| class.to_string()).collect();
    LabelledSamples {
        samples: Samples::new(ganymede_samples::Values::Floats(values), Shape { channels: 3, ..shape }),
        labels: Some(Labels { classes, names }),
        columns: None,
    }
}
