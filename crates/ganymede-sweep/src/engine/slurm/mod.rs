//! Runs through Slurm: the cells become arrays of jobs, and their folders and Slurm's queue say how each is.

mod queue;
mod script;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use self::queue::{Task, Tasks, last_word};
use super::{CellEnd, Failure, LINES_OF_A_FAILURE, Work, progress};
use crate::config::SlurmConfig;
use crate::error::SweepError;
use crate::file::SweepFile;
use crate::folder::{CellState, SweepFolder, store};
use crate::plan::Cell;
use crate::processes::{last_lines, pin_program};

/// How often a signal is looked for while waiting.
const POLL: Duration = Duration::from_millis(100);

/// The most jobs of one array: Slurm's own limit, `MaxArraySize`, is 1001 where nobody has changed it.
const ARRAY: usize = 1_000;

/// How often a job must be missing in the queue before it counts as gone: a file that another machine has just written may
/// take a moment to be seen here.
const ABSENCES: usize = 2;

/// What must be on the PATH.
const PROGRAMS: [&str; 3] = ["sbatch", "squeue", "scontrol"];

/// Refuses to go on where Slurm's programs are missing.
pub(super) fn require_programs(file: &SweepFile) -> Result<(), SweepError> {
    let folders: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    let missing = PROGRAMS.iter().find(|program| !folders.iter().any(|folder| folder.join(program).is_file()));
    missing.map_or(Ok(()), |program| {
        Err(SweepError::NoProgram {
            location: file.document.location("engine.kind"),
            program: (*program).to_owned(),
            remedy: "start the sweep where Slurm's programs are, or set engine.kind = \"local\"".to_owned(),
        })
    })
}

/// A cell whose job is in the queue, as far as is known.
struct Watched {
    task: Task,
    log: PathBuf,
    absences: usize,
    held: bool,
}

/// Submits the cells that are neither done nor queued, and waits until none is queued. Gives those that failed. When the user
/// asks to stop, the jobs stay in the queue.
///
/// # Errors
///
/// [`SweepError::Failed`] where files cannot be written, or Slurm takes no job or does not answer at the start.
pub(in crate::engine) fn run_through_slurm(work: &Work<'_>, config: &SlurmConfig) -> Result<Vec<Failure>, SweepError> {
    let (plan, folder) = (work.plan, work.folder);
    let sweep = Jobs::of(folder)?;
    let missing = work.missing();
    let mut failures = Vec::new();
    if missing.is_empty() {
        return Ok(failures);
    }
    let queued = sweep.queued()?;
    let (mut watched, mut fresh) = (BTreeMap::new(), Vec::new());
    for index in &missing {
        match queued.get(&plan.cells[*index].name) {
            Some((task, log)) => {
                watched.insert(*index, Watched { task: task.clone(), log: log.clone(), absences: 0, held: false });
            }
            None => fresh.push(*index),
        }
    }
    if !watched.is_empty() {
        (work.say)(&format!("{} of the runs are in Slurm's queue already", watched.len()));
    }
    let mut ready = Vec::new();
    for index in fresh {
        match prepare(work, index)? {
            Ok(()) => ready.push(index),
            Err(failure) => failures.push(failure),
        }
    }
    let mut before = None;
    for part in ready.chunks(ARRAY) {
        let batch = sweep.submit(work, config, part, before)?;
        (work.say)(&format!("submitted {} runs as job {} ({})", part.len(), batch.job, batch.name));
        for (position, index) in part.iter().enumerate() {
            let task = Task { job: batch.job, index: position };
            watched.insert(*index, Watched { task, log: sweep.log(batch.number, position), absences: 0, held: false });
        }
        // With a limit the arrays come one after the other, since each has the limit for itself.
        before = config.jobs.map(|_| batch.job);
    }
    let all = watched.len() + failures.len();
    let (mut ended, start) = (failures.len(), Instant::now());
    while !watched.is_empty() {
        if !pause(config, work.interrupted) {
            let remedy = "the same command looks after them again; to end them: scancel --name=";
            (work.say)(&format!("{} runs stay in Slurm's queue; {remedy}{}", watched.len(), sweep.names().join(",")));
            return Ok(failures);
        }
        for (index, end) in look(work, &mut watched)? {
            ended += 1;
            (work.say)(&progress(work, index, &end, ended, all, start.elapsed()));
            if let CellEnd::Failed(failure) = end {
                failures.push(failure);
            }
        }
    }
    sweep.clear_programs();
    Ok(failures)
}

