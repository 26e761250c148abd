//! Cheap signals of collapse from samples alone: fake ones against a fixed real set, no mode positions known.

use serde::{Deserialize, Serialize};

use rand::RngExt;
use rand::seq::index;

use crate::bins::counts_of;
use crate::own_spread::{Part, parts_of, pooled_ratios};
use crate::random::{Purpose, stream, subsample};
use crate::{
    Bins, DiversityOptions, DiversityReport, Kernel, MatrixView, MetricError, VendiOptions, VendiReport, coverage,
    diversity_report, mean_pairwise_distance, nearest_neighbor_radii, vendi_score,
};

/// Samples of either kind that a bin needs so that its own spread is looked at: the ratio of two spreads of eight in the
/// plane is off by a fourth, `1 / sqrt(2 features (samples - 1))` each, and the mean over the bins by less.
const INSIDE_ROWS: usize = 8;

/// What a [`crate::Detector`] looks at. A signal that was not measured is `None` and has no say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signals {
    /// Standard deviation over all entries, fake over real; 1 when healthy.
    pub std_ratio: Option<f64>,
    /// Mean pairwise distance, fake over real; 1 when healthy.
    pub distance_ratio: Option<f64>,
    /// The share of real balls around nearest neighbours with a fake sample inside, 0 to 1.
    pub coverage: Option<f64>,
    /// Vendi score, fake over real, at equal numbers of rows; 1 when healthy.
    pub vendi_ratio: Option<f64>,
    /// The share of the real data in bins that fake samples still visit, 0 to 1.
    pub kept_share: Option<f64>,
    /// The spread about the own mean inside the bins, fake over real; 1 when healthy. `None` where no bin has enough of both.
    pub inside_spread: Option<f64>,
    /// The share of real and fake samples that the discriminator tells right, 0 to 1.
    pub discriminator_accuracy: Option<f64>,
    /// The share of real samples that the discriminator calls real, 0 to 1.
    pub real_called_real: Option<f64>,
    /// The fake samples' own standard deviation. For data made for [-1, 1] and only where there is no real data.
    pub fake_std: Option<f64>,
    /// The fake samples' mean pairwise distance over `std * sqrt(2 features)`, which it would be were all entries
    /// independent; 0 when one sample is drawn over and over. Where there is no real data.
    pub fake_relative_distance: Option<f64>,
}

impl Signals {
    /// The signals that fake samples give without any real data. The standard deviation counts only when the data is
    /// made for [-1, 1].
    pub fn of_fake_alone(diversity: &DiversityReport, features: usize) -> Self {
        let independent = diversity.std * (2.0 * features as f64).sqrt();
        let relative = if independent > 0.0 { diversity.mean_pairwise_distance / independent } else { 0.0 };
        Self { fake_std: Some(diversity.std), fake_relative_distance: Some(relative), ..Self::default() }
    }
}

/// How signals are measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignalOptions {
    /// Rows taken of the real and of the fake samples, the same draw for each set size; at least 8.
    pub rows: usize,
    /// Rows for what looks at pairs of them, whose cost is their second and third power: mean pairwise distance,
    /// coverage, Vendi score. At least 8; `rows` where that is smaller.
    pub pair_rows: usize,
    /// The neighbour whose distance is a real ball's radius.
    pub nearest_k: usize,
    /// At most so many bins; at least 1. Bins grow wider until this holds.
    pub max_bins: usize,
    /// Bins, and the Vendi score's bandwidth, are so wide as a share of the real data's mean pairwise distance.
    pub bin_width: f64,
    /// A bin is kept while its share of fake samples is at least this share of its share of real samples.
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

    /// The rows of a sample that pairs are made of.
    fn pairs(&self, samples: MatrixView) -> Vec<f32> {
        samples.gather(&subsample(samples.rows(), self.pair_rows, self.seed))
    }

    /// How the spread is measured.
    fn diversity(&self) -> DiversityOptions {
        DiversityOptions { pairwise_rows: self.pair_rows, seed: self.seed, ..DiversityOptions::default() }
    }
}

