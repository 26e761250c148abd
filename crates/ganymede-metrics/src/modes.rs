//! What samples say about modes that are known: which are covered, how well, and how evenly.

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
    /// As [`MatrixView::new`] for the centers; [`MetricError::WrongCount`] when there is not one standard deviation a
    /// mode, [`MetricError::OutOfRange`] when one is not finite and positive.
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

    /// Gives each mode the share of the data that it holds; the shares are scaled to sum to 1.
    ///
    /// # Errors
    /// [`MetricError::WrongCount`] when there is not one weight a mode, [`MetricError::OutOfRange`] when one is not
    /// finite and positive (an empty mode would make the divergence infinite).
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self, MetricError> {
        self.weights = Some(normalised(weights, self.count())?);
        Ok(self)
    }

    /// Replaces the radius within which a sample is of high quality, in standard deviations of the mode.
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

    /// How many modes there are.
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

    /// The shares of the modes, summing to 1, where they were given.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The radius of high quality, in standard deviations of the mode.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// The share of real samples that are of high quality when the modes are isotropic normals far apart: the ceiling
    /// of [`ModeReport::high_quality`], 0.98889 for the default radius in two dimensions and above.
    pub fn high_quality_ceiling(&self) -> f64 {
        chi_squared_probability(self.features, self.radius * self.radius)
    }

    /// The mode nearest to a sample in units of that mode's standard deviation (the first of equals), and the distance
    /// in those units.
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
/// 3 in one and two dimensions, as in the literature. In `d > 2` dimensions an isotropic normal lies in a shell of
/// radius about `sqrt(d)`, so that no real sample would be within 3; there it is the radius that holds the same
/// share of real samples as 3 does in the plane, `1 - exp(-4.5)`: 3.33 for `d = 3`, 28.1 for `d = 700`, 36.3 for
/// `d = 1200`. VEEGAN states 10 standard deviations for its 1,200-dimensional mixture; give that, or the radius of
/// the modes' intrinsic dimension, to [`Modes::with_radius`].
pub fn high_quality_radius(dimensions: usize) -> f64 {
    if dimensions <= 2 {
        return PLANE_RADIUS;
    }
    chi_squared_quantile(dimensions, chi_squared_probability(2, PLANE_RADIUS * PLANE_RADIUS)).sqrt()
}

/// What a set of samples says about known modes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModeReport {
    /// Samples looked at.
    pub samples: usize,
    /// Modes that there are.
    pub modes_total: usize,
    /// Modes with at least one high-quality sample, as the literature counts.
    pub modes_covered: usize,
    /// Modes with at least [`WELL_COVERED`] high-quality samples: one stray sample is not a mode.
    pub modes_covered_20: usize,
    /// The share of samples that are of high quality, from 0 to 1.
    pub high_quality: f64,
    /// The shape of each mode's high-quality samples; `None` for a mode with fewer than [`crate::LEAST_FOR_SHAPE`] of them, and where
    /// only classes are known. `high_quality` rewards narrow modes; this tells them.
    pub shapes: Vec<Option<ModeShape>>,
    /// `KL(q || p)` in nats, from the histogram `q` of high-quality samples to the modes' weights `p`; with equal
    /// weights that is `ln K - H(q)`. Without a single high-quality sample: its largest possible value, `ln K` (with
    /// weights: `-ln min p`).
    pub reverse_kl: f64,
    /// The Jensen-Shannon divergence between `q` and `p` in nats, 0 to `ln 2`; `ln 2` without a high-quality sample.
    pub jensen_shannon: f64,
    /// The weight of the modes that are lost, 0 to 1: those nearest to fewer than a fifth of the samples that are due to
    /// them by weight ([`LOST_BELOW`]), whatever the samples' quality. Blurred samples lose no mode.
    pub lost_share: f64,
    /// High-quality samples nearest to each mode.
    pub histogram: Vec<usize>,
}

impl ModeReport {
    /// What the shapes of the modes say together; `None` where no mode has [`crate::LEAST_FOR_SHAPE`] high-quality samples.
    pub fn inside(&self) -> Option<InsideModes> {
        InsideModes::of(&self.shapes)
    }
}

/// A mode is lost below this share of the samples that are due to it; our own convention.
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

/// Counts modes that a classifier has named, as stacked MNIST does: every sample is of high quality, and its mode is
/// `classes[i]`, below `modes_total`. Weights as in [`Modes::with_weights`].
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

/// The report of a histogram of high-quality samples and one of all samples, which tell no shapes.
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
