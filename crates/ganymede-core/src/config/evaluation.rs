//! `[evaluation]`: when a generator is measured, and which one of a run is the best.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};

/// When the generator is measured, and on how many samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluationConfig {
    /// Steps between two measurements, 0 to measure at the end only; when left out 500, or a twentieth of the run where that
    /// is more, so that long runs of cheap steps do not spend their time here.
    pub every: Option<u64>,
    /// Steps between two lines of losses in `stats.jsonl`, at least 1. On a GPU the losses are read as often, and a loss that is
    /// not finite is found then.
    pub records: u64,
    /// Samples drawn for a measurement, at least 2; 2,500 is the literature's for points in the plane.
    pub samples: usize,
    /// Pictures of the same latents over the run that are kept beside the first, `samples-NNNNNN.png` after step NNNNNN: the
    /// newest ones. 0 draws none between the first and the last.
    pub pictures: usize,
    /// The figure by which the best generator of the run is kept.
    pub best: BestBy,
    /// What names the modes of pictures: `"auto"`, a classifier that is trained once on the run's own data, or the file of one
    /// that `ganymede classifier train` has made. Relative paths start at the configuration's folder. None when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier: Option<ClassifierSource>,
    /// A network in an ONNX file, on whose features pictures are measured too; its settings stand in a TOML file of its name
    /// beside it. Relative paths start at the configuration's folder. None when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<PathBuf>,
}

/// Where a classifier comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected \"auto\", or the path of a classifier's file")]
pub enum ClassifierSource {
    /// `"auto"`: trained on the run's own data, and kept for the next run.
    Automatic(Automatic),
    /// The file of one.
    File(PathBuf),
}

/// The word for a classifier that is made when it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Automatic {
    /// `"auto"`.
    Auto,
}

/// The figure by which one generator is better than another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BestBy {
    /// The sliced Wasserstein distance to real samples, the lower the better; for any data.
    #[default]
    SlicedWasserstein,
    /// The reverse KL divergence over the modes, the lower the better; where the modes are known.
    ReverseKl,
    /// The Jensen-Shannon divergence over the modes, likewise.
    JensenShannon,
    /// The share of samples of high quality, the higher the better; where the modes are known.
    HighQuality,
    /// Modes covered, the more the better; where the modes are known.
    ModesCovered,
    /// None: only the last generator is kept.
    Nothing,
}

impl BestBy {
    /// The name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::SlicedWasserstein => "sliced-wasserstein",
            Self::ReverseKl => "reverse-kl",
            Self::JensenShannon => "jensen-shannon",
            Self::HighQuality => "high-quality",
            Self::ModesCovered => "modes-covered",
            Self::Nothing => "nothing",
        }
    }

    /// Whether the figure exists only where the modes of the data are known.
    pub fn needs_modes(self) -> bool {
        !matches!(self, Self::SlicedWasserstein | Self::Nothing)
    }
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            every: None,
            records: 100,
            samples: 2_500,
            pictures: 10,
            best: BestBy::default(),
            classifier: None,
            features: None,
        }
    }
}

/// Evaluations in a long run, where the configuration does not give their distance, and the least steps between two.
const EVALUATIONS: u64 = 20;
const EVALUATE_EVERY: u64 = 500;

impl EvaluationConfig {
    /// The same with every default spelled out for a run of `steps`.
    #[must_use]
    pub fn resolved(self, steps: u64) -> Self {
        Self { every: Some(self.every.unwrap_or_else(|| steps.div_ceil(EVALUATIONS).max(EVALUATE_EVERY))), ..self }
    }

    /// Whether the generator is measured after `step` of a run's `steps`; always before the first and after the last.
    pub fn is_due(&self, step: u64, steps: u64) -> bool {
        let regular = self.every.is_some_and(|every| every > 0 && step.is_multiple_of(every));
        step == 0 || step == steps || regular
    }

    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self) -> Result<(), InvalidValue> {
        ensure(self.records >= 1, "records", self.records, "expected a whole number of at least 1")?;
        let samples = self.samples;
        ensure((2..=1_000_000).contains(&samples), "samples", samples, "expected a whole number from 2 to 1000000")?;
        let pictures = self.pictures;
        ensure(pictures <= 10_000, "pictures", pictures, "expected a whole number from 0 to 10000")?;
        let named = !matches!(&self.classifier, Some(ClassifierSource::File(path)) if path.as_os_str().is_empty());
        ensure(named, "classifier", "\"\"", "expected \"auto\", or the path of a classifier's file")?;
        let named = self.features.as_ref().is_none_or(|path| !path.as_os_str().is_empty());
        ensure(named, "features", "\"\"", "expected the path of a model in an ONNX file")
    }
}
