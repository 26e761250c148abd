//! The first check of any samples: mean, standard deviation and mean pairwise distance.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::blocks::sum_over_pairs;
use crate::random::subsample;
use crate::{MatrixView, MetricError};

/// Samples of data in [-1, 1] count as collapsed below this standard deviation; our own convention.
pub const COLLAPSE_THRESHOLD: f64 = 0.1;

/// Up to this many columns, distances are computed directly from the differences.
const FEW_COLUMNS: usize = 16;

/// Independent sums of distances: 8 f64 values fill the widest vector registers of common processors.
const LANES: usize = 8;

/// How the diversity of samples is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiversityOptions {
    /// [`DiversityReport::collapsed`] is set below this standard deviation. The default is for data in [-1, 1].
    pub collapse_threshold: f64,
    /// Up to this many rows the mean pairwise distance is exact; above, it is that of as many rows drawn without
    /// replacement. At least 1.
    pub pairwise_rows: usize,
    /// Seed of that draw.
    pub seed: u64,
}

impl Default for DiversityOptions {
    fn default() -> Self {
        Self { collapse_threshold: COLLAPSE_THRESHOLD, pairwise_rows: 10_000, seed: 0 }
    }
}

/// How much the samples of a set differ from each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiversityReport {
    /// The number of samples.
    pub samples: usize,
    /// The mean of all values of all samples together.
    pub mean: f64,
    /// The standard deviation of all values of all samples together, with Bessel's correction as in `torch.std`; 0 for a
    /// single value.
    pub std: f64,
    /// The mean Euclidean distance over all pairs of samples; 0 for a single sample.
    pub mean_pairwise_distance: f64,
    /// The number of samples in the mean pairwise distance.
    pub pairwise_rows: usize,
    /// Whether the standard deviation is below the threshold.
    pub collapsed: bool,
}

/// The diversity of fake samples as a share of the real data's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiversityRatios {
    /// Standard deviation of the fake samples over that of the real ones.
    pub std_ratio: f64,
    /// Mean pairwise distance of the fake samples over that of the real ones.
    pub distance_ratio: f64,
}

/// Mean, standard deviation and mean pairwise distance of samples.
///
/// The mean and the standard deviation are over all entries. A generator that repeats one picture with light and dark
/// parts therefore keeps its standard deviation, while its mean pairwise distance falls to 0.
///
/// # Errors
/// [`MetricError::OutOfRange`] when `pairwise_rows` is 0 or the threshold is not a finite number of at least 0.
pub fn diversity_report(samples: MatrixView, options: &DiversityOptions) -> Result<DiversityReport, MetricError> {
    if options.pairwise_rows == 0 {
        return Err(MetricError::out_of_range("pairwise_rows", &options.pairwise_rows, "at least 1"));
    }
    if !(options.collapse_threshold.is_finite() && options.collapse_threshold >= 0.0) {
        return Err(MetricError::out_of_range("collapse_threshold", &options.collapse_threshold, "finite, at least 0"));
    }
    let (mean, std) = mean_and_std(samples.values());
    let chosen = subsample(samples.rows(), options.pairwise_rows, options.seed);
    let mean_pairwise_distance = if chosen.len() == samples.rows() {
        mean_pairwise_distance(samples)
    } else {
        mean_pairwise_distance(MatrixView::new(&samples.gather(&chosen), chosen.len(), samples.columns())?)
    };
    Ok(DiversityReport {
        samples: samples.rows(),
        mean,
        std,
        mean_pairwise_distance,
        pairwise_rows: chosen.len(),
        collapsed: std < options.collapse_threshold,
    })
}

/// The exact mean Euclidean distance over all pairs of samples; 0 for a single sample.
pub fn mean_pairwise_distance(samples: MatrixView) -> f64 {
    let rows = samples.rows() as f64;
    if samples.rows() < 2 {
        return 0.0;
    }
    let sum = if samples.columns() <= FEW_COLUMNS {
        sum_of_distances(samples)
    } else {
        sum_over_pairs(samples, |_, squared, _| squared.sqrt())
    };
    sum / (rows * (rows - 1.0) / 2.0)
}

/// The sum of the distances of all pairs of rows, directly from their differences: with few columns this is faster than
/// products of blocks.
fn sum_of_distances(samples: MatrixView) -> f64 {
    let (rows, columns) = (samples.rows(), samples.columns());
    let by_column: Vec<Vec<f64>> =
        (0..columns).map(|column| samples.iter_rows().map(|row| f64::from(row[column])).collect()).collect();
    let distance = |row: usize, other: usize| {
        by_column.iter().map(|column| (column[other] - column[row]).powi(2)).sum::<f64>().sqrt()
    };
    let from = |row: usize| {
        let whole = (rows - row - 1) / LANES;
        // Independent sums, so that no addition waits for the one before.
        let mut sums = [0.0; LANES];
        for chunk in 0..whole {
            let mut squares = [0.0; LANES];
            for column in &by_column {
                let (value, others) = (column[row], &column[row + 1..].as_chunks::<LANES>().0[chunk]);
                for (square, other) in squares.iter_mut().zip(others) {
                    *square += (other - value) * (other - value);
                }
            }
            for (sum, square) in sums.iter_mut().zip(squares) {
                *sum += f64::sqrt(square);
            }
        }
        let rest = (row + 1 + whole * LANES..rows).map(|other| distance(row, other));
        sums.into_iter().chain(rest).sum::<f64>()
    };
    let sums: Vec<f64> = (0..rows).into_par_iter().map(from).collect();
    sums.iter().sum()
}

/// The diversity of the fake samples over that of the real ones: 1 when they vary equally, 0 when all fake samples are
/// equal.
///
/// # Errors
/// [`MetricError::NoSpread`] when the real data do not vary.
pub fn diversity_ratios(real: &DiversityReport, fake: &DiversityReport) -> Result<DiversityRatios, MetricError> {
    Ok(DiversityRatios {
        std_ratio: ratio(fake.std, real.std, "the standard deviation")?,
        distance_ratio: ratio(fake.mean_pairwise_distance, real.mean_pairwise_distance, "the mean pairwise distance")?,
    })
}

/// A fake figure over the real one.
fn ratio(fake: f64, real: f64, what: &'static str) -> Result<f64, MetricError> {
    if real > 0.0 { Ok(fake / real) } else { Err(MetricError::NoSpread { what }) }
}

/// Mean and unbiased standard deviation of values, in two passes to avoid cancellation.
fn mean_and_std(values: &[f32]) -> (f64, f64) {
    let count = values.len() as f64;
    let first = values.first().map_or(0.0, |value| f64::from(*value));
    // With the shift by the first value, equal values have a standard deviation of exactly 0.
    let shift = values.iter().map(|value| f64::from(*value) - first).sum::<f64>() / count;
    if values.len() < 2 {
        return (first + shift, 0.0);
    }
    let squares: f64 = values.iter().map(|value| (f64::from(*value) - first - shift).powi(2)).sum();
    (first + shift, (squares / (count - 1.0)).sqrt())
}
