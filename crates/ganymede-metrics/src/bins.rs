//! The number of statistically different bins: which parts of the real data are missing, and which come too often.

use serde::{Deserialize, Serialize};

use crate::clusters::{cluster_centers, nearest_centers};
use crate::modes::jensen_shannon;
use crate::special::chi_squared_quantile;
use crate::{MatrixView, MetricError};

/// The usual number of bins.
pub const DEFAULT_BINS: usize = 100;

/// The usual level of significance.
pub const DEFAULT_SIGNIFICANCE: f64 = 0.05;

/// Bins around the clusters of the real data.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    centers: Vec<f32>,
    features: usize,
    real_counts: Vec<usize>,
}

impl Bins {
    /// Clusters the real data into at most `count` bins, the fullest first, by k-means from k-means++ seeds.
    ///
    /// The clusters are fitted to the same samples that are counted. Data without clusters of its own (noise in many
    /// dimensions) therefore fills the bins differently even for a second real sample: compare with that sample's
    /// number, or count held-out samples with [`Bins::around`].
    ///
    /// This is what `gans-n-gmms` does without whitening, but from one start instead of ten, and on all features. There
    /// are fewer bins than `count` when there are fewer distinct samples.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] when `count` is 0.
    pub fn fit(real: MatrixView, count: usize, seed: u64) -> Result<Self, MetricError> {
        if count == 0 {
            return Err(MetricError::out_of_range("the number of bins", &count, "at least 1"));
        }
        Self::around(&cluster_centers(real, count, seed)?, real)
    }

    /// Bins around given centers, row-major `[bins, features]`. Centers that are nearest to no real sample are left out;
    /// the others are sorted by their number of real samples, largest first.
    ///
    /// # Errors
    /// As [`MatrixView::new`] for the centers, read as rows of the real data's width.
    pub fn around(centers: &[f32], real: MatrixView) -> Result<Self, MetricError> {
        let features = real.columns();
        let view = MatrixView::new(centers, centers.len() / features, features)?;
        let mut counts = vec![0_usize; view.rows()];
        for center in nearest_centers(real, view) {
            counts[center] += 1;
        }
        let mut order: Vec<usize> = (0..counts.len()).filter(|bin| counts[*bin] > 0).collect();
        order.sort_by_key(|bin| std::cmp::Reverse(counts[*bin]));
        Ok(Self {
            centers: view.gather(&order),
            features,
            real_counts: order.into_iter().map(|bin| counts[bin]).collect(),
        })
    }

    /// The number of bins, at least 1.
    pub fn count(&self) -> usize {
        self.real_counts.len()
    }

    /// The number of features of a sample.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The centers, row-major `[bins, features]`: for pictures, the mean picture of each bin.
    pub fn centers(&self) -> &[f32] {
        &self.centers
    }

    /// The number of real samples in each bin, largest first.
    pub fn real_counts(&self) -> &[usize] {
        &self.real_counts
    }

    /// The bin of each sample: the one with the nearest center; of equally near ones, the first.
    ///
    /// # Errors
    /// [`MetricError::WidthMismatch`].
    pub fn assign(&self, samples: MatrixView) -> Result<Vec<usize>, MetricError> {
        let centers = MatrixView::new(&self.centers, self.count(), self.features)?;
        samples.same_width("the sample", centers, "the list of bins")?;
        Ok(nearest_centers(samples, centers))
    }

    /// The number of samples in each bin.
    ///
    /// # Errors
    /// [`MetricError::WidthMismatch`].
    pub fn counts(&self, samples: MatrixView) -> Result<Vec<usize>, MetricError> {
        Ok(counts_of(&self.assign(samples)?, self.count()))
    }

    /// Compares fake samples with the real ones, bin by bin.
    ///
    /// # Errors
    /// [`MetricError::WidthMismatch`], and those of [`compare_bins`].
    pub fn compare(&self, fake: MatrixView, significance: f64) -> Result<BinReport, MetricError> {
        compare_bins(&self.real_counts, &self.counts(fake)?, significance)
    }
}

