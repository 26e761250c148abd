//! The mean and the covariance of features: all that a Frechet distance needs to know of a set.

use faer::Mat;
use serde::{Deserialize, Serialize};

use crate::linalg::gram_of_columns;
use crate::{MatrixView, MetricError};

/// How far the two halves of a covariance may differ, as a share of its largest entry: what single precision leaves.
const SYMMETRY: f64 = 1e-5;

/// The mean and the covariance of the features of some samples, in f64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureStatistics {
    mean: Vec<f64>,
    /// Row after row.
    covariance: Vec<f64>,
}

impl FeatureStatistics {
    /// Of a mean of `features` values and a covariance of `features` x `features`, row after row.
    ///
    /// # Errors
    /// [`MetricError::Empty`] without a feature, [`MetricError::WrongCount`] when the covariance is not as wide as the mean,
    /// [`MetricError::OutOfRange`] for a value that is not finite, a negative variance, or a covariance that is not
    /// symmetric.
    pub fn new(mean: Vec<f64>, covariance: Vec<f64>) -> Result<Self, MetricError> {
        let features = mean.len();
        if features == 0 {
            return Err(MetricError::Empty { rows: 1, columns: 0 });
        }
        if features.checked_mul(features) != Some(covariance.len()) {
            let needed = features.saturating_mul(features);
            return Err(MetricError::WrongCount { what: "the covariance", needed, found: covariance.len() });
        }
        if let Some(value) = mean.iter().chain(&covariance).find(|value| !value.is_finite()) {
            return Err(MetricError::out_of_range("a statistic", value, "finite"));
        }
        let largest = covariance.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        for row in 0..features {
            let variance = covariance[row * features + row];
            if variance < 0.0 {
                return Err(MetricError::out_of_range("a variance", &variance, "at least 0"));
            }
            for column in 0..row {
                let difference = covariance[row * features + column] - covariance[column * features + row];
                if difference.abs() > SYMMETRY * largest {
                    let range = "the same in both halves of the covariance";
                    return Err(MetricError::out_of_range("a covariance", &covariance[row * features + column], range));
                }
            }
        }
        Ok(Self { mean, covariance })
    }

    /// Of samples; the covariance is the unbiased one, and 0 of a single sample.
    pub fn of(samples: MatrixView) -> Self {
        let mean = super::means(samples);
        let columns = samples.columns();
        if samples.rows() == 1 {
            return Self { mean, covariance: vec![0.0; columns * columns] };
        }
        let root = ((samples.rows() - 1) as f64).sqrt();
        let gram = gram_of_columns(samples, &mean, |_| 1.0 / root);
        let covariance = (0..columns).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let covariance = covariance.map(|(row, column)| gram[(row, column)]).collect();
        Self { mean, covariance }
    }

    /// The number of features.
    pub fn features(&self) -> usize {
        self.mean.len()
    }

    /// The mean of each feature.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The covariance, row after row.
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// The covariance as a matrix, symmetric to the last bit, times a factor.
    pub(super) fn matrix(&self, factor: f64) -> Mat<f64> {
        let features = self.features();
        Mat::from_fn(features, features, |row, column| {
            let (low, high) = (row.min(column), row.max(column));
            self.covariance[high * features + low] * factor
        })
    }

    /// The largest standard deviation.
    pub(super) fn largest_deviation(&self) -> f64 {
        let features = self.features();
        (0..features).map(|row| self.covariance[row * features + row]).fold(0.0, f64::max).sqrt()
    }
}
