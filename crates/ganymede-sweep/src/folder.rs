//! The folder of a sweep: where its cells lie, in which state each is, and that one sweep at a time works in it.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::SweepError;
use crate::goals::{Goal, Goals};
use crate::plan::{Cell, Plan};
use crate::run_folder::{self, RunFolder};

/// What a sweep was when it was started last.
const MANIFEST: &str = "sweep.json";
/// The results.
const RESULTS: &str = "results.json";
/// Locked for as long as a sweep works here.
const LOCK: &str = ".lock";

/// In which state a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellState {
    /// Its run has ended and left its summary.
    Done,
    /// Its run has begun, and goes on from its last checkpoint.
    Begun,
    /// The last attempt failed; the next start of the sweep tries again.
    Failed,
    /// Nothing is there yet.
    Waiting,
    /// Its variant was judged and is not trained any more.
    Stopped,
}

impl CellState {
    /// A word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Begun => "begun",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
        }
    }
}

/// What a sweep's folder says of the plan that it was started with.
#[derive(Debug, Deserialize, Serialize)]
struct Manifest {
    file: String,
    base_hash: String,
    cells: BTreeMap<String, String>,
}

/// A sweep's folder.
#[derive(Debug)]
pub struct SweepFolder {
    path: PathBuf,
    lock: Option<File>,
}

impl SweepFolder {
    /// The folder at a path; looks at it, creates nothing.
    ///
    /// # Errors
    ///
    /// [`SweepError::Folder`] where something else than a sweep lies there.
    pub fn look(path: &Path) -> Result<Self, SweepError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let refuse = |reason: &str| refusal(&path, reason, "name another folder with `out` or --out");
        match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::NotADirectory && path.exists() => {
                return Err(refuse("this is a file"));
            }
            Err(error) => return Err(refuse(&format!("cannot be used as a folder: {error}"))),
            Ok(_) if path.join(MANIFEST).is_file() => {}
            Ok(_) if path.join(run_folder::CONFIG).exists() => return Err(refuse("this is the folder of a run")),
            Ok(mut entries) => {
                if entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() != LOCK)) {
                    return Err(refuse("it is not empty and holds no sweep"));
                }
            }
        }
        Ok(Self { path, lock: None })
    }

    /// Creates the folder, takes it for this process, and notes the plan in it. Gives sentences about runs of an earlier plan.
    ///
    /// # Errors
    ///
    /// [`SweepError::Folder`] where it cannot be written, or another sweep works in it.
    pub fn take(&mut self, file: &str, plan: &Plan) -> Result<Vec<String>, SweepError> {
        let writable = "name a folder that can be written with `out` or --out";
        let unwritable = |error: io::Error| refusal(&self.path, &format!("cannot be written: {error}"), writable);
        for part in ["cells", "configs", "logs"] {
            fs::create_dir_all(self.path.join(part)).map_err(unwritable)?;
        }
        let lock = File::create(self.path.join(LOCK)).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let remedy = "wait until it has ended, or stop it";
                return Err(refusal(&self.path, "another sweep is working in this folder", remedy));
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
        let notes = self.differences(plan);
        let cell = |cell: &Cell| (cell.name.clone(), plan.variants[cell.variant].name.clone());
        let cells = plan.cells.iter().map(cell).collect();
        let manifest = Manifest { file: file.to_owned(), base_hash: plan.base_hash.clone(), cells };
        let text = serde_json::to_string(&manifest).map_err(|error| SweepError::failed(MANIFEST, error))?;
        store(&self.path.join(MANIFEST), text.as_bytes()).map_err(unwritable)?;
        self.lock = Some(lock);
        Ok(notes)
    }

    /// What lies here and is no part of a plan, in sentences.
    pub fn differences(&self, plan: &Plan) -> Vec<String> {
        let planned: HashSet<&str> = plan.cells.iter().map(|cell| cell.name.as_str()).collect();
        let entries = fs::read_dir(self.path.join("cells")).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let others: Vec<String> = names.filter(|name| !planned.contains(name.as_str())).collect();
        if others.is_empty() {
            return Vec::new();
        }
        let before = fs::read(self.path.join(MANIFEST)).ok();
        let before = before.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
        let done = others.iter().filter(|name| self.run_folder(name).has_ended()).count();
        let why = match &before {
            Some(before) if before.base_hash != plan.base_hash => "the base has changed since",
            _ => "the sweep's file has changed since",
        };
        let known = |name: &&String| before.as_ref()?.cells.get(*name).cloned();
        let mut variants: Vec<String> = others.iter().filter_map(|name| known(&name)).collect();
        variants.sort();
        variants.dedup();
        let few = variants.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let more = if variants.len() > 3 { ", ..." } else { "" };
        let which = if few.is_empty() { String::new() } else { format!(" ({few}{more})") };
        vec![format!(
            "{} runs here{which}, {done} of them done, are no part of this sweep: {why}; they stay where they are and out of \
             the results",
            others.len()
        )]
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The results.
    pub fn results(&self) -> PathBuf {
        self.path.join(RESULTS)
    }

    /// The folder of a cell's run.
    pub fn run(&self, name: &str) -> PathBuf {
        self.path.join("cells").join(name)
    }

    /// The same, as what it says of the run.
    pub(crate) fn run_folder(&self, name: &str) -> RunFolder {
        RunFolder::at(self.run(name))
    }

    /// The resolved configuration that a cell's run begins with.
    pub(crate) fn config(&self, name: &str) -> PathBuf {
        self.path.join("configs").join(format!("{name}.toml"))
    }

    /// What a cell's run writes to its standard output and error.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.path.join("logs").join(format!("{name}.log"))
    }

    fn failure(&self, name: &str) -> PathBuf {
        self.path.join("logs").join(format!("{name}.failed"))
    }

    /// In which state a cell is, on the way to its goal.
    pub fn state(&self, cell: &Cell, goals: &Goals) -> CellState {
        let (name, run) = (&cell.name, self.run_folder(&cell.name));
        let Goal { steps, stopped } = goals.of(cell.variant);
        if run.has_ended() && steps.is_none_or(|steps| run.trained_to() >= steps) {
            return if stopped { CellState::Stopped } else { CellState::Done };
        }
        match (self.failure(name).is_file(), run.has_begun()) {
            (true, _) => CellState::Failed,
            (false, true) => CellState::Begun,
            (false, false) => CellState::Waiting,
        }
    }

    /// The summary of a cell that is done.
    pub fn summary(&self, name: &str) -> Option<serde_json::Value> {
        self.run_folder(name).summary()
    }

    /// Notes how a cell failed; `None` that it has not.
    pub(crate) fn note_failure(&self, name: &str, reason: Option<&str>) -> Result<(), SweepError> {
        let path = self.failure(name);
        let done = match reason {
            Some(reason) => store(&path, reason.as_bytes()),
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        };
        done.map_err(|error| SweepError::failed(path.display(), error))
    }

    /// How a cell failed, where it did.
    pub fn failure_reason(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.failure(name)).ok()
    }
}

fn refusal(path: &Path, reason: &str, remedy: &str) -> SweepError {
    SweepError::Folder { folder: path.display().to_string(), reason: reason.to_owned(), remedy: remedy.to_owned() }
}

/// Writes a whole file: first beside its place under another name, then renamed.
pub(crate) fn store(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".partial");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)
}
