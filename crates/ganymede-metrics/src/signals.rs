//! Cheap signals of collapse: fake samples against a fixed set of real ones, without known modes.

use serde::{Deserialize, Serialize};

use rand::RngExt;
use rand::seq::index;

use crate::bins::counts_of;
use crate::own_spread::{Part, parts_of, pooled_ratios};
use crate::random::{Purpose, stream, subsample};
use crate::{
    Bins, DiversityOptions, DiversityReport, Kernel, MatrixView, MetricError, VendiOptions, VendiReport, coverage,
    diversity_report, nearest_neighbor_radii, vendi_score,
};

/// Samples of each kind that a bin needs for its own spread to be used. The ratio of two spreads of eight samples in the
/// plane has a relative error of about a fourth (`1 / sqrt(2 features (samples - 1))` each), the mean over bins a smaller
/// one.
const INSIDE_ROWS: usize = 8;

/// The input of a [`crate::Detector`]. A signal that was not measured is `None` and does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signals {
    /// Standard deviation over all entries, fake over real; 1 when healthy.
    pub std_ratio: Option<f64>,
    /// Mean pairwise distance, fake over real; 1 when healthy.
    pub distance_ratio: Option<f64>,
    /// The share of real nearest-neighbour balls that contain a fake sample, 0 to 1; see [`crate::coverage()`].
    pub coverage: Option<f64>,
    /// Vendi score of equally many rows, fake over real; 1 when healthy.
    pub vendi_ratio: Option<f64>,
    /// The share of the real data in bins that fake samples still visit, 0 to 1.
    pub kept_share: Option<f64>,
    /// The spread inside bins about each bin's own mean, fake over real; 1 when healthy. `None` when no bin has enough
    /// samples of both sets.
    pub inside_spread: Option<f64>,
    /// The share of real and fake samples that the discriminator classifies correctly, 0 to 1.
    pub discriminator_accuracy: Option<f64>,
    /// The share of real samples that the discriminator classifies as real, 0 to 1.
    pub real_called_real: Option<f64>,
    /// The standard deviation of the fake samples, for data in [-1, 1]. Used without real data only.
    pub fake_std: Option<f64>,
    /// The mean pairwise distance of the fake samples over `std * sqrt(2 features)`, its value if all entries were
    /// independent; 0 when one sample is repeated. Used without real data only.
    pub fake_relative_distance: Option<f64>,
}

impl Signals {
    /// The signals of fake samples without real data. The standard deviation is meaningful only for data in [-1, 1].
    pub fn of_fake_alone(diversity: &DiversityReport, features: usize) -> Self {
        let independent = diversity.std * (2.0 * features as f64).sqrt();
        let relative = if independent > 0.0 { diversity.mean_pairwise_distance / independent } else { 0.0 };
        Self { fake_std: Some(diversity.std), fake_relative_distance: Some(relative), ..Self::default() }
    }
}

/// How signals are measured.
///
/// The defaults are those with which `cargo xtask bench --suite detector` was run (`xtask/results/detector`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignalOptions {
    /// Rows drawn from the real and from the fake samples, at least 8. Sets of the same size give the same rows.
    pub rows: usize,
    /// Rows for the signals that compare pairs of rows, whose cost is their second or third power: mean pairwise distance,
    /// coverage, Vendi score. At least 8, and limited to `rows`.
    pub pair_rows: usize,
    /// The radius of a real ball is the distance to this nearest neighbour, counted from 1.
    pub nearest_k: usize,
    /// The largest number of bins, at least 1. Bins are made wider until it is kept.
    pub max_bins: usize,
    /// The width of bins, and the bandwidth of the Vendi score, as a share of the real data's mean pairwise distance.
    pub bin_width: f64,
    /// A bin is kept if its share of the fake samples is at least `kept_threshold` times its share of the real ones.
    pub kept_threshold: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for SignalOptions {
    fn default() -> Self {
        Self {
            rows: 512,
            pair_rows: 96,
            nearest_k: crate::DEFAULT_NEAREST_K,
            max_bins: 48,
            bin_width: 0.2,
            kept_threshold: 0.2,
            seed: 0,
        }
    }
}

