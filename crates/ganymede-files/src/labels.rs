//! The labels of samples, from a file of their own.

use std::path::Path;

use ganymede_samples::Labels;

use crate::archive::Archive;
use crate::error::{FileError, unreadable};
use crate::kind::{Kind, Target};
use crate::path::open;
use crate::tensors::Tensors;
use crate::{idx, npy, table};

const LABEL_FILES: &str = "the path of an .npy, .npz, .csv, .tsv, .safetensors or IDX file of labels";

/// Reads the labels of `rows` samples: whole numbers or texts, in any order and with gaps, or one-hot rows. They become classes
/// that are counted from 0 and keep their names.
///
/// `.npy` and IDX: an array of one label or one-hot row for each sample. `.npz` and `.safetensors`: such an array, the one that the path names
/// behind a colon, as `file.npz:labels`, or else the one called `labels`, `label` or `y`, or else the only one. Tables: the
/// column that the first line calls `label`, `labels`, `class` or `target`, or else the only one.
///
/// # Errors
///
/// Whatever is wrong with the file, or a number of labels other than `rows`.
pub fn read_labels(path: &Path, rows: usize) -> Result<Labels, FileError> {
    let target = Target::find(path, LABEL_FILES)?;
    let path = &target.path;
    match target.kind {
        Kind::Npy => {
            let (mut file, length) = open(path, LABEL_FILES)?;
            npy::read_labels(&mut file, length, path, rows, unreadable(path))
        }
        Kind::Csv => table::read_labels(path, rows),
        Kind::Npz => Archive::open(path)?.read_labels(target.key.as_deref(), rows),
        Kind::Safetensors => Tensors::open(path)?.read_labels(target.key.as_deref(), rows),
        Kind::Idx => {
            let (file, length) = open(path, LABEL_FILES)?;
            idx::read_labels(file, length, path, rows)
        }
        Kind::Cifar | Kind::Zip | Kind::Folder => Err(FileError::NotAFile { path: target.path, expected: LABEL_FILES }),
    }
}
