//! What can be wrong with a file, each as one line that names the file, the place and the remedy.

use std::io;
use std::path::{Path, PathBuf};

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
        expected: String,
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
    #[error("{}: holds {values} values, more than the {maximum} that are read; give fewer samples, or smaller ones with \
        size = 64 in [data] or --size 64", path.display())]
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

    /// The named array, or one that could be meant, does not exist.
    #[error("{}: has no array {wanted}; it has {keys}", path.display())]
    NoArray {
        /// The file.
        path: PathBuf,
        /// The names that were looked for.
        wanted: String,
        /// The names that there are.
        keys: String,
    },

    /// Means and covariances of features rather than samples.
    #[error("{}: holds statistics of features ({keys}), not samples; give the samples that they were computed from, or \
        their features as an array of one row each", path.display())]
    Statistics {
        /// The file.
        path: PathBuf,
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
    #[error("{}: line {line} has {found} fields where the first row has {expected}; give every row the same number",
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

    /// A named column does not exist.
    #[error("{}: has no {what} {column}; it has {available}", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// What it was wanted for.
        what: &'static str,
        /// The column's name or place as given.
        column: String,
        /// What there is.
        available: String,
    },

    /// A column of texts that is not the one of labels.
    #[error("{}: the column {column} holds texts such as {text:?}; leave it out with drop = [{column}] in [data] or \
        --drop {column}, or, if it holds the classes, name it with label_column = {column} or --label-column {column}",
        path.display())]
    TextColumn {
        /// The file.
        path: PathBuf,
        /// The column's name between quotes, or its place.
        column: String,
        /// One of its texts.
        text: String,
    },

    /// A label that is not a class.
    #[error("{}: {cell}: {value:?} is not a label; {remedy}", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Where.
        cell: Cell,
        /// The label as found.
        value: String,
        /// What to do about it.
        remedy: &'static str,
    },

    /// The numbers of labels and samples differ.
    #[error("{}: holds {labels} labels for {rows} samples; expected one for each", path.display())]
    LabelCount {
        /// The file of labels.
        path: PathBuf,
        /// Labels in it.
        labels: u64,
        /// Samples.
        rows: usize,
    },

    /// A folder without pictures.
    #[error("{}: holds no pictures; expected PNG, JPEG, BMP, WebP or TIFF files, or one sub-folder of them for each \
        class", path.display())]
    NoPictures {
        /// The folder.
        path: PathBuf,
    },

    /// A folder that holds both pictures and sub-folders.
    #[error("{}: holds pictures such as {picture} beside sub-folders such as {folder}; expected either pictures alone, \
        or sub-folders alone: move the pictures into a sub-folder of their own", path.display())]
    MixedFolder {
        /// The folder.
        path: PathBuf,
        /// The name of a picture.
        picture: String,
        /// The name of a sub-folder.
        folder: String,
    },

    /// Too many files of a folder that cannot be read as pictures.
    #[error("{}: {bad} of {files} files cannot be read as pictures, and {allowed} may be: {list}; remove or repair them, \
        or skip more with bad_files = {needed} in [data] or --bad-files {needed}", path.display())]
    BadPictures {
        /// The folder.
        path: PathBuf,
        /// Files that cannot be read.
        bad: usize,
        /// All files.
        files: usize,
        /// How many may be bad.
        allowed: usize,
        /// The first of them with what is wrong.
        list: String,
        /// The share that would have to be allowed.
        needed: f64,
    },

    /// Pictures of two sizes or kinds.
    #[error("{}: holds pictures of several kinds: {kinds}; {remedy}", path.display())]
    MixedPictures {
        /// The folder.
        path: PathBuf,
        /// Each kind, with the number of such files and one of them.
        kinds: String,
        /// The options that bring them together.
        remedy: String,
    },

    /// Samples that cannot be brought into the configured form.
    #[error("{}: {problem}; {remedy}", path.display())]
    Unfit {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
}

/// What an interrupted read of a plain file means.
pub(crate) fn unreadable(path: &Path) -> impl Fn(io::Error) -> FileError + '_ {
    |reason| FileError::Unreadable { path: path.to_owned(), reason }
}

/// A foreign message as the part of one line.
pub(crate) fn one_line(message: impl std::fmt::Display) -> String {
    const LONGEST: usize = 200;
    let letters = message.to_string();
    let printable = letters.chars().take(LONGEST).map(|letter| if letter.is_control() { ' ' } else { letter });
    printable.collect::<String>().trim_end_matches(['.', ' ']).to_owned()
}
