//! Writing files so that a name never stands for half a file.

use std::io::Write;
use std::path::Path;

use ganymede_files::replace;

use crate::failure::{Failure, Outcome};

/// Writes a whole file: first beside its place under another name, then renamed.
///
/// Fails with the file's name when that is impossible; then nothing new is left.
pub(crate) fn store(path: &Path, bytes: &[u8]) -> Outcome<()> {
    replace(path, |file| file.write_all(bytes)).map_err(|error| unwritable(path, &error))
}

/// The failure to write a file.
pub(crate) fn unwritable(path: &Path, reason: &std::io::Error) -> Failure {
    Failure::failed(format!("{}: cannot be written: {reason}; check that the disk has space", path.display()))
}

/// Refuses a file of `--out` that has no folder to lie in.
pub(crate) fn check_folder_of(out: &Path) -> Outcome<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        let reason = "its folder does not exist; create it first";
        return Err(Failure::refused(format!("--out {}: {reason}", out.display())));
    }
    Ok(())
}
