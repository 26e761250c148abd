//! `[checkpoint]`: how often a run is saved, and what happens when that fails.

use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};

/// Checkpoints of a run, where the configuration does not give their distance.
const CHECKPOINTS: u64 = 10;

/// What to do when something of the run cannot be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Warn and continue, with the last whole checkpoint kept; what is still missing at the end is a failure.
    #[default]
    Warn,
    /// End the run as failed.
    Stop,
}

/// The checkpoints of a run, as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointSection {
    /// Steps between two checkpoints; a tenth of the run when left out. A run is saved at its end and on a signal in any
    /// case; 0 for no other checkpoint.
    pub every: Option<u64>,
    /// How many of the latest checkpoints are kept, at least 1. Two, so that a damaged file costs one interval and not the
    /// run.
    pub keep: usize,
    /// What to do when a file of the run cannot be written.
    pub on_failure: OnFailure,
}

impl Default for CheckpointSection {
    fn default() -> Self {
        Self { every: None, keep: 2, on_failure: OnFailure::default() }
    }
}

impl CheckpointSection {
    /// The same with every default spelled out for a run of `steps`.
    #[must_use]
    pub fn resolved(self, steps: u64) -> Self {
        Self { every: Some(self.every.unwrap_or_else(|| steps.div_ceil(CHECKPOINTS))), ..self }
    }

    /// Whether a checkpoint is due after `step` steps.
    pub fn is_due(&self, step: u64) -> bool {
        step > 0 && self.every.is_some_and(|every| every > 0 && step.is_multiple_of(every))
    }

    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self) -> Result<(), InvalidValue> {
        ensure(self.keep >= 1, "keep", self.keep, "expected a whole number of at least 1")
    }
}
