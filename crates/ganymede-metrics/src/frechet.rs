//! The Frechet distance between normal distributions fitted to two sets of samples.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use serde::{Deserialize, Serialize};

use crate::linalg::{gram_of_columns, gram_of_rows, nuclear_norm, spectrum};
use crate::{MatrixView, MetricError};

/// The Frechet distance with its two terms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrechetReport {
    /// `mean_term + covariance_term`, at least 0, in squared units of the features.
    pub distance: f64,
    /// The squared distance of the two means.
    pub mean_term: f64,
    /// `tr(S) + tr(T) - 2 tr((S T)^(1/2))` for the two covariances.
    pub covariance_term: f64,
    /// The rank of the real covariance in f64; deficient when below `features`.
    pub real_rank: usize,
    /// The rank of the fake covariance. A rank far below the real one is itself a sign of collapse; a rank below
    /// `fake rows - 1` means that some samples depend linearly on others.
    pub fake_rank: usize,
    /// The number of features of a sample.
    pub features: usize,
}

impl FrechetReport {
    /// Whether a covariance lacks full rank. The distance is then still exact for the samples, but far larger than that of
    /// the distributions that they come from.
    pub fn rank_deficient(&self) -> bool {
        self.real_rank < self.features || self.fake_rank < self.features
    }
}

/// The Frechet distance of given features (Heusel et al. 2017, eq. 6), symmetric in its arguments.
///
/// Covariances are unbiased, as in `pytorch-fid` and `torch-fidelity`. Those packages take the square root of `S T`,
/// which is not symmetric, and lose half of the digits or get complex numbers when a covariance is rank-deficient. Here
/// `tr((S T)^(1/2))` is the sum of the singular values of `A B^T` for factors `S = A^T A` and `T = B^T B`. This stays
/// accurate: no matrix is inverted, and nothing is added to a diagonal. The covariance of a single sample is 0.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::NoConvergence`] when an eigenvalue iteration fails.
pub fn frechet_distance(real: MatrixView, fake: MatrixView) -> Result<FrechetReport, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    let (real_mean, fake_mean) = (means(real), means(fake));
    // A common scale keeps fourth powers within range, whatever the unit of the features.
    let scale = 1.0 / largest_deviation(real, &real_mean).max(largest_deviation(fake, &fake_mean));
    let scale = if scale.is_finite() { scale } else { 1.0 };
    let real_root = root(real, &real_mean, scale)?;
    let fake_root = root(fake, &fake_mean, scale)?;
    let mut product = Mat::zeros(real_root.factor.nrows(), fake_root.factor.nrows());
    matmul(product.as_mut(), Accum::Replace, real_root.factor.as_ref(), fake_root.factor.transpose(), 1.0, Par::Seq);
    let cross = nuclear_norm(&product, "the Frechet distance")?;
    let covariance_term = ((real_root.trace + fake_root.trace - 2.0 * cross) / (scale * scale)).max(0.0);
    let mean_term: f64 = real_mean.iter().zip(&fake_mean).map(|(a, b)| (a - b).powi(2)).sum();
    Ok(FrechetReport {
        distance: mean_term + covariance_term,
        mean_term,
        covariance_term,
        real_rank: real_root.rank,
        fake_rank: fake_root.rank,
        features: real.columns(),
    })
}

/// The column means in f64; equal rows have exactly themselves as their mean.
fn means(matrix: MatrixView) -> Vec<f64> {
    let first: Vec<f64> = matrix.row(0).iter().map(|value| f64::from(*value)).collect();
    let mut sums = vec![0.0_f64; matrix.columns()];
    for row in matrix.iter_rows() {
        for ((sum, value), first) in sums.iter_mut().zip(row).zip(&first) {
            *sum += f64::from(*value) - first;
        }
    }
    sums.iter().zip(&first).map(|(sum, first)| first + sum / matrix.rows() as f64).collect()
}

/// The largest deviation of a value from its column's mean.
fn largest_deviation(matrix: MatrixView, mean: &[f64]) -> f64 {
    matrix
        .iter_rows()
        .flat_map(|row| row.iter().zip(mean).map(|(value, mean)| (f64::from(*value) - mean).abs()))
        .fold(0.0, f64::max)
}

/// A factor `A` of a covariance `A^T A`, with its trace and rank.
struct Root {
    /// `[rows, features]` for few rows, `[rank, features]` for many.
    factor: Mat<f64>,
    trace: f64,
    rank: usize,
}

/// The factor of the covariance of a matrix's rows, after scaling them.
fn root(matrix: MatrixView, mean: &[f64], scale: f64) -> Result<Root, MetricError> {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    if rows == 1 {
        return Ok(Root { factor: Mat::zeros(0, columns), trace: 0.0, rank: 0 });
    }
    let row_scale = scale / ((rows - 1) as f64).sqrt();
    if rows <= columns {
        // The centered samples themselves are a factor, so no eigenvalue needs a square root here.
        let gram = gram_of_rows(matrix, mean, |_, dot, _| dot * row_scale * row_scale);
        let trace = (0..rows).map(|row| gram[(row, row)]).sum();
        let rank = spectrum(&gram, false, "the Frechet distance")?.rank();
        let factor =
            Mat::from_fn(rows, columns, |row, column| (f64::from(matrix.row(row)[column]) - mean[column]) * row_scale);
        return Ok(Root { factor, trace, rank });
    }
    let covariance = gram_of_columns(matrix, mean, |_| row_scale);
    let trace = (0..columns).map(|column| covariance[(column, column)]).sum();
    let spectrum = spectrum(&covariance, true, "the Frechet distance")?;
    let rank = spectrum.rank();
    // Eigenvalues are in ascending order, so the positive ones are the last.
    let skip = columns - rank;
    let factor = Mat::from_fn(rank, columns, |row, column| {
        spectrum.values[skip + row].sqrt() * spectrum.vectors[(column, skip + row)]
    });
    Ok(Root { factor, trace, rank })
}
