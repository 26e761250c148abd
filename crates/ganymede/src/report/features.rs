//! The figures on the features of a network that a run is measured by.

use ganymede_core::data::{Dataset, Matrix, Shape};
use ganymede_core::random::Streams;
use ganymede_evaluation::{Features, FigureInputs, Measured, measure};
use ganymede_metrics::{MatrixView, MetricError};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::diagnosis::judge::{failure, judge_passing_features};
use crate::failure::{OrFailure, Outcome};
use crate::run::features::{Opened, Pictures, PixelRange};

/// The seed of all draws: that of `ganymede diagnose` without `--seed`, so that its figures are the same.
const SEED: u64 = 0;

/// The figures on a network's features.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FeatureFigures {
    /// The network's name.
    pub(crate) extractor: String,
    /// The figures, in the order of `FIGURES`.
    pub(crate) figures: Vec<Measured>,
}

impl FeatureFigures {
    /// The figure of this key.
    pub(crate) fn get(&self, key: &str) -> Option<&Measured> {
        self.figures.iter().find(|figure| figure.key == key)
    }
}

/// One object: the network's name, each figure under its key, and its error under `KEY_error` where it has one.
impl Serialize for FeatureFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("extractor", &self.extractor)?;
        for figure in &self.figures {
            map.serialize_entry(&figure.key, &figure.value)?;
            if let Some(error) = figure.error {
                map.serialize_entry(&format!("{}_error", figure.key), &error)?;
            }
        }
        map.end()
    }
}

/// A network with the features of a run's real samples.
pub(crate) struct FeatureJudge {
    opened: Opened,
    shape: Shape,
    range: PixelRange,
    real: Features,
    oracle: Option<FeatureFigures>,
}

impl FeatureJudge {
    /// Finds the features of `real`, some of the data, and measures as many other real samples against them where there are any.
    /// What was made once is kept.
    pub(crate) fn new(opened: Opened, data: &Dataset, real: &Matrix, streams: Streams, quiet: bool) -> Outcome<Self> {
        let shape = data.shape();
        let range = PixelRange::of("the data", real)?;
        let features = |samples: &Matrix, which: &str| {
            let pictures = Pictures { name: "the data", which, samples, shape };
            opened.kept(&pictures, range, quiet).map(|found| found.features)
        };
        let real_features = features(real, "real")?;
        let second = data.second_oracle(streams, real.rows());
        let second = second.map(|second| features(&second.samples, "second real")).transpose()?;
        let mut judge = Self { opened, shape, range, real: real_features, oracle: None };
        judge.oracle = second.map(|second| judge.figures(&second)).transpose()?;
        Ok(judge)
    }

    /// The figures of as many real samples; `None` where the data holds no second set.
    pub(crate) fn oracle(&self) -> Option<&FeatureFigures> {
        self.oracle.as_ref()
    }

    /// The figures of samples that were just drawn. `progress` is told how many of them the network has seen.
    pub(crate) fn measure(&self, samples: &Matrix, progress: &mut dyn FnMut(usize)) -> Outcome<FeatureFigures> {
        let pictures = Pictures { name: "the generated samples", which: "fake", samples, shape: self.shape };
        self.figures(&self.opened.passing(&pictures, self.range, progress)?)
    }

    fn figures(&self, fake: &Features) -> Outcome<FeatureFigures> {
        let (real, view_of_fake) = (view(&self.real.values).or_fail()?, view(&fake.values).or_fail()?);
        let diagnosis = judge_passing_features(view_of_fake, real, SEED)?;
        let inputs = FigureInputs {
            fake: view_of_fake,
            real: Some(real),
            probabilities: fake.probabilities.as_ref().map(view).transpose().or_fail()?,
            reference: None,
            diagnosis: Some(&diagnosis),
            seed: SEED,
        };
        let extractor = self.opened.extractor();
        let figures = measure(extractor, &inputs).map_err(failure)?;
        Ok(FeatureFigures { extractor: extractor.name().to_owned(), figures })
    }
}

fn view(matrix: &Matrix) -> Result<MatrixView<'_>, MetricError> {
    MatrixView::new(&matrix.values, matrix.rows(), matrix.features)
}
