//! `generator.safetensors`: the trained generator, with what is needed to draw from it without its data.

use std::path::Path;

use ganymede_core::network::Network;
use ganymede_core::place::Place;
use ganymede_core::random::Streams;
use ganymede_core::role::Role;
use ganymede_core::run::DataFacts;
use ganymede_core::sampling::host_values;
use ganymede_core::step::{State, Step};
use ganymede_core::store::{StoreError, TensorFile};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, OrFailure, Outcome};
use crate::system::atomic::store;

/// The version of the file's layout.
const FORMAT: u32 = 1;

/// The key of the metadata.
const KEY: &str = "ganymede";

/// What the names of the generator's tensors start with.
const GENERATOR: &str = "generator.";

/// What the names of the average's tensors start with.
const AVERAGE: &str = "average.";

/// The metadata under [`KEY`].
#[derive(Debug, Deserialize, Serialize)]
struct Metadata {
    format: u32,
    facts: DataFacts,
}

/// A generator and its average, as they were after a step.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    generator: Network,
    average: Option<Network>,
}

impl Weights {
    /// Those of a state; nothing is copied.
    pub(crate) fn of(state: &State) -> Self {
        Self { generator: state.generator.network.clone(), average: state.average.clone() }
    }

    /// Whether every value is a finite number.
    pub(crate) fn are_finite(&self) -> bool {
        let networks = std::iter::once(&self.generator).chain(&self.average);
        let mut tensors = networks.flat_map(|network| network.parameters().iter().chain(network.buffers()));
        tensors.all(|tensor| host_values(tensor.clone()).iter().all(|value| value.is_finite()))
    }

    /// Whether there is an average beside the generator.
    pub(crate) fn averaged(&self) -> bool {
        self.average.is_some()
    }

    /// Adds them to a file, each name after `prefix`.
    pub(crate) fn push(&self, prefix: &str, file: &mut TensorFile) {
        file.push_network(&format!("{prefix}{GENERATOR}"), &self.generator);
        if let Some(average) = &self.average {
            file.push_network(&format!("{prefix}{AVERAGE}"), average);
        }
    }

    /// Those that [`Weights::push`] has added to a file; `like` is any state of the same run.
    pub(crate) fn load(
        prefix: &str,
        file: &TensorFile,
        averaged: bool,
        like: &State,
        place: &Place,
    ) -> Result<Self, StoreError> {
        let load = |name: &str| file.network(&format!("{prefix}{name}"), &like.generator.network, place);
        Ok(Self { generator: load(GENERATOR)?, average: averaged.then(|| load(AVERAGE)).transpose()? })
    }

    pub(crate) fn save(&self, path: &Path, facts: DataFacts) -> Outcome<()> {
        let mut file = TensorFile::default();
        self.push("", &mut file);
        let metadata = serde_json::to_string(&Metadata { format: FORMAT, facts }).or_fail()?;
        file.metadata.insert(KEY.to_owned(), metadata);
        store(path, &file.to_bytes().or_fail()?)
    }
}

pub(crate) struct GeneratorFile {
    file: TensorFile,
    /// What is known of the data it was trained on.
    pub(crate) facts: DataFacts,
    path: String,
}

impl GeneratorFile {
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let name = path.display().to_string();
        let refuse = |reason: String| Failure::refused(format!("{name}: {reason}"));
        let bytes = std::fs::read(path)
            .map_err(|error| refuse(format!("cannot be read: {error}; name the folder of a run that has ended")))?;
        let file = TensorFile::from_bytes(&bytes).map_err(|error| refuse(format!("{error}; train the run again")))?;
        let metadata = file.metadata.get(KEY);
        let metadata =
            metadata.ok_or_else(|| refuse(format!("holds no metadata `{KEY}`; is it a run's generator?")))?;
        let metadata: Metadata = serde_json::from_str(metadata)
            .map_err(|error| refuse(format!("the metadata `{KEY}` cannot be used: {error}; train the run again")))?;
        if metadata.format != FORMAT {
            return Err(refuse(format!(
                "is of format {}, and this program reads format {FORMAT}; use the program that wrote it",
                metadata.format
            )));
        }
        let facts = metadata.facts;
        if facts.shape.features() == 0
            || facts.class_weights.iter().any(|weight| !(weight.is_finite() && *weight >= 0.0))
        {
            return Err(refuse(format!("the metadata `{KEY}` is damaged; train the run again")));
        }
        Ok(Self { file, facts, path: name })
    }

    /// The network to draw from: the average where the file has one.
    pub(crate) fn network(&self, step: &Step) -> Outcome<Network> {
        self.load(step, self.has_average())
    }

    /// Whether the file has an average of the generator's weights.
    pub(crate) fn has_average(&self) -> bool {
        self.file.tensors.iter().any(|(name, _)| name.starts_with(AVERAGE))
    }

    /// The generator, or the average of its weights.
    pub(crate) fn load(&self, step: &Step, averaged: bool) -> Outcome<Network> {
        // The values are replaced at once; any streams do.
        let like = step.plan.generator.build(Role::Generator, Streams::new(0), &step.place);
        let prefix = if averaged { AVERAGE } else { GENERATOR };
        self.file.network(prefix, &like, &step.place).map_err(|error| {
            Failure::refused(format!("{}: {error}: it does not belong to the config.toml beside it", self.path))
        })
    }
}
