//! Watches a run: evaluates, writes records, saves, draws, shows progress. It sees the run and cannot change it.

mod append;
mod best;
mod clock;
mod divergence;
mod ending;
mod events;
pub(crate) mod progress;
mod records;
mod state;
pub(crate) mod stats;
pub(crate) mod summary;
mod tensorboard;

use std::error::Error;
use std::ops::ControlFlow;

use ganymede_core::config::{EvaluationConfig, Experiment, OnCollapse, OnFailure};
use ganymede_core::run::{DataFacts, Run};
use ganymede_core::trainer::{Observer, Snapshot};
use ganymede_metrics::{Signals, Thresholds, Verdict};

use self::best::Best;
use self::clock::Clock;
use self::divergence::Divergence;
use self::events::{DatedEvent, Event};
use self::progress::{Progress, ProgressUpdate};
use self::records::RecordFiles;
pub(crate) use self::state::MonitorState;
use self::stats::{DetectorLine, Line, LossMeans};
use crate::checkpoint::generator::Weights;
use crate::checkpoint::saver::Saver;
use crate::failure::{Failure, Outcome};
use crate::report::evaluation::{Evaluation, Evaluator};
use crate::report::picture::grid::Grid;
use crate::report::picture::scatter;
use crate::run::folder::{RunFolder, names};
use crate::system::atomic::store;
use crate::system::signals::Interruption;

/// The observer behind `ganymede train`.
pub(crate) struct Monitor<'a> {
    folder: &'a RunFolder,
    evaluator: Evaluator,
    evaluation: EvaluationConfig,
    /// Whether events are printed as they happen.
    announces_events: bool,
    on_failure: OnFailure,
    divergence: Divergence,
    interruption: Interruption,
    saver: Saver,
    records: RecordFiles,
    limits: Option<Thresholds>,
    progress: Progress,
    clock: Clock,
    means: LossMeans,
    steps_made: u64,
    last: Option<(u64, Evaluation)>,
    seen: Option<(Verdict, Signals)>,
    events: Vec<DatedEvent>,
    rollbacks: u32,
    best: Option<Best>,
    /// The generator of the best evaluation, and whether its file is still to be written.
    best_weights: Option<Weights>,
    best_unwritten: bool,
    good: Option<Weights>,
}

/// The parts that a monitor is built from.
pub(crate) struct MonitorParts<'a> {
    pub(crate) folder: &'a RunFolder,
    pub(crate) evaluator: Evaluator,
    pub(crate) saver: Saver,
    pub(crate) progress: Progress,
    pub(crate) interruption: Interruption,
    /// The limits of the run's detector, where it has one.
    pub(crate) limits: Option<Thresholds>,
}

impl<'a> Monitor<'a> {
    /// Watches a run from its beginning.
    pub(crate) fn begin(experiment: &Experiment, parts: MonitorParts<'a>) -> Outcome<Self> {
        let records = RecordFiles::create(parts.folder, experiment.records)?;
        let record = MonitorState::default();
        Ok(Self::new(experiment, parts, records, record, None))
    }

    /// Resumes watching at a step; `best_weights` is the best generator so far.
    pub(crate) fn resume(
        experiment: &Experiment,
        parts: MonitorParts<'a>,
        step: u64,
        record: MonitorState,
        best_weights: Option<Weights>,
    ) -> Outcome<Self> {
        let records = RecordFiles::resume(parts.folder, experiment.records, step, &record)?;
        Ok(Self::new(experiment, parts, records, record, best_weights))
    }

    fn new(
        experiment: &Experiment,
        parts: MonitorParts<'a>,
        records: RecordFiles,
        record: MonitorState,
        best_weights: Option<Weights>,
    ) -> Self {
        Self {
            folder: parts.folder,
            evaluator: parts.evaluator,
            evaluation: experiment.evaluation.clone(),
            announces_events: experiment.detector.on_collapse != OnCollapse::Ignore,
            on_failure: experiment.checkpoint.on_failure,
            divergence: Divergence::of(experiment.objective.kind, experiment.detector.on_collapse == OnCollapse::Stop),
            interruption: parts.interruption,
            saver: parts.saver,
            records,
            limits: parts.limits,
            progress: parts.progress,
            clock: Clock::resume(record.elapsed),
            means: record.means,
            steps_made: record.steps_made,
            last: None,
            seen: record.seen,
            events: record.events,
            rollbacks: record.rollbacks,
            best: record.best,
            // What an interrupted program wrote after the checkpoint is overwritten.
            best_unwritten: best_weights.is_some(),
            best_weights,
            good: None,
        }
    }