/// Waits for the next look at the queue; `false` when the user asks to stop.
fn pause(config: &SlurmConfig, interrupted: &(dyn Fn() -> bool + Sync)) -> bool {
    let until = Instant::now() + Duration::from_secs(config.poll.get() as u64);
    while Instant::now() < until {
        if interrupted() {
            return false;
        }
        thread::sleep(POLL);
    }
    !interrupted()
}

/// Writes what a cell's job needs; or how the cell has failed before it was submitted.
fn prepare(work: &Work<'_>, index: usize) -> Result<Result<(), Failure>, SweepError> {
    let (folder, cell) = (work.folder, &work.plan.cells[index]);
    folder.note_failure(&cell.name, None)?;
    match (work.configure)(cell) {
        Ok(text) => {
            let path = folder.config(&cell.name);
            store(&path, text.as_bytes()).map_err(|error| SweepError::failed(path.display(), error))?;
            Ok(Ok(()))
        }
        Err(reason) => {
            folder.note_failure(&cell.name, Some(&reason))?;
            Ok(Err(Failure { cell: index, reason, last_lines: Vec::new(), log: folder.config(&cell.name) }))
        }
    }
}

/// Looks at the queue and at the runs; gives those that have ended, and watches them no more.
fn look(work: &Work<'_>, watched: &mut BTreeMap<usize, Watched>) -> Result<Vec<(usize, CellEnd)>, SweepError> {
    // A controller that does not answer for a while says nothing of the jobs.
    let Ok(tasks) = Tasks::read() else { return Ok(Vec::new()) };
    let mut ended = Vec::new();
    for (index, one) in watched.iter_mut() {
        let name = &work.plan.cells[*index].name;
        if let Some(waiting) = tasks.get(&one.task) {
            one.absences = 0;
            if waiting.is_held() && !one.held {
                one.held = true;
                let (task, reason) = (&one.task, &waiting.reason);
                (work.say)(&format!(
                    "{name}: Slurm holds its job {task}: {reason}; `scontrol release {task}` lets it go on"
                ));
            }
            continue;
        }
        one.absences += 1;
        if work.state(*index) == CellState::Done {
            ended.push((*index, CellEnd::Done));
        } else if one.absences >= ABSENCES {
            let reason = format!("its job {} left no summary; {}", one.task, last_word(&one.task));
            work.folder.note_failure(name, Some(&reason))?;
            let last_lines = last_lines(&one.log, LINES_OF_A_FAILURE);
            let failure = Failure { cell: *index, reason, last_lines, log: one.log.clone() };
            ended.push((*index, CellEnd::Failed(failure)));
        }
    }
    let gone: HashSet<usize> = ended.iter().map(|(index, _)| *index).collect();
    watched.retain(|index, _| !gone.contains(index));
    Ok(ended)
}

/// The jobs of a sweep: `slurm/batch-N.cells` names the cells of each array.
struct Jobs {
    folder: PathBuf,
    out: PathBuf,
    /// What the names of all its jobs start with.
    prefix: String,
}

/// An array of jobs that was submitted.
struct Batch {
    number: usize,
    name: String,
    job: u64,
}

impl Jobs {
    fn of(folder: &SweepFolder) -> Result<Self, SweepError> {
        let out = folder.path().to_owned();
        let jobs = Self { folder: out.join("slurm"), prefix: script::prefix(&out), out };
        fs::create_dir_all(&jobs.folder).map_err(|error| SweepError::failed(jobs.folder.display(), error))?;
        Ok(jobs)
    }

