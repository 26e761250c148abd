//! What a run is trained with, from its beginning or from a checkpoint on, and how it ends.

use std::path::{Path, PathBuf};

use ganymede_core::config::{DetectorSection, Experiment, OnCollapse};
use ganymede_core::guard::Guard;
use ganymede_core::run::{DataFacts, Run};
use ganymede_core::trainer::{Observed, RunEnd, TrainError};
use ganymede_metrics::Verdict;

use crate::checkpoint::file::Origin;
use crate::checkpoint::generator::Weights;
use crate::checkpoint::known::KnownJudges;
use crate::checkpoint::saver::Saver;
use crate::failure::{CommandEnd, Failure, OrFailure, Outcome, error_line, print};
use crate::monitor::progress::{Progress, duration};
use crate::monitor::summary::{DetectorSummary, DiagnosisSummary, Summary, table};
use crate::monitor::{Monitor, MonitorParts, MonitorState};
use crate::report::diagnosis::judge::judge;
use crate::report::diagnosis::sources::Sources;
use crate::report::diagnosis::text::first_line;
use crate::report::evaluation::Evaluator;
use crate::run::folder::{RunFolder, names};
use crate::run::prepare::{CheckedRun, LoadedConfig};
use crate::system::atomic::store;
use crate::system::device::DeviceKind;
use crate::system::signals::Interruption;
use crate::system::threads::{choose_threads, has_other_threads};

/// The seed of the diagnosis in a run's summary: that of `ganymede diagnose` without `--seed`.
const DIAGNOSIS_SEED: u64 = 0;

/// A run that is ready to be trained.
pub(crate) struct Session {
    pub(crate) run: Run,
    /// Its guard, where it has one.
    pub(crate) guard: Option<Guard>,
    evaluator: Evaluator,
    experiment: Experiment,
    toml: String,
    judges: KnownJudges,
    kind: DeviceKind,
    progress: Progress,
    config: PathBuf,
}

/// Where training begins.
pub(crate) enum Start {
    /// At the first step.
    Begin,
    /// At a checkpoint.
    Resume(Box<ResumePoint>),
}

/// What a checkpoint holds besides the state of the run itself.
pub(crate) struct ResumePoint {
    /// What the observers were about to see.
    pub(crate) moment: Observed,
    pub(crate) monitor: MonitorState,
    /// The generator of the best evaluation.
    pub(crate) best: Option<Weights>,
    /// Whether the configuration has changed since, so that a checkpoint must be written at once.
    pub(crate) changed: bool,
}

