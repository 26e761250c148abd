//! Watches a run: evaluates, writes records, draws, shows progress. It sees the run and cannot change it.

use std::error::Error;
use std::ops::ControlFlow;

use ganymede_core::trainer::{DataFacts, Observer, Run, Snapshot};

use crate::clock::Clock;
use crate::evaluation::{Evaluation, Evaluator};
use crate::failure::{Failure, Outcome};
use crate::files::store;
use crate::generator_file::Weights;
use crate::picture::scatter;
use crate::progress::{Now, Progress};
use crate::records::{LOG_EVERY, Line, LossMeans, Records};
use crate::run_folder::{RunFolder, names};

/// The observer behind `ganymede train`.
pub(crate) struct Monitor<'a> {
    folder: &'a RunFolder,
    evaluator: Evaluator,
    every: u64,
    records: Records,
    progress: Progress,
    clock: Clock,
    means: LossMeans,
    last: Option<Evaluation>,
    good: Option<Weights>,
}

impl<'a> Monitor<'a> {
    /// Watches a run that writes to `folder` and is evaluated every so many steps (0: at the end only).
    pub(crate) fn new(folder: &'a RunFolder, evaluator: Evaluator, every: u64, progress: Progress) -> Outcome<Self> {
        Ok(Self {
            folder,
            evaluator,
            every,
            records: Records::create(&folder.file(names::STATS))?,
            progress,
            clock: Clock::start(),
            means: LossMeans::default(),
            last: None,
            good: None,
        })
    }

    /// The evaluator, for the figures of the real samples.
    pub(crate) fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    /// The clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The last evaluation.
    pub(crate) fn last(&self) -> Option<&Evaluation> {
        self.last.as_ref()
    }

    /// The progress display.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Draws the last evaluation's samples into a file of the run.
    pub(crate) fn draw(&self, name: &str, step: u64) -> Outcome<()> {
        let Some(evaluation) = &self.last else { return Ok(()) };
        let scatter = scatter::Scatter {
            real: Some(self.evaluator.real()),
            fake: &evaluation.drawn.samples,
            modes: self.evaluator.modes(),
            histogram: &evaluation.histogram,
            title: format!("step {step}"),
        };
        store(&self.folder.file(name), &scatter.png()?)
    }

    /// Keeps what a failed run is worth: the last generator whose weights are finite, and why it stopped.
    pub(crate) fn rescue(&mut self, run: &Run, reason: &str) -> Outcome<()> {
        self.progress.clear();
        let losses = self.means.take();
        let seconds = self.clock.training_seconds();
        let line = Line { step: run.state.step, seconds, losses, metrics: None, stopped: Some(reason) };
        let written = self.records.write(&line);
        let now = Some(Weights::of(&run.state)).filter(Weights::are_finite);
        if let Some(weights) = now.as_ref().or(self.good.as_ref()) {
            weights.save(&self.folder.file(names::GENERATOR), DataFacts::of(&run.data))?;
        }
        written
    }

    fn watch(&mut self, snapshot: Snapshot<'_>) -> Outcome<()> {
        let (run, step) = (snapshot.run, snapshot.run.state.step);
        if let Some(losses) = snapshot.losses {
            self.means.add(losses);
        }
        let last = step == run.steps;
        let due = last || step == 0 || (self.every > 0 && step.is_multiple_of(self.every));
        if due {
            self.last = Some(self.evaluator.evaluate(run)?);
            self.good = Some(Weights::of(&run.state));
        }
        if due || step.is_multiple_of(LOG_EVERY) {
            let losses = self.means.take();
            let metrics = self.last.as_ref().filter(|_| due).map(|evaluation| &evaluation.metrics);
            let seconds = self.clock.training_seconds();
            self.records.write(&Line { step, seconds, losses, metrics, stopped: None })?;
        }
        if step == 0 {
            self.draw(names::FIRST_PICTURE, 0)?;
        }
        let none = ganymede_core::step::Losses::new();
        self.progress.show(&Now {
            step,
            training_seconds: self.clock.training_seconds(),
            watching_seconds: self.clock.watching_seconds(),
            losses: snapshot.losses.unwrap_or(&none),
            metrics: self.last.as_ref().map(|evaluation| &evaluation.metrics),
            evaluated: due,
        });
        Ok(())
    }
}

impl Observer for Monitor<'_> {
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>> {
        if snapshot.losses.is_some() {
            self.clock.watch();
        }
        let watched: Result<(), Failure> = self.watch(snapshot);
        self.clock.train();
        watched?;
        Ok(ControlFlow::Continue(()))
    }
}
