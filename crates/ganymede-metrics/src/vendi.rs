//! The Vendi score: the effective number of distinct samples in a set.

use faer::Mat;
use serde::{Deserialize, Serialize};

use crate::linalg::{gram_of_columns, gram_of_rows, spectrum};
use crate::random::subsample;
use crate::{MatrixView, MetricError};

/// The similarity of two samples. Every kernel is scaled so that the similarity of a sample to itself is 1 (on average,
/// for [`Kernel::Linear`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kernel {
    /// The dot product over the mean squared length of the samples. For samples of length 1 the score equals that of
    /// `vendi_score` without normalisation; for any others it is still between 1 and the number of samples.
    Linear,
    /// The cosine of the angle: `vendi_score` with its default normalisation.
    Cosine,
    /// `exp(-|x - y|^2 / (2 bandwidth^2))`, with a bandwidth in the units of the samples.
    Rbf {
        /// The bandwidth, finite and above 0.
        bandwidth: f64,
    },
}

/// How the Vendi score is computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VendiOptions {
    /// The kernel.
    pub kernel: Kernel,
    /// The order `q` of the Renyi entropy, from 0 to infinity: 1 is Shannon's; larger orders give rare samples less weight.
    pub order: f64,
    /// The size of the largest eigenvalue problem to be solved. For larger ones, `max_size` samples are drawn without
    /// replacement, and the score is that of the draw: compare only scores with equal [`VendiReport::rows`].
    pub max_size: usize,
    /// Seed of the draw.
    pub seed: u64,
}

impl Default for VendiOptions {
    fn default() -> Self {
        Self { kernel: Kernel::Cosine, order: 1.0, max_size: 2_000, seed: 0 }
    }
}

/// The Vendi score with the size and the rank of its matrix.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VendiReport {
    /// The score, from 1 (all samples equal) to `rows` (no two similar).
    pub score: f64,
    /// The number of samples used.
    pub rows: usize,
    /// The rank of the kernel matrix in f64. The samples are degenerate when it is below both `rows` and the number of
    /// features.
    pub rank: usize,
    /// Whether the smaller matrix `[features, features]` was solved, because there are fewer features than samples.
    pub dual: bool,
}

/// The Vendi score of order `q` (Friedman and Dieng 2023; Pasarkar and Dieng 2023): the exponential of the Renyi
/// entropy of the eigenvalues of the kernel matrix over the number of samples.
///
/// Eigenvalues that are rounding noise count as 0. The package `vendi_score` keeps those that happen to be positive, which
/// matters only for orders well below 1.
///
/// # Errors
/// [`MetricError::OutOfRange`] for an order, bandwidth or size outside its range; [`MetricError::ZeroRow`] for a
/// sample of length 0 under the cosine kernel; [`MetricError::NoSpread`] when all samples are 0 under the linear one.
pub fn vendi_score(samples: MatrixView, options: &VendiOptions) -> Result<VendiReport, MetricError> {
    check(options)?;
    let dual_exists = !matches!(options.kernel, Kernel::Rbf { .. });
    let size = if dual_exists { samples.rows().min(samples.columns()) } else { samples.rows() };
    if size > options.max_size {
        let chosen = subsample(samples.rows(), options.max_size, options.seed);
        return score(MatrixView::new(&samples.gather(&chosen), chosen.len(), samples.columns())?, options);
    }
    score(samples, options)
}

/// Checks the ranges of the options.
fn check(options: &VendiOptions) -> Result<(), MetricError> {
    if options.order.is_nan() || options.order < 0.0 {
        return Err(MetricError::out_of_range("order", &options.order, "at least 0, or infinity"));
    }
    if options.max_size == 0 {
        return Err(MetricError::out_of_range("max_size", &options.max_size, "at least 1"));
    }
    if let Kernel::Rbf { bandwidth } = options.kernel
        && !(bandwidth.is_finite() && bandwidth > 0.0)
    {
        return Err(MetricError::out_of_range("bandwidth", &bandwidth, "finite and above 0"));
    }
    Ok(())
}

/// The score of all rows.
fn score(samples: MatrixView, options: &VendiOptions) -> Result<VendiReport, MetricError> {
    let rows = samples.rows();
    let dual = samples.columns() < rows && !matches!(options.kernel, Kernel::Rbf { .. });
    let kernel_matrix = kernel_matrix(samples, options.kernel, dual)?;
    let spectrum = spectrum(&kernel_matrix, false, "the Vendi score")?;
    let total: f64 = spectrum.values.iter().sum();
    if total <= 0.0 {
        return Err(MetricError::NoSpread { what: "the samples' mean squared length" });
    }
    let shares: Vec<f64> = spectrum.values.iter().filter(|value| **value > 0.0).map(|value| value / total).collect();
    Ok(VendiReport { score: renyi_entropy(&shares, options.order).exp(), rows, rank: spectrum.rank(), dual })
}

/// The kernel matrix `[rows, rows]`, or, if `dual`, the matrix `[features, features]` with the same positive eigenvalues.
fn kernel_matrix(samples: MatrixView, kernel: Kernel, dual: bool) -> Result<Mat<f64>, MetricError> {
    match kernel {
        Kernel::Linear | Kernel::Cosine => {
            let lengths: Vec<f64> = samples
                .iter_rows()
                .map(|row| row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt())
                .collect();
            if kernel == Kernel::Cosine
                && let Some(row) = lengths.iter().position(|length| *length == 0.0)
            {
                return Err(MetricError::ZeroRow { row });
            }
            // A common scale keeps the products of the linear kernel within range, whatever the unit of the samples.
            let longest = lengths.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
            let scale = |row: usize| if kernel == Kernel::Cosine { 1.0 / lengths[row] } else { 1.0 / longest };
            let origin = vec![0.0; samples.columns()];
            Ok(if dual {
                gram_of_columns(samples, &origin, scale)
            } else {
                gram_of_rows(samples, &origin, |[i, j], dot, _| dot * scale(i) * scale(j))
            })
        }
        Kernel::Rbf { bandwidth } => {
            let origin = crate::blocks::common_origin(&[samples]);
            Ok(gram_of_rows(samples, &origin, |[i, j], dot, [left, right]| {
                let squared = if i == j { 0.0 } else { (left + right - 2.0 * dot).max(0.0) };
                (-0.5 * (squared.sqrt() / bandwidth).powi(2)).exp()
            }))
        }
    }
}

/// The Renyi entropy of order `q` of positive shares that sum to 1, in nats, at least 0.
fn renyi_entropy(shares: &[f64], order: f64) -> f64 {
    let entropy = if order.is_infinite() {
        -shares.iter().copied().fold(0.0, f64::max).ln()
    } else if (order - 1.0).abs() < 1e-8 {
        // The limit of the general formula, which is 0 / 0 for order 1.
        -shares.iter().map(|share| share * share.ln()).sum::<f64>()
    } else if order == 0.0 {
        (shares.len() as f64).ln()
    } else {
        // Scaling by the largest share keeps high orders from underflowing.
        let largest = shares.iter().copied().fold(0.0, f64::max);
        let sum: f64 = shares.iter().map(|share| (share / largest).powf(order)).sum();
        (sum.ln() + order * largest.ln()) / (1.0 - order)
    };
    entropy.max(0.0)
}
