//! Turns a configuration file into a checked run, before anything is written or trained.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use ganymede_core::chain::Chain;
use ganymede_core::config::{BestBy, ClassifierSource, Document, Experiment};
use ganymede_core::data::{DataError, Dataset};
use ganymede_core::place::Place;
use ganymede_core::random::Streams;
use ganymede_core::run::{DataFacts, Run, plan_step};
use ganymede_core::step::Step;

use crate::checkpoint::known::KnownJudges;
use crate::failure::{Failure, OrFailure, Outcome, say};
use crate::run::classifier::Origin;
use crate::run::features::Opened;
use crate::run::judges::Judges;
use crate::system::memory;

/// The key of the network on whose features is measured.
const FEATURES: &str = "evaluation.features";

/// A configuration that was read and checked as far as is possible without its data.
pub(crate) struct LoadedConfig {
    pub(crate) experiment: Experiment,
    pub(crate) chain: Chain,
    /// The configuration as TOML, every default spelled out, paths absolute.
    pub(crate) toml: String,
    config: String,
    folder: PathBuf,
    data_location: String,
    best_location: String,
    classifier_location: String,
    features_location: String,
}

/// A run whose configuration, data and memory were checked; it has no tensors yet.
pub(crate) struct CheckedRun {
    pub(crate) loaded: LoadedConfig,
    pub(crate) data: Dataset,
    pub(crate) step: Step,
    /// Where the classifier that names the modes of pictures comes from, if the configuration has one.
    pub(crate) classifier: Option<Origin>,
    /// On whose features pictures are measured, where it asks for that.
    pub(crate) features: Option<Opened>,
}

impl LoadedConfig {
    /// Reads a configuration with its overrides.
    pub(crate) fn read(config: &Path, assignments: &[String], seed: Option<u64>) -> Outcome<Self> {
        Self::of(Document::read(config).or_refuse()?, config, assignments, seed)
    }

    /// The same of a configuration that was read from `config` before.
    pub(crate) fn of(
        mut document: Document,
        config: &Path,
        assignments: &[String],
        seed: Option<u64>,
    ) -> Outcome<Self> {
        for assignment in assignments {
            document.set(assignment).or_refuse()?;
        }
        if let Some(seed) = seed {
            document.set(&format!("seed={seed}")).or_refuse()?;
        }
        let (experiment, strategies) = Experiment::read(&document).or_refuse()?;
        let (chain, tables) = ganymede_strategies::registry().chain(&strategies).or_refuse()?;
        let toml = with_absolute_paths(&experiment, document.folder()).to_toml(&tables);
        let toml = toml.map_err(|error| Failure::refused(format!("{}: {error}", config.display())))?;
        Ok(Self {
            experiment,
            chain,
            toml,
            config: config.display().to_string(),
            folder: document.folder().to_path_buf(),
            data_location: document.location("data.path"),
            best_location: document.location("evaluation.best"),
            classifier_location: document.location("evaluation.classifier"),
            features_location: document.location("evaluation.features"),
        })
    }

    /// The names of the strategies, in order.
    pub(crate) fn strategies(&self) -> Vec<String> {
        self.chain.names()
    }

    /// The text of a run's `config.toml`.
    pub(crate) fn file(&self) -> String {
        format!(
            "# A run of ganymede {}, every default spelled out: `ganymede train` on this file repeats it.\n{}",
            env!("CARGO_PKG_VERSION"),
            self.toml
        )
    }

    /// Draws or reads the data, plans the step, and checks that it all fits together and into memory.
    pub(crate) fn prepare(self, device: Device) -> Outcome<CheckedRun> {
        memory::check_data(&self.experiment, &self.config)?;
        let data = self.data()?;
        let step = self.check_step(&DataFacts::of(&data), device)?;
        let source = self.experiment.evaluation.classifier.as_ref();
        let origin = |source| Origin::of(source, &self.folder, &data, &self.classifier_location);
        let classifier = source.map(origin).transpose()?;
        let features = self.features(&data)?;
        self.check_best(&data)?;
        Ok(CheckedRun { loaded: self, data, step, classifier, features })
    }

    /// Opens the network on whose features is measured, where there is one, and refuses it where it cannot see this data.
    fn features(&self, data: &Dataset) -> Outcome<Option<Opened>> {
        let evaluation = &self.experiment.evaluation;
        let Some(path) = &evaluation.features else { return Ok(None) };
        let place = format!("{}: {FEATURES}: ", self.features_location);
        let opened = Opened::open(&self.folder.join(path), &[], &place)?;
        let fits = opened.extractor().check(data.shape());
        fits.map_err(|error| Failure::refused(format!("{place}{}: {error}", opened.path().display())))?;
        memory::check_features(opened.extractor().width(), evaluation.samples, &self.features_location)?;
        Ok(Some(opened))
    }