/// How fake samples fill the bins of the real data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinReport {
    /// The number of bins.
    pub bins: usize,
    /// The number of bins whose share of fake samples differs significantly from their share of real ones (NDB).
    pub different: usize,
    /// The Jensen-Shannon divergence between the two histograms in nats, 0 to `ln 2`.
    pub jensen_shannon: f64,
    /// The share of the real data in bins that no fake sample fell into, 0 to 1.
    pub missing_share: f64,
    /// The number of real samples in each bin.
    pub real_counts: Vec<usize>,
    /// The number of fake samples in each bin.
    pub fake_counts: Vec<usize>,
    /// The test statistic of each bin: positive with too few fake samples, negative with too many.
    pub z_scores: Vec<f64>,
    /// For each bin, whether it differs significantly.
    pub differs: Vec<bool>,
}

/// The number of statistically different bins (Richardson and Weiss 2018) from counts.
///
/// Each bin is tested by a two-sided two-proportion z-test with pooled variance, and differs when its p-value is below
/// `significance`. A bin that holds all samples of both sets, or none, has no variance and does not differ; the
/// authors' script divides by 0 there.
///
/// # Errors
/// [`MetricError::WrongCount`] when the lists differ in length, [`MetricError::Empty`] when a set has no samples, and
/// [`MetricError::OutOfRange`] when the significance is not between 0 and 1.
pub fn compare_bins(real_counts: &[usize], fake_counts: &[usize], significance: f64) -> Result<BinReport, MetricError> {
    if real_counts.len() != fake_counts.len() {
        return Err(MetricError::WrongCount {
            what: "bins of the fake data",
            needed: real_counts.len(),
            found: fake_counts.len(),
        });
    }
    if !(significance > 0.0 && significance < 1.0) {
        return Err(MetricError::out_of_range("significance", &significance, "between 0 and 1, both excluded"));
    }
    let (real_total, fake_total): (usize, usize) = (real_counts.iter().sum(), fake_counts.iter().sum());
    if real_total == 0 || fake_total == 0 {
        return Err(MetricError::Empty { rows: 0, columns: real_counts.len() });
    }
    let shares = |counts: &[usize], total: usize| -> Vec<f64> {
        counts.iter().map(|count| *count as f64 / total as f64).collect()
    };
    let (real_shares, fake_shares) = (shares(real_counts, real_total), shares(fake_counts, fake_total));
    // |z| is above the limit exactly when the two-sided p-value is below the significance.
    let limit = chi_squared_quantile(1, 1.0 - significance).sqrt();
    let z_scores: Vec<f64> = real_counts
        .iter()
        .zip(fake_counts)
        .zip(real_shares.iter().zip(&fake_shares))
        .map(|((real, fake), (real_share, fake_share))| {
            let pooled = (real + fake) as f64 / (real_total + fake_total) as f64;
            let variance = pooled * (1.0 - pooled) * (1.0 / real_total as f64 + 1.0 / fake_total as f64);
            if variance > 0.0 { (real_share - fake_share) / variance.sqrt() } else { 0.0 }
        })
        .collect();
    let differs: Vec<bool> = z_scores.iter().map(|z| z.abs() > limit).collect();
    let missing = real_counts.iter().zip(fake_counts).filter(|(_, fake)| **fake == 0).map(|(real, _)| real);
    Ok(BinReport {
        bins: real_counts.len(),
        different: differs.iter().filter(|differs| **differs).count(),
        jensen_shannon: jensen_shannon(&real_shares, &fake_shares),
        missing_share: missing.sum::<usize>() as f64 / real_total as f64,
        real_counts: real_counts.to_vec(),
        fake_counts: fake_counts.to_vec(),
        z_scores,
        differs,
    })
}

/// The number of samples in each of `count` bins, from the bin of each sample.
pub(crate) fn counts_of(bins: &[usize], count: usize) -> Vec<usize> {
    let mut counts = vec![0_usize; count];
    for bin in bins {
        counts[*bin] += 1;
    }
    counts
}
