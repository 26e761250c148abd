//! What is left to do when a run ends, well or not.

use ganymede_core::run::{DataFacts, Run};

use super::Monitor;
use super::events::Event;
use super::stats::Line;
use crate::checkpoint::generator::Weights;
use crate::failure::Outcome;
use crate::run::folder::names;

impl Monitor<'_> {
    /// Brings records and evaluation up to a run that ended early, because its generator collapsed or its losses ran away.
    pub(crate) fn conclude(&mut self, run: &Run) -> Outcome<()> {
        self.clock.watch();
        let step = run.state.step;
        if self.last.as_ref().is_none_or(|(evaluated, _)| *evaluated != step) {
            self.evaluate(run)?;
        }
        let metrics = self.last.as_ref().map(|(_, evaluation)| &evaluation.metrics);
        let losses = self.means.take();
        let seconds = self.clock.training_seconds();
        let line = Line { step, rollbacks: self.rollbacks, seconds, losses, metrics, ..Line::default() };
        self.records.write(&line)?;
        if self.divergence.ends_the_run() { Ok(()) } else { self.happened(step, Event::Stop) }
    }

    /// Writes what could not be written on the way.
    pub(crate) fn settle(&mut self, run: &Run) -> Outcome<()> {
        self.records.sync()?;
        self.write_best(run)?;
        self.saver.flush()
    }

    /// Keeps what a failed run is worth: the last generator whose weights are finite, and why it stopped.
    pub(crate) fn rescue(&mut self, run: &Run, reason: &str) -> Outcome<()> {
        self.progress.clear();
        let losses = self.means.take();
        let seconds = self.clock.training_seconds();
        let (step, rollbacks) = (run.state.step, self.rollbacks);
        let line = Line { step, rollbacks, seconds, losses, stopped: Some(reason), ..Line::default() };
        let written = self.records.write(&line);
        let now = Some(Weights::of(&run.state)).filter(Weights::are_finite);
        if let Some(weights) = now.as_ref().or(self.good.as_ref()) {
            weights.save(&self.folder.file(names::GENERATOR), DataFacts::of(&run.data))?;
        }
        written
    }
}
