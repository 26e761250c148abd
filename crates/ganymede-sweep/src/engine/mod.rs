//! What makes the cells of a sweep: this machine, or a cluster.

pub(crate) mod local;
pub(crate) mod slurm;

use std::path::PathBuf;
use std::time::Duration;

use crate::config::EngineConfig;
use crate::error::SweepError;
use crate::figures::Figure;
use crate::file::SweepFile;
use crate::folder::{CellState, SweepFolder};
use crate::goals::Goals;
use crate::ladder::Ladder;
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

/// How many of a failed run's last lines are kept.
const LINES_OF_A_FAILURE: usize = 6;

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
    /// How far each run is to be trained.
    pub goals: Goals,
    /// The program `ganymede`.
    pub program: PathBuf,
    /// The resolved configuration of a cell: TOML with which the program trains it, wherever it lies.
    pub configure: &'a (dyn Fn(&Cell) -> Result<String, String> + Sync),
    /// Whether the user has asked to stop.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
    /// Shows a line of progress.
    pub say: &'a (dyn Fn(&str) + Sync),
}

impl Work<'_> {
    /// The state of a cell of the plan.
    fn state(&self, index: usize) -> CellState {
        self.folder.state(&self.plan.cells[index], &self.goals)
    }

    /// The cells that are still to be made.
    fn missing(&self) -> Vec<usize> {
        let cells = self.plan.cells.iter().enumerate();
        let wanted = cells.filter(|(_, cell)| !self.goals.of(cell.variant).stopped).map(|(index, _)| index);
        wanted.filter(|index| self.state(*index) != CellState::Done).collect()
    }

    /// Makes the runs that are not done, by the engine of the sweep's file, and gives those that failed. With a ladder that is done from
    /// judgement to judgement.
    ///
    /// # Errors
    ///
    /// [`SweepError::Failed`] where files of the sweep cannot be written or no run can be started, and as [`Ladder::judge`].
    pub fn make(&mut self, ladder: Option<&mut Ladder>) -> Result<Vec<Failure>, SweepError> {
        let (Some(ladder), Some(halving)) = (ladder, &self.file.halving) else { return self.make_once() };
        let mut failures = Vec::new();
        loop {
            self.goals = ladder.goals(self.plan, halving);
            failures.extend(self.make_once()?);
            if (self.interrupted)() {
                return Ok(failures);
            }
            match ladder.judge(self.file, self.plan, self.folder)? {
                Some(told) => (self.say)(&told),
                None => return Ok(failures),
            }
        }
    }

    /// Makes what is missing on the way to the present goals.
    fn make_once(&self) -> Result<Vec<Failure>, SweepError> {
        match &self.file.engine {
            EngineConfig::Local(config) => local::run_side_by_side(self, config),
            EngineConfig::Slurm(config) => slurm::run_through_slurm(self, config),
        }
    }
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
