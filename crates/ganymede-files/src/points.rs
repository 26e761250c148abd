//! Points as a configuration describes them: two-dimensional `.npy` arrays of floats, `.csv` and IDX files.

use std::path::Path;

use crate::error::FileError;
use crate::idx;
use crate::labels::Classes;
use crate::npy;
use crate::open::{absolute, open};
use crate::samples::HostBatch;
use crate::table::{self, LabelChoice, TableOptions};

const POINT_FILES: &str = "an .npy or .csv file, or an IDX file";
const POINT_NAMES: &str = "a name that ends in .npy, .csv, .idx or .idx.gz, or one like train-images-idx3-ubyte.gz";
const LABEL_FILES: &str = "an .npy or IDX file of labels";

/// The kinds of file that hold points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointsFormat {
    /// `.npy`
    Npy,
    /// `.csv`
    Csv,
    /// The format of the MNIST digits, plain or compressed with gzip.
    Idx,
}

impl PointsFormat {
    /// The kind that a file's name says: by its end, `.npy`, `.csv`, `.idx` or `.idx.gz`, or else IDX by `-idx` or `.idx`
    /// before a digit, as in `train-images-idx3-ubyte.gz`.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension().unwrap_or_default().to_ascii_lowercase().to_str()? {
            "npy" => Some(Self::Npy),
            "csv" => Some(Self::Csv),
            _ => idx::is_name(path).then_some(Self::Idx),
        }
    }
}

/// A column of a `.csv` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvColumn<'name> {
    /// By its place, counted from 0.
    Index(usize),
    /// By its name; the first line then holds the columns' names.
    Name(&'name str),
}

/// How a `.csv` file is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions<'name> {
    /// The column of labels.
    pub label_column: Option<CsvColumn<'name>>,
    /// Whether the first line names the columns. `None`: it does when `label_column` is a name or when none of its fields
    /// is a number.
    pub header: Option<bool>,
}

/// Reads the points of an `.npy`, `.csv` or IDX file, without labels. The first line of a `.csv` file is taken for the
/// columns' names when none of its fields is a number.
///
/// # Errors
///
/// Whatever is wrong with the file.
pub fn read_points(path: &Path) -> Result<HostBatch, FileError> {
    read_points_with(path, CsvOptions::default())
}

/// Reads the points of an `.npy`, `.csv` or IDX file, and the labels in a column of the second.
///
/// `.npy`: a two-dimensional array `(points, features)` of `float32` or `float64`, in C or Fortran order and either byte
/// order. `.csv`: a point a line, fields separated by commas, empty lines skipped. IDX: an array of any rank from 1, whose
/// first dimension counts the points and whose others are flattened; unsigned bytes are pixels and become x / 127.5 - 1,
/// on [-1, 1], all other types are taken as they are. Every value must be finite in single precision. Labels are classes
/// counted from 0, below the number of points.
///
/// # Errors
///
/// Whatever is wrong with the file.
pub fn read_points_with(path: &Path, options: CsvOptions<'_>) -> Result<HostBatch, FileError> {
    let path = &absolute(path);
    let unknown = || FileError::UnknownFormat { path: path.to_owned(), expected: POINT_NAMES };
    let format = PointsFormat::of(path).ok_or_else(unknown)?;
    let (mut file, length) = open(path, POINT_FILES)?;
    match format {
        PointsFormat::Npy => Ok(HostBatch { samples: npy::read_points(&mut file, length, path)?, labels: None }),
        PointsFormat::Csv => {
            let label = options.label_column.map_or(LabelChoice::None, LabelChoice::Column);
            let options = TableOptions { label, header: options.header, configured: true };
            table::read_table(&mut file, path, options)
        }
        PointsFormat::Idx => Ok(HostBatch { samples: idx::read_samples(file, length, path)?.samples, labels: None }),
    }
}

/// Reads the labels of the file `points`, of which there are `rows`, from an IDX file, if that is what its name says, or
/// else an `.npy` file: one dimension, integers, each a class below `rows`.
///
/// # Errors
///
/// Whatever is wrong with the file.
pub fn read_point_labels(path: &Path, points: &Path, rows: usize) -> Result<Vec<usize>, FileError> {
    let path = &absolute(path);
    let (mut file, length) = open(path, LABEL_FILES)?;
    let classes = Classes::below_rows(rows, Some(points));
    match PointsFormat::of(path) {
        Some(PointsFormat::Idx) => idx::read_labels(file, length, path, &classes),
        _ => npy::read_labels(&mut file, length, path, &classes),
    }
}