    /// The evaluator, for the figures of the real samples.
    pub(crate) fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Steps made, those before a rollback included.
    pub(crate) fn steps_made(&self) -> u64 {
        self.steps_made
    }

    pub(crate) fn last(&self) -> Option<&Evaluation> {
        self.last.as_ref().map(|(_, evaluation)| evaluation)
    }

    /// The detector's state and signals at its last look.
    pub(crate) fn seen(&self) -> Option<&(Verdict, Signals)> {
        self.seen.as_ref()
    }

    /// Whether a loss has run away since the last rollback.
    fn has_diverged(&self) -> bool {
        let back = self.events.iter().rposition(|dated| matches!(dated.event, Event::Rollback(_))).unwrap_or(0);
        self.events[back..].iter().any(|dated| matches!(dated.event, Event::Divergence { .. }))
    }

    /// Whether the run ends because a loss has run away, as the configuration says.
    pub(crate) fn stopped_at_divergence(&self) -> Option<String> {
        let last = self.events.iter().rev().find(|dated| matches!(dated.event, Event::Divergence { .. }));
        last.filter(|_| self.divergence.ends_the_run())
            .map(|dated| format!("step {}: {}", dated.step, dated.event.text()))
    }

    pub(crate) fn events(&self) -> &[DatedEvent] {
        &self.events
    }

    pub(crate) fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Draws the last evaluation's samples into a file of the run: pictures as a grid, points over the real ones.
    pub(crate) fn draw(&self, name: &str, step: u64) -> Outcome<()> {
        let Some(evaluation) = self.last() else { return Ok(()) };
        let shape = self.evaluator.shape();
        let drawn = &evaluation.drawn;
        let picture = if shape.is_point() {
            let scatter = scatter::Scatter {
                real: Some(self.evaluator.real()),
                fake: &drawn.samples,
                modes: self.evaluator.modes(),
                histogram: &evaluation.histogram,
                title: format!("step {step}"),
            };
            scatter.png()?
        } else {
            // In the range of the data, so that a generator that leaves it is seen to.
            let range = Grid::range_of_samples(self.evaluator.real());
            Grid { range, ..Grid::of_samples(&drawn.samples, shape, drawn.labels.as_deref()) }.png()?
        };
        store(&self.folder.file(name), &picture)
    }

    /// Draws the samples of an evaluation into a picture of their own, of which the newest stay: the same latents each time.
    fn draw_over_the_run(&mut self, step: u64) -> Outcome<()> {
        if step > 0 && self.evaluation.pictures == 0 {
            return Ok(());
        }
        let name = names::picture(step);
        self.draw(&name, step)?;
        self.records.picture(step, self.clock.training_seconds(), &self.folder.file(&name))?;
        if step == 0 {
            return self.draw_reals();
        }
        self.folder.keep_pictures(self.evaluation.pictures)
    }

    /// Draws real samples beside the generated ones, where samples are pictures.
    fn draw_reals(&self) -> Outcome<()> {
        let shape = self.evaluator.shape();
        if shape.is_point() {
            return Ok(());
        }
        let real = self.evaluator.real();
        let range = Grid::range_of_samples(real);
        let picture = Grid { range, ..Grid::of_samples(real, shape, self.evaluator.real_labels()) }.png()?;
        store(&self.folder.file(names::REALS), &picture)
    }

