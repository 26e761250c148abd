//! What a diagnosis says, as plain data.

use serde::{Deserialize, Serialize};

use crate::{Headline, Verdict};

/// Values of a center that are still written out; of wider ones, such as pictures, only the nearest samples are named.
const WRITTEN_VALUES: usize = 32;

/// A diagnosis. What needs real samples is absent without them, and what has no value is absent with a note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The verdict: that of the worst signal, or that nothing can be told.
    pub verdict: Verdict,
    /// What is wrong, in one word.
    pub headline: Headline,
    /// Why nothing can be told, where the verdict is [`Verdict::Inconclusive`].
    pub doubt: Option<String>,
    /// The strongest reasons for the verdict, in plain words, at most three.
    pub reasons: Vec<String>,
    /// How well the samples resemble the data, where that is worth a word; no part of the verdict.
    pub quality: Option<String>,
    /// The share of the data that is lost, where parts or classes are, or the share of variety.
    pub lost: Option<Effect>,
    /// The share of the fakes that are copies of a real sample, beyond that of real ones.
    pub copied_share: Option<f64>,
    /// The chance of a false alarm that the verdict allows, as many real samples given.
    pub false_alarms: FalseAlarms,
    /// Every signal that was measured, with what as many real samples give, and what it says.
    pub signals: Vec<SignalDiagnosis>,
    /// Fake samples there are.
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
    /// The coverage to be expected of as many samples of the real distribution.
    pub expected_coverage: Option<f64>,
    /// The Vendi score of the fake samples: with a kernel a fifth as wide as the real samples' mean pairwise distance, at
    /// as many rows as the real data's; without real samples, by cosine.
    pub vendi: Option<f64>,
    /// The Vendi score, fake over real, at equal numbers of rows.
    pub vendi_ratio: Option<f64>,
    /// The share of the real data in parts that the fake samples have not lost, 0 to 1, less what chance explains.
    pub kept_share: Option<f64>,
    /// Statistically different bins: those of one half of the real data, compared with the other half. Of equal
    /// distributions, the significance times `ndb_bins` on average.
    pub ndb: Option<usize>,
    /// Bins that there are.
    pub ndb_bins: Option<usize>,
    /// The Jensen-Shannon divergence between the two histograms over these bins, in nats.
    pub ndb_js: Option<f64>,
    /// The Frechet distance of the values themselves.
    pub frechet: Option<f64>,
    /// The kernel distance of the values themselves; around 0 for equal distributions, and below 0 by chance.
    pub kernel_distance: Option<f64>,
    /// The sliced Wasserstein distance, of second order along 128 directions, in the samples' units.
    pub sliced_wasserstein: Option<f64>,
    /// The size of the fake samples' support by the birthday paradox; without real samples, only exact copies count as
    /// meetings.
    pub support_size: f64,
    /// Whether no two fake samples met, so that the support is at least this large.
    pub support_size_is_lower_bound: bool,
    /// The real samples' own figures.
    pub real: Option<RealFigures>,
    /// Parts of the real data that fake samples hardly visit, the fullest first.
    pub missing_bins: Vec<BinDiagnosis>,
    /// Parts of the real data with more than twice their share of fake samples, the largest excess first.
    pub over_represented_bins: Vec<BinDiagnosis>,
    /// Parts of the real data that there are: bins whose centers lie apart.
    pub parts: Option<usize>,
    /// The real and the fake samples that the parts' counts are of.
    pub bin_rows: Option<[usize; 2]>,
    /// Class by class in rising order, where both sets have labels.
    pub per_class: Option<Vec<ClassDiagnosis>>,
    /// Deficiencies, in words: drawn rows, few samples, lacking ranks, a real set without spread.
    pub notes: Vec<String>,
}

impl Diagnosis {
    /// The signals that are not healthy.
    pub fn signs(&self) -> impl Iterator<Item = &SignalDiagnosis> {
        self.signals.iter().filter(|signal| signal.verdict != Verdict::Healthy)
    }
}

/// The chance that samples of the real distribution raise an alarm, at most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FalseAlarms {
    /// Called collapsed.
    pub collapsed: f64,
    /// Called suspect or worse.
    pub suspect: f64,
}

/// How large an effect is, as a share of what real samples have, 0 to 1, with an interval of two standard deviations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The estimate.
    pub value: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalDiagnosis {
    /// Its name, that of an entry of [`crate::SIGNALS`].
    pub signal: String,
    /// Its value.
    pub value: f64,
    /// Where some 95 of 100 values of as many real samples lie; absent without real samples and for exact tests.
    pub null: Option<[f64; 2]>,
    /// The chance of a value as bad or worse of as many real samples, by itself.
    pub p_value: Option<f64>,
    /// The same, corrected for the number of signals.
    pub corrected_p_value: Option<f64>,
    /// How much is lost, in the sense of the table's entry.
    pub effect: Effect,
    /// What it says by itself.
    pub verdict: Verdict,
    /// The fault that it points to.
    pub headline: Headline,
    /// The same in words.
    pub says: String,
}

/// Figures of the real samples, to hold the fake ones' against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RealFigures {
    /// Real samples there are.
    pub samples: usize,
    /// The mean of all values.
    pub mean: f64,
    /// The standard deviation of all values together.
    pub std: f64,
    /// The mean Euclidean distance between two samples.
    pub mean_pairwise_distance: f64,
    /// The Vendi score; absent where the samples do not vary.
    pub vendi: Option<f64>,
}

/// A part of the real data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinDiagnosis {
    /// Its number; bins count from 0, the fullest first.
    pub bin: usize,
    /// Real samples in it, of those held out for counting.
    pub real: usize,
    /// Fake samples in it.
    pub fake: usize,
    /// The share of the real samples.
    pub real_share: f64,
    /// The share of the fake samples.
    pub fake_share: f64,
    /// The class that most real samples in it have, where real labels are known.
    pub label: Option<usize>,
    /// The rows of the real samples in it that are nearest to its center, nearest first.
    pub nearest_real: Vec<usize>,
    /// Likewise of the fake samples.
    pub nearest_fake: Vec<usize>,
    /// The mean of the real samples in it. Left out of written reports when it is longer than 32 values.
    #[serde(default, skip_serializing_if = "is_wide")]
    pub center: Vec<f32>,
}

/// Whether a center is too long to be written out.
fn is_wide(center: &[f32]) -> bool {
    center.len() > WRITTEN_VALUES
}

/// The diagnosis of one class by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassDiagnosis {
    /// The class.
    pub class: usize,
    /// Real samples of the class.
    pub real: usize,
    /// Fake samples of the class.
    pub fake: usize,
    /// Whether the fake samples have lost the class: less than a fifth of its share, and not by chance.
    pub missing: bool,
    /// The verdict on the class; absent where it cannot be judged, as `note` says.
    pub verdict: Option<Verdict>,
    /// The spread about the class's own mean, fake over real.
    pub spread_ratio: Option<f64>,
    /// Different samples for each of its fake ones.
    pub distinct_share: Option<f64>,
    /// The share of the class in clusters that its fake samples have not lost.
    pub kept_share: Option<f64>,
    /// The chance of what its worst figure shows, corrected for the number of classes and figures.
    pub p_value: Option<f64>,
    /// Why the class was not judged.
    pub note: Option<String>,
}
