//! Points from a file, whose modes nobody may know.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::DataError;
use super::npy;
use super::samples::HostBatch;
use super::table::{CsvOptions, read_table};
use crate::config::invalid::{InvalidValue, ensure};

/// A column of a `.csv` file: by name, as the first line gives it, or by place, counted from 0.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum LabelColumn {
    /// The place, counted from 0.
    Index(usize),
    /// The name; the first line then holds the columns' names.
    Name(String),
}

/// Points from an `.npy` or a `.csv` file, with labels if there are any.
///
/// `.npy`: a two-dimensional array `(points, features)` of `float32` or `float64`, in C or Fortran order and either
/// byte order; labels in a second `.npy` file, one-dimensional, of integers. `.csv`: a point a line, fields separated
/// by commas, empty lines skipped; labels in such an `.npy` file too, or in one of the columns. Every value must be finite in single
/// precision. Labels are classes counted from 0, below the number of points; there are `maximum + 1` classes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct FileConfig {
    /// The file of points; its name ends in `.npy` or `.csv`. Relative paths start at the configuration's folder.
    pub path: PathBuf,
    /// An `.npy` file of labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// The column of labels, for `.csv` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_column: Option<LabelColumn>,
    /// Whether the first line of a `.csv` file names the columns. Left out: it does when `label_column` is a name or when
    /// none of its fields is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
}

impl FileConfig {
    /// Checks what can be checked without opening a file.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the remedy.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let format = Format::of(&self.path);
        let path = quoted(&self.path);
        ensure(format.is_some(), "path", path, "expected the path of an .npy or .csv file")?;
        if let Some(labels) = &self.labels {
            let value = quoted(labels);
            ensure(
                Format::of(labels) == Some(Format::Npy),
                "labels",
                &value,
                "expected the path of an .npy file of integers; labels inside a .csv are picked with label_column",
            )?;
            ensure(
                self.label_column.is_none(),
                "labels",
                &value,
                "expected either labels or label_column, not both; leave one out",
            )?;
        }
        if let (Some(header), Some(Format::Npy)) = (self.header, format) {
            ensure(false, "header", header, "expected only with a .csv file; leave it out")?;
        }
        if let Some(label_column) = &self.label_column {
            let value = match label_column {
                LabelColumn::Index(index) => index.to_string(),
                LabelColumn::Name(name) => format!("{name:?}"),
            };
            ensure(
                format == Some(Format::Csv),
                "label_column",
                &value,
                "expected only with a .csv file; labels = \"file.npy\" gives the labels of an .npy file",
            )?;
            ensure(
                matches!(label_column, LabelColumn::Index(_)) || self.header != Some(false),
                "label_column",
                &value,
                "expected a column's place, counted from 0, as header = false says that there are no names",
            )?;
        }
        Ok(())
    }

    /// Reads the points and their labels; relative paths start at `base`.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the configuration or with a file.
    pub fn read(&self, base: &Path) -> Result<HostBatch, DataError> {
        self.check()?;
        let path = absolute(base, &self.path);
        let options = CsvOptions { label_column: self.label_column.as_ref(), header: self.header };
        let mut points = read(&path, options)?;
        if let Some(labels) = &self.labels {
            let labels = absolute(base, labels);
            let (mut file, length) = open(&labels)?;
            points.labels = Some(npy::read_labels(&mut file, length, &labels, &path, points.rows())?);
        }
        Ok(points)
    }
}

/// Reads the points of an `.npy` or `.csv` file, without labels. The first line of a `.csv` file is taken for the columns'
/// names when none of its fields is a number.
///
/// # Errors
///
/// Whatever is wrong with the file.
pub fn read_points(path: &Path) -> Result<HostBatch, DataError> {
    read(&absolute(Path::new(""), path), CsvOptions { label_column: None, header: None })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Npy,
    Csv,
}

impl Format {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_ascii_lowercase().to_str()? {
            "npy" => Some(Self::Npy),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

fn read(path: &Path, options: CsvOptions<'_>) -> Result<HostBatch, DataError> {
    let format = Format::of(path).ok_or_else(|| DataError::UnknownFormat { path: path.to_owned() })?;
    let (mut file, length) = open(path)?;
    match format {
        Format::Npy => Ok(HostBatch { samples: npy::read_points(&mut file, length, path)?, labels: None }),
        Format::Csv => read_table(&mut file, path, options),
    }
}

/// Opens a regular file and tells its length in bytes. Anything else could block for ever or have no length.
fn open(path: &Path) -> Result<(BufReader<File>, u64), DataError> {
    let unreadable = |reason: std::io::Error| match reason.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            DataError::Missing { path: path.to_owned() }
        }
        _ => DataError::Unreadable { path: path.to_owned(), reason },
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(DataError::NotAFile { path: path.to_owned() });
    }
    let file = File::open(path).map_err(unreadable)?;
    Ok((BufReader::new(file), metadata.len()))
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn absolute(base: &Path, path: &Path) -> PathBuf {
    let joined = base.join(path);
    std::path::absolute(&joined).unwrap_or(joined)
}