    /// Refuses to choose the best generator by a figure that this data does not give.
    fn check_best(&self, data: &Dataset) -> Outcome<()> {
        let best = self.experiment.evaluation.best;
        let classified = self.experiment.evaluation.classifier.is_some() && best != BestBy::HighQuality;
        if !best.needs_modes() || data.mixture().is_some() || classified {
            return Ok(());
        }
        let (unknown, remedy) = match best {
            BestBy::HighQuality => ("the widths of the modes of this data are unknown", ""),
            _ => ("the modes of this data are unknown", ", or a classifier: evaluation.classifier = \"auto\""),
        };
        Err(Failure::refused(format!(
            "{}: evaluation.best = \"{}\": {unknown}; expected \"{}\"{remedy}",
            self.best_location,
            best.name(),
            BestBy::SlicedWasserstein.name()
        )))
    }

    pub(crate) fn data(&self) -> Outcome<Dataset> {
        let data = self.experiment.data.build(&self.folder, Streams::new(self.experiment.seed));
        data.map_err(|error| match error {
            DataError::Invalid(invalid) => Failure::refused(format!("{}: data.{invalid}", self.data_location)),
            error => Failure::refused(format!("{}: {error}", self.data_location)),
        })
    }

    /// Plans the step for data of which these facts are known, and checks that it fits into memory.
    pub(crate) fn check_step(&self, facts: &DataFacts, device: Device) -> Outcome<Step> {
        let step = self.step(facts, device)?;
        memory::check_step(&step, self.experiment.evaluation.samples, &self.config)?;
        Ok(step)
    }

    /// Plans the step for data of which these facts are known.
    pub(crate) fn step(&self, facts: &DataFacts, device: Device) -> Outcome<Step> {
        let step = plan_step(&self.experiment, &self.chain, facts, Place::new(device));
        step.map_err(|error| Failure::refused(format!("{}: {error}", error.location().unwrap_or(&self.config))))
    }
}

impl CheckedRun {
    /// What the run is judged by: a classifier is trained now if that is asked for; the device is open. `before` is what a
    /// checkpoint knows of it, and anything else is refused. `quiet` without a word on it.
    pub(crate) fn judges(&mut self, before: Option<&KnownJudges>, quiet: bool) -> Outcome<Judges> {
        let place = &self.loaded.features_location;
        let features = self.features.take();
        if let Some(opened) = &features {
            let before = before.and_then(|before| before.features.as_ref());
            opened.known().check(before, opened.path(), FEATURES, place)?;
        }
        let mut judges = Judges { features, ..Judges::default() };
        judges.known.features = judges.features.as_ref().map(|opened| opened.known().clone());
        if let Some(origin) = &self.classifier {
            let place = &self.loaded.classifier_location;
            let before = before.and_then(|before| before.classifier.as_ref());
            origin.check(before, place)?;
            let (classifier, known) = origin.classifier(&self.data, &self.step.place, place, quiet)?;
            if let Some(difference) = before.and_then(|before| known.difference(before)).filter(|_| !quiet) {
                say(&format!("warning: the classifier of the data was trained anew and is another one: {difference}"));
            }
            (judges.classifier, judges.known.classifier) = (Some(classifier), Some(known));
        }
        Ok(judges)
    }

    /// The run before its first step: makes the networks.
    pub(crate) fn into_run(self) -> Run {
        Run::of(&self.loaded.experiment, self.step, self.data, self.loaded.chain)
    }
}

/// The same experiment with files that are found from any folder.
fn with_absolute_paths(experiment: &Experiment, folder: &Path) -> Experiment {
    let mut experiment = experiment.clone();
    for path in experiment.data.paths_mut() {
        let joined = folder.join(&path);
        *path = std::path::absolute(&joined).unwrap_or(joined);
    }
    if let Some(ClassifierSource::File(path)) = &mut experiment.evaluation.classifier {
        let joined = folder.join(&path);
        *path = std::path::absolute(&joined).unwrap_or(joined);
    }
    if let Some(path) = &mut experiment.evaluation.features {
        let joined = folder.join(&path);
        *path = std::path::absolute(&joined).unwrap_or(joined);
    }
    experiment
}
