//! Labels: which numbers are classes, and files that hold nothing else.

use std::path::Path;

use crate::archive::Archive;
use crate::cell::Cell;
use crate::error::FileError;
use crate::idx;
use crate::npy;
use crate::open::{Kind, Target, open};
use crate::table;
use crate::tensors::Tensors;

/// The highest label that [`read_labels`] and [`read_samples`](crate::read_samples) accept: whoever counts classes
/// allocates up to it.
pub const MAXIMUM_LABEL: usize = (1 << 20) - 1;

const LABEL_FILES: &str = "the path of an .npy, .npz, .csv, .safetensors or IDX file";

/// Reads the labels of `rows` samples: classes, counted from 0 up to [`MAXIMUM_LABEL`].
///
/// `.npy` and IDX: one dimension, of integers. `.npz` and `.safetensors`: such an array, the one that the path names behind a
/// colon, as `file.npz:labels`, or else the one called `labels`, `label` or `y`, or else the only one. `.csv`: the column
/// that the first line calls `label` or `labels`, or else the only one.
///
/// # Errors
///
/// Whatever is wrong with the file, or a number of labels other than `rows`.
pub fn read_labels(path: &Path, rows: usize) -> Result<Vec<usize>, FileError> {
    let target = Target::find(path, LABEL_FILES)?;
    let classes = Classes::any(rows);
    let path = &target.path;
    match target.kind {
        Kind::Npy => {
            let (mut file, length) = open(path, LABEL_FILES)?;
            npy::read_labels(&mut file, length, path, &classes)
        }
        Kind::Csv => {
            let (mut file, _) = open(path, LABEL_FILES)?;
            table::read_labels(&mut file, path, &classes)
        }
        Kind::Npz => Archive::open(path)?.read_labels(target.key.as_deref(), &classes),
        Kind::Safetensors => Tensors::open(path)?.read_labels(target.key.as_deref(), &classes),
        Kind::Idx => {
            let (file, length) = open(path, LABEL_FILES)?;
            idx::read_labels(file, length, path, &classes)
        }
        Kind::Folder => Err(FileError::NotAFile { path: target.path, expected: LABEL_FILES }),
    }
}

/// Which labels are classes, and how many of them are expected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Classes<'path> {
    rows: usize,
    /// The file of points, if it is another one than that of the labels.
    points: Option<&'path Path>,
    /// The highest label.
    maximum: usize,
    below_rows: bool,
}

impl<'path> Classes<'path> {
    /// One label for each of `rows` samples.
    pub(crate) fn any(rows: usize) -> Self {
        Self { rows, points: None, maximum: MAXIMUM_LABEL, below_rows: false }
    }

    /// One label below `rows` for each of `rows` points of the file `points`.
    pub(crate) fn below_rows(rows: usize, points: Option<&'path Path>) -> Self {
        Self { rows, points, maximum: rows.saturating_sub(1), below_rows: true }
    }

    pub(crate) fn check_count(&self, labels: u64, path: &Path) -> Result<(), FileError> {
        if labels == self.rows as u64 {
            return Ok(());
        }
        let points = self.points.map(Path::to_owned);
        Err(FileError::LabelCount { path: path.to_owned(), labels, points, rows: self.rows })
    }

    pub(crate) fn check(&self, value: i128, path: &Path, cell: impl Fn() -> Cell) -> Result<usize, FileError> {
        match usize::try_from(value) {
            Ok(class) if class <= self.maximum => Ok(class),
            _ => Err(self.refuse(value.to_string(), path, cell())),
        }
    }

    pub(crate) fn refuse(&self, value: String, path: &Path, cell: Cell) -> FileError {
        let (maximum, below_rows) = (self.maximum, self.below_rows);
        FileError::Label { path: path.to_owned(), cell, value, maximum, below_rows }
    }
}
