//! What a path leads to.

use std::path::{Path, PathBuf};

use crate::cifar;
use crate::error::FileError;
use crate::path::{absolute, metadata};

/// The kinds of file that hold samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Npy,
    Npz,
    Csv,
    Safetensors,
    Idx,
    Cifar,
    /// A zip archive of a folder of pictures.
    Zip,
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
            if cifar::is_folder(&path) { Kind::Cifar } else { Kind::Folder }
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
            "csv" | "tsv" => Some(Kind::Csv),
            "safetensors" => Some(Kind::Safetensors),
            "zip" => Some(Kind::Zip),
            _ if cifar::is_file(path) => Some(Kind::Cifar),
            _ => is_idx(path).then_some(Kind::Idx),
        }
    }
}

/// Whether a file's name is that of an IDX file: it ends in `.idx` or `.idx.gz`, or holds `-idx` or `.idx` before a digit,
/// as in `train-images-idx3-ubyte.gz`.
fn is_idx(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_ascii_lowercase();
    let name = name.as_encoded_bytes();
    let says_so = |part: &[u8]| matches!(part, [b'-' | b'.', b'i', b'd', b'x', b'0'..=b'9']);
    name.ends_with(b".idx") || name.ends_with(b".idx.gz") || name.windows(5).any(says_so)
}
