//! `ganymede train`.

use std::path::Path;

use ganymede_core::config::{DetectorSection, Experiment, OnCollapse};
use ganymede_core::guard::Guard;
use ganymede_core::trainer::{DataFacts, Ending as TrainEnding, Run, TrainError};

use crate::arguments::TrainArguments;
use crate::device::DeviceKind;
use crate::evaluation::Evaluator;
use crate::failure::{Ending, Failure, OrFailure, Outcome, print};
use crate::files::store;
use crate::generator_file::Weights;
use crate::monitor::Monitor;
use crate::prepare::Planned;
use crate::progress::{Progress, duration};
use crate::run_folder::{RunFolder, names};
use crate::summary::{Summary, table};
use crate::threads::choose_threads;

/// Trains, and writes the run's folder.
pub(crate) fn train(arguments: &TrainArguments) -> Outcome<Ending> {
    let kind = DeviceKind::choose(arguments.device.device.as_deref())?;
    let planned = Planned::read(&arguments.config, &arguments.set, arguments.seed)?;
    RunFolder::check(arguments.out.as_deref())?;
    let device = kind.device().ok_or_else(|| Failure::refused("the device is not in this build"))?;
    let prepared = planned.prepare(device)?;
    if arguments.dry_run {
        print(&prepared.planned.toml)?;
        return Ok(Ending::Done);
    }
    choose_threads(kind, &prepared.step.plan);
    kind.open()?;
    let toml = format!(
        "# A run of ganymede {}, every default spelled out: `ganymede train` on this file repeats it.\n{}",
        env!("CARGO_PKG_VERSION"),
        prepared.planned.toml
    );
    let experiment = prepared.planned.experiment.clone();
    let mut run = prepared.into_run();
    let progress = Progress::new(run.steps, arguments.quiet);
    let mut guard = guard(&experiment.detector, &run, &arguments.config, &progress)?;
    let folder = RunFolder::create(arguments.out.as_deref(), &arguments.config, &toml)?;
    let evaluator = Evaluator::new(&run.data, run.step.streams, experiment.evaluation.samples)?;
    progress.note(&format!("{} steps on {} into {}", run.steps, kind.name(), folder.path().display()));
    let tells = experiment.detector.on_collapse != OnCollapse::Ignore;
    let mut monitor = Monitor::new(&folder, evaluator, &experiment.evaluation, tells, progress)?;
    match run.train_guarded(guard.as_mut(), &mut [&mut monitor]) {
        Ok(TrainEnding::Collapsed) => {
            monitor.conclude(&run)?;
            finish(&run, &experiment, &monitor, &folder, kind)?;
            Ok(Ending::Collapsed)
        }
        Ok(TrainEnding::Finished | TrainEnding::Stopped) => {
            finish(&run, &experiment, &monitor, &folder, kind)?;
            Ok(Ending::Done)
        }
        Err(error) => Err(stop(&run, &mut monitor, &folder, &arguments.config, &error)),
    }
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

/// Writes what a finished run leaves, and prints the result.
fn finish(
    run: &Run,
    experiment: &Experiment,
    monitor: &Monitor<'_>,
    folder: &RunFolder,
    kind: DeviceKind,
) -> Outcome<()> {
    let evaluation = monitor.last().ok_or_else(|| Failure::failed("the run ended without an evaluation"))?;
    Weights::of(&run.state).save(&folder.file(names::GENERATOR), DataFacts::of(&run.data))?;
    ganymede_core::data::write_npy(&folder.file(names::SAMPLES), &evaluation.drawn.samples).or_fail()?;
    if let Some(labels) = &evaluation.drawn.labels {
        ganymede_core::data::write_npy_labels(&folder.file(names::LABELS), labels).or_fail()?;
    }
    monitor.draw(names::PICTURE, run.state.step)?;
    let oracle = monitor.evaluator().oracle();
    let seconds = monitor.clock().training_seconds();
    let summary = Summary {
        steps: run.state.step,
        steps_made: monitor.steps_made(),
        seconds,
        steps_per_second: monitor.steps_made() as f64 / seconds.max(f64::MIN_POSITIVE),
        evaluation_seconds: monitor.clock().watching_seconds(),
        device: kind.name(),
        strategies: &run.chain.names(),
        seed: experiment.seed,
        verdict: monitor.seen().map(|(verdict, _)| *verdict),
        signals: monitor.seen().map(|(_, signals)| signals),
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
    let verdict = summary.verdict.map(|verdict| format!("{:<22}{verdict:>12}\n", "verdict")).unwrap_or_default();
    print(&format!(
        "{}{verdict}{steps} steps in {}, {speed:.0} a second; the run is in {}\n",
        table(&evaluation.metrics, oracle),
        duration(seconds),
        folder.path().display()
    ))
}

/// The failure of a run that stopped early, once what it is worth is saved.
fn stop(run: &Run, monitor: &mut Monitor<'_>, folder: &RunFolder, config: &Path, error: &TrainError) -> Failure {
    let reason = format!("{}: {error}", config.display());
    let kept = match monitor.rescue(run, &error.to_string()) {
        Ok(()) => format!("what was saved is in {}", folder.path().display()),
        Err(failure) => format!("and not all of it could be saved: {failure}"),
    };
    Failure::failed(format!("{reason}; {kept}"))
}
