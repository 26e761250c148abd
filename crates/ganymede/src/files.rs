//! Writing files so that a name never stands for half a file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};

/// Writes a whole file: first beside its place under another name, then renamed.
///
/// Fails with the file's name when that is impossible; then nothing new is left.
pub(crate) fn store(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let partial = partial_path(path);
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    written.map_err(|error| {
        // The first error is the one to report.
        let _ = fs::remove_file(&partial);
        unwritable(path, &error)
    })
}

/// The failure to write a file.
pub(crate) fn unwritable(path: &Path, reason: &std::io::Error) -> Failure {
    Failure::failed(format!("{}: cannot be written: {reason}; check that the disk has space", path.display()))
}

fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}
