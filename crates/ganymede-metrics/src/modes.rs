//! How samples cover modes that are known: which ones, how well, and how evenly.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::blocks::squared_distance;
use crate::mode_shapes::ShapeSums;
use crate::special::{chi_squared_probability, chi_squared_quantile};
use crate::{InsideModes, MatrixView, MetricError, ModeShape};

/// A mode with at least this many high-quality samples counts in [`ModeReport::modes_covered_20`].
pub const WELL_COVERED: usize = 20;

/// The literature's radius of "high quality" in standard deviations of the mode, in one and two dimensions.
const PLANE_RADIUS: f64 = 3.0;

/// The positions, widths and (optional) weights of modes that are known in advance.
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    centers: Vec<f32>,
    features: usize,
    stds: Vec<f32>,
    weights: Option<Vec<f64>>,
    radius: f64,
}

impl Modes {
    /// Modes of equal weight: `centers` is row-major `[modes, features]`, `stds` holds each mode's standard deviation
    /// along one coordinate (not its variance). The radius is [`high_quality_radius`]`(features)`.
    ///
    /// # Errors
    /// As [`MatrixView::new`] for the centers; [`MetricError::WrongCount`] when there is not one standard deviation for
    /// each mode, [`MetricError::OutOfRange`] when one is not finite and positive.
    pub fn new(centers: Vec<f32>, features: usize, stds: Vec<f32>) -> Result<Self, MetricError> {
        let modes = centers.len().checked_div(features).unwrap_or(0);
        MatrixView::new(&centers, modes, features)?;
        if stds.len() != modes {
            return Err(MetricError::WrongCount {
                what: "standard deviations of the modes",
                needed: modes,
                found: stds.len(),
            });
        }
        if let Some(std) = stds.iter().find(|std| !(std.is_finite() && **std > 0.0)) {
            return Err(MetricError::out_of_range("a mode's standard deviation", std, "finite and above 0"));
        }
        let radius = high_quality_radius(features);
        Ok(Self { centers, features, stds, weights: None, radius })
    }

    /// Sets the share of the data in each mode; the weights are scaled to sum to 1.
    ///
    /// # Errors
    /// [`MetricError::WrongCount`] when there is not one weight for each mode, [`MetricError::OutOfRange`] when one is not
    /// finite and positive (a weight of 0 would make the divergence infinite).
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self, MetricError> {
        self.weights = Some(normalised(weights, self.count())?);
        Ok(self)
    }

    /// Sets the radius within which a sample is of high quality, in standard deviations of the mode.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] when the radius is not finite and positive.
    pub fn with_radius(mut self, radius: f64) -> Result<Self, MetricError> {
        if !(radius.is_finite() && radius > 0.0) {
            return Err(MetricError::out_of_range("the radius in standard deviations", &radius, "finite and above 0"));
        }
        self.radius = radius;
        Ok(self)
    }

    /// The number of modes.
    pub fn count(&self) -> usize {
        self.stds.len()
    }

    /// The number of features of a sample.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The centers, row-major `[modes, features]`.
    pub fn centers(&self) -> &[f32] {
        &self.centers
    }

    /// The standard deviation of each mode along one coordinate.
    pub fn stds(&self) -> &[f32] {
        &self.stds
    }

    /// The shares of the modes, which sum to 1; `None` for modes of equal weight.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The radius of high quality, in standard deviations of the mode.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// The mode nearest to a sample in units of that mode's standard deviation (of equally near ones, the first), and the
    /// distance in those units.
    fn nearest(&self, sample: &[f32]) -> (usize, f64) {
        let mut nearest = (0, f64::INFINITY);
        for (mode, (center, std)) in self.centers.chunks_exact(self.features).zip(&self.stds).enumerate() {
            let distance = squared_distance(sample, center).sqrt() / f64::from(*std);
            if distance < nearest.1 {
                nearest = (mode, distance);
            }
        }
        nearest
    }
}

