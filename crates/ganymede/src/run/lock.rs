//! One process at a time in a run's folder.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::failure::{Failure, Outcome};

/// The name of the file that is locked. It stays when the process ends; the lock does not, however the process ends.
const NAME: &str = ".lock";

/// Held for as long as a process works in a folder.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Removes the file from a folder that is given up.
    pub(crate) fn remove(folder: &Path) {
        drop(std::fs::remove_file(folder.join(NAME)));
    }

    pub(crate) fn take(folder: &Path) -> Outcome<Self> {
        let place = folder.display();
        let refuse =
            |error: &std::io::Error| Failure::refused(format!("{place}: the folder cannot be locked: {error}"));
        let file = File::create(folder.join(NAME)).map_err(|error| refuse(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Failure::refused(format!(
                "{place}: another process is training in this folder; wait until it has ended, or stop it"
            ))),
            Err(TryLockError::Error(error)) => Err(refuse(&error)),
        }
    }
}
