//! Writing files so that a name never stands for half a file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};

/// What the name of a half-written file ends with.
pub(crate) const PARTIAL: &str = "partial";

/// Writes a whole file: first beside its place under another name, then renamed.
///
/// Fails with the file's name when that is impossible; then nothing new is left.
pub(crate) fn store(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let partial = partial_path(path);
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        sync_folder(path)
    });
    written.map_err(|error| {
        // The first error is the one to report.
        let _ = fs::remove_file(&partial);
        unwritable(path, &error)
    })
}

/// Makes a renaming outlast a loss of power, where the system can do that.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The failure to write a file.
pub(crate) fn unwritable(path: &Path, reason: &std::io::Error) -> Failure {
    Failure::failed(format!("{}: cannot be written: {reason}; check that the disk has space", path.display()))
}

fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(PARTIAL);
    path.with_file_name(name)
}
