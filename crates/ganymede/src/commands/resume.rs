//! `ganymede train --resume`: continues a run as if it had never stopped.

use std::path::{Path, PathBuf};

use ganymede_core::run::Run;
use ganymede_core::store::StoreError;

use super::session::{ResumePoint, Session, Start};
use crate::arguments::TrainArguments;
use crate::checkpoint::file::{BEST, CheckpointFile, Unusable};
use crate::checkpoint::generator::Weights;
use crate::checkpoint::list::Checkpoints;
use crate::failure::{CommandEnd, Failure, OrFailure, Outcome, print};
use crate::monitor::MonitorState;
use crate::monitor::progress::Progress;
use crate::monitor::stats::StatsFile;
use crate::run::changes::{Changes, DATA_PATHS, JUDGE_PATHS, check_assignments};
use crate::run::folder::{RunFolder, names};
use crate::run::prepare::LoadedConfig;
use crate::system::atomic::store;
use crate::system::device::DeviceKind;

/// Continues the run in a folder.
pub(crate) fn resume(path: &Path, arguments: &TrainArguments) -> Outcome<CommandEnd> {
    let folder = RunFolder::open(path)?;
    let assignments: Vec<String> = arguments.assignments().into_iter().map(from_here).collect();
    check_assignments(&assignments)?;
    let config = folder.file(names::CONFIG);
    let loaded = LoadedConfig::read(&config, &assignments, None)?;
    let steps = loaded.experiment.steps;
    let progress = Progress::new(steps, arguments.quiet);
    let Some((place, saved)) = latest(&folder, &progress)? else {
        progress.note(&format!("{} has no checkpoint yet; it begins again", path.display()));
        let kind = DeviceKind::choose(arguments.device.device.as_deref())?;
        let toml = loaded.file();
        let session = Session::prepare(loaded, kind, &config, None, arguments.quiet)?;
        store(&config, toml.as_bytes())?;
        // What an earlier life of the run left does not speak of this one.
        let _ = std::fs::remove_file(folder.file(names::SUMMARY));
        return session.train(&folder, Start::Begin);
    };
    let record = saved.record;
    let changes = Changes::between(&record.config, &loaded.toml).or_fail()?;
    changes.check(&assignments, &config)?;
    let made = record.run.run.step;
    if steps < made {
        return Err(Failure::refused(format!(
            "steps = {steps}: {} has made {made} steps; expected at least {made}",
            path.display()
        )));
    }
    let finished = folder.file(names::SUMMARY).exists();
    if finished && steps == made {
        print(&format!(
            "{} has made its {made} steps; `ganymede train --resume {0} --steps N` continues it\n",
            path.display()
        ))?;
        return Ok(CommandEnd::Done);
    }
    let device = arguments.device.device.as_deref().unwrap_or(&record.device);
    let kind = DeviceKind::choose(Some(device))?;
    let toml = loaded.file();
    let mut session = Session::prepare(loaded, kind, &config, Some(&record.judges), arguments.quiet)?;
    let misfit = |reason: String| Failure::refused(format!("{}: {reason}", place.display()));
    session.run.load(session.guard.as_mut(), &saved.tensors, &record.run).map_err(|error| misfit(error.to_string()))?;
    let best = best(&session.run, &saved.tensors, &record.monitor).map_err(|error| misfit(error.to_string()))?;
    // From here on files change. What speaks of a run that has ended goes first.
    if finished {
        std::fs::remove_file(folder.file(names::SUMMARY)).or_fail()?;
    }
    if best.is_none() {
        // Written after the checkpoint, if it is there at all.
        let _ = std::fs::remove_file(folder.file(names::BEST));
    }
    // Also where only a comment was changed, or damaged.
    if std::fs::read(&config).or_fail()? != toml.as_bytes() {
        store(&config, toml.as_bytes())?;
    }
    progress.note(&format!("{} continues from step {made} on {}", path.display(), kind.name()));
    let changed = !changes.is_empty();
    let point = ResumePoint { moment: record.moment, monitor: record.monitor, best, changed };
    session.train(&folder, Start::Resume(Box::new(point)))
}

/// A path is assigned by somebody who stands in the current folder, not in the run's.
fn from_here(assignment: String) -> String {
    let is_path = |key: &str| DATA_PATHS.contains(&key) || JUDGE_PATHS.contains(&key);
    let named = assignment.split_once('=').filter(|(key, _)| is_path(key));
    let Some((key, value)) = named else { return assignment };
    let value = value.trim().trim_matches('"');
    if key == "evaluation.classifier" && value == "auto" {
        return assignment;
    }
    match std::path::absolute(value) {
        Ok(path) => format!("{key}={}", toml::Value::String(path.display().to_string())),
        Err(_) => assignment,
    }
}

/// The latest checkpoint that can be used; those that cannot are put aside, with a warning. `None` where there is none.
fn latest(folder: &RunFolder, progress: &Progress) -> Outcome<Option<(PathBuf, CheckpointFile<MonitorState>)>> {
    let checkpoints = folder.checkpoints(1);
    let paths = checkpoints.newest_first()?;
    let mut first = None;
    let mut damaged: Vec<PathBuf> = Vec::new();
    for path in paths {
        let reason = match CheckpointFile::<MonitorState>::read(&path) {
            Err(Unusable::Version(reason)) => return Err(Failure::refused(reason)),
            Err(Unusable::Damaged(reason)) => reason,
            Ok(file) => {
                let Err(failure) = StatsFile::check(&folder.file(names::STATS), file.record.monitor.written) else {
                    for path in &damaged {
                        Checkpoints::set_aside(path);
                    }
                    return Ok(Some((path, file)));
                };
                failure.to_string()
            }
        };
        progress.warn(&reason);
        first.get_or_insert(reason);
        damaged.push(path);
    }
    match first {
        None => Ok(None),
        Some(reason) => Err(Failure::refused(format!(
            "{reason}; no checkpoint can be used: bring the file back from a copy, or remove {} to begin again",
            checkpoints.folder().display()
        ))),
    }
}

/// The generator of the best evaluation.
fn best(
    run: &Run,
    tensors: &ganymede_core::store::TensorFile,
    monitor: &MonitorState,
) -> Result<Option<Weights>, StoreError> {
    let load = || Weights::load(BEST, tensors, monitor.best_averaged, &run.state, &run.step.place);
    monitor.best.map(|_| load()).transpose()
}
