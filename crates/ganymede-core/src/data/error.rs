//! What can be wrong with data, each as one line that names the file, the place and the remedy.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::invalid::InvalidValue;

/// A place in a data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// An element of an `.npy` array, both indices counted from 0, as numpy does.
    Array {
        /// Row index.
        row: u64,
        /// Column index.
        column: u64,
    },
    /// An element of a one-dimensional `.npy` array, counted from 0.
    Element {
        /// Index.
        index: u64,
    },
    /// A field of a `.csv` file, both counted from 1, as editors do.
    Field {
        /// Line number.
        line: u64,
        /// Column number.
        column: usize,
    },
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array { row, column } => write!(formatter, "index [{row}, {column}]"),
            Self::Element { index } => write!(formatter, "index [{index}]"),
            Self::Field { line, column } => write!(formatter, "line {line}, column {column}"),
        }
    }
}

/// Data that cannot be used. Every message is one line with the remedy; paths are absolute.
#[derive(Debug, Error)]
pub enum DataError {
    /// A configuration value out of range.
    #[error(transparent)]
    Invalid(#[from] InvalidValue),

    /// There is no such file.
    #[error("{}: no such file; relative paths start at the folder of the configuration", path.display())]
    Missing {
        /// The path tried.
        path: PathBuf,
    },

    /// The path leads to a folder or to something else that is not a file.
    #[error("{}: not a file; expected an .npy or .csv file", path.display())]
    NotAFile {
        /// The path tried.
        path: PathBuf,
    },

    /// The system refused to read the file.
    #[error("{}: cannot be read: {reason}; check its permissions and its disk", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },

    /// The system refused to write the file.
    #[error("{}: cannot be written: {reason}; check that the folder exists, is writable and has space", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },

    /// The file's name ends in something unknown.
    #[error("{}: unknown kind of file; expected a name that ends in .npy or .csv", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },

    /// The start of an `.npy` file is not what the format prescribes.
    #[error("{}: not a valid .npy file: {problem}; write it with numpy.save", path.display())]
    NpyHeader {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },

    /// An array of a type that is not accepted.
    #[error("{}: holds {found}; expected {expected}", path.display())]
    NpyType {
        /// The file.
        path: PathBuf,
        /// The type, in numpy's words.
        found: String,
        /// The accepted types and how to convert.
        expected: &'static str,
    },

    /// An array of the wrong number of dimensions.
    #[error("{}: has shape {shape}; expected {expected}", path.display())]
    NpyShape {
        /// The file.
        path: PathBuf,
        /// The shape, as numpy prints it.
        shape: String,
        /// The accepted rank and how to get there.
        expected: &'static str,
    },

    /// The array that the header declares does not have the file's size.
    #[error("{}: declares shape {shape}, which takes {declared} bytes, but {found} bytes follow; {}", path.display(),
        if u128::from(*found) < *declared { "the file is truncated: write or copy it again" }
        else { "save one array to a file" })]
    NpySize {
        /// The file.
        path: PathBuf,
        /// The shape, as numpy prints it.
        shape: String,
        /// Bytes that the shape and the type take.
        declared: u128,
        /// Bytes after the header.
        found: u64,
    },

    /// No points.
    #[error("{}: holds no points; expected at least one row with at least one column", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },

    /// A value that is NaN or infinite in single precision.
    #[error("{}: {cell}: the value {value} is not finite in single precision; remove the row or repair the value",
        path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Where.
        cell: Cell,
        /// The value as found.
        value: String,
    },

    /// A field that is not a number.
    #[error("{}: {cell}: {text:?} is not a number; {remedy}", path.display())]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// Where.
        cell: Cell,
        /// The start of the field.
        text: String,
        /// What to do about it.
        remedy: &'static str,
    },

    /// A row that is longer or shorter than the first.
    #[error("{}: line {line} has {found} fields where the first row has {expected}; give every row as many",
        path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// Line number, counted from 1.
        line: u64,
        /// Fields in the first row.
        expected: usize,
        /// Fields in this one.
        found: usize,
    },

    /// The column of labels does not exist.
    #[error("{}: has no label column {column}; it has {available}", path.display())]
    LabelColumn {
        /// The file.
        path: PathBuf,
        /// The column that was asked for.
        column: String,
        /// What there is.
        available: String,
    },

    /// A label that is not a class.
    #[error("{}: {cell}: {value:?} is not a label; expected an integer from 0 to {maximum}, one less than the rows: \
        number the classes from 0 without gaps", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Where.
        cell: Cell,
        /// The label as found.
        value: String,
        /// The highest label that is accepted.
        maximum: usize,
    },

    /// Not as many labels as points.
    #[error("{}: holds {labels} labels for the {rows} points of {}; expected one for each",
        path.display(), points.display())]
    LabelCount {
        /// The file of labels.
        path: PathBuf,
        /// Labels in it.
        labels: u64,
        /// The file of points.
        points: PathBuf,
        /// Points in that.
        rows: usize,
    },
}
