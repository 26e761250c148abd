//! The Frechet distance of the distributions behind two sets, extrapolated to sets without end.

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::{Root, distance_of_roots, root_of_samples};
use crate::random::{Purpose, stream};
use crate::{MatrixView, MetricError};

/// The least rows of a half of a set.
const LEAST_ROWS: usize = 8;

/// A Frechet distance without the bias of finite sets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrechetExtrapolation {
    /// The distance at an infinite number of samples of either set; around 0 for equal distributions, and below 0 by chance.
    pub distance: f64,
    /// The mean distance between halves of the two sets.
    pub of_halves: f64,
    /// The standard error that the four pairs of halves give the extrapolation.
    pub error: f64,
}

/// Extrapolates the Frechet distance to infinitely many samples (Chong and Forsyth 2020): its bias falls as one over the number
/// of samples, so that of `n` samples is as far from the truth as that of `n / 2` from it.
///
/// They vary the fakes alone, at fifteen sizes and against a real set that counts as infinite. Here both sets are halved, so that
/// the bias of either goes, and the mean over the four pairs of halves is the second point of the line: `2 d(n) - d(n / 2)`.
/// Where a half has fewer samples than the features have dimensions that matter, the bias is no straight line, and some of it
/// stays.
///
/// `whole` is the distance of the whole sets.
///
/// # Errors
/// [`MetricError::TooFewRows`] for fewer than 16 rows of a set, [`MetricError::WidthMismatch`], and
/// [`MetricError::NoConvergence`] when an eigenvalue iteration fails.
pub fn frechet_extrapolation(
    real: MatrixView,
    fake: MatrixView,
    whole: f64,
    seed: u64,
) -> Result<FrechetExtrapolation, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    for (set, what) in [(real, "the real data"), (fake, "the fake data")] {
        if set.rows() < 2 * LEAST_ROWS {
            let metric = "the extrapolated Frechet distance";
            return Err(MetricError::TooFewRows { metric, what, needed: 2 * LEAST_ROWS, found: set.rows() });
        }
    }
    let mut stream = stream(seed, Purpose::Halves);
    let mut halves = |set: MatrixView| -> Result<[Root; 2], MetricError> {
        let mut rows: Vec<usize> = (0..set.rows()).collect();
        rows.shuffle(&mut stream);
        let half = rows.len() / 2;
        let root = |rows: &[usize]| {
            let values = set.gather(rows);
            root_of_samples(MatrixView::trusted(&values, rows.len(), set.columns()))
        };
        Ok([root(&rows[..half])?, root(&rows[half..2 * half])?])
    };
    let (reals, fakes) = (halves(real)?, halves(fake)?);
    let mut distances = Vec::new();
    for real in &reals {
        for fake in &fakes {
            distances.push(distance_of_roots(real, fake)?.distance);
        }
    }
    let of_halves = distances.iter().sum::<f64>() / 4.0;
    let variance = distances.iter().map(|distance| (distance - of_halves).powi(2)).sum::<f64>() / 3.0;
    Ok(FrechetExtrapolation { distance: 2.0 * whole - of_halves, of_halves, error: (variance / 4.0).sqrt() })
}