    fn file(&self, number: usize, kind: &str) -> PathBuf {
        self.folder.join(format!("batch-{number}.{kind}"))
    }

    fn log(&self, number: usize, position: usize) -> PathBuf {
        self.folder.join(format!("batch-{number}-{position}.log"))
    }

    /// The numbers of the arrays that were prepared so far.
    fn numbers(&self) -> Vec<usize> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let number = |name: String| name.strip_prefix("batch-")?.strip_suffix(".cells")?.parse().ok();
        let mut numbers: Vec<usize> = names.filter_map(number).collect();
        numbers.sort_unstable();
        numbers
    }

    fn names(&self) -> Vec<String> {
        self.numbers().iter().map(|number| format!("{}{number}", self.prefix)).collect()
    }

    /// The cells that are in the queue, each with its job and its log.
    fn queued(&self) -> Result<HashMap<String, (Task, PathBuf)>, SweepError> {
        let tasks = Tasks::read().map_err(|reason| SweepError::failed("squeue", reason))?;
        let mut cells: HashMap<usize, Vec<String>> = HashMap::new();
        for number in self.numbers() {
            let text = fs::read_to_string(self.file(number, "cells")).unwrap_or_default();
            cells.insert(number, text.lines().map(str::to_owned).collect());
        }
        let cell = |(task, waiting): (&Task, &queue::Waiting)| {
            let number: usize = waiting.name.strip_prefix(&self.prefix)?.parse().ok()?;
            let name = cells.get(&number)?.get(task.index)?.clone();
            Some((name, (task.clone(), self.log(number, task.index))))
        };
        Ok(tasks.iter().filter_map(cell).collect())
    }

    /// Submits an array, which waits for the end of another where there is one.
    fn submit(
        &self,
        work: &Work<'_>,
        config: &SlurmConfig,
        part: &[usize],
        after: Option<u64>,
    ) -> Result<Batch, SweepError> {
        let number = self.numbers().last().map_or(0, |last| last + 1);
        let write = |kind: &str, text: String| {
            let path = self.file(number, kind);
            store(&path, text.as_bytes()).map_err(|error| SweepError::failed(path.display(), error)).map(|()| path)
        };
        let program = self.file(number, "program");
        pin_program(&work.program, &program).map_err(|error| SweepError::failed(program.display(), error))?;
        let device = work.file.device.as_deref();
        let cells: Vec<&Cell> = part.iter().map(|index| &work.plan.cells[*index]).collect();
        // Runs that are made at the same time are trained to the same step.
        let steps = cells.first().and_then(|cell| work.goals.of(cell.variant).steps);
        let script = script::Script { out: &self.out, number, program: &program, device, steps };
        let path = write("sh", script.text(config.cpus))?;
        // Last, since the name in the queue leads to it from the moment of the submission on.
        write("cells", cells.iter().map(|cell| cell.name.clone() + "\n").collect())?;
        let name = format!("{}{number}", self.prefix);
        let output = format!("{}/batch-{number}-%a.log", self.folder.display());
        let mut words = script::sbatch_words(config, &name, &output, cells.len());
        words.extend(after.map(|job| format!("--dependency=afterany:{job}")));
        words.push(path.display().to_string());
        let said = queue::ask("sbatch", &words).map_err(|reason| SweepError::failed("sbatch", reason))?;
        let job = said.trim().split(';').next().and_then(|job| job.parse().ok());
        let job = job.ok_or_else(|| SweepError::failed("sbatch", format!("no number of a job in {said:?}")))?;
        Ok(Batch { number, name, job })
    }

    /// Removes the copies of the program, once no job needs one.
    fn clear_programs(&self) {
        for number in self.numbers() {
            let _ = fs::remove_file(self.file(number, "program"));
        }
    }
}
