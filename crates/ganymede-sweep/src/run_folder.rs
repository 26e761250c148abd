//! The folder of one run, as the program `ganymede` keeps it.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The file that a run writes first, and the one that it writes last.
pub(crate) const CONFIG: &str = "config.toml";
const SUMMARY: &str = "summary.json";
/// Locked for as long as a process trains the run.
const LOCK: &str = ".lock";

/// The folder of a run, whether it is there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// The folder at a path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the run has written its configuration, so that it can go on.
    pub fn has_begun(&self) -> bool {
        self.path.join(CONFIG).is_file()
    }

    /// Whether the run has ended and left its summary.
    pub fn has_ended(&self) -> bool {
        self.path.join(SUMMARY).is_file()
    }

    /// Whether a process trains the run at this moment.
    pub fn is_held(&self) -> bool {
        let Ok(file) = File::open(self.path.join(LOCK)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    /// The summary of a run that has ended; `None` without one, or where it is not what is asked for.
    pub fn summary<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&fs::read(self.path.join(SUMMARY)).ok()?).ok()
    }

    /// The step to which the run was begun or continued last; 0 before it has begun.
    pub(crate) fn trained_to(&self) -> u64 {
        let table = fs::read_to_string(self.path.join(CONFIG)).ok().and_then(|text| text.parse().ok());
        let steps = table.and_then(|table: toml::Table| table.get("steps")?.as_integer());
        steps.and_then(|steps| u64::try_from(steps).ok()).unwrap_or(0)
    }

    /// Removes the folder, if it is there.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::RunFolder;

    #[test]
    fn a_run_is_known_by_its_files() {
        let parent = tempfile::tempdir().unwrap();
        let run = RunFolder::at(parent.path().join("run"));
        let write = |file: &str, text: &str| fs::write(run.path().join(file), text).unwrap();
        assert!(!run.has_begun() && !run.has_ended() && !run.is_held());
        assert_eq!((run.trained_to(), run.summary::<serde_json::Value>()), (0, None));
        run.remove().unwrap();

        fs::create_dir(run.path()).unwrap();
        write(super::CONFIG, "steps = 40\n");
        assert!(run.has_begun() && !run.has_ended());
        assert_eq!(run.trained_to(), 40);
        write(super::SUMMARY, "{\"steps\": 40");
        assert!(run.has_ended() && run.summary::<serde_json::Value>().is_none(), "cut short");
        write(super::SUMMARY, "{\"steps\": 40}");
        assert_eq!(run.summary::<serde_json::Value>().unwrap()["steps"], 40);

        let lock = File::create(run.path().join(super::LOCK)).unwrap();
        assert!(!run.is_held());
        lock.lock().unwrap();
        assert!(run.is_held());
        drop(lock);
        run.remove().unwrap();
        assert!(!run.has_begun() && !run.path().exists());
    }
}
