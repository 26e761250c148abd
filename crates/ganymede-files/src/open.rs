//! Paths as a user gives them, and the files behind them.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::FileError;
use crate::idx;

/// The path from the root, so that an error can be understood without knowing the current folder.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
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
    std::fs::metadata(path).map_err(|reason| unreadable(path, reason))
}

/// Opens a regular file and tells its length in bytes. Anything else could block for ever or have no length.
pub(crate) fn open(path: &Path, expected: &'static str) -> Result<(BufReader<File>, u64), FileError> {
    let metadata = metadata(path)?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned(), expected });
    }
    let file = File::open(path).map_err(|reason| unreadable(path, reason))?;
    Ok((BufReader::new(file), metadata.len()))
}

/// What the system's refusal to open a path means.
pub(crate) fn unreadable(path: &Path, reason: io::Error) -> FileError {
    match reason.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => FileError::Missing { path: path.to_owned() },
        _ => FileError::Unreadable { path: path.to_owned(), reason },
    }
}

/// The kinds of file that hold samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Npy,
    Npz,
    Csv,
    Safetensors,
    Idx,
    Folder,
}

/// A path split into the file and the array in it that is meant.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) path: PathBuf,
    pub(crate) key: Option<String>,
    pub(crate) kind: Kind,
}

impl Target {
    /// Finds out what `path` leads to. `file.npz:images` is the array `images` of `file.npz`, unless there is a file of
    /// that whole name.
    pub(crate) fn find(path: &Path, expected: &'static str) -> Result<Self, FileError> {
        let path = absolute(path);
        let found = match metadata(&path) {
            Ok(found) => found,
            Err(missing @ FileError::Missing { .. }) => return Self::with_key(&path).ok_or(missing),
            Err(other) => return Err(other),
        };
        let kind = if found.is_dir() {
            Kind::Folder
        } else if found.is_file() {
            Self::kind(&path).ok_or_else(|| FileError::UnknownFormat { path: path.clone(), expected })?
        } else {
            return Err(FileError::NotAFile { path, expected });
        };
        Ok(Self { path, key: None, kind })
    }

    fn with_key(whole: &Path) -> Option<Self> {
        let text = whole.to_str()?;
        text.match_indices(':').find_map(|(colon, _)| {
            let path = PathBuf::from(&text[..colon]);
            let kind = Self::kind(&path).filter(|kind| matches!(kind, Kind::Npz | Kind::Safetensors))?;
            path.is_file().then(|| Self { path, key: Some(text[colon + 1..].to_owned()), kind })
        })
    }

    fn kind(path: &Path) -> Option<Kind> {
        match path.extension().unwrap_or_default().to_ascii_lowercase().to_str()? {
            "npy" => Some(Kind::Npy),
            "npz" => Some(Kind::Npz),
            "csv" => Some(Kind::Csv),
            "safetensors" => Some(Kind::Safetensors),
            _ => idx::is_name(path).then_some(Kind::Idx),
        }
    }
}
