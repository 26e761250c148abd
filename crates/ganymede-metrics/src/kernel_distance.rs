//! The kernel distance: the squared maximum mean discrepancy with a cubic polynomial kernel.

use serde::{Deserialize, Serialize};

use crate::blocks::{Block, block_starts};
use crate::random::{Purpose, stream};
use crate::{MatrixView, MetricError};
use rand::seq::index;
use rayon::prelude::*;

/// How the kernel distance is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KernelDistanceOptions {
    /// Random subsets to average over; 0, the default, uses all samples at once, which is exact.
    pub subsets: usize,
    /// Rows of a subset, at least 2, drawn from each set without replacement.
    pub subset_rows: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for KernelDistanceOptions {
    fn default() -> Self {
        Self { subsets: 0, subset_rows: 1_000, seed: 0 }
    }
}

/// The kernel distance, of all samples or over subsets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelDistanceReport {
    /// The unbiased estimate, or its mean over subsets. It may be below 0 by chance when the two sets are alike.
    pub distance: f64,
    /// The standard deviation over subsets, without Bessel's correction as in `torch-fidelity`; 0 without subsets.
    pub std: f64,
    /// The number of subsets; 0 when all samples were used at once.
    pub subsets: usize,
}

/// The unbiased kernel distance of given features (Binkowski et al. 2018, eq. 4), with the kernel
/// `(x y / features + 1)^3`.
///
/// # Errors
/// [`MetricError::WidthMismatch`]; [`MetricError::TooFewRows`] when a set has fewer than 2 rows, or fewer than a
/// subset; [`MetricError::OutOfRange`] when subsets have fewer than 2 rows.
pub fn kernel_distance(
    real: MatrixView,
    fake: MatrixView,
    options: &KernelDistanceOptions,
) -> Result<KernelDistanceReport, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    if options.subsets > 0 && options.subset_rows < 2 {
        return Err(MetricError::out_of_range("subset_rows", &options.subset_rows, "at least 2"));
    }
    let needed = if options.subsets > 0 { options.subset_rows } else { 2 };
    for (matrix, what) in [(real, "the real data"), (fake, "the fake data")] {
        if matrix.rows() < needed {
            let metric = "the kernel distance";
            return Err(MetricError::TooFewRows { metric, what, needed, found: matrix.rows() });
        }
    }
    if options.subsets == 0 {
        return Ok(KernelDistanceReport { distance: unbiased(real, fake), std: 0.0, subsets: 0 });
    }
    let mut stream = stream(options.seed, Purpose::Subsets);
    let mut distances = Vec::with_capacity(options.subsets);
    for _ in 0..options.subsets {
        let mut draw = |matrix: MatrixView| {
            let rows = index::sample(&mut stream, matrix.rows(), options.subset_rows).into_vec();
            matrix.gather(&rows)
        };
        let (real_values, fake_values) = (draw(real), draw(fake));
        let view = |values| MatrixView::new(values, options.subset_rows, real.columns());
        distances.push(unbiased(view(&real_values)?, view(&fake_values)?));
    }
    let count = options.subsets as f64;
    let mean = distances.iter().sum::<f64>() / count;
    let variance = distances.iter().map(|distance| (distance - mean).powi(2)).sum::<f64>() / count;
    Ok(KernelDistanceReport { distance: mean, std: variance.sqrt(), subsets: options.subsets })
}

/// The unbiased squared discrepancy of two sets of at least 2 rows.
fn unbiased(real: MatrixView, fake: MatrixView) -> f64 {
    let (real_rows, fake_rows) = (real.rows() as f64, fake.rows() as f64);
    // Twice the sum over the pairs above the diagonal is the sum over all pairs of different rows.
    let within = |matrix, rows: f64| 2.0 * kernel_sum(matrix, matrix, true) / (rows * (rows - 1.0));
    let between = kernel_sum(real, fake, false) / (real_rows * fake_rows);
    within(real, real_rows) + within(fake, fake_rows) - 2.0 * between
}

/// The sum of the kernel over pairs of a left and a right row; if `upper`, only over those whose left index is smaller.
fn kernel_sum(left: MatrixView, right: MatrixView, upper: bool) -> f64 {
    let columns = left.columns();
    let origin = vec![0.0; columns];
    let sums: Vec<f64> = block_starts(left.rows())
        .par_iter()
        .map(|&first| {
            let block = Block::load(left, first, &origin);
            let mut dots = Vec::new();
            let mut sum = 0.0;
            for other_first in block_starts(right.rows()).into_iter().filter(|other| !upper || *other >= first) {
                let other = Block::load(right, other_first, &origin);
                block.dots(&other, &mut dots);
                for (row, entries) in dots.chunks_exact(other.rows).enumerate() {
                    let skip = if upper && other_first == first { row + 1 } else { 0 };
                    sum += entries[skip..].iter().map(|dot| cube(dot / columns as f64 + 1.0)).sum::<f64>();
                }
            }
            sum
        })
        .collect();
    sums.iter().sum()
}

/// The third power.
fn cube(value: f64) -> f64 {
    value * value * value
}
