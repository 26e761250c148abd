//! The input and the options of a diagnosis.

use serde::{Deserialize, Serialize};

use crate::{DEFAULT_BINS, DEFAULT_NEAREST_K, DEFAULT_SIGNIFICANCE, MatrixView, MetricError};

/// Samples with their classes, if known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled<'a> {
    /// The samples, one in each row.
    pub samples: MatrixView<'a>,
    /// The class of each row. Both sets must number their classes in the same way.
    pub labels: Option<&'a [usize]>,
}

/// What the values of a sample are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleKind {
    /// Pictures if a sample has at least 64 values and the real set fills about [-1, 1], [0, 1] or 0 to 255; else columns.
    #[default]
    Auto,
    /// Values in a common unit, compared without change.
    Pictures,
    /// Features of a network: values in a common unit, compared without change, on whatever scale the network makes them.
    Features,
    /// Columns that may have different units. If their spreads differ, each column is standardised by the real set.
    Columns,
}

/// How a diagnosis is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiagnosisOptions {
    /// The kind of values.
    pub kind: SampleKind,
    /// Whether both sets are known to be on one scale, as a run's samples and its data are: a spread of the fakes that is far
    /// too large is then a divergence, and one that is far too small a collapse, where it may be another scale otherwise.
    pub one_scale: bool,
    /// The radius of a ball is the distance to this nearest neighbour, counted from 1. Smaller sets use their last
    /// neighbour.
    pub nearest_k: usize,
    /// The largest number of bins, at least 1. There are fewer if a bin would have fewer than five real samples.
    pub bins: usize,
    /// The level of significance at which a bin differs, between 0 and 1.
    pub significance: f64,
    /// The largest number of rows used of each set, at least 2, drawn at random. Wide samples are limited to fewer.
    pub rows: usize,
    /// The number of samples of each set that are listed for a missing or over-represented bin, nearest to its center first.
    pub nearest_samples: usize,
    /// Seed of all random draws.
    pub seed: u64,
}

impl Default for DiagnosisOptions {
    fn default() -> Self {
        Self {
            kind: SampleKind::Auto,
            one_scale: false,
            nearest_k: DEFAULT_NEAREST_K,
            bins: DEFAULT_BINS,
            significance: DEFAULT_SIGNIFICANCE,
            rows: 20_000,
            nearest_samples: 10,
            seed: 0,
        }
    }
}

impl DiagnosisOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] for the first field outside its range.
    pub fn check(&self) -> Result<(), MetricError> {
        for (name, value, least, range) in [
            ("nearest_k", self.nearest_k, 1, "at least 1"),
            ("bins", self.bins, 1, "at least 1"),
            ("rows", self.rows, 2, "at least 2"),
        ] {
            if value < least {
                return Err(MetricError::out_of_range(name, &value, range));
            }
        }
        if !(self.significance > 0.0 && self.significance < 1.0) {
            let range = "between 0 and 1, both excluded";
            return Err(MetricError::out_of_range("significance", &self.significance, range));
        }
        Ok(())
    }
}