/// The radius, in standard deviations along one coordinate, within which a sample is of high quality.
///
/// It is 3 in one and two dimensions, as in the literature. In `d > 2` dimensions an isotropic normal lies in a shell of
/// radius about `sqrt(d)`, and with many dimensions no real sample is within 3. The radius is then the one that contains
/// the same share of real samples as 3 does in the plane, `1 - exp(-4.5)`: 3.33 for `d = 3`, 28.1 for `d = 700`, 36.3
/// for `d = 1200`. VEEGAN states 10 standard deviations for its 1,200-dimensional mixture; pass that, or the radius for
/// the intrinsic dimension of the modes, to [`Modes::with_radius`].
pub fn high_quality_radius(dimensions: usize) -> f64 {
    if dimensions <= 2 {
        return PLANE_RADIUS;
    }
    chi_squared_quantile(dimensions, chi_squared_probability(2, PLANE_RADIUS * PLANE_RADIUS)).sqrt()
}

/// How a set of samples covers known modes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModeReport {
    /// The number of samples.
    pub samples: usize,
    /// The number of modes, covered or not.
    pub modes_total: usize,
    /// Modes with at least one high-quality sample, as in the literature.
    pub modes_covered: usize,
    /// Modes with at least [`WELL_COVERED`] high-quality samples, so that a stray sample does not count as a mode.
    pub modes_covered_20: usize,
    /// The share of samples that are of high quality, from 0 to 1.
    pub high_quality: f64,
    /// The shape of each mode's high-quality samples; `None` for a mode with fewer than [`crate::LEAST_FOR_SHAPE`] of them,
    /// and when only classes are known. It shows narrow modes, which `high_quality` rewards.
    pub shapes: Vec<Option<ModeShape>>,
    /// `KL(q || p)` in nats, from the histogram `q` of high-quality samples to the modes' weights `p`; for `K` modes of equal
    /// weight it is `ln K - H(q)`. Without high-quality samples it is its largest possible value, `-ln min p`.
    pub reverse_kl: f64,
    /// The Jensen-Shannon divergence between `q` and `p` in nats, 0 to `ln 2`; `ln 2` without high-quality samples.
    pub jensen_shannon: f64,
    /// The total weight of the lost modes, 0 to 1. A mode is lost when it is the nearest one of fewer samples, of any quality,
    /// than a fifth of those expected by its weight ([`LOST_BELOW`]). Blurred samples lose no mode.
    pub lost_share: f64,
    /// The number of high-quality samples nearest to each mode.
    pub histogram: Vec<usize>,
}

impl ModeReport {
    /// The summary of the modes' shapes; `None` when no mode has [`crate::LEAST_FOR_SHAPE`] high-quality samples.
    pub fn inside(&self) -> Option<InsideModes> {
        InsideModes::of(&self.shapes)
    }
}

/// A mode or part is lost below this share of the samples expected in it; our own convention.
pub const LOST_BELOW: f64 = 0.2;

/// Counts the samples around known modes.
///
/// A sample is of high quality when it lies within [`Modes::radius`] standard deviations of its nearest mode, nearest
/// in units of each mode's own standard deviation (Srivastava et al., VEEGAN, 2017; Lin et al., PacGAN, 2018).
///
/// # Errors
/// [`MetricError::WidthMismatch`] when the samples are not as wide as the modes.
pub fn mode_report(samples: MatrixView, modes: &Modes) -> Result<ModeReport, MetricError> {
    if samples.columns() != modes.features {
        return Err(MetricError::WidthMismatch {
            left: "the sample",
            left_columns: samples.columns(),
            right: "the list of modes",
            right_columns: modes.features,
        });
    }
    let (mut histogram, mut all) = (vec![0_usize; modes.count()], vec![0_usize; modes.count()]);
    let nearest: Vec<(usize, f64)> =
        samples.values().par_chunks(modes.features).map(|sample| modes.nearest(sample)).collect();
    let mut sums = vec![ShapeSums::new(modes.features); modes.count()];
    for (sample, (mode, distance)) in samples.values().chunks_exact(modes.features).zip(nearest) {
        all[mode] += 1;
        if distance <= modes.radius {
            histogram[mode] += 1;
            let center = &modes.centers[mode * modes.features..(mode + 1) * modes.features];
            sums[mode].add(sample, center, modes.stds[mode]);
        }
    }
    let shapes = sums.iter().map(ShapeSums::shape).collect();
    Ok(ModeReport { shapes, ..report_of(histogram, &all, modes.weights()) })
}

