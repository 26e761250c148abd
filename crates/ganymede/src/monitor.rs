//! Watches a run: evaluates, writes records, draws, shows progress. It sees the run and cannot change it.

use std::error::Error;
use std::ops::ControlFlow;

use ganymede_core::config::{BestBy, EvaluationConfig};
use ganymede_core::trainer::{DataFacts, Observer, Run, Snapshot};
use ganymede_metrics::{Signals, Verdict};

use crate::best::Best;
use crate::clock::Clock;
use crate::evaluation::{Evaluation, Evaluator};
use crate::events::{Dated, Event};
use crate::failure::{Failure, Outcome};
use crate::files::store;
use crate::generator_file::Weights;
use crate::picture::scatter;
use crate::progress::{Now, Progress};
use crate::records::{LOG_EVERY, Line, LossMeans, Records, Seen};
use crate::run_folder::{RunFolder, names};

/// The observer behind `ganymede train`.
pub(crate) struct Monitor<'a> {
    folder: &'a RunFolder,
    evaluator: Evaluator,
    every: u64,
    best_by: BestBy,
    /// Whether events are told as they happen.
    tells: bool,
    records: Records,
    progress: Progress,
    clock: Clock,
    means: LossMeans,
    steps_made: u64,
    last: Option<(u64, Evaluation)>,
    seen: Option<(Verdict, Signals)>,
    events: Vec<Dated>,
    rollbacks: u32,
    best: Option<Best>,
    good: Option<Weights>,
}

impl<'a> Monitor<'a> {
    /// Watches a run that writes to `folder`. Unless `tells`, what the detector finds goes into the records only.
    pub(crate) fn new(
        folder: &'a RunFolder,
        evaluator: Evaluator,
        config: &EvaluationConfig,
        tells: bool,
        progress: Progress,
    ) -> Outcome<Self> {
        Ok(Self {
            folder,
            evaluator,
            every: config.every,
            best_by: config.best,
            tells,
            records: Records::create(&folder.file(names::STATS))?,
            progress,
            clock: Clock::start(),
            means: LossMeans::default(),
            steps_made: 0,
            last: None,
            seen: None,
            events: Vec::new(),
            rollbacks: 0,
            best: None,
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

    /// Steps made, those before a rollback included.
    pub(crate) fn steps_made(&self) -> u64 {
        self.steps_made
    }

    /// The last evaluation.
    pub(crate) fn last(&self) -> Option<&Evaluation> {
        self.last.as_ref().map(|(_, evaluation)| evaluation)
    }

    /// The detector's state and signals at its last look.
    pub(crate) fn seen(&self) -> Option<&(Verdict, Signals)> {
        self.seen.as_ref()
    }

    /// What happened, in order.
    pub(crate) fn events(&self) -> &[Dated] {
        &self.events
    }

    /// The best evaluation.
    pub(crate) fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// The progress display.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Draws the last evaluation's samples into a file of the run.
    pub(crate) fn draw(&self, name: &str, step: u64) -> Outcome<()> {
        let Some(evaluation) = self.last() else { return Ok(()) };
        let scatter = scatter::Scatter {
            real: Some(self.evaluator.real()),
            fake: &evaluation.drawn.samples,
            modes: self.evaluator.modes(),
            histogram: &evaluation.histogram,
            title: format!("step {step}"),
        };
        store(&self.folder.file(name), &scatter.png()?)
    }

    /// Brings records and evaluation up to a run that ended early because its generator collapsed.
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
        self.happened(step, Event::Stop)
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

    fn watch(&mut self, snapshot: Snapshot<'_>) -> Outcome<()> {
        let (run, step) = (snapshot.run, snapshot.run.state.step);
        if let Some(losses) = snapshot.losses {
            self.means.add(losses);
            self.steps_made += 1;
        }
        if let Some(rollback) = snapshot.rollback {
            self.rollbacks = rollback.number;
            self.means.take();
            return self.happened(step, Event::Rollback(*rollback));
        }
        let due = step == run.steps || step == 0 || (self.every > 0 && step.is_multiple_of(self.every));
        if due {
            self.evaluate(run)?;
        }
        self.seen = snapshot.look.map(|look| (look.observation.verdict, look.signals)).or(self.seen);
        if due || snapshot.look.is_some() || step.is_multiple_of(LOG_EVERY) {
            let metrics = self.last.as_ref().filter(|_| due).map(|(_, evaluation)| &evaluation.metrics);
            let detector = snapshot.look.map(|look| Seen {
                verdict: look.observation.verdict,
                health: look.observation.judgement.health,
                signals: &look.signals,
            });
            let (losses, seconds) = (self.means.take(), self.clock.training_seconds());
            let line = Line { step, rollbacks: self.rollbacks, seconds, losses, metrics, detector, ..Line::default() };
            self.records.write(&line)?;
        }
        if step == 0 {
            self.draw(names::FIRST_PICTURE, 0)?;
        }
        if let Some(event) = snapshot.look.and_then(Event::of) {
            self.happened(step, event)?;
        }
        let none = ganymede_core::step::Losses::new();
        self.progress.show(&Now {
            step,
            training_seconds: self.clock.training_seconds(),
            watching_seconds: self.clock.watching_seconds(),
            steps_made: self.steps_made,
            losses: snapshot.losses.unwrap_or(&none),
            metrics: self.last.as_ref().map(|(_, evaluation)| &evaluation.metrics),
            seen: self.seen.as_ref(),
            evaluated: due,
        });
        Ok(())
    }

    /// Evaluates, and keeps the generator if it is the best so far.
    fn evaluate(&mut self, run: &Run) -> Outcome<()> {
        let step = run.state.step;
        let evaluation = self.evaluator.evaluate(run)?;
        let weights = Weights::of(&run.state);
        let better = Best::improved(self.best, self.best_by, step, &evaluation.metrics);
        // What was never trained is not worth keeping.
        if let Some(best) = better.filter(|_| step > 0) {
            weights.save(&self.folder.file(names::BEST), DataFacts::of(&run.data))?;
            self.best = Some(best);
        }
        self.good = Some(weights);
        self.last = Some((step, evaluation));
        Ok(())
    }

    /// Records and tells an event.
    fn happened(&mut self, step: u64, event: Event) -> Outcome<()> {
        let seconds = self.clock.training_seconds();
        let line = Line { step, rollbacks: self.rollbacks, seconds, event: Some(&event), ..Line::default() };
        self.records.write(&line)?;
        if self.tells {
            self.progress.note(&format!("step {step}: {}", event.text()));
        }
        self.events.push(Dated { step, event });
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
