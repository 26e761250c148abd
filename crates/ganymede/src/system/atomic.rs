//! Writing files so that a name never stands for half a file.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use ganymede_evaluation::own_name_beside;
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

/// Refuses a file that cannot be written, before there is anything to write: one that has no folder to lie in or one that nobody may
/// write to, one that is a folder, and one of the `inputs`, which would be lost. `flag` is what names it.
pub(crate) fn check_output(flag: &str, out: &Path, inputs: &[&Path]) -> Outcome<()> {
    let refuse = |reason: &str| Err(Failure::refused(format!("{flag} {}: {reason}", out.display())));
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return refuse("its folder does not exist; create it first");
    }
    if out.is_dir() {
        return refuse("this is a folder; name a file in it");
    }
    if let Ok(place) = out.canonicalize() {
        let is_it = |input: &&&Path| input.canonicalize().is_ok_and(|input| input == place);
        return match inputs.iter().find(is_it) {
            Some(_) => refuse("it is read too, and would be lost; name another file"),
            None => Ok(()),
        };
    }
    let probe = own_name_beside(out);
    if let Err(reason) = File::create_new(&probe) {
        return refuse(&format!("cannot be written: {reason}; name another folder, or check its permissions"));
    }
    // Where it cannot be removed it stays empty, under a name that nothing else takes.
    let _ = std::fs::remove_file(&probe);
    Ok(())
}

/// Does what [`check_output`] does, and refuses a name that does not end in a dot and `ending`, in letters of any case.
pub(crate) fn check_output_of(ending: &str, flag: &str, out: &Path, inputs: &[&Path]) -> Outcome<()> {
    if !out.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending)) {
        let reason = format!("expected a name that ends in .{ending}");
        return Err(Failure::refused(format!("{flag} {}: {reason}", out.display())));
    }
    check_output(flag, out, inputs)
}