/// Counts modes by the classes that a classifier has assigned, as for stacked MNIST. Every sample is of high quality, and
/// its mode is `classes[i]`, which is below `modes_total`. Weights are as in [`Modes::with_weights`].
///
/// # Errors
/// [`MetricError::Empty`] without a sample or a mode, [`MetricError::OutOfRange`] for a class that is not below
/// `modes_total`, and the errors of the weights.
pub fn mode_report_from_classes(
    classes: &[usize],
    modes_total: usize,
    weights: Option<&[f64]>,
) -> Result<ModeReport, MetricError> {
    if classes.is_empty() || modes_total == 0 {
        return Err(MetricError::Empty { rows: classes.len(), columns: modes_total });
    }
    let weights = weights.map(|weights| normalised(weights, modes_total)).transpose()?;
    let mut histogram = vec![0_usize; modes_total];
    for &class in classes {
        let count = histogram
            .get_mut(class)
            .ok_or_else(|| MetricError::out_of_range("a class", &class, "below the number of modes"))?;
        *count += 1;
    }
    let all = histogram.clone();
    Ok(report_of(histogram, &all, weights.as_deref()))
}

/// Weights scaled to sum to 1.
fn normalised(weights: &[f64], modes: usize) -> Result<Vec<f64>, MetricError> {
    if weights.len() != modes {
        return Err(MetricError::WrongCount { what: "weights of the modes", needed: modes, found: weights.len() });
    }
    if let Some(weight) = weights.iter().find(|weight| !(weight.is_finite() && **weight > 0.0)) {
        return Err(MetricError::out_of_range("a mode's weight", weight, "finite and above 0"));
    }
    let sum: f64 = weights.iter().sum();
    Ok(weights.iter().map(|weight| weight / sum).collect())
}

/// The report of a histogram of high-quality samples and one of all samples, without shapes.
fn report_of(histogram: Vec<usize>, all: &[usize], weights: Option<&[f64]>) -> ModeReport {
    let modes_total = histogram.len();
    let samples: usize = all.iter().sum();
    let high_quality_samples: usize = histogram.iter().sum();
    let uniform = vec![1.0 / modes_total as f64; modes_total];
    let target = weights.unwrap_or(&uniform);
    let (reverse_kl, jensen_shannon) = if high_quality_samples == 0 {
        let rarest = target.iter().copied().fold(f64::INFINITY, f64::min);
        (-rarest.ln(), std::f64::consts::LN_2)
    } else {
        let shares: Vec<f64> = histogram.iter().map(|count| *count as f64 / high_quality_samples as f64).collect();
        (kl_divergence(&shares, target), jensen_shannon(&shares, target))
    };
    let lost = target.iter().zip(all).filter(|(due, found)| (**found as f64) < LOST_BELOW * **due * samples as f64);
    ModeReport {
        samples,
        lost_share: lost.fold(0.0, |sum, (due, _)| sum + due),
        modes_total,
        modes_covered: histogram.iter().filter(|count| **count > 0).count(),
        modes_covered_20: histogram.iter().filter(|count| **count >= WELL_COVERED).count(),
        high_quality: high_quality_samples as f64 / samples as f64,
        shapes: vec![None; modes_total],
        reverse_kl,
        jensen_shannon,
        histogram,
    }
}

/// `KL(p || q)` in nats, at least 0; terms with `p = 0` are 0, and `q` must be positive where `p` is.
pub(crate) fn kl_divergence(p: &[f64], q: &[f64]) -> f64 {
    let sum: f64 = p.iter().zip(q).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q).ln()).sum();
    sum.max(0.0)
}

/// The Jensen-Shannon divergence in nats, 0 to `ln 2`.
pub(crate) fn jensen_shannon(p: &[f64], q: &[f64]) -> f64 {
    let middle: Vec<f64> = p.iter().zip(q).map(|(p, q)| f64::midpoint(*p, *q)).collect();
    f64::midpoint(kl_divergence(p, &middle), kl_divergence(q, &middle)).min(std::f64::consts::LN_2)
}
