//! The figures on features: one table, from which reports, their order and their words come.

use ganymede_metrics::{
    Diagnosis, FeatureStatistics, KernelDistanceOptions, MatrixView, MetricError, frechet_distance,
    frechet_distance_of_statistics, frechet_extrapolation, inception_score, kernel_distance,
};
use serde::{Deserialize, Serialize};

use crate::extractor::{Extractor, Network};

/// Splits of the Inception Score, as the literature has them.
const SPLITS: usize = 10;

/// Subsets of the kernel distance. `torch-fidelity` takes a hundred; the error of twenty is as well known, at a fifth of the cost.
const SUBSETS: usize = 20;

/// Rows of a subset of the kernel distance, as `torch-fidelity` has them.
const SUBSET_ROWS: usize = 1_000;

/// Which way a figure should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Down.
    Lower,
    /// Up.
    Higher,
    /// To 1.
    One,
}

/// What a figure needs besides the fake samples' features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Those of real samples.
    Real,
    /// The fake samples' probabilities of classes.
    Probabilities,
    /// Published mean and covariance of real samples.
    Reference,
    /// The diagnosis of the features.
    Diagnosis,
}

/// What figures are measured on.
#[derive(Clone, Copy, Debug)]
pub struct FigureInputs<'a> {
    /// The fake samples' features.
    pub fake: MatrixView<'a>,
    /// The real ones'.
    pub real: Option<MatrixView<'a>>,
    /// The fake samples' probabilities of classes, a row each.
    pub probabilities: Option<MatrixView<'a>>,
    /// Published statistics of real samples' features.
    pub reference: Option<&'a FeatureStatistics>,
    /// The diagnosis of the features.
    pub diagnosis: Option<&'a Diagnosis>,
    /// Seed of all draws.
    pub seed: u64,
}

/// A figure that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The key of its entry in [`FIGURES`].
    pub key: String,
    /// What it is called, with the extractor's name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// How far the value may be off by chance; absent where that is not known.
    pub error: Option<f64>,
    /// Which way it should go.
    pub better: Better,
    /// What has to be known beside it.
    pub note: Option<String>,
}

/// A value with its error and note.
type Value = (f64, Option<f64>, Option<String>);

/// One figure.
pub struct Figure {
    /// Its key in records.
    pub key: &'static str,
    /// What it is called, before the extractor's name.
    pub short: &'static str,
    /// What it is called on the features of Inception of 2015.
    pub on_inception: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it needs.
    pub needs: Needs,
    /// Which way it should go.
    pub better: Better,
    /// What it measures, in a sentence.
    pub says: &'static str,
    measure: Measure,
}

/// How a figure comes by its value, and `None` where it has none.
enum Measure {
    /// By measuring it, with the figures before it.
    Of(fn(&FigureInputs, &[Measured]) -> Result<Option<Value>, MetricError>),
    /// By looking it up in the diagnosis of the features.
    Read(fn(&Diagnosis) -> Option<f64>),
}

