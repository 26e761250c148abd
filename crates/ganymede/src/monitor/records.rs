//! Everything that a run records as it goes, in every form that is asked for.

use std::path::Path;

use ganymede_core::config::RecordsSection;

use super::state::MonitorState;
use super::stats::{Line, StatsFile, StatsLength};
use super::tensorboard::{EventsFile, ResumedAt};
use crate::failure::{OrFailure, Outcome};
use crate::run::folder::{RunFolder, names};

/// The files of records.
pub(crate) struct RecordFiles {
    stats: StatsFile,
    events: Option<EventsFile>,
}

impl RecordFiles {
    pub(crate) fn create(folder: &RunFolder, config: RecordsSection) -> Outcome<Self> {
        let stats = StatsFile::create(&folder.file(names::STATS))?;
        let events = config.tensorboard.then(|| EventsFile::create(folder.path())).transpose()?;
        Ok(Self { stats, events })
    }

    /// Opens them as they were when a checkpoint was written, at a step.
    ///
    /// Fails as [`StatsFile::check`] does.
    pub(crate) fn resume(folder: &RunFolder, config: RecordsSection, step: u64, state: &MonitorState) -> Outcome<Self> {
        let stats = StatsFile::resume(&folder.file(names::STATS), state.written)?;
        let at = ResumedAt { step, rollbacks: state.rollbacks, seconds: state.elapsed.training };
        let events = config.tensorboard.then(|| EventsFile::resume(folder.path(), at)).transpose()?;
        Ok(Self { stats, events })
    }

    pub(crate) fn written(&self) -> StatsLength {
        self.stats.written()
    }

    /// Appends a line to each file at once. What cannot be written waits for the next call.
    pub(crate) fn write(&mut self, line: &Line<'_>) -> Outcome<()> {
        let text = serde_json::to_string(line).or_fail()?;
        let stats = self.stats.write(&text);
        let events = self.events.as_mut().map_or(Ok(()), |events| events.write(&text));
        stats.and(events)
    }

    /// Adds the picture of a step, after so many seconds of training, where the form has pictures.
    pub(crate) fn picture(&mut self, step: u64, seconds: f64, path: &Path) -> Outcome<()> {
        self.events.as_mut().map_or(Ok(()), |events| events.picture(step, seconds, path))
    }

    /// Writes what waits, and makes everything outlast a loss of power.
    pub(crate) fn sync(&mut self) -> Outcome<()> {
        let stats = self.stats.sync();
        let events = self.events.as_mut().map_or(Ok(()), EventsFile::sync);
        stats.and(events)
    }
}
