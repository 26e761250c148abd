//! `ganymede train`.

use std::path::Path;

use ganymede_core::trainer::{DataFacts, Run, TrainError};

use crate::arguments::TrainArguments;
use crate::device::DeviceKind;
use crate::evaluation::Evaluator;
use crate::failure::{Failure, OrFailure, Outcome, print};
use crate::files::store;
use crate::generator_file::Weights;
use crate::monitor::Monitor;
use crate::prepare::Planned;
use crate::progress::{Progress, duration};
use crate::run_folder::{RunFolder, names};
use crate::summary::{Summary, table};
use crate::threads::choose_threads;

/// Trains, and writes the run's folder.
pub(crate) fn train(arguments: &TrainArguments) -> Outcome<()> {
    let kind = DeviceKind::choose(arguments.device.device.as_deref())?;
    let planned = Planned::read(&arguments.config, &arguments.set, arguments.seed)?;
    RunFolder::check(arguments.out.as_deref())?;
    let device = kind.device().ok_or_else(|| Failure::refused("the device is not in this build"))?;
    let prepared = planned.prepare(device)?;
    if arguments.dry_run {
        return print(&prepared.planned.toml);
    }
    choose_threads(kind, &prepared.step.plan);
    kind.open()?;
    let toml = format!(
        "# A run of ganymede {}, every default spelled out: `ganymede train` on this file repeats it.\n{}",
        env!("CARGO_PKG_VERSION"),
        prepared.planned.toml
    );
    let evaluation = prepared.planned.experiment.evaluation.clone();
    let folder = RunFolder::create(arguments.out.as_deref(), &arguments.config, &toml)?;
    let mut run = prepared.into_run();
    let evaluator = Evaluator::new(&run.data, run.step.streams, evaluation.samples)?;
    let progress = Progress::new(run.steps, arguments.quiet);
    progress.note(&format!("{} steps on {} into {}", run.steps, kind.name(), folder.path().display()));
    let mut monitor = Monitor::new(&folder, evaluator, evaluation.every, progress)?;
    match run.train(&mut [&mut monitor]) {
        Ok(()) => finish(&run, &monitor, &folder, kind),
        Err(error) => Err(stop(&run, &mut monitor, &folder, &arguments.config, &error)),
    }
}

/// Writes what a finished run leaves, and prints the result.
fn finish(run: &Run, monitor: &Monitor<'_>, folder: &RunFolder, kind: DeviceKind) -> Outcome<()> {
    let evaluation = monitor.last().ok_or_else(|| Failure::failed("the run ended without an evaluation"))?;
    Weights::of(&run.state).save(&folder.file(names::GENERATOR), DataFacts::of(&run.data))?;
    ganymede_core::data::write_npy(&folder.file(names::SAMPLES), &evaluation.drawn.samples).or_fail()?;
    monitor.draw(names::PICTURE, run.state.step)?;
    let oracle = monitor.evaluator().oracle();
    let seconds = monitor.clock().training_seconds();
    let summary = Summary {
        steps: run.state.step,
        seconds,
        steps_per_second: run.state.step as f64 / seconds.max(f64::MIN_POSITIVE),
        evaluation_seconds: monitor.clock().watching_seconds(),
        device: kind.name(),
        strategies: &run.chain.names(),
        seed: run.step.streams.seed(),
        metrics: &evaluation.metrics,
        oracle,
        version: env!("CARGO_PKG_VERSION"),
    };
    // Last, so that a folder with a summary is a folder with everything.
    store(&folder.file(names::SUMMARY), &summary.to_json()?)?;
    monitor.progress().clear();
    let (steps, speed) = (summary.steps, summary.steps_per_second);
    print(&format!(
        "{}{steps} steps in {}, {speed:.0} a second; the run is in {}\n",
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
