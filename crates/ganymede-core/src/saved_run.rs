//! A run with its guard, as saved in a file.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointState};
use crate::data::Fingerprint;
use crate::guard::{Guard, GuardState};
use crate::run::Run;
use crate::store::{StoreError, TensorFile};
use crate::strategy::StrategyStateError;

/// What a run holds besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunState {
    /// The run itself.
    pub run: CheckpointState,
    /// Its guard, where it has one.
    pub guard: Option<GuardState>,
    /// By what its data are known again, where they are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Fingerprint>,
}

/// A checkpoint that does not fit this run.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// A tensor is missing or has another shape.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What a strategy remembers does not fit.
    #[error(transparent)]
    Strategy(#[from] StrategyStateError),
    /// The data are not those that the run was trained on.
    #[error(
        "it was trained on other data: now there are {difference}; bring the data back, or begin a new run from \
        config.toml"
    )]
    Data {
        /// What is different.
        difference: String,
    },
    /// The run has a guard and the file none, or the other way round.
    #[error("it was saved {saved} a detector, and the configuration wants {wanted}")]
    Guard {
        /// `with` or `without`.
        saved: &'static str,
        /// `one` or `none`.
        wanted: &'static str,
    },
}

impl Run {
    /// Adds the tensors that training has changed to a file, the guard's included, and returns everything else.
    pub fn save(&self, guard: Option<&Guard>, file: &mut TensorFile) -> RunState {
        RunState {
            run: self.checkpoint().save("", file),
            guard: guard.map(|guard| guard.save(file)),
            data: self.data.fingerprint().cloned(),
        }
    }

    /// Takes on what [`Run::save`] wrote for a run with the same configuration.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] when the two do not belong together; the networks stay as they were.
    pub fn load(&mut self, guard: Option<&mut Guard>, file: &TensorFile, saved: &RunState) -> Result<(), RestoreError> {
        if let (Some(now), Some(before)) = (self.data.fingerprint(), &saved.data)
            && let Some(difference) = now.difference(before)
        {
            return Err(RestoreError::Data { difference });
        }
        let checkpoint = Checkpoint::load("", file, &saved.run, &self.state, &self.step.place)?;
        match (guard, &saved.guard) {
            (None, None) => {}
            (Some(guard), Some(saved)) => guard.load(self, file, saved)?,
            (guard, saved) => {
                return Err(RestoreError::Guard {
                    saved: if saved.is_some() { "with" } else { "without" },
                    wanted: if guard.is_some() { "one" } else { "none" },
                });
            }
        }
        Ok(self.restore(&checkpoint)?)
    }
}
