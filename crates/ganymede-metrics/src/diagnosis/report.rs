//! The result of a diagnosis, as plain data.

use serde::{Deserialize, Serialize};

use crate::{Headline, Verdict};

/// Centers with more values, such as pictures, are left out of written reports.
const WRITTEN_VALUES: usize = 32;

/// A diagnosis. Figures that need real samples are absent without them; a figure that has no value is absent with a note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The verdict: that of the worst signal, or inconclusive.
    pub verdict: Verdict,
    /// The most important finding.
    pub headline: Headline,
    /// The reason for the verdict [`Verdict::Inconclusive`].
    pub doubt: Option<String>,
    /// The strongest reasons for the verdict as sentences, at most three.
    pub reasons: Vec<String>,
    /// A remark on how well the samples resemble the data, if they do not; it is no part of the verdict.
    pub quality: Option<String>,
    /// The effect behind the headline: the lost share of the data, or of its variety.
    pub lost: Option<Effect>,
    /// The share of the fakes that are copies of a real sample, beyond that among real samples, 0 to 1.
    pub copied_share: Option<f64>,
    /// The largest probabilities of a false alarm for equally many real samples.
    pub false_alarms: FalseAlarms,
    /// Every signal that was measured, with its verdict.
    pub signals: Vec<SignalDiagnosis>,
    /// The number of fake samples.
    pub samples: usize,
    /// The mean of all values of the fake samples.
    pub mean: f64,
    /// The standard deviation of all values of the fake samples together.
    pub std: f64,
    /// The mean Euclidean distance between two fake samples.
    pub mean_pairwise_distance: f64,
    /// Standard deviation, fake over real.
    pub std_ratio: Option<f64>,
    /// Mean pairwise distance, fake over real.
    pub distance_ratio: Option<f64>,
    /// See [`crate::Prdc`].
    pub precision: Option<f64>,
    /// See [`crate::Prdc`].
    pub recall: Option<f64>,
    /// See [`crate::Prdc`].
    pub density: Option<f64>,
    /// See [`crate::Prdc`].
    pub coverage: Option<f64>,
    /// The expected coverage of equally many samples of the real distribution.
    pub expected_coverage: Option<f64>,
    /// The Vendi score of the fake samples, of as many rows as that of the real ones. The kernel is an RBF with a bandwidth of
    /// a fifth of the real samples' mean pairwise distance; without real samples, the cosine.
    pub vendi: Option<f64>,
    /// The Vendi score of equally many rows, fake over real.
    pub vendi_ratio: Option<f64>,
    /// The share of the real data in parts that the fake samples keep, 0 to 1; parts that chance leaves empty count as kept.
    pub kept_share: Option<f64>,
    /// The number of statistically different bins. Bins are fitted to one half of the real data and compared with the other
    /// half. For equal distributions the average is the level of significance times `ndb_bins`.
    pub ndb: Option<usize>,
    /// The number of bins.
    pub ndb_bins: Option<usize>,
    /// The Jensen-Shannon divergence between the two histograms over these bins, in nats.
    pub ndb_js: Option<f64>,
    /// The Frechet distance of the values themselves.
    pub frechet: Option<f64>,
    /// The kernel distance of the values themselves; around 0 for equal distributions, and below 0 by chance.
    pub kernel_distance: Option<f64>,
    /// The sliced Wasserstein distance, of second order along 128 directions, in the samples' units.
    pub sliced_wasserstein: Option<f64>,
    /// The size of the fake samples' support by the birthday paradox; without real samples, only exact copies count as the
    /// same.
    pub support_size: f64,
    /// Whether no two fake samples were the same, so that the support is at least this large.
    pub support_size_is_lower_bound: bool,
    /// The figures of the real samples.
    pub real: Option<RealFigures>,
    /// Parts of the real data that have hardly any fake samples, those with the most real samples first.
    pub missing_bins: Vec<BinDiagnosis>,
    /// Parts of the real data with more than twice their expected share of fake samples, the largest excess first.
    pub over_represented_bins: Vec<BinDiagnosis>,
    /// The number of parts of the real data: bins whose centers are far enough apart.
    pub parts: Option<usize>,
    /// The numbers of real and fake samples that were counted in the parts.
    pub bin_rows: Option<[usize; 2]>,
    /// The diagnosis of each class, in ascending order, if both sets have labels.
    pub per_class: Option<Vec<ClassDiagnosis>>,
    /// Remarks on what limits the figures: drawn rows, few samples, rank deficiency, missing labels.
    pub notes: Vec<String>,
}

