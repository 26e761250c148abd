//! The Vendi score: how many different samples a set effectively holds.

use faer::Mat;
use serde::{Deserialize, Serialize};

use crate::linalg::{gram_of_columns, gram_of_rows, spectrum};
use crate::random::subsample;
use crate::{MatrixView, MetricError};

/// How alike two samples are; every kernel is scaled so that a sample is alike to itself by 1 (on average, for
/// [`Kernel::Linear`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kernel {
    /// The dot product, over the mean squared length of the samples: equal to `vendi_score` without normalisation on
    /// samples of length 1, and a number from 1 to the number of samples for any others too.
    Linear,
    /// The cosine of the angle: `vendi_score` with its default normalisation.
    Cosine,
    /// `exp(-|x - y|^2 / (2 bandwidth^2))`, the bandwidth being a distance in the samples' units.
    Rbf {
        /// The bandwidth, finite and above 0.
        bandwidth: f64,
    },
}

/// How the Vendi score is taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VendiOptions {
    /// The kernel.
    pub kernel: Kernel,
    /// The order `q`, at least 0 and infinity included: 1 is Shannon's; larger ones heed rare samples less.
    pub order: f64,
    /// The largest eigenvalue problem solved. Above it, as many samples are drawn without replacement; the score is
    /// that of the draw, so compare scores of equal [`VendiReport::rows`] only.
    pub max_size: usize,
    /// Seed of that draw.
    pub seed: u64,
}

impl Default for VendiOptions {
    fn default() -> Self {
        Self { kernel: Kernel::Cosine, order: 1.0, max_size: 2_000, seed: 0 }
    }
}

/// The Vendi score with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct VendiReport {
    /// The score, from 1 (all samples alike) to `rows` (no two alike).
    pub score: f64,
    /// Samples used.
    pub rows: usize,
    /// The rank of the kernel matrix in f64: below both `rows` and the features, the samples are degenerate.
    pub rank: usize,
    /// Whether the features' matrix was solved in place of the samples' (there are fewer features than samples).
    pub dual: bool,
}

/// The Vendi score of order `q` (Friedman and Dieng 2023; Pasarkar and Dieng 2023): the exponential of the Renyi
/// entropy of the eigenvalues of the kernel matrix over the number of samples.
///
/// Eigenvalues that are rounding noise count as 0 here; the package `vendi_score` keeps those that happen to be positive,
/// which matters for orders well below 1 only.
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

/// The legal ranges of the options.
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

/// The score of all the rows given.
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

/// The kernel matrix of the samples, or the matrix of the features with the same positive eigenvalues.
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
            // One scale for all keeps the linear kernel's products within range, whatever the samples' unit.
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
        // At 1 the general formula is 0 / 0; this is its limit.
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
