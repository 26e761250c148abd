//! What the monitor of a run knows at a moment, as a checkpoint keeps it.

use ganymede_metrics::{Signals, Verdict};
use serde::{Deserialize, Serialize};

use super::Monitor;
use crate::best::Best;
use crate::clock::Elapsed;
use crate::events::Dated;
use crate::generator_file::Weights;
use crate::records::{LossMeans, Written};

/// Everything that a later line of the records or the summary depends on.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonitorRecord {
    /// Steps made, those before a rollback included.
    pub(crate) steps_made: u64,
    /// Rollbacks so far.
    pub(crate) rollbacks: u32,
    /// Times so far.
    pub(crate) elapsed: Elapsed,
    /// Losses since the last line.
    pub(crate) means: LossMeans,
    /// The lines so far.
    pub(crate) written: Written,
    /// The detector's state and signals at its last look.
    pub(crate) seen: Option<(Verdict, Signals)>,
    /// What happened, in order.
    pub(crate) events: Vec<Dated>,
    /// The best evaluation.
    pub(crate) best: Option<Best>,
    /// Whether the generator of that evaluation has an average beside it.
    pub(crate) best_averaged: bool,
}

impl Monitor<'_> {
    /// What it knows.
    pub(super) fn record(&self) -> MonitorRecord {
        MonitorRecord {
            steps_made: self.steps_made,
            rollbacks: self.rollbacks,
            elapsed: self.clock.elapsed(),
            means: self.means.clone(),
            written: self.records.written(),
            seen: self.seen,
            events: self.events.clone(),
            best: self.best,
            best_averaged: self.best_weights.as_ref().is_some_and(Weights::averaged),
        }
    }
}
