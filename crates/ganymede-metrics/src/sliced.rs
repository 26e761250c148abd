//! The sliced Wasserstein distance: how far samples must be carried, along random directions.

use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::random::{Purpose, stream};
use crate::{MatrixView, MetricError};

/// The order of the Wasserstein distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WassersteinOrder {
    /// The mean of `|x - y|`.
    First,
    /// The root of the mean of `|x - y|^2`.
    Second,
}

/// How the sliced Wasserstein distance is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlicedWassersteinOptions {
    /// Random directions, uniform on the sphere; at least 1.
    pub directions: usize,
    /// The order of the distance.
    pub order: WassersteinOrder,
    /// Seed of the directions.
    pub seed: u64,
}

impl Default for SlicedWassersteinOptions {
    fn default() -> Self {
        Self { directions: 128, order: WassersteinOrder::Second, seed: 0 }
    }
}

/// The sliced Wasserstein distance (Bonneel et al. 2015) along seeded random directions, in the samples' units:
/// the root of the mean over directions of the distance's power. Symmetric, and 0 for equal sets; the sets may differ
/// in size.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::OutOfRange`] without a direction.
pub fn sliced_wasserstein(
    real: MatrixView,
    fake: MatrixView,
    options: &SlicedWassersteinOptions,
) -> Result<f64, MetricError> {
    if options.directions == 0 {
        return Err(MetricError::out_of_range("directions", &options.directions, "at least 1"));
    }
    let columns = real.columns();
    let mut stream = stream(options.seed, Purpose::Projections);
    let directions: Vec<f32> = (0..options.directions * columns).map(|_| StandardNormal.sample(&mut stream)).collect();
    let directions = MatrixView::new(&directions, options.directions, columns)?;
    sliced_wasserstein_along(real, fake, directions, options.order)
}

/// The sliced Wasserstein distance along given directions, one a row; they are scaled to length 1.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::ZeroRow`] for a direction of length 0.
pub fn sliced_wasserstein_along(
    real: MatrixView,
    fake: MatrixView,
    directions: MatrixView,
    order: WassersteinOrder,
) -> Result<f64, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    real.same_width("the real data", directions, "the list of directions")?;
    let powers = (0..directions.rows())
        .into_par_iter()
        .map(|row| {
            let direction = unit(directions.row(row)).ok_or(MetricError::ZeroRow { row })?;
            Ok(transport_power(&projected(real, &direction), &projected(fake, &direction), order))
        })
        .collect::<Result<Vec<f64>, MetricError>>()?;
    let mean = powers.iter().sum::<f64>() / powers.len() as f64;
    Ok(match order {
        WassersteinOrder::First => mean,
        WassersteinOrder::Second => mean.sqrt(),
    })
}

/// A direction scaled to length 1, if it has a length.
fn unit(direction: &[f32]) -> Option<Vec<f64>> {
    let largest = direction.iter().fold(0.0_f64, |largest, value| largest.max(f64::from(*value).abs()));
    let length = direction.iter().map(|value| (f64::from(*value) / largest).powi(2)).sum::<f64>().sqrt() * largest;
    (largest > 0.0).then(|| direction.iter().map(|value| f64::from(*value) / length).collect())
}

/// The rows' places along a direction, rising.
fn projected(matrix: MatrixView, direction: &[f64]) -> Vec<f64> {
    let mut places: Vec<f64> = matrix
        .iter_rows()
        .map(|row| row.iter().zip(direction).map(|(value, part)| f64::from(*value) * part).sum())
        .collect();
    places.sort_unstable_by(f64::total_cmp);
    places
}

/// The power of the transport distance between two sorted lists: the integral over the quantile of the distance of
/// the two quantile functions, which are steps.
fn transport_power(left: &[f64], right: &[f64], order: WassersteinOrder) -> f64 {
    let (mut i, mut j) = (0, 0);
    let mut sum = 0.0;
    // Quantiles are counted in whole units of 1 / (left * right), so that no step is lost to rounding.
    let mut done = 0_u128;
    let (left_step, right_step) = (right.len() as u128, left.len() as u128);
    while i < left.len() && j < right.len() {
        let (left_end, right_end) = ((i as u128 + 1) * left_step, (j as u128 + 1) * right_step);
        let end = left_end.min(right_end);
        let distance = (left[i] - right[j]).abs();
        let power = match order {
            WassersteinOrder::First => distance,
            WassersteinOrder::Second => distance * distance,
        };
        sum += power * (end - done) as f64;
        done = end;
        i += usize::from(left_end == end);
        j += usize::from(right_end == end);
    }
    sum / (left.len() as f64 * right.len() as f64)
}
