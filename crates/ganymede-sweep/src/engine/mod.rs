//! What makes the cells of a sweep: this machine, or a cluster.

pub(crate) mod local;
pub(crate) mod slurm;

use std::path::PathBuf;
use std::time::Duration;

use crate::config::EngineConfig;
use crate::error::SweepError;
use crate::figures::Figure;
use crate::file::SweepFile;
use crate::folder::SweepFolder;
use crate::plan::{Cell, Plan};

impl SweepFile {
    /// Refuses an engine whose programs are not there.
    ///
    /// # Errors
    ///
    /// [`SweepError::NoProgram`].
    pub fn check_engine(&self) -> Result<(), SweepError> {
        match self.engine {
            EngineConfig::Local(_) => Ok(()),
            EngineConfig::Slurm(_) => slurm::require_programs(self),
        }
    }
}

/// How one cell ended.
pub(crate) enum CellEnd {
    Done,
    Failed(Failure),
    /// It was asked to save and end, or was not begun.
    Stopped,
}

/// A cell that did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its position in [`Plan::cells`].
    pub cell: usize,
    /// How it ended.
    pub reason: String,
    /// What it wrote last.
    pub last_lines: Vec<String>,
    /// The file with all that it wrote.
    pub log: PathBuf,
}

/// Cells to make, and what for.
pub struct Work<'a> {
    /// The sweep's file.
    pub file: &'a SweepFile,
    /// What there is to make.
    pub plan: &'a Plan,
    /// Where to.
    pub folder: &'a SweepFolder,
    /// The program `ganymede`.
    pub program: PathBuf,
    /// The resolved configuration of a cell: TOML with which the program trains it, wherever it lies.
    pub configure: &'a (dyn Fn(&Cell) -> Result<String, String> + Sync),
    /// Whether the user has asked to stop.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
    /// Shows a line of progress.
    pub say: &'a (dyn Fn(&str) + Sync),
}

/// A line on a cell that has ended, the `count`th of `all`, after `time`.
fn progress(work: &Work<'_>, index: usize, end: &CellEnd, count: usize, all: usize, time: Duration) -> String {
    let cell = &work.plan.cells[index];
    let name = format!("{} seed {}", work.plan.variants[cell.variant].name, cell.seed);
    let seconds = time.as_secs_f64();
    let head = format!("[{count}/{all}] {name}");
    if let CellEnd::Failed(Failure { reason, last_lines, log, .. }) = end {
        let told = format!("{head}: FAILED: {reason}; its log is {}", log.display());
        return std::iter::once(&told).chain(last_lines).cloned().collect::<Vec<_>>().join("\n    ");
    }
    let summary = work.folder.summary(&cell.name).unwrap_or_default();
    let verdict = summary["verdict"].as_str().unwrap_or("done").to_owned();
    let value = |figure: &Figure| Some(format!("{} {:.4}", figure.name, figure.value(&summary)?));
    let figures = work.file.figures.iter().filter_map(value);
    let told: Vec<String> = std::iter::once(verdict).chain(figures).collect();
    format!("{head}: {} ({seconds:.0} s)", told.join(", "))
}
