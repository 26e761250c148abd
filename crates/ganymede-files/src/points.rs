//! Points as a configuration describes them: two-dimensional `.npy` arrays of floats, and `.csv` files.

use std::path::Path;

use crate::error::FileError;
use crate::labels::Classes;
use crate::npy;
use crate::open::{absolute, open};
use crate::samples::HostBatch;
use crate::table::{self, LabelChoice, TableOptions};

const POINT_FILES: &str = "an .npy or .csv file";
const POINT_NAMES: &str = "a name that ends in .npy or .csv";

/// The kinds of file that hold points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointsFormat {
    /// `.npy`
    Npy,
    /// `.csv`
    Csv,
}

impl PointsFormat {
    /// The kind that the end of a file's name says.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_ascii_lowercase().to_str()? {
            "npy" => Some(Self::Npy),
            "csv" => Some(Self::Csv),
            _ => None,
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

/// Reads the points of an `.npy` or `.csv` file, without labels. The first line of a `.csv` file is taken for the
/// columns' names when none of its fields is a number.
///
/// # Errors
///
/// Whatever is wrong with the file.
pub fn read_points(path: &Path) -> Result<HostBatch, FileError> {
    read_points_with(path, CsvOptions::default())
}

/// Reads the points of an `.npy` or `.csv` file, and the labels in a column of the latter.
///
/// `.npy`: a two-dimensional array `(points, features)` of `float32` or `float64`, in C or Fortran order and either byte
/// order. `.csv`: a point a line, fields separated by commas, empty lines skipped. Every value must be finite in single
/// precision. Labels are classes counted from 0, below the number of points.
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
    }
}

/// Reads the labels of the file `points`, of which there are `rows`, from an `.npy` file: one dimension, integers, each a
/// class below `rows`.
///
/// # Errors
///
/// Whatever is wrong with the file.
pub fn read_point_labels(path: &Path, points: &Path, rows: usize) -> Result<Vec<usize>, FileError> {
    let path = &absolute(path);
    let (mut file, length) = open(path, POINT_FILES)?;
    npy::read_labels(&mut file, length, path, &Classes::below_rows(rows, Some(points)))
}