/// Every figure on features, in the order of reports. A new figure is one entry.
pub static FIGURES: &[Figure] = &[
    Figure {
        key: "frechet",
        short: "FD",
        on_inception: "FID",
        unit: "squared units of the features",
        needs: Needs::Real,
        better: Better::Lower,
        says: "The Frechet distance between normal distributions of the two sets' means and covariances; finite sets make it larger.",
        measure: Measure::Of(|inputs, _| {
            let Some(real) = inputs.real else { return Ok(None) };
            let found = frechet_distance(real, inputs.fake)?;
            let (real_rows, fake_rows) = (real.rows(), inputs.fake.rows());
            // Features that never vary leave the rank short at any number of samples, and are no reason to say so.
            let too_few = real_rows.min(fake_rows) <= found.features;
            let note = (too_few && found.rank_deficient()).then(|| {
                format!(
                    "the covariances of {real_rows} real and {fake_rows} fake samples have ranks {} and {} of {}: it overstates \
                     the distance of the distributions, and is comparable at these numbers only",
                    found.real_rank, found.fake_rank, found.features
                )
            });
            Ok(Some((found.distance, None, note)))
        }),
    },
    Figure {
        key: "frechet_extrapolated",
        short: "FD-infinity",
        on_inception: "FID-infinity",
        unit: "squared units of the features",
        needs: Needs::Real,
        better: Better::Lower,
        says: "The Frechet distance extrapolated to infinitely many samples along the line through those at 15 sizes, without the bias of \
               finite sets; around 0 for alike sets.",
        measure: Measure::Of(|inputs, before| {
            let whole = before.iter().find(|found| found.key == "frechet");
            let (Some(real), Some(whole)) = (inputs.real, whole) else { return Ok(None) };
            let found = match frechet_extrapolation(real, inputs.fake, whole.value, inputs.seed) {
                Err(MetricError::TooFewRows { .. }) => return Ok(None),
                found => found?,
            };
            let half = real.rows().min(inputs.fake.rows()) / 2;
            let columns = inputs.fake.columns();
            let note = (half <= columns)
                .then(|| format!("halves of {half} samples are few for {columns} features: some of the bias stays"));
            Ok(Some((found.distance, Some(found.error), note)))
        }),
    },
    Figure {
        key: "frechet_to_reference",
        short: "FD to the reference",
        on_inception: "FID to the reference",
        unit: "squared units of the features",
        needs: Needs::Reference,
        better: Better::Lower,
        says: "The Frechet distance to published statistics.",
        measure: Measure::Of(|inputs, _| {
            let Some(reference) = inputs.reference else { return Ok(None) };
            let found = frechet_distance_of_statistics(reference, &FeatureStatistics::of(inputs.fake))?;
            let rows = inputs.fake.rows();
            let note = (rows <= found.features && found.fake_rank < found.features).then(|| {
                format!("the covariance of {rows} fake samples has rank {} of {}", found.fake_rank, found.features)
            });
            Ok(Some((found.distance, None, note)))
        }),
    },
    Figure {
        key: "kernel_distance",
        short: "KD",
        on_inception: "KID",
        unit: "none",
        needs: Needs::Real,
        better: Better::Lower,
        says: "The kernel distance with a cubic kernel, unbiased at any number of samples; around 0 for alike sets.",
        measure: Measure::Of(|inputs, _| {
            let Some(real) = inputs.real else { return Ok(None) };
            let subset_rows = SUBSET_ROWS.min(real.rows()).min(inputs.fake.rows());
            if subset_rows < 2 {
                return Ok(None);
            }
            // Subsets of all samples are the same one again and again, and say nothing of chance.
            let is_whole = subset_rows == real.rows() && subset_rows == inputs.fake.rows();
            let subsets = if is_whole { 1 } else { SUBSETS };
            let options = KernelDistanceOptions { subsets, subset_rows, seed: inputs.seed };
            let found = kernel_distance(real, inputs.fake, &options)?;
            if is_whole {
                return Ok(Some((found.distance, None, None)));
            }
            let note = format!("the mean over {SUBSETS} subsets of {subset_rows}, with their standard deviation");
            Ok(Some((found.distance, Some(found.std), Some(note))))
        }),
    },
    Figure {
        key: "inception_score",
        short: "IS",
        on_inception: "IS",
        unit: "classes",
        needs: Needs::Probabilities,
        better: Better::Higher,
        says: "The Inception Score: how many classes the samples clearly belong to. It knows no real sample and is blind inside a class: \
               one picture of each class has the best score that there is.",
        measure: Measure::Of(|inputs, _| {
            let Some(probabilities) = inputs.probabilities else { return Ok(None) };
            if probabilities.rows() < SPLITS {
                return Ok(None);
            }
            let found = inception_score(probabilities, SPLITS)?;
            let note = format!("over {SPLITS} splits; blind inside a class");
            Ok(Some((found.score, Some(found.std), Some(note))))
        }),
    },
    of_diagnosis("precision", "precision", Better::Higher, "The share of fakes that lie on the data.", |found| {
        found.precision
    }),
    of_diagnosis("recall", "recall", Better::Higher, "The share of the data that lies on the fakes.", |found| {
        found.recall
    }),
    of_diagnosis("density", "density", Better::One, "How often fakes lie on the data, 1 for alike sets.", |found| {
        found.density
    }),
    of_diagnosis("coverage", "coverage", Better::Higher, "The share of the data with a fake nearby.", |found| {
        found.coverage
    }),
    of_diagnosis(
        "vendi_ratio",
        "Vendi score, fake over real",
        Better::One,
        "How many different samples there are, over those of the data.",
        |found| found.vendi_ratio,
    ),
];

/// An entry for a figure that the diagnosis of the features holds.
const fn of_diagnosis(
    key: &'static str,
    short: &'static str,
    better: Better,
    says: &'static str,
    value: fn(&Diagnosis) -> Option<f64>,
) -> Figure {
    Figure {
        key,
        short,
        on_inception: short,
        unit: "none",
        needs: Needs::Diagnosis,
        better,
        says,
        measure: Measure::Read(value),
    }
}

impl Figure {
    /// What the figure is called on the features of an extractor: `FD (mobilenet_v2)`, and `FID` only on those of Inception.
    pub fn name(&self, extractor: &str, network: Option<Network>) -> String {
        match network {
            Some(Network::Inception2015) => self.on_inception.to_owned(),
            None => format!("{} ({extractor})", self.short),
        }
    }
}

/// Every figure that has a value, in the order of [`FIGURES`].
///
/// # Errors
///
/// [`MetricError::WidthMismatch`] where features, or the reference's, are not equally wide, and what else a figure says.
pub fn measure(extractor: &dyn Extractor, inputs: &FigureInputs) -> Result<Vec<Measured>, MetricError> {
    let mut found = Vec::new();
    for figure in FIGURES {
        let value = match figure.measure {
            Measure::Of(measure) => measure(inputs, &found)?,
            Measure::Read(value) => inputs.diagnosis.and_then(value).map(|value| (value, None, None)),
        };
        if let Some((value, error, note)) = value {
            let (key, name) = (figure.key.to_owned(), figure.name(extractor.name(), extractor.network()));
            found.push(Measured { key, name, value, error, better: figure.better, note });
        }
    }
    Ok(found)
}
