//! Runs side by side on this machine: each worker takes the next cell until none is left.

use std::fs::{self, OpenOptions};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::Duration;

use crate::config::LocalConfig;
use crate::engine::{CellEnd, Failure, LINES_OF_A_FAILURE, Work, progress};
use crate::error::SweepError;
use crate::folder::{CellState, store};
use crate::plan::Cell;
use crate::processes::{cores, last_lines, pin_program, side_by_side, start_logged};

/// How often a worker looks whether its run has ended or a signal has come.
const POLL: Duration = Duration::from_millis(50);

/// Makes the cells that are not done, and gives those that failed. When the user asks to stop, the runs save and end, and
/// nothing more is begun.
///
/// A run that another process still trains, such as one that a killed sweep has left behind, is waited for.
///
/// # Errors
///
/// [`SweepError::Failed`] where files of the sweep cannot be written or the program cannot be started.
pub(super) fn run_side_by_side(work: &Work<'_>, config: &LocalConfig) -> Result<Vec<Failure>, SweepError> {
    let Work { plan, folder, .. } = *work;
    let mut missing = work.missing();
    // First those that have begun, some of which may be going on without us.
    missing.sort_by_key(|index| !folder.run_folder(&plan.cells[*index].name).has_begun());
    let jobs = config.jobs.map_or_else(cores, NonZero::get);
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let program = folder.path().join("program");
    pin_program(&work.program, &program).map_err(|error| SweepError::failed(program.display(), error))?;
    let (mut failures, mut count, mut fault) = (Vec::new(), 0, None);
    let make = |index: &usize| {
        if (work.interrupted)() { Ok(CellEnd::Stopped) } else { make(work, &program, config, *index) }
    };
    side_by_side(&missing, jobs, make, |index, end, time| match end {
        Ok(CellEnd::Stopped) => ControlFlow::Break(()),
        Ok(end) => {
            count += 1;
            (work.say)(&progress(work, *index, &end, count, missing.len(), time));
            if let CellEnd::Failed(failure) = end {
                failures.push(failure);
            }
            ControlFlow::Continue(())
        }
        Err(error) => {
            fault = Some(error);
            ControlFlow::Break(())
        }
    });
    // It has served.
    let _ = fs::remove_file(&program);
    fault.map_or(Ok(failures), Err)
}

/// Makes one cell.
fn make(work: &Work<'_>, program: &Path, config: &LocalConfig, index: usize) -> Result<CellEnd, SweepError> {
    let (folder, cell) = (work.folder, &work.plan.cells[index]);
    let (run, log) = (folder.run_folder(&cell.name), folder.log(&cell.name));
    loop {
        while run.is_held() {
            if (work.interrupted)() {
                return Ok(CellEnd::Stopped);
            }
            thread::sleep(POLL);
        }
        if work.state(index) == CellState::Done {
            return Ok(CellEnd::Done);
        }
        folder.note_failure(&cell.name, None)?;
        let reason = match attempt(work, program, config, index)? {
            Attempt::Stopped => return Ok(CellEnd::Stopped),
            Attempt::Refused(reason) => reason,
            Attempt::Ended(_) if work.state(index) == CellState::Done => return Ok(CellEnd::Done),
            // A run that a killed sweep left behind has come first.
            Attempt::Ended(_) if run.is_held() => continue,
            Attempt::Ended(status) => format!("it ended with {status} and no summary"),
        };
        folder.note_failure(&cell.name, Some(&reason))?;
        let last_lines = last_lines(&log, LINES_OF_A_FAILURE);
        return Ok(CellEnd::Failed(Failure { cell: index, reason, last_lines, log }));
    }
}

/// How one attempt at a cell ended.
enum Attempt {
    Ended(ExitStatus),
    /// The run's configuration cannot be used.
    Refused(String),
    /// The user asked to stop: the run is saved.
    Stopped,
}

/// Begins a cell or goes on with it.
fn attempt(work: &Work<'_>, program: &Path, config: &LocalConfig, index: usize) -> Result<Attempt, SweepError> {
    let cell = &work.plan.cells[index];
    let log = work.folder.log(&cell.name);
    let begun = work.folder.run_folder(&cell.name).has_begun();
    let output = OpenOptions::new().create(true).write(true).append(begun).truncate(!begun).open(&log);
    let output = output.map_err(|error| SweepError::failed(log.display(), error))?;
    let mut command = Command::new(program);
    if let Err(reason) = arguments(work, cell, &mut command)? {
        return Ok(Attempt::Refused(reason));
    }
    if let Some(steps) = work.goals.of(cell.variant).steps {
        command.args(["--steps", &steps.to_string()]);
    }
    if let Some(device) = &work.file.device {
        command.args(["--device", device]);
    }
    command.arg("--quiet");
    own_group(&mut command);
    let unusable = |error: std::io::Error| SweepError::failed(program.display(), error);
    let mut child = start_logged(&mut command, config.threads, output).map_err(unusable)?;
    let (status, stopped) = wait(&mut child, work.interrupted).map_err(unusable)?;
    let done = work.state(index) == CellState::Done;
    Ok(if stopped && !done { Attempt::Stopped } else { Attempt::Ended(status) })
}

/// What the program is to do for a cell; or why the cell's configuration cannot be used.
fn arguments(work: &Work<'_>, cell: &Cell, command: &mut Command) -> Result<Result<(), String>, SweepError> {
    let run = work.folder.run_folder(&cell.name);
    if run.has_begun() {
        command.args(["train", "--resume"]).arg(run.path());
        return Ok(Ok(()));
    }
    // A run that was killed before it wrote its configuration left nothing to go on with.
    run.remove().map_err(|error| SweepError::failed(run.path().display(), error))?;
    let text = match (work.configure)(cell) {
        Ok(text) => text,
        Err(reason) => return Ok(Err(reason)),
    };
    let path = work.folder.config(&cell.name);
    store(&path, text.as_bytes()).map_err(|error| SweepError::failed(path.display(), error))?;
    command.arg("train").arg(path).arg("--out").arg(run.path());
    Ok(Ok(()))
}

/// Waits for a run; once the user asks to stop, tells it to save and end. Gives whether it was told.
fn wait(child: &mut Child, interrupted: &(dyn Fn() -> bool + Sync)) -> std::io::Result<(ExitStatus, bool)> {
    let mut told = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, told));
        }
        if !told && interrupted() {
            ask_to_end(child);
            told = true;
        }
        thread::sleep(POLL);
    }
}

/// In a group of its own a run does not get a terminal's Ctrl-C, which would come on top of the sweep's own signal: the second
/// ends a run without saving.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    // It fails for a run that has just ended, which is as well.
    let _ = kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM);
}

/// Without signals a run is ended at once; it goes on from its last checkpoint.
#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    let _ = child.kill();
}
