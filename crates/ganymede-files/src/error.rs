//! What can be wrong with a file, each as one line that names the file, the place and the remedy.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::cell::Cell;

/// A file that cannot be used. Every message is one line with the remedy; paths are absolute, and an array inside a
/// file is written behind its path, as `file.npz:images`.
#[derive(Debug, Error)]
pub enum FileError {
    /// There is no such file.
    #[error("{}: no such file or folder; relative paths start at the current folder", path.display())]
    Missing {
        /// The path tried.
        path: PathBuf,
    },

    /// The path leads to a folder or to something else that is not a file.
    #[error("{}: not a file; expected {expected}", path.display())]
    NotAFile {
        /// The path tried.
        path: PathBuf,
        /// What is accepted.
        expected: &'static str,
    },

    /// The system refused to read the file.
    #[error("{}: cannot be read: {reason}; check its permissions and its disk", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },

    /// The system refused to write the file.
    #[error("{}: cannot be written: {reason}; check that the folder exists, is writable and has space", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },

    /// The file's name ends in something unknown.
    #[error("{}: unknown kind of file; expected {expected}", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// What is accepted.
        expected: &'static str,
    },

    /// The file is not what its format prescribes.
    #[error("{}: not a valid {format} file: {problem}; {remedy}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The format, as the end of a name.
        format: &'static str,
        /// What is wrong.
        problem: String,
        /// How to make a valid one.
        remedy: &'static str,
    },

    /// An array of a type that is not accepted.
    #[error("{}: holds {found}; expected {expected}", path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The type, in numpy's words.
        found: String,
        /// The accepted types and how to convert.
        expected: &'static str,
    },

    /// An array of the wrong number of dimensions.
    #[error("{}: has shape {shape}; expected {expected}", path.display())]
    Shape {
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
    Size {
        /// The file.
        path: PathBuf,
        /// The shape, as numpy prints it.
        shape: String,
        /// Bytes that the shape and the type take.
        declared: u128,
        /// Bytes after the header.
        found: u64,
    },

    /// More values than are read from compressed files.
    #[error("{}: holds {values} values, more than the {maximum} that are read; give fewer or smaller samples",
        path.display())]
    TooLarge {
        /// The file or folder.
        path: PathBuf,
        /// Values that it declares.
        values: u128,
        /// The most that are read.
        maximum: u64,
    },

    /// No points.
    #[error("{}: holds no points; expected at least one row with at least one column", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },

    /// The array that was asked for, or one that could be meant, does not exist.
    #[error("{}: has no array {wanted}; it has {keys}", path.display())]
    NoArray {
        /// The file.
        path: PathBuf,
        /// The names that were looked for.
        wanted: String,
        /// The names that there are.
        keys: String,
    },

    /// Several arrays could be meant.
    #[error("{}: has several arrays that could be meant: {keys}; choose one, as in {}:{example}", path.display(),
        path.display())]
    Ambiguous {
        /// The file.
        path: PathBuf,
        /// The names that there are.
        keys: String,
        /// One of them.
        example: String,
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
    #[error("{}: {cell}: {value:?} is not a label; expected an integer from 0 to {maximum}{}: number the classes \
        from 0 without gaps", path.display(), if *below_rows { ", one less than the rows" } else { "" })]
    Label {
        /// The file.
        path: PathBuf,
        /// Where.
        cell: Cell,
        /// The label as found.
        value: String,
        /// The highest label that is accepted.
        maximum: usize,
        /// Whether that is one less than the number of rows.
        below_rows: bool,
    },

    /// Not as many labels as points.
    #[error("{}: holds {labels} labels for {}; expected one for each", path.display(),
        points.as_ref().map_or(format!("{rows} samples"), |points| format!("the {rows} points of {}", points.display())))]
    LabelCount {
        /// The file of labels.
        path: PathBuf,
        /// Labels in it.
        labels: u64,
        /// The file of points, where it is another one.
        points: Option<PathBuf>,
        /// Points in that.
        rows: usize,
    },

    /// A folder without pictures.
    #[error("{}: holds no pictures; expected PNG or JPEG files, or one sub-folder of them for each class",
        path.display())]
    NoPictures {
        /// The folder.
        path: PathBuf,
    },

    /// A folder that holds both pictures and sub-folders.
    #[error("{}: a folder beside pictures; expected either pictures alone, or sub-folders alone, each of them a class \
        that holds pictures", path.display())]
    MixedFolder {
        /// The sub-folder.
        path: PathBuf,
    },

    /// A file in a folder of pictures that is none.
    #[error("{}: not a picture that can be read: {problem}; remove it or convert it to PNG", path.display())]
    NotAPicture {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },

    /// Pictures of two sizes or kinds.
    #[error("{}: is {found} where {} is {expected}; give all pictures one size and one number of channels",
        path.display(), first.display())]
    PictureSize {
        /// The picture.
        path: PathBuf,
        /// Its size and colours.
        found: String,
        /// The first picture.
        first: PathBuf,
        /// The size and colours of that.
        expected: String,
    },
}

/// A foreign message as the part of one line.
pub(crate) fn one_line(message: impl std::fmt::Display) -> String {
    const LONGEST: usize = 200;
    let letters = message.to_string();
    let printable = letters.chars().take(LONGEST).map(|letter| if letter.is_control() { ' ' } else { letter });
    printable.collect::<String>().trim_end_matches(['.', ' ']).to_owned()
}
