//! Anybody's samples, whatever kind of file they come in.

use std::path::Path;

use crate::archive::Archive;
use crate::array::Doubles;
use crate::error::{FileError, unreadable};
use crate::kind::{Kind, Target};
use crate::labels::read_labels;
use crate::options::ReadOptions;
use crate::path::{absolute, open};
use crate::set::SampleSet;
use crate::tensors::Tensors;
use crate::{cifar, fit, idx, npy, pictures, table};

const SAMPLE_FILES: &str =
    "the path of an .npy, .npz, .csv, .tsv, .safetensors, IDX or CIFAR .bin file, or of a folder or .zip of pictures";

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

/// Reads one array of an `.npz` file by its name, in double precision, whatever its numbers and its shape.
///
/// # Errors
///
/// A [`FileError`] when the file is no `.npz`, holds no such array, or a number is not finite.
pub fn read_npz_doubles(path: &Path, key: &str) -> Result<Doubles, FileError> {
    Archive::open(&absolute(path))?.read_doubles(key)
}
