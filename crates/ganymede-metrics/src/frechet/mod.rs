//! The Frechet distance between normal distributions fitted to two sets of samples.

mod extrapolation;
mod statistics;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par, Side};
use serde::{Deserialize, Serialize};

pub use self::extrapolation::{FrechetExtrapolation, frechet_extrapolation};
pub use self::statistics::FeatureStatistics;
use crate::linalg::{gram_of_columns, gram_of_rows, nuclear_norm, spectrum};
use crate::{MatrixView, MetricError};

/// What errors call it.
const METRIC: &str = "the Frechet distance";

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
    distance_of_roots(&root_of_samples(real)?, &root_of_samples(fake)?)
}

/// The Frechet distance of two sets of which only mean and covariance are known, such as published reference statistics.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::NoConvergence`] when an eigenvalue iteration fails.
pub fn frechet_distance_of_statistics(
    real: &FeatureStatistics,
    fake: &FeatureStatistics,
) -> Result<FrechetReport, MetricError> {
    if real.features() != fake.features() {
        return Err(MetricError::WidthMismatch {
            left: "the real data",
            left_columns: real.features(),
            right: "the fake data",
            right_columns: fake.features(),
        });
    }
    distance_of_roots(&root_of_statistics(real)?, &root_of_statistics(fake)?)
}

/// The distance of two sets, from the factors of their covariances.
fn distance_of_roots(real: &Root, fake: &Root) -> Result<FrechetReport, MetricError> {
    let [mean_term, covariance_term] = terms(&real.factor, &fake.factor)?;
    Ok(FrechetReport {
        distance: mean_term + covariance_term,
        mean_term,
        covariance_term,
        real_rank: real.rank,
        fake_rank: fake.rank,
        features: real.factor.mean.len(),
    })
}

/// The mean's and the covariance's term of the distance.
fn terms(real: &Factor, fake: &Factor) -> Result<[f64; 2], MetricError> {
    let mut product = Mat::zeros(real.rows.nrows(), fake.rows.nrows());
    matmul(product.as_mut(), Accum::Replace, real.rows.as_ref(), fake.rows.transpose(), 1.0, Par::Seq);
    let cross = nuclear_norm(&product, METRIC)?;
    // Traces and product in units of their own, so that squares of squares stay within range whatever the features' unit.
    let unit = real.scale.min(fake.scale);
    let [real_unit, fake_unit] = [real.scale, fake.scale].map(|scale| unit / scale);
    let traces = real.trace * real_unit * real_unit + fake.trace * fake_unit * fake_unit;
    let covariance_term = ((traces - 2.0 * cross * real_unit * fake_unit) / (unit * unit)).max(0.0);
    let mean_term: f64 = real.mean.iter().zip(&fake.mean).map(|(a, b)| (a - b).powi(2)).sum();
    Ok([mean_term, covariance_term])
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

/// A factor `A` of a covariance `A^T A`, with its trace, both after the features were multiplied by a scale; and the mean, which
/// was not.
struct Factor {
    mean: Vec<f64>,
    scale: f64,
    /// `[rows, features]` for few rows, else at most `[features, features]`.
    rows: Mat<f64>,
    trace: f64,
}

/// A factor of a covariance with its rank.
struct Root {
    factor: Factor,
    rank: usize,
}

/// What brings deviations to about 1.
fn scale_for(largest_deviation: f64) -> f64 {
    let scale = 1.0 / largest_deviation;
    if scale.is_finite() { scale } else { 1.0 }
}

/// The factor of the covariance of a matrix's rows, and its rank.
fn root_of_samples(matrix: MatrixView) -> Result<Root, MetricError> {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    if rows > 1 && rows > columns {
        let Covariance { mean, scale, matrix } = Covariance::of(matrix);
        return root_of_covariance(mean, scale, &matrix);
    }
    let factor = centered(matrix);
    let gram = gram_of_rows(matrix, &factor.mean, |_, dot, _| dot * row_scale(factor.scale, rows).powi(2));
    let rank = if rows == 1 { 0 } else { spectrum(&gram, false, METRIC)?.rank() };
    Ok(Root { factor, rank })
}

/// The same without the rank, at a fraction of the cost.
fn factor_of_samples(matrix: MatrixView) -> Result<Factor, MetricError> {
    if matrix.rows() <= matrix.columns() || matrix.rows() == 1 {
        return Ok(centered(matrix));
    }
    let Covariance { mean, scale, matrix: covariance } = Covariance::of(matrix);
    match covariance.llt(Side::Lower) {
        Ok(cholesky) => {
            let rows = cholesky.L().transpose().to_owned();
            Ok(Factor { mean, scale, rows, trace: trace_of(&covariance) })
        }
        // Some features depend on others.
        Err(_) => root_of_covariance(mean, scale, &covariance).map(|root| root.factor),
    }
}

/// The samples themselves are a factor of their covariance once they are centered, so no eigenvalue needs a square root.
fn centered(matrix: MatrixView) -> Factor {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let mean = means(matrix);
    let scale = scale_for(largest_deviation(matrix, &mean));
    if rows == 1 {
        return Factor { mean, scale, rows: Mat::zeros(0, columns), trace: 0.0 };
    }
    let by = row_scale(scale, rows);
    let value = |row: usize, column: usize| (f64::from(matrix.row(row)[column]) - mean[column]) * by;
    let centered = Mat::from_fn(rows, columns, value);
    let trace = centered.squared_norm_l2();
    Factor { mean, scale, rows: centered, trace }
}

/// What makes centered rows a factor of their covariance.
fn row_scale(scale: f64, rows: usize) -> f64 {
    scale / (rows.max(2) as f64 - 1.0).sqrt()
}

/// The covariance of at least two rows, in units of its own.
struct Covariance {
    mean: Vec<f64>,
    scale: f64,
    matrix: Mat<f64>,
}

impl Covariance {
    fn of(matrix: MatrixView) -> Self {
        let mean = means(matrix);
        let scale = scale_for(largest_deviation(matrix, &mean));
        let by = row_scale(scale, matrix.rows());
        let matrix = gram_of_columns(matrix, &mean, |_| by);
        Self { mean, scale, matrix }
    }
}

/// The factor of a covariance that is known by itself.
fn root_of_statistics(statistics: &FeatureStatistics) -> Result<Root, MetricError> {
    let scale = scale_for(statistics.largest_deviation());
    root_of_covariance(statistics.mean().to_vec(), scale, &statistics.matrix(scale * scale))
}

/// The factor of a covariance whose features were multiplied by a scale.
fn root_of_covariance(mean: Vec<f64>, scale: f64, covariance: &Mat<f64>) -> Result<Root, MetricError> {
    let columns = mean.len();
    let trace = trace_of(covariance);
    let spectrum = spectrum(covariance, true, METRIC)?;
    let rank = spectrum.rank();
    // Eigenvalues are in ascending order, so the positive ones are the last.
    let skip = columns - rank;
    let rows = Mat::from_fn(rank, columns, |row, column| {
        spectrum.values[skip + row].sqrt() * spectrum.vectors[(column, skip + row)]
    });
    Ok(Root { factor: Factor { mean, scale, rows, trace }, rank })
}

fn trace_of(covariance: &Mat<f64>) -> f64 {
    (0..covariance.nrows()).map(|column| covariance[(column, column)]).sum()
}