/// A fixed real sample with all that is computed once, to measure fake samples against again and again.
#[derive(Clone, Debug)]
pub struct Reference {
    options: SignalOptions,
    features: usize,
    /// The real rows for pairs.
    pairs: Vec<f32>,
    radii: Vec<f64>,
    bins: Bins,
    /// The spread of the real samples in each bin.
    inside: Vec<Part>,
    bandwidth: f64,
    diversity: DiversityReport,
    /// The real Vendi score at the usual number of rows, which most calls need.
    vendi: VendiReport,
}

impl Reference {
    /// Draws the real sample and measures it.
    ///
    /// # Errors
    /// The options' range errors; [`MetricError::TooFewRows`] when there are not more rows than `nearest_k`;
    /// [`MetricError::NoSpread`] when all real samples are the same.
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

    /// The signals that real samples give, in as many looks: each divides the real samples by chance into a half that is
    /// the reference and one that stands for the fakes, drawn with replacement where it is smaller than
    /// [`SignalOptions::rows`]. Samples of which a detector is to learn what chance alone does should be at least twice
    /// that many; with fewer the halves are small, and chance does more. Nothing where a half is too small to be a
    /// reference, or does not vary.
    ///
    /// # Errors
    /// Those of [`Reference::new`] and [`Reference::signals`] but for too few rows and no spread.
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

    /// The bins that the share of kept data is counted in.
    pub fn bins(&self) -> &Bins {
        &self.bins
    }

    /// The signals of fake samples. More rows than [`SignalOptions::rows`] are drawn from.
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

    /// The fake samples' Vendi score over that of as many real ones, with a kernel as wide as a bin.
    fn vendi_ratio(&self, real: MatrixView, fake: MatrixView) -> Result<f64, MetricError> {
        let rows = real.rows().min(fake.rows());
        let options = vendi_options(self.bandwidth, rows);
        let of_real = if rows == self.vendi.rows { self.vendi } else { vendi_score(real, &options)? };
        Ok(vendi_score(fake, &options)?.score / of_real.score)
    }

    /// The fake samples' spread inside the bins over the real ones', by mean squares or by medians, whichever is less.
    fn inside_spread(&self, fake: MatrixView, bins: &[usize]) -> Option<f64> {
        let fake = parts_of(fake, bins, self.bins.count());
        let ratios = pooled_ratios(&self.inside, &fake, INSIDE_ROWS).into_iter().flatten();
        ratios.map(|(ratio, _)| ratio).min_by(f64::total_cmp)
    }

    /// The share of real samples in bins that fake samples visit often enough.
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

/// The Vendi score that tells modes apart, on so many rows.
fn vendi_options(bandwidth: f64, rows: usize) -> VendiOptions {
    VendiOptions { kernel: Kernel::Rbf { bandwidth }, max_size: rows, ..VendiOptions::default() }
}

/// Bins as wide as the gaps between modes, not finer: each real sample farther than the width from all centers so far
/// becomes a center. K-means would cut one mode into many bins, and a narrower mode would then look like a lost one.
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
        // In many dimensions even neighbours lie far apart, and bins must be wider to hold more than one sample.
        width *= 1.05;
    }
}

/// A bandwidth for [`Kernel::Rbf`] from the data's own scale: the options' bin width times the mean pairwise distance.
///
/// # Errors
/// [`MetricError::NoSpread`] when all samples are the same.
pub fn coarse_bandwidth(real: MatrixView, options: &SignalOptions) -> Result<f64, MetricError> {
    let chosen = subsample(real.rows(), options.rows, options.seed);
    let distance = mean_pairwise_distance(MatrixView::new(&real.gather(&chosen), chosen.len(), real.columns())?);
    if distance > 0.0 {
        return Ok(options.bin_width * distance);
    }
    Err(MetricError::NoSpread { what: "the mean pairwise distance" })
}
