//! Anybody's samples, whatever kind of file they come in.

use std::path::Path;

use crate::archive::Archive;
use crate::error::FileError;
use crate::idx;
use crate::npy;
use crate::open::{Kind, Target, open};
use crate::picture::Picture;
use crate::pictures;
use crate::samples::Samples;
use crate::table::{self, LabelChoice, TableOptions};
use crate::tensors::Tensors;

const SAMPLE_FILES: &str =
    "the path of an .npy, .npz, .csv, .safetensors or IDX file, or of a folder of PNG or JPEG pictures";

/// Samples from a file or folder: at least one, of at least one value each.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSet {
    /// The samples, one a row; every value is finite.
    pub samples: Samples,
    /// The class of each sample, where the file says so: from 0 up to [`MAXIMUM_LABEL`](crate::MAXIMUM_LABEL).
    pub labels: Option<Vec<usize>>,
    /// The shape of one sample, such as `[28, 28]`, `[3, 32, 32]` or `[2]`; its product is `samples.features`.
    pub shape: Vec<usize>,
    /// How a sample makes a picture, if its shape can be that of one.
    pub picture: Option<Picture>,
}

impl SampleSet {
    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.samples.rows()
    }
}

/// Reads a set of samples.
///
/// | path | samples | labels |
/// | --- | --- | --- |
/// | `.npy` | any array of floats (16 to 64 bits) or integers (8 to 64 bits); the first dimension counts the samples | none |
/// | `.npz`, `.safetensors` | such an array: the one called `samples`, `images`, `x`, `data` or `arr_0`, or the only one that is not labels | the array called `labels`, `label` or `y` |
/// | `file.npz:key`, `file.safetensors:key` | the array `key` | none |
/// | `.csv` | a sample a line, fields separated by commas; the first line may name the columns | the column named `label` or `labels` |
/// | IDX: `.idx`, `.idx.gz`, or a name like `train-images-idx3-ubyte.gz` | any array of the format; the first dimension counts the samples | none |
/// | a folder | PNG and JPEG pictures of one size, grey or RGB, in the order of their names | the sub-folders in the order of their names, when it holds nothing else |
///
/// Unsigned integers of 8 bits, and pictures of 8 or 16 bits, are scaled from their full range to [-1, 1]; all other numbers
/// are taken as they are. Pictures lose their alpha channel and come channels first.
///
/// Memory is bounded by the file: nothing is allocated for a declared size that the bytes behind it could not hold.
///
/// # Errors
///
/// Whatever is wrong with the file, with the place and the remedy.
pub fn read_samples(path: &Path) -> Result<SampleSet, FileError> {
    let target = Target::find(path, SAMPLE_FILES)?;
    let path = &target.path;
    match target.kind {
        Kind::Npy => {
            let (mut file, length) = open(path, SAMPLE_FILES)?;
            npy::read_samples(&mut file, length, path)
        }
        Kind::Csv => {
            let (mut file, _) = open(path, SAMPLE_FILES)?;
            let options = TableOptions { label: LabelChoice::IfNamed, header: None, configured: false };
            let batch = table::read_table(&mut file, path, options)?;
            let shape = vec![batch.samples.features];
            Ok(SampleSet { samples: batch.samples, labels: batch.labels, shape, picture: None })
        }
        Kind::Npz => Archive::open(path)?.read_samples(target.key.as_deref()),
        Kind::Safetensors => Tensors::open(path)?.read_samples(target.key.as_deref()),
        Kind::Idx => {
            let (file, length) = open(path, SAMPLE_FILES)?;
            idx::read_samples(file, length, path)
        }
        Kind::Folder => pictures::read_folder(path),
    }
}
