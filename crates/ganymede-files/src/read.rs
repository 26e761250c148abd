//! Anybody's samples, whatever kind of file they come in.

use std::path::Path;

use ganymede_samples::Labels;

use crate::archive::Archive;
use crate::error::{FileError, unreadable};
use crate::kind::{Kind, Target};
use crate::options::ReadOptions;
use crate::path::open;
use crate::set::SampleSet;
use crate::tensors::Tensors;
use crate::{cifar, fit, idx, npy, pictures, table};

const SAMPLE_FILES: &str =
    "the path of an .npy, .npz, .csv, .tsv, .safetensors, IDX or CIFAR .bin file, or of a folder or .zip of pictures";
const LABEL_FILES: &str = "the path of an .npy, .npz, .csv, .tsv, .safetensors or IDX file of labels";

/// Reads a set of samples. The table in the crate's documentation says what of each kind of file.
///
/// Memory is bounded by the file: nothing is allocated for a declared size that the bytes behind it could not hold.
///
/// # Errors
///
/// Whatever is wrong with the file, with the place and the remedy.
pub fn read_samples(path: &Path, options: &ReadOptions) -> Result<SampleSet, FileError> {
    let target = Target::find(path, SAMPLE_FILES)?;
    let mut set = read(&target, options)?;
    if options.offsets.is_none() && !set.offsets.is_empty() {
        // Only the end of a column says what its offset is.
        set = read(&target, &ReadOptions { offsets: Some(set.offsets), ..options.clone() })?;
    }
    if matches!(target.kind, Kind::Folder | Kind::Zip) {
        return Ok(set);
    }
    fit::fit(&mut set, options, &target.path)?;
    if let Some(labels) = &options.labels {
        set.contents.labels = Some(read_labels(labels, set.rows())?);
    }
    Ok(set)
}

fn read(target: &Target, options: &ReadOptions) -> Result<SampleSet, FileError> {
    let path = &target.path;
    match target.kind {
        Kind::Npy => {
            let (mut file, length) = open(path, SAMPLE_FILES)?;
            npy::read_samples(&mut file, length, path, options, unreadable(path))
        }
        Kind::Csv => table::read_samples(path, options),
        Kind::Npz => Archive::open(path)?.read_samples(target.key.as_deref(), options),
        Kind::Safetensors => Tensors::open(path)?.read_samples(target.key.as_deref(), options),
        Kind::Idx => {
            let (file, length) = open(path, SAMPLE_FILES)?;
            idx::read_samples(file, length, path, options)
        }
        Kind::Cifar => cifar::read_samples(path),
        Kind::Zip => pictures::read_archive(path, options),
        Kind::Folder => pictures::read_folder(path, options),
    }
}

/// Reads the labels of `rows` samples: whole numbers or texts, in any order and with gaps, or one-hot rows. They become classes
/// that are counted from 0 and keep their names.
///
/// `.npy` and IDX: an array of as many labels or rows. `.npz` and `.safetensors`: such an array, the one that the path names
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