impl SignalOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] for the first field outside its range.
    pub fn check(&self) -> Result<(), MetricError> {
        let counts = [
            ("rows", self.rows, 8, "at least 8"),
            ("pair_rows", self.pair_rows, 8, "at least 8"),
            ("nearest_k", self.nearest_k, 1, "at least 1"),
            ("max_bins", self.max_bins, 1, "at least 1"),
        ];
        for (name, value, least, range) in counts {
            if value < least {
                return Err(MetricError::out_of_range(name, &value, range));
            }
        }
        for (name, value) in [("bin_width", self.bin_width), ("kept_threshold", self.kept_threshold)] {
            if !(value > 0.0 && value <= 1.0) {
                return Err(MetricError::out_of_range(name, &value, "above 0 and at most 1"));
            }
        }
        Ok(())
    }

    /// The rows of a set that are compared in pairs.
    fn pairs(&self, samples: MatrixView) -> Vec<f32> {
        samples.gather(&subsample(samples.rows(), self.pair_rows, self.seed))
    }

    /// How the spread is measured.
    fn diversity(&self) -> DiversityOptions {
        DiversityOptions { pairwise_rows: self.pair_rows, seed: self.seed, ..DiversityOptions::default() }
    }
}

/// A fixed set of real samples with everything that is computed once, for measuring many sets of fake samples.
#[derive(Clone, Debug)]
pub struct Reference {
    options: SignalOptions,
    features: usize,
    /// The real rows that are compared in pairs.
    pairs: Vec<f32>,
    radii: Vec<f64>,
    bins: Bins,
    /// The spread of the real samples in each bin.
    inside: Vec<Part>,
    bandwidth: f64,
    diversity: DiversityReport,
    /// The Vendi score of all real rows in `pairs`, which most calls need.
    vendi: VendiReport,
}

impl Reference {
    /// Draws rows from the real samples and measures them.
    ///
    /// # Errors
    /// Those of [`SignalOptions::check`]; [`MetricError::TooFewRows`] with at most `nearest_k` rows;
    /// [`MetricError::NoSpread`] when all real samples are equal.
    pub fn new(real: MatrixView, options: SignalOptions) -> Result<Self, MetricError> {
        options.check()?;
        let values = real.gather(&subsample(real.rows(), options.rows, options.seed));
        let drawn = MatrixView::new(&values, values.len() / real.columns(), real.columns())?;
        let pairs = options.pairs(drawn);
        let of_pairs = MatrixView::new(&pairs, pairs.len() / real.columns(), real.columns())?;
        let radii = nearest_neighbor_radii(of_pairs, options.nearest_k)?;
        let diversity = diversity_report(drawn, &options.diversity())?;
        if diversity.mean_pairwise_distance == 0.0 {
            return Err(MetricError::NoSpread { what: "the mean pairwise distance" });
        }
        let bandwidth = options.bin_width * diversity.mean_pairwise_distance;
        let bins = coarse_bins(drawn, bandwidth, options.max_bins)?;
        let inside = parts_of(drawn, &bins.assign(drawn)?, bins.count());
        let vendi = vendi_score(of_pairs, &vendi_options(bandwidth, of_pairs.rows()))?;
        Ok(Self { options, features: real.columns(), pairs, radii, bins, inside, bandwidth, diversity, vendi })
    }

    /// The signals of real samples in the place of fakes, one for each of `looks` random splits. A split makes one half of
    /// the real samples the reference and takes the fakes from the other half, with replacement when that half is smaller
    /// than [`SignalOptions::rows`]. Give at least twice that many samples: with fewer, the halves are small and chance has
    /// a larger effect. Empty when a half is too small for a reference or does not vary.
    ///
    /// # Errors
    /// Those of [`Reference::new`] and [`Reference::signals`], except for too few rows and no spread.
    pub fn null(real: MatrixView, options: SignalOptions, looks: usize) -> Result<Vec<Signals>, MetricError> {
        let mut found = Vec::with_capacity(looks);
        let mut random = stream(options.seed, Purpose::Null);
        for _ in 0..looks {
            let order = index::sample(&mut random, real.rows(), real.rows()).into_vec();
            let (reference, others) = order.split_at(real.rows() / 2);
            let rows = options.rows.max(8);
            let reference = real.gather(&reference[..reference.len().min(rows)]);
            let drawn: Vec<usize> = match others.get(..rows) {
                Some(enough) => enough.to_vec(),
                None if others.is_empty() => return Ok(Vec::new()),
                None => (0..rows).map(|_| others[random.random_range(0..others.len())]).collect(),
            };
            let view = MatrixView::new(&reference, reference.len() / real.columns(), real.columns())?;
            let reference = match Self::new(view, options) {
                Err(MetricError::TooFewRows { .. } | MetricError::NoSpread { .. }) => return Ok(Vec::new()),
                other => other?,
            };
            let drawn = real.gather(&drawn);
            found.push(reference.signals(MatrixView::new(&drawn, rows, real.columns())?)?);
        }
        Ok(found)
    }

