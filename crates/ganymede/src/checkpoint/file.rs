//! A checkpoint's file: everything needed to resume a run, in one safetensors file.
//!
//! The tensors are readable by anything that reads safetensors: `generator.layers.0.weight` and so on. The rest is JSON in
//! the metadata, under `ganymede`; `checksum` covers both.

use std::path::Path;

use ganymede_core::saved_run::RunState;
use ganymede_core::store::TensorFile;
use ganymede_core::trainer::Observed;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::checkpoint::known::KnownJudges;
use crate::failure::{OrFailure, Outcome};

/// The version of the file's layout.
const FORMAT: u64 = 2;

/// The key of the metadata.
const KEY: &str = "ganymede";

/// What the names of the best generator's tensors start with.
pub(crate) const BEST: &str = "best.";

/// What a checkpoint holds besides tensors. `M` is the state of the run's monitor, which this module need not know.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckpointContents<M> {
    format: u64,
    /// The version of the program that wrote it.
    version: String,
    /// The kind of device that the run is on.
    pub(crate) device: String,
    pub(crate) config: String,
    pub(crate) run: RunState,
    /// What the observers were about to see.
    pub(crate) moment: Observed,
    /// The monitor's state before it saw that.
    pub(crate) monitor: M,
    /// The files that it is judged by.
    #[serde(default, skip_serializing_if = "KnownJudges::is_empty")]
    pub(crate) judges: KnownJudges,
}

/// What is the same in all checkpoints of a run.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The kind of device that the run is on.
    pub(crate) device: &'static str,
    /// The resolved configuration.
    pub(crate) config: String,
    /// The files that it is judged by.
    pub(crate) judges: KnownJudges,
}

pub(crate) struct CheckpointFile<M> {
    pub(crate) tensors: TensorFile,
    pub(crate) record: CheckpointContents<M>,
}

/// Why a checkpoint cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is damaged; an earlier one may be whole.
    Damaged(String),
    /// It was written by another version of the program, as all in this folder were.
    Version(String),
}

impl<M> CheckpointContents<M> {
    /// Of this program and of a run that is made so.
    pub(crate) fn new(origin: &Origin, run: RunState, moment: Observed, monitor: M) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let (device, Origin { config, judges, .. }) = (origin.device.to_owned(), origin.clone());
        Self { format: FORMAT, version, device, config, run, moment, monitor, judges }
    }
}

impl<M: Serialize> CheckpointFile<M> {
    pub(crate) fn into_bytes(mut self) -> Outcome<Vec<u8>> {
        let record = serde_json::to_string(&self.record).or_fail()?;
        self.tensors.metadata.insert(KEY.to_owned(), record);
        self.tensors.to_bytes().or_fail()
    }
}

impl<M: DeserializeOwned> CheckpointFile<M> {
    pub(crate) fn read(path: &Path) -> Result<Self, Unusable> {
        let damaged = |reason: String| Unusable::Damaged(format!("{}: {reason}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| damaged(format!("cannot be read: {error}")))?;
        let tensors = TensorFile::from_bytes(&bytes).map_err(|error| damaged(error.to_string()))?;
        let text = tensors.metadata.get(KEY).ok_or_else(|| damaged(format!("holds no metadata `{KEY}`")))?;
        // The version first: what else there is to read depends on it.
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        let format = &value["format"];
        if format.as_u64() != Some(FORMAT) {
            let program = value["version"].as_str().unwrap_or("unknown");
            return Err(Unusable::Version(format!(
                "{}: is of format {format}, written by ganymede {program}, and this program reads format {FORMAT}; use the \
                 program that wrote it",
                path.display()
            )));
        }
        let record = serde_json::from_value(value).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { tensors, record })
    }
}