impl Diagnosis {
    /// The signals that are not healthy.
    pub fn signs(&self) -> impl Iterator<Item = &SignalDiagnosis> {
        self.signals.iter().filter(|signal| signal.verdict != Verdict::Healthy)
    }
}

/// The largest probabilities that samples of the real distribution raise an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FalseAlarms {
    /// That they are called collapsed.
    pub collapsed: f64,
    /// That they are called suspect or worse.
    pub suspect: f64,
}

/// The size of an effect, as a share of what real samples have, 0 to 1, with an interval of two standard deviations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The estimate.
    pub value: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// One signal, compared with equally many real samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalDiagnosis {
    /// Its name, as in [`crate::SIGNALS`].
    pub signal: String,
    /// Its value.
    pub value: f64,
    /// The interval that contains about 95 % of the values of real samples; absent without real samples and for some exact
    /// tests.
    pub null: Option<[f64; 2]>,
    /// The p-value: the probability of a value this bad or worse for real samples.
    pub p_value: Option<f64>,
    /// The p-value corrected for the number of signals.
    pub corrected_p_value: Option<f64>,
    /// How much is lost, as [`crate::SignalInfo::effect`] defines it.
    pub effect: Effect,
    /// The verdict of this signal.
    pub verdict: Verdict,
    /// The fault that it indicates.
    pub headline: Headline,
    /// The value and the effect as a sentence.
    pub says: String,
}

/// Figures of the real samples, for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RealFigures {
    /// The number of real samples.
    pub samples: usize,
    /// The mean of all values.
    pub mean: f64,
    /// The standard deviation of all values together.
    pub std: f64,
    /// The mean Euclidean distance between two samples.
    pub mean_pairwise_distance: f64,
    /// The Vendi score; absent when the samples do not vary.
    pub vendi: Option<f64>,
}

/// A part of the real data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinDiagnosis {
    /// Its index; parts are counted from 0, those with the most real samples first.
    pub bin: usize,
    /// The number of held-out real samples in it.
    pub real: usize,
    /// The number of fake samples in it.
    pub fake: usize,
    /// Its share of the held-out real samples, 0 to 1.
    pub real_share: f64,
    /// Its share of the fake samples, 0 to 1.
    pub fake_share: f64,
    /// The most frequent class of the real samples in it, if real labels are known.
    pub label: Option<usize>,
    /// The row numbers of the real samples in it that are nearest to its center, nearest first.
    pub nearest_real: Vec<usize>,
    /// The same for the fake samples.
    pub nearest_fake: Vec<usize>,
    /// The mean of the real samples in it. Left out of written reports if it has more than 32 values.
    #[serde(default, skip_serializing_if = "is_wide")]
    pub center: Vec<f32>,
}

/// Whether a center has too many values to be written out.
fn is_wide(center: &[f32]) -> bool {
    center.len() > WRITTEN_VALUES
}

/// The diagnosis of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassDiagnosis {
    /// The class.
    pub class: usize,
    /// The number of real samples of the class.
    pub real: usize,
    /// The number of fake samples of the class.
    pub fake: usize,
    /// Whether the fake samples have lost the class: significantly less than a fifth of its expected share.
    pub missing: bool,
    /// Whether its fake samples lie among real samples of other classes: of their nearest real samples significantly fewer are of the
    /// class than of real samples', by more than 70 %.
    pub misplaced: bool,
    /// The verdict on the inside of the class; absent if it cannot be judged, for the reason in `note`.
    pub verdict: Option<Verdict>,
    /// The spread about the mean of the class, fake over real.
    pub spread_ratio: Option<f64>,
    /// The share of distinct samples, fake over real, at most 1.
    pub distinct_share: Option<f64>,
    /// The share of the class in clusters that its fake samples keep, 0 to 1.
    pub kept_share: Option<f64>,
    /// The p-value of its worst figure, corrected for the number of figures and classes.
    pub p_value: Option<f64>,
    /// The reason why the class was not judged.
    pub note: Option<String>,
}