    fn record(&self) -> MonitorState {
        MonitorState {
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

    /// Saves before anything else takes notice of the step; a resumed run begins with taking notice.
    fn save(&mut self, snapshot: &Snapshot<'_>) -> Outcome<()> {
        // What a checkpoint says of the records must be on disk before it.
        let synced = self.records.sync();
        let saved =
            synced.and_then(|()| self.saver.save(snapshot, self.steps_made, self.record(), self.best_weights.as_ref()));
        self.tolerate(saved)
    }

    fn watch(&mut self, snapshot: Snapshot<'_>) -> Outcome<()> {
        let (run, step) = (snapshot.run, snapshot.run.state.step);
        snapshot.losses.iter().for_each(|losses| self.means.add(losses));
        self.steps_made += snapshot.losses.len() as u64;
        if let Some(rollback) = snapshot.rollback {
            self.rollbacks = rollback.number;
            self.means.take();
            return self.happened(step, Event::Rollback(*rollback));
        }
        let due = self.evaluation.is_due(step, run.steps);
        if due {
            self.evaluate(run)?;
        }
        let mut diverged = None;
        self.seen = snapshot.report.map(|report| (report.observation.verdict, report.signals)).or(self.seen);
        if due || snapshot.report.is_some() || step.is_multiple_of(self.evaluation.records) {
            let metrics = self.last.as_ref().filter(|_| due).map(|(_, evaluation)| &evaluation.metrics);
            let detector = snapshot.report.map(|look| DetectorLine {
                verdict: look.observation.verdict,
                health: look.observation.judgement.health,
                signals: &look.signals,
            });
            let (losses, seconds) = (self.means.take(), self.clock.training_seconds());
            diverged = self.divergence.worst(&losses);
            let limits = self.limits.as_ref().filter(|_| step == 0 && self.rollbacks == 0);
            let rollbacks = self.rollbacks;
            let line = Line { step, rollbacks, seconds, losses, metrics, limits, detector, ..Line::default() };
            let written = self.records.write(&line);
            self.tolerate(written)?;
        }
        if due {
            let drawn = self.draw_over_the_run(step);
            self.tolerate(drawn)?;
        }
        if let Some(event) = snapshot.report.and_then(Event::of) {
            self.happened(step, event)?;
        }
        if let Some((loss, value)) = diverged.filter(|_| !self.has_diverged()) {
            self.divergence.reach();
            self.happened(step, Event::Divergence { loss, value })?;
        }
        let none = ganymede_core::step::Losses::new();
        self.progress.show(&ProgressUpdate {
            step,
            training_seconds: self.clock.training_seconds(),
            watching_seconds: self.clock.watching_seconds(),
            steps_made: self.steps_made,
            losses: snapshot.losses.last().unwrap_or(&none),
            metrics: self.last.as_ref().map(|(_, evaluation)| &evaluation.metrics),
            seen: self.seen.as_ref(),
            evaluated: due,
        });
        Ok(())
    }

    /// Evaluates, and keeps the generator if it is the best so far.
    fn evaluate(&mut self, run: &Run) -> Outcome<()> {
        let step = run.state.step;
        let progress = &mut self.progress;
        let all = self.evaluation.samples;
        let evaluation = self.evaluator.evaluate(run, &mut |seen| progress.look(step, seen, all))?;
        let weights = Weights::of(&run.state);
        let better = Best::improved(self.best, self.evaluation.best, step, &evaluation.metrics);
        // What was never trained is not worth keeping.
        if let Some(best) = better.filter(|_| step > 0) {
            self.best = Some(best);
            self.best_weights = Some(weights.clone());
            self.best_unwritten = true;
            let written = self.write_best(run);
            self.tolerate(written)?;
        }
        self.good = Some(weights);
        self.last = Some((step, evaluation));
        Ok(())
    }

    /// Writes the best generator where that is still to be done.
    fn write_best(&mut self, run: &Run) -> Outcome<()> {
        if let Some(weights) = self.best_weights.as_ref().filter(|_| self.best_unwritten) {
            weights.save(&self.folder.file(names::BEST), DataFacts::of(&run.data))?;
            self.best_unwritten = false;
        }
        Ok(())
    }

    /// Records an event and prints it.
    fn happened(&mut self, step: u64, event: Event) -> Outcome<()> {
        let seconds = self.clock.training_seconds();
        let line = Line { step, rollbacks: self.rollbacks, seconds, event: Some(&event), ..Line::default() };
        let written = self.records.write(&line);
        if self.announces_events {
            self.progress.note(&format!("step {step}: {}", event.text()));
        }
        self.events.push(DatedEvent { step, event });
        self.tolerate(written)
    }

    /// Continues after a failed write, if the configuration says so; the write is tried again later.
    fn tolerate(&self, written: Outcome<()>) -> Outcome<()> {
        match written {
            Err(failure) if self.on_failure == OnFailure::Warn => {
                self.progress.warn(&format!("{failure}; the run continues, and it will be tried again"));
                Ok(())
            }
            other => other,
        }
    }
}

impl Observer for Monitor<'_> {
    fn looks_at(&self, run: &Run) -> bool {
        let step = run.state.step;
        step.is_multiple_of(self.evaluation.records)
            || self.evaluation.is_due(step, run.steps)
            || self.saver.is_due_at(run)
            || self.interruption.came()
    }

    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>> {
        if !snapshot.losses.is_empty() {
            self.clock.watch();
        }
        // A rollback is part of the step before it, and is made again from that step's moment.
        let interrupted = snapshot.rollback.is_none() && self.interruption.came();
        let saved = if interrupted || self.saver.is_due(&snapshot) { self.save(&snapshot) } else { Ok(()) };
        let watched: Result<(), Failure> = saved.and_then(|()| self.watch(snapshot));
        self.clock.train();
        watched?;
        Ok(if interrupted || self.divergence.ends_the_run() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }
}
