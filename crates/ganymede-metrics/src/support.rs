//! The size of a distribution's support by the birthday paradox: from how often two samples coincide.

use serde::{Deserialize, Serialize};

use crate::blocks::{error_share, exact_distance, sum_over_pairs};
use crate::neighbors::{lower_square, nearest_neighbor_radii, upper_square};
use crate::{MatrixView, MetricError};

/// Two samples count as the same within this share of the real data's median nearest-neighbour distance; our own
/// convention.
pub const DUPLICATE_SHARE: f64 = 0.5;

/// The estimated size of a distribution's support.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SupportReport {
    /// The estimated number of distinct samples: one over the probability that two samples are the same. If no two are, it
    /// is the number of pairs, which the true size probably exceeds.
    pub support_size: f64,
    /// Whether no two samples were the same, so that `support_size` is only a lower bound.
    pub lower_bound: bool,
    /// Pairs of samples that are the same.
    pub duplicate_pairs: u64,
    /// The batch size at which a batch contains two equal samples half of the time: `sqrt(2 ln 2 support_size)`.
    pub even_odds_batch: f64,
    /// The distance up to which two samples count as the same.
    pub duplicate_distance: f64,
}

/// The support's size by the birthday paradox (Arora and Zhang 2017).
///
/// In the paper, people look for the smallest batch that contains two equal pictures half of the time, and square its size.
/// Here two samples are the same within `duplicate_distance`, all pairs are counted, and the estimate is `1 / p` for the
/// share `p` of equal pairs. This is the size of a uniform support; a support with unequal probabilities is larger.
///
/// # Errors
/// [`MetricError::TooFewRows`] for fewer than 2 samples, [`MetricError::OutOfRange`] when the distance is not finite
/// and at least 0.
pub fn support_size(samples: MatrixView, duplicate_distance: f64) -> Result<SupportReport, MetricError> {
    if !(duplicate_distance.is_finite() && duplicate_distance >= 0.0) {
        let range = "finite and at least 0";
        return Err(MetricError::out_of_range("duplicate_distance", &duplicate_distance, range));
    }
    if samples.rows() < 2 {
        return Err(MetricError::TooFewRows {
            metric: "the support's size",
            what: "the samples",
            needed: 2,
            found: samples.rows(),
        });
    }
    let share = error_share(samples.columns());
    let (surely_below, surely_above) = (lower_square(duplicate_distance), upper_square(duplicate_distance));
    let duplicates = sum_over_pairs(samples, |(left, right), squared, norms| {
        let error = share * norms;
        let same = squared + error < surely_below
            || (squared - error <= surely_above
                && exact_distance(samples.row(left), samples.row(right)) <= duplicate_distance);
        f64::from(u8::from(same))
    });
    let rows = samples.rows() as f64;
    let pairs = rows * (rows - 1.0) / 2.0;
    let support_size = pairs / duplicates.max(1.0);
    Ok(SupportReport {
        support_size,
        lower_bound: duplicates == 0.0,
        duplicate_pairs: duplicates as u64,
        even_odds_batch: (2.0 * std::f64::consts::LN_2 * support_size).sqrt(),
        duplicate_distance,
    })
}

/// The distance within which two samples count as the same: [`DUPLICATE_SHARE`] times the median distance from a real
/// sample to its nearest neighbour. It is positive unless half of the real samples have a copy.
///
/// # Errors
/// [`MetricError::TooFewRows`] for fewer than 2 real samples.
pub fn duplicate_distance(real: MatrixView) -> Result<f64, MetricError> {
    let mut nearest = nearest_neighbor_radii(real, 1)?;
    nearest.sort_unstable_by(f64::total_cmp);
    Ok(DUPLICATE_SHARE * nearest[nearest.len() / 2])
}
