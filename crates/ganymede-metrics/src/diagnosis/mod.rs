//! Everything that two sets of samples say about collapse, at once, with a verdict and what it rests on.

mod classes;
mod drawn;
mod evidence;
mod measures;
mod parts;
mod report;

use serde::{Deserialize, Serialize};

use self::drawn::{Drawn, row_limit};
use self::evidence::{Evidence, verdict_of};
use self::measures::{Figures, figures_of_fake_alone, figures_of_two};
pub use self::report::{BinDiagnosis, ClassDiagnosis, Diagnosis, RealFigures, SignalDiagnosis};
use crate::{DEFAULT_BINS, DEFAULT_NEAREST_K, DEFAULT_SIGNIFICANCE, MatrixView, MetricError};

/// Samples with the class of each, if it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled<'a> {
    /// The samples, one a row; at least 2.
    pub samples: MatrixView<'a>,
    /// One class a row.
    pub labels: Option<&'a [usize]>,
}

/// How a diagnosis is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiagnosisOptions {
    /// The neighbour whose distance is a ball's radius; at least 1. Sets with fewer rows use their last neighbour.
    pub nearest_k: usize,
    /// At most so many bins; at least 1. There are fewer where a bin would hold fewer than five real samples.
    pub bins: usize,
    /// The significance of a statistically different bin, between 0 and 1.
    pub significance: f64,
    /// Rows taken of either set, at least 2; the rest is left out by a draw. Fewer are taken of wide samples, so that a
    /// diagnosis costs no more than that of 10,000 rows of 784 values.
    pub rows: usize,
    /// Samples of either set named for each missing or over-represented bin, nearest to its center first.
    pub nearest_samples: usize,
    /// Seed of all draws.
    pub seed: u64,
}

impl Default for DiagnosisOptions {
    fn default() -> Self {
        Self {
            nearest_k: DEFAULT_NEAREST_K,
            bins: DEFAULT_BINS,
            significance: DEFAULT_SIGNIFICANCE,
            rows: 20_000,
            nearest_samples: 10,
            seed: 0,
        }
    }
}

impl DiagnosisOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] for the first field outside its range.
    pub fn check(&self) -> Result<(), MetricError> {
        for (name, value, least, range) in [
            ("nearest_k", self.nearest_k, 1, "at least 1"),
            ("bins", self.bins, 1, "at least 1"),
            ("rows", self.rows, 2, "at least 2"),
        ] {
            if value < least {
                return Err(MetricError::out_of_range(name, &value, range));
            }
        }
        if !(self.significance > 0.0 && self.significance < 1.0) {
            let range = "between 0 and 1, both excluded";
            return Err(MetricError::out_of_range("significance", &self.significance, range));
        }
        Ok(())
    }
}

/// Diagnoses fake samples against real ones, or by themselves where there are none.
///
/// Without real samples, whatever needs them is absent; the verdict then rests on the standard deviation (for samples
/// within [-1, 1]) and on the mean pairwise distance as a share of what independent values would have.
///
/// With them, the verdict is the worst of the signals'. Their limits leave room for chance: half as many rows as the
/// other set, or fifty rows of 784 values, raise no alarm where the two come from one distribution. A lost third of
/// well separated modes is `collapsed`. `kept_share` counts bins around the clusters of one half of the real data by the
/// other half, so that structureless data in many dimensions is judged fairly too; clusters nearer to each other than a fifth
/// of the mean pairwise distance count as one, so that a narrower mode is no lost one.
///
/// Where labels of both sets are known each class is diagnosed by itself, and a class that the fake samples lack counts
/// as lost.
///
/// # Errors
/// [`MetricError::TooFewRows`] for a set of fewer than 2 rows, [`MetricError::WidthMismatch`],
/// [`MetricError::WrongCount`] when there is not one label a row, [`MetricError::OutOfRange`] for the options, and
/// [`MetricError::NoConvergence`] when an eigenvalue iteration fails.
pub fn diagnose(
    fake: Labelled<'_>,
    real: Option<Labelled<'_>>,
    options: &DiagnosisOptions,
) -> Result<Diagnosis, MetricError> {
    options.check()?;
    check(fake, "the fake data", "labels of the fake data")?;
    if let Some(real) = real {
        check(real, "the real data", "labels of the real data")?;
        real.samples.same_width("the real data", fake.samples, "the fake data")?;
    }
    let mut notes = Vec::new();
    let rows = row_limit(fake.samples.columns()).min(options.rows);
    let fake_drawn = Drawn::new(fake, rows, options.seed, "fake", &mut notes);
    let Some(real) = real else {
        let (figures, evidence) = figures_of_fake_alone(fake.samples, &fake_drawn, options, &mut notes)?;
        return Ok(assemble(figures, &evidence, None, notes));
    };
    let real_drawn = Drawn::new(real, rows, options.seed, "real", &mut notes);
    let (figures, mut evidence) =
        figures_of_two([real.samples, fake.samples], [&real_drawn, &fake_drawn], options, &mut notes)?;
    let per_class = classes::per_class(&real_drawn, &fake_drawn, options, &mut notes)?;
    if let Some(classes) = &per_class {
        classes::weigh(classes, &mut evidence);
    }
    Ok(assemble(figures, &evidence, per_class, notes))
}

/// Checks one set by itself.
fn check(set: Labelled<'_>, what: &'static str, labels: &'static str) -> Result<(), MetricError> {
    let rows = set.samples.rows();
    if rows < 2 {
        return Err(MetricError::TooFewRows { metric: "a diagnosis", what, needed: 2, found: rows });
    }
    match set.labels {
        Some(found) if found.len() != rows => {
            Err(MetricError::WrongCount { what: labels, needed: rows, found: found.len() })
        }
        _ => Ok(()),
    }
}

/// Puts figures, signals and classes together.
fn assemble(
    figures: Figures,
    evidence: &Evidence,
    per_class: Option<Vec<ClassDiagnosis>>,
    notes: Vec<String>,
) -> Diagnosis {
    let signals = evidence.signals();
    let bins = figures.bins.unwrap_or_default();
    Diagnosis {
        verdict: verdict_of(&signals),
        signals,
        samples: figures.samples,
        mean: figures.mean,
        std: figures.std,
        mean_pairwise_distance: figures.mean_pairwise_distance,
        std_ratio: evidence.std_ratio,
        distance_ratio: evidence.distance_ratio,
        precision: evidence.precision,
        recall: figures.recall,
        density: figures.density,
        coverage: evidence.coverage,
        expected_coverage: evidence.coverage.map(|_| evidence.expected_coverage),
        vendi: figures.vendi,
        vendi_ratio: evidence.vendi_ratio,
        kept_share: evidence.kept_share,
        ndb: bins.different,
        ndb_bins: bins.fine_bins,
        ndb_js: bins.jensen_shannon,
        frechet: figures.frechet,
        kernel_distance: figures.kernel_distance,
        sliced_wasserstein: figures.sliced_wasserstein,
        support_size: figures.support_size,
        support_size_is_lower_bound: figures.support_is_lower_bound,
        real: figures.real,
        missing_bins: bins.missing,
        over_represented_bins: bins.over_represented,
        parts: bins.parts,
        bin_rows: bins.rows,
        per_class,
        notes,
    }
}
