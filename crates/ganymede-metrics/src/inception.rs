//! The Inception Score of a classifier's probabilities.

use serde::{Deserialize, Serialize};

use crate::{MatrixView, MetricError};

/// How far the sum of a row of probabilities may be from 1, to allow for `f32` rounding and export.
const SUM_TOLERANCE: f64 = 1e-3;

/// The Inception Score over splits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InceptionScore {
    /// The mean over splits, from 1 (one class, or no decision) to the number of classes.
    pub score: f64,
    /// The standard deviation over splits, without Bessel's correction as in `torch-fidelity`.
    pub std: f64,
    /// The number of splits.
    pub splits: usize,
}

/// The Inception Score (Salimans et al. 2016) of a classifier's probabilities for fake samples, one sample a row.
///
/// Rows are split in the order given, whereas `torch-fidelity` shuffles them first; the literature uses 10 splits. A
/// class of probability 0 contributes nothing.
///
/// # Errors
/// [`MetricError::OutOfRange`] when `splits` is 0 or a probability is outside 0 to 1,
/// [`MetricError::NotProbabilities`] when a row does not sum to 1 within 0.001, [`MetricError::TooFewRows`] when a
/// split would be empty.
pub fn inception_score(probabilities: MatrixView, splits: usize) -> Result<InceptionScore, MetricError> {
    let rows = probabilities.rows();
    if splits == 0 {
        return Err(MetricError::out_of_range("splits", &splits, "at least 1"));
    }
    if rows < splits {
        return Err(MetricError::TooFewRows {
            metric: "the Inception Score",
            what: "probabilities",
            needed: splits,
            found: rows,
        });
    }
    for (row, values) in probabilities.iter_rows().enumerate() {
        if let Some(value) = values.iter().find(|value| !(0.0..=1.0 + SUM_TOLERANCE as f32).contains(*value)) {
            return Err(MetricError::out_of_range("a probability", value, "between 0 and 1"));
        }
        let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(MetricError::NotProbabilities { row, sum });
        }
    }
    let scores: Vec<f64> = (0..splits)
        .map(|split| split_score(probabilities, split * rows / splits..(split + 1) * rows / splits))
        .collect();
    let mean = scores.iter().sum::<f64>() / splits as f64;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / splits as f64;
    Ok(InceptionScore { score: mean, std: variance.sqrt(), splits })
}

/// The score of a range of rows: the exponential of the mean KL divergence of a row from the mean row.
fn split_score(probabilities: MatrixView, rows: std::ops::Range<usize>) -> f64 {
    let count = rows.len() as f64;
    let mut marginal = vec![0.0_f64; probabilities.columns()];
    for row in rows.clone() {
        for (sum, value) in marginal.iter_mut().zip(probabilities.row(row)) {
            *sum += f64::from(*value) / count;
        }
    }
    let divergence: f64 = rows
        .flat_map(|row| probabilities.row(row).iter().zip(&marginal))
        .filter(|(value, _)| **value > 0.0)
        .map(|(value, marginal)| f64::from(*value) * (f64::from(*value) / marginal).ln())
        .sum();
    (divergence / count).exp()
}
