//! Writes a run's checkpoints, when they are due and when they can be written.

use ganymede_core::config::CheckpointSection;
use ganymede_core::run::Run;
use ganymede_core::store::TensorFile;
use ganymede_core::trainer::{Observed, Snapshot};
use serde::Serialize;

use super::file::{BEST, CheckpointContents, CheckpointFile, Origin};
use super::generator::Weights;
use super::list::Checkpoints;
use crate::failure::Outcome;

pub(crate) struct Saver {
    checkpoints: Checkpoints,
    section: CheckpointSection,
    origin: Origin,
    /// Whether the next moment is saved, due or not.
    asked: bool,
    /// The latest checkpoint, where it could not be written yet.
    waiting: Option<(u64, Vec<u8>)>,
}

impl Saver {
    /// Saves a run that is made so. With `asked` its first moment is saved too.
    pub(crate) fn new(checkpoints: Checkpoints, section: CheckpointSection, origin: Origin, asked: bool) -> Self {
        Self { checkpoints, section, origin, asked, waiting: None }
    }

    /// Whether this moment should be saved.
    pub(crate) fn is_due(&self, snapshot: &Snapshot<'_>) -> bool {
        self.asked || (!snapshot.losses.is_empty() && self.is_due_at(snapshot.run))
    }

    /// Whether a run is saved after the step that it has just made.
    pub(crate) fn is_due_at(&self, run: &Run) -> bool {
        run.state.step == run.steps || self.section.is_due(run.state.step)
    }

    /// Saves a moment with what the monitor knew before it, `steps_made` steps included, and the best generator so far.
    pub(crate) fn save<M: Serialize>(
        &mut self,
        snapshot: &Snapshot<'_>,
        steps_made: u64,
        monitor: M,
        best: Option<&Weights>,
    ) -> Outcome<()> {
        self.asked = false;
        let mut tensors = TensorFile::default();
        let run = snapshot.run.save(snapshot.guard, &mut tensors);
        if let Some(best) = best {
            best.push(BEST, &mut tensors);
        }
        let moment = Observed { losses: snapshot.losses.to_vec(), report: snapshot.report.cloned() };
        let number = steps_made + snapshot.losses.len() as u64;
        let record = CheckpointContents::new(&self.origin, run, moment, monitor);
        self.waiting = Some((number, CheckpointFile { tensors, record }.into_bytes()?));
        self.flush()
    }

    /// Writes the checkpoint that could not be written before, if there is one.
    pub(crate) fn flush(&mut self) -> Outcome<()> {
        if let Some((number, bytes)) = &self.waiting {
            self.checkpoints.save(*number, bytes)?;
            self.waiting = None;
        }
        Ok(())
    }
}