impl Session {
    /// Makes the data, the networks and the guard. `config` is where the configuration came from, for messages, and `before` what
    /// a checkpoint knows of the files that the run is judged by.
    pub(crate) fn prepare(
        loaded: LoadedConfig,
        kind: DeviceKind,
        config: &Path,
        before: Option<&KnownJudges>,
        quiet: bool,
    ) -> Outcome<Self> {
        let device = kind.require()?;
        let mut prepared = loaded.prepare(device)?;
        choose_threads(kind, &prepared.step.plan);
        kind.open()?;
        let cost = if quiet { None } else { cost_of_features(&prepared)? };
        let judges = prepared.judges(before, quiet)?;
        let known = judges.known.clone();
        let (experiment, toml) = (prepared.loaded.experiment.clone(), prepared.loaded.toml.clone());
        let mut run = prepared.into_run();
        if has_other_threads() {
            run.work_ahead();
        }
        let progress = Progress::new(run.steps, quiet);
        run.data.report().iter().for_each(|line| progress.note(&format!("data: {line}")));
        let guard = guard(&experiment.detector, &run, config, &progress)?;
        // Before a checkpoint may put the run into another attempt, with other streams.
        if let Some(line) = cost {
            progress.note(&line);
        }
        let evaluator = Evaluator::new(&run.data, run.step.streams, experiment.evaluation.samples, judges, quiet)?;
        let config = config.to_owned();
        Ok(Self { run, guard, evaluator, experiment, toml, judges: known, kind, progress, config })
    }

    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Trains to the end, and writes what the run leaves.
    pub(crate) fn train(self, folder: &RunFolder, start: Start) -> Outcome<CommandEnd> {
        let Self { mut run, mut guard, evaluator, experiment, toml, judges, kind, progress, config } = self;
        let section = experiment.checkpoint.clone();
        let asked = matches!(&start, Start::Resume(point) if point.changed);
        let origin = Origin { device: kind.name(), config: toml, judges };
        let saver = Saver::new(folder.checkpoints(section.keep), section, origin, asked);
        let interruption = Interruption::listen()?;
        let limits = guard.as_ref().map(|guard| *guard.thresholds());
        let parts = MonitorParts { folder, evaluator, saver, progress, interruption, limits };
        let (moment, mut monitor) = match start {
            Start::Begin => (Observed::default(), Monitor::begin(&experiment, parts)?),
            Start::Resume(point) => {
                let ResumePoint { moment, monitor, best, .. } = *point;
                let step = run.state.step;
                (moment, Monitor::resume(&experiment, parts, step, monitor, best)?)
            }
        };
        match run.train_from(&moment, guard.as_mut(), &mut [&mut monitor]) {
            Ok(RunEnd::Collapsed) => {
                monitor.conclude(&run)?;
                finish(&run, &experiment, &mut monitor, folder, kind)?;
                Ok(CommandEnd::Collapsed)
            }
            Ok(RunEnd::Finished) => {
                let verdict = finish(&run, &experiment, &mut monitor, folder, kind)?;
                Ok(if verdict == Verdict::Inconclusive { CommandEnd::Inconclusive } else { CommandEnd::Done })
            }
            Ok(RunEnd::Stopped) => {
                if let Some(reason) = monitor.stopped_at_divergence() {
                    monitor.conclude(&run)?;
                    finish(&run, &experiment, &mut monitor, folder, kind)?;
                    error_line(&format!("{}: stopped at {reason}", config.display()));
                    return Ok(CommandEnd::Diverged);
                }
                interrupt(&run, &mut monitor, folder)?;
                Ok(CommandEnd::Interrupted)
            }
            Err(error) => Err(stop(&run, &mut monitor, folder, &config, &error)),
        }
    }
}

/// What measuring on features will cost, in a line; nothing where none are asked for.
pub(super) fn cost_of_features(prepared: &CheckedRun) -> Outcome<Option<String>> {
    let Some(opened) = &prepared.features else { return Ok(None) };
    let experiment = &prepared.loaded.experiment;
    let (evaluation, steps) = (&experiment.evaluation, experiment.steps);
    let (input, extractor) = (opened.input(), opened.extractor());
    let samples = evaluation.samples;
    let seconds = opened.seconds_a_picture(prepared.data.shape())? * samples as f64;
    // Before the first step, at each that is due, and after the last.
    let times = evaluation.every.filter(|every| *every > 0).map_or(2, |every| 1 + steps.div_ceil(every));
    Ok(Some(format!(
        "features: {} sees pictures of {} and makes {} features; it takes about {} for the {samples} of an evaluation, {} in all, and the \
         figures on them come on top",
        extractor.name(),
        input,
        extractor.width(),
        duration(seconds),
        duration(seconds * times as f64)
    )))
}

/// The run's guard. Data that cannot be watched (a handful of points, or all the same) is a reason to refuse only
/// where the configuration wants something done about a collapse.
fn guard(config: &DetectorSection, run: &Run, path: &Path, progress: &Progress) -> Outcome<Option<Guard>> {
    Guard::new(config, run).or_else(|error| {
        let remedy = "set detector.every = 0 to train without it";
        let text = format!("{}: {error}; {remedy}", path.display());
        if matches!(config.on_collapse, OnCollapse::Stop | OnCollapse::Rollback) {
            return Err(Failure::refused(text));
        }
        progress.note(&format!("warning: {text}"));
        Ok(None)
    })
}

