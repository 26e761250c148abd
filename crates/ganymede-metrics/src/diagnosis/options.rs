//! What a diagnosis is made of, and how.

use serde::{Deserialize, Serialize};

use crate::{DEFAULT_BINS, DEFAULT_NEAREST_K, DEFAULT_SIGNIFICANCE, MatrixView, MetricError};

/// Samples with the class of each, if it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled<'a> {
    /// The samples, one a row.
    pub samples: MatrixView<'a>,
    /// One class a row; the two sets number their classes alike.
    pub labels: Option<&'a [usize]>,
}

/// What the values of a sample are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleKind {
    /// Pictures where there are 64 values and more that all lie in [-1, 1], [0, 1] or 0 to 255; else columns.
    #[default]
    Auto,
    /// Values in one unit, compared as they are.
    Pictures,
    /// Features of a network: in one unit like pictures, and on no scale that the two sets could disagree about.
    Features,
    /// Columns that may have units of their own: where their spreads differ, each is compared in the real set's own unit.
    Columns,
}

/// How a diagnosis is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiagnosisOptions {
    /// What the values are.
    pub kind: SampleKind,
    /// The neighbour whose distance is a ball's radius; at least 1. Sets with fewer rows use their last neighbour.
    pub nearest_k: usize,
    /// At most so many bins; at least 1. There are fewer where a bin would hold fewer than five real samples.
    pub bins: usize,
    /// The significance of a statistically different bin, between 0 and 1.
    pub significance: f64,
    /// Rows taken of either set, at least 2; the rest is left out by a draw. Fewer are taken of wide samples.
    pub rows: usize,
    /// Samples of either set named for each missing or over-represented bin, nearest to its center first.
    pub nearest_samples: usize,
    /// Seed of all draws.
    pub seed: u64,
}

impl Default for DiagnosisOptions {
    fn default() -> Self {
        Self {
            kind: SampleKind::Auto,
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