    /// The bins in which the kept share of the data is counted.
    pub fn bins(&self) -> &Bins {
        &self.bins
    }

    /// The signals of fake samples, or of [`SignalOptions::rows`] rows drawn from them.
    ///
    /// # Errors
    /// [`MetricError::WidthMismatch`], and [`MetricError::NoConvergence`] when an eigenvalue iteration fails.
    pub fn signals(&self, fake: MatrixView) -> Result<Signals, MetricError> {
        let real = MatrixView::new(&self.pairs, self.radii.len(), self.features)?;
        real.same_width("the real data", fake, "the fake data")?;
        let values = fake.gather(&subsample(fake.rows(), self.options.rows, self.options.seed));
        let fake = MatrixView::new(&values, values.len() / self.features, self.features)?;
        let pairs = self.options.pairs(fake);
        let of_pairs = MatrixView::new(&pairs, pairs.len() / self.features, self.features)?;
        let diversity = diversity_report(fake, &self.options.diversity())?;
        let bins = self.bins.assign(fake)?;
        let ratios = crate::diversity_ratios(&self.diversity, &diversity)?;
        Ok(Signals {
            std_ratio: Some(ratios.std_ratio),
            distance_ratio: Some(ratios.distance_ratio),
            coverage: Some(coverage(real, &self.radii, of_pairs)?),
            vendi_ratio: Some(self.vendi_ratio(real, of_pairs)?),
            kept_share: Some(self.kept_share(&bins)),
            inside_spread: self.inside_spread(fake, &bins),
            ..Signals::default()
        })
    }

    /// The Vendi score of the fake samples over that of equally many real ones, with a bin's width as bandwidth.
    fn vendi_ratio(&self, real: MatrixView, fake: MatrixView) -> Result<f64, MetricError> {
        let rows = real.rows().min(fake.rows());
        let options = vendi_options(self.bandwidth, rows);
        let of_real = if rows == self.vendi.rows { self.vendi } else { vendi_score(real, &options)? };
        Ok(vendi_score(fake, &options)?.score / of_real.score)
    }

    /// The spread of the fake samples inside bins over that of the real ones, by mean squares or medians, whichever is less.
    fn inside_spread(&self, fake: MatrixView, bins: &[usize]) -> Option<f64> {
        let fake = parts_of(fake, bins, self.bins.count());
        let ratios = pooled_ratios(&self.inside, &fake, INSIDE_ROWS).into_iter().flatten();
        ratios.map(|(ratio, _)| ratio).min_by(f64::total_cmp)
    }

    /// The share of the real samples in bins that are kept, as [`SignalOptions::kept_threshold`] says.
    fn kept_share(&self, bins: &[usize]) -> f64 {
        let fake_rows = bins.len() as f64;
        let real_counts = self.bins.real_counts();
        let fake_counts = counts_of(bins, real_counts.len());
        let real_rows = real_counts.iter().sum::<usize>() as f64;
        let kept = real_counts.iter().zip(fake_counts).filter(|(real, fake)| {
            let expected = **real as f64 / real_rows * fake_rows;
            *fake > 0 && *fake as f64 >= self.options.kept_threshold * expected
        });
        kept.map(|(real, _)| real).sum::<usize>() as f64 / real_rows
    }
}

/// The options of a Vendi score of `rows` rows whose kernel tells modes apart.
fn vendi_options(bandwidth: f64, rows: usize) -> VendiOptions {
    VendiOptions { kernel: Kernel::Rbf { bandwidth }, max_size: rows, ..VendiOptions::default() }
}

/// Bins that are as wide as the gaps between modes: each real sample that is farther than `width` from all centers so far
/// becomes a center. K-means would split a mode into many bins, and a narrower mode would then look like lost ones.
fn coarse_bins(real: MatrixView, mut width: f64, max_bins: usize) -> Result<Bins, MetricError> {
    loop {
        let mut centers: Vec<usize> = Vec::new();
        for (row, sample) in real.iter_rows().enumerate() {
            let far = centers.iter().all(|center| crate::blocks::exact_distance(sample, real.row(*center)) > width);
            if far {
                centers.push(row);
            }
            if centers.len() > max_bins {
                break;
            }
        }
        if centers.len() <= max_bins {
            return Bins::around(&real.gather(&centers), real);
        }
        // In many dimensions even neighbours are far apart, and bins must be wider to contain more than one sample.
        width *= 1.05;
    }
}