/// Writes what a finished run leaves, prints the result, and returns the verdict on its samples.
fn finish(
    run: &Run,
    experiment: &Experiment,
    monitor: &mut Monitor<'_>,
    folder: &RunFolder,
    kind: DeviceKind,
) -> Outcome<Verdict> {
    monitor.settle(run)?;
    let evaluation = monitor.last().ok_or_else(|| Failure::failed("the run ended without an evaluation"))?;
    Weights::of(&run.state).save(&folder.file(names::GENERATOR), DataFacts::of(&run.data))?;
    ganymede_core::data::write_npy(&folder.file(names::SAMPLES), &evaluation.drawn.samples).or_fail()?;
    if let Some(labels) = &evaluation.drawn.labels {
        ganymede_core::data::write_npy_labels(&folder.file(names::LABELS), labels).or_fail()?;
    }
    monitor.draw(names::PICTURE, run.state.step)?;
    // The samples are read back from the files, so that `ganymede diagnose` comes to the same verdict later.
    let sources = Sources::of_run(folder.path(), &run.data, experiment.seed)?;
    let diagnosis = judge(&sources, DIAGNOSIS_SEED)?;
    let oracle = monitor.evaluator().oracle();
    let seconds = monitor.clock().training_seconds();
    let summary = Summary {
        steps: run.state.step,
        steps_made: monitor.steps_made(),
        seconds,
        steps_per_second: monitor.steps_made() as f64 / seconds.max(f64::MIN_POSITIVE),
        evaluation_seconds: monitor.clock().watching_seconds(),
        peak_memory: crate::system::memory::peak(),
        device: kind.name(),
        strategies: &run.chain.names(),
        seed: experiment.seed,
        judged: DiagnosisSummary::of(&diagnosis),
        watched: monitor.seen().map(|(verdict, signals)| DetectorSummary { verdict: *verdict, signals }),
        events: monitor.events(),
        best: monitor.best(),
        metrics: &evaluation.metrics,
        oracle,
        version: env!("CARGO_PKG_VERSION"),
    };
    // Last, so that a folder with a summary is a folder with everything.
    store(&folder.file(names::SUMMARY), &summary.to_json()?)?;
    monitor.progress().clear();
    let (steps, speed) = (summary.steps, summary.steps_per_second);
    print(&format!(
        "{}\n{}{}\n{steps} steps in {}, {speed:.0} a second; the run is in {}\n",
        first_line(&diagnosis),
        table(&evaluation.metrics, oracle),
        as_watched(summary.watched.map(|watched| watched.verdict)),
        duration(seconds),
        folder.path().display()
    ))?;
    Ok(diagnosis.verdict)
}

/// The detector's last observation, which is not the verdict of the summary.
fn as_watched(verdict: Option<Verdict>) -> String {
    verdict
        .map_or("not watched by the detector".to_owned(), |verdict| format!("as watched at the last look: {verdict}"))
}

/// Writes what an interrupted run leaves: its checkpoint is there already.
fn interrupt(run: &Run, monitor: &mut Monitor<'_>, folder: &RunFolder) -> Outcome<()> {
    monitor.settle(run)?;
    Weights::of(&run.state).save(&folder.file(names::GENERATOR), DataFacts::of(&run.data))?;
    monitor.progress().clear();
    monitor.progress().note(&format!(
        "interrupted and saved after step {}; continue with: ganymede train --resume {}",
        run.state.step,
        folder.path().display()
    ));
    Ok(())
}

/// The failure of a run that stopped early, after its last good generator was saved.
fn stop(run: &Run, monitor: &mut Monitor<'_>, folder: &RunFolder, config: &Path, error: &TrainError) -> Failure {
    let reason = format!("{}: {error}", config.display());
    let kept = match monitor.rescue(run, &error.to_string()) {
        Ok(()) => format!("what was saved is in {}", folder.path().display()),
        Err(failure) => format!("and not all of it could be saved: {failure}"),
    };
    Failure::failed(format!("{reason}; {kept}"))
}
