//! Paths as a user gives them, and the files behind them.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::FileError;

/// The path from the root, so that an error can be understood without knowing the current folder.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The path of an array inside a file, as errors show it.
pub(crate) fn inside(path: &Path, key: &str) -> PathBuf {
    let mut place = path.as_os_str().to_owned();
    // A key comes from a file and may hold anything.
    place.push(format!(":{}", key.escape_debug()));
    place.into()
}

/// What is at a path; links are followed.
pub(crate) fn metadata(path: &Path) -> Result<Metadata, FileError> {
    std::fs::metadata(path).map_err(|reason| refused(path, reason))
}

/// Opens a regular file and returns it with its length in bytes. Anything else could block for ever or have no length.
pub(crate) fn open(path: &Path, expected: &'static str) -> Result<(BufReader<File>, u64), FileError> {
    let metadata = metadata(path)?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned(), expected });
    }
    let file = File::open(path).map_err(|reason| refused(path, reason))?;
    Ok((BufReader::new(file), metadata.len()))
}

/// All bytes of a regular file, which is `expected` to be what an error says.
///
/// # Errors
///
/// [`FileError::Missing`], [`FileError::NotAFile`] and [`FileError::Unreadable`], each with the path from the root.
pub fn read_whole(path: &Path, expected: &'static str) -> Result<Vec<u8>, FileError> {
    let path = &absolute(path);
    let (mut reader, length) = open(path, expected)?;
    let mut bytes = Vec::new();
    // The length is the system's own, not a file's claim about itself.
    let reserved = usize::try_from(length).ok().and_then(|length| bytes.try_reserve_exact(length).ok());
    if reserved.is_none() {
        let reason = io::Error::new(ErrorKind::OutOfMemory, format!("its {length} bytes do not fit into memory"));
        return Err(FileError::Unreadable { path: path.clone(), reason });
    }
    reader.read_to_end(&mut bytes).map_err(|reason| refused(path, reason))?;
    Ok(bytes)
}

/// What the system's refusal to open a path means.
pub(crate) fn refused(path: &Path, reason: io::Error) -> FileError {
    match reason.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => FileError::Missing { path: path.to_owned() },
        _ => FileError::Unreadable { path: path.to_owned(), reason },
    }
}
