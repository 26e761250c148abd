//! The checkpoints in a run's folder: which there are, which is written next, and which are kept.

use std::fs;
use std::path::{Path, PathBuf};

use ganymede_files::PARTIAL;

use crate::failure::{Failure, OrFailure, Outcome};
use crate::system::atomic::store;

/// What the names of checkpoints end with.
const EXTENSION: &str = "safetensors";

/// Appended to the name of a checkpoint that cannot be read.
const DAMAGED: &str = "damaged";

/// The folder of checkpoints, each named by the steps made before it, rolled back ones included.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoints {
    folder: PathBuf,
    keep: usize,
}

impl Checkpoints {
    /// Those in a folder, which need not exist, of which `keep` are kept.
    pub(crate) fn new(folder: PathBuf, keep: usize) -> Self {
        Self { folder, keep }
    }

    /// Writes a checkpoint and then takes the oldest away.
    pub(crate) fn save(&self, steps_made: u64, bytes: &[u8]) -> Outcome<()> {
        fs::create_dir_all(&self.folder)
            .map_err(|error| Failure::failed(format!("{}: cannot be created: {error}", self.folder.display())))?;
        store(&self.folder.join(format!("{steps_made:08}.{EXTENSION}")), bytes)?;
        let all = self.newest_first()?;
        // An old checkpoint that stays does no harm.
        all.iter().skip(self.keep).for_each(|path| drop(fs::remove_file(path)));
        Ok(())
    }

    /// The paths of all, the latest first.
    pub(crate) fn newest_first(&self) -> Outcome<Vec<PathBuf>> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.or_fail()?.path();
            found.extend(number(&path).map(|number| (number, path)));
        }
        found.sort();
        Ok(found.into_iter().rev().map(|(_, path)| path).collect())
    }

    /// Puts a file that cannot be read out of the way.
    pub(crate) fn set_aside(path: &Path) {
        // If it stays, it is only met again.
        let _ = fs::rename(path, path.with_extension(DAMAGED));
    }

    /// Removes what a killed program left half-written.
    pub(crate) fn clear_partial(folder: &Path) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let partial =
            entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == PARTIAL));
        // What stays is written over.
        partial.for_each(|path| drop(fs::remove_file(path)));
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The steps in a checkpoint's name.
fn number(path: &Path) -> Option<u64> {
    path.extension().filter(|extension| *extension == EXTENSION)?;
    path.file_stem()?.to_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_and_strangers_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path().join("checkpoints"), 2);
        assert!(checkpoints.newest_first().unwrap().is_empty(), "no folder, no checkpoint");
        for steps in [5, 100_000_000, 20, 10] {
            checkpoints.save(steps, b"bytes").unwrap();
            fs::write(checkpoints.folder().join("notes.txt"), "mine").unwrap();
        }
        let names: Vec<String> = checkpoints
            .newest_first()
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["100000000.safetensors", "00000020.safetensors"]);
        assert!(checkpoints.folder().join("notes.txt").exists());
    }
}
