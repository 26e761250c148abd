//! Which of a file's named arrays is meant.

use std::path::Path;

use crate::error::FileError;

/// Names that samples go by.
const SAMPLES: &[&str] = &["samples", "images", "x", "data", "arr_0"];

/// Names of the column of labels in a `.csv` file, where `y` is a coordinate as often as not.
pub(crate) const COLUMNS: &[&str] = &["label", "labels", "class", "target"];

/// Names of the column of files in a table of their labels.
pub(crate) const FILES: &[&str] =
    &["file", "filename", "file_name", "name", "image", "image_id", "image_name", "path", "picture"];

/// Names that labels go by.
const LABELS: &[&str] = &["labels", "label", "y"];

/// Names that the mean and the covariance of features go by.
const STATISTICS: &[[&str; 2]] = &[["mu", "sigma"], ["mean", "cov"]];

/// As many names as an error lists.
const LISTED: usize = 16;

/// The array of samples among `keys`, as an index.
pub(crate) fn choose_samples(path: &Path, keys: &[&str], wanted: Option<&str>) -> Result<usize, FileError> {
    if let Some(wanted) = wanted {
        return find(path, keys, wanted);
    }
    if let Some(statistics) = STATISTICS.iter().find(|names| names.iter().all(|name| keys.contains(name))) {
        return Err(FileError::Statistics { path: path.to_owned(), keys: listed(statistics.iter()) });
    }
    let unlabelled = || positions(keys, |key| !LABELS.contains(&key));
    let named = positions(keys, |key| SAMPLES.contains(&key));
    one_of(path, keys, if named.is_empty() { unlabelled() } else { named })?.ok_or_else(|| none(path, keys, SAMPLES))
}

/// The array of labels among `keys`, if there is one by such a name.
pub(crate) fn find_labels(path: &Path, keys: &[&str]) -> Result<Option<usize>, FileError> {
    one_of(path, keys, positions(keys, |key| LABELS.contains(&key)))
}

/// The array of labels among `keys`: the requested one, one with a known name, or the only one.
pub(crate) fn choose_labels(path: &Path, keys: &[&str], wanted: Option<&str>) -> Result<usize, FileError> {
    match (wanted, keys.len()) {
        (Some(wanted), _) => find(path, keys, wanted),
        (None, 1) => Ok(0),
        (None, _) => find_labels(path, keys)?.ok_or_else(|| none(path, keys, LABELS)),
    }
}

fn positions(keys: &[&str], accepted: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..keys.len()).filter(|&index| accepted(keys[index])).collect()
}

fn find(path: &Path, keys: &[&str], wanted: &str) -> Result<usize, FileError> {
    keys.iter().position(|key| *key == wanted).ok_or_else(|| FileError::NoArray {
        path: path.to_owned(),
        wanted: format!("{wanted:?}"),
        keys: listed(keys.iter()),
    })
}

fn one_of(path: &Path, keys: &[&str], candidates: Vec<usize>) -> Result<Option<usize>, FileError> {
    match candidates[..] {
        [] => Ok(None),
        [index] => Ok(Some(index)),
        [first, ..] => Err(FileError::Ambiguous {
            path: path.to_owned(),
            keys: listed(candidates.iter().map(|&index| &keys[index])),
            example: keys[first].escape_debug().to_string(),
        }),
    }
}

fn none(path: &Path, keys: &[&str], wanted: &[&str]) -> FileError {
    FileError::NoArray { path: path.to_owned(), wanted: wanted.join(" or "), keys: listed(keys.iter()) }
}

fn listed<'key>(keys: impl ExactSizeIterator<Item = &'key &'key str>) -> String {
    let count = keys.len();
    let mut names: Vec<String> = keys.take(LISTED).map(|key| format!("{key:?}")).collect();
    match count {
        0 => return "none".to_owned(),
        1..=LISTED => {}
        _ => names.push(format!("{} more", count - LISTED)),
    }
    names.join(", ")
}
