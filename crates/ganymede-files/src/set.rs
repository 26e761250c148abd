//! What has been read, and what was done to it.

use ganymede_samples::{LabelledSamples, Samples};

/// The numbers that a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Bytes without a sign, which are taken for pixels.
    Bytes,
    /// Other integers, or numbers of a table none of which has a fraction.
    Whole,
    /// Any numbers.
    Real,
}

/// Samples from a file or folder: at least one, of at least one value each, all of them finite.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSet {
    /// The samples with their classes and the names that the file gives.
    pub contents: LabelledSamples,
    /// What the file holds.
    pub numbers: Numbers,
    /// What was taken from each column before it was rounded to single precision; empty where nothing was.
    pub offsets: Vec<f64>,
    /// What the reader has changed or decided, a sentence each.
    pub report: Vec<String>,
}

impl SampleSet {
    pub(crate) fn new(samples: Samples, numbers: Numbers) -> Self {
        Self { contents: LabelledSamples::unlabelled(samples), numbers, offsets: Vec::new(), report: Vec::new() }
    }

    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.contents.rows()
    }
}
