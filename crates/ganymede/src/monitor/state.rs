//! The state of a run's monitor, as a checkpoint keeps it.

use ganymede_metrics::{Signals, Verdict};
use serde::{Deserialize, Serialize};

use super::best::Best;
use super::clock::Elapsed;
use super::events::DatedEvent;
use super::stats::{LossMeans, StatsLength};

/// Everything that a later line of the records or the summary depends on.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonitorState {
    /// Steps made, those before a rollback included.
    pub(crate) steps_made: u64,
    pub(crate) rollbacks: u32,
    pub(crate) elapsed: Elapsed,
    /// Losses since the last line.
    pub(crate) means: LossMeans,
    pub(crate) written: StatsLength,
    /// The detector's state and signals at its last look.
    pub(crate) seen: Option<(Verdict, Signals)>,
    pub(crate) events: Vec<DatedEvent>,
    pub(crate) best: Option<Best>,
    /// Whether the generator of that evaluation has an average beside it.
    pub(crate) best_averaged: bool,
}
