//! Points from a file, whose modes nobody may know.

use std::path::{Path, PathBuf};

use ganymede_files::{CsvColumn, CsvOptions, HostBatch, PointsFormat, read_point_labels, read_points_with};
use serde::{Deserialize, Serialize};

use super::error::DataError;
use crate::invalid::{InvalidValue, ensure};

/// A column of a `.csv` file: by name, as the first line gives it, or by place, counted from 0.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum LabelColumn {
    /// The place, counted from 0.
    Index(usize),
    /// The name; the first line then holds the columns' names.
    Name(String),
}

/// Points from an `.npy`, a `.csv` or an IDX file, with labels if there are any.
///
/// `.npy`: a two-dimensional array `(points, features)` of `float32` or `float64`, in C or Fortran order and either
/// byte order. `.csv`: a point a line, fields separated by commas, empty lines skipped. IDX, the format of the MNIST
/// digits, plain or compressed with gzip: an array whose first dimension counts the points and whose others are
/// flattened; unsigned bytes are pixels and become x / 127.5 - 1, on [-1, 1], all other types are taken as they are.
/// Labels come from a second file, `.npy` or IDX, one-dimensional, of integers, or from a column of a `.csv` file. Every
/// value must be finite in single precision. Labels are classes counted from 0, below the number of points; there are
/// `maximum + 1` classes.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct FileConfig {
    /// The file of points; its name ends in `.npy`, `.csv`, `.idx` or `.idx.gz`, or is like `train-images-idx3-ubyte.gz`.
    /// Relative paths start at the configuration's folder.
    pub path: PathBuf,
    /// An `.npy` or IDX file of labels.
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
        let format = PointsFormat::of(&self.path);
        let path = quoted(&self.path);
        let expected =
            "expected the path of an .npy or .csv file, or of an IDX file such as train-images-idx3-ubyte.gz";
        ensure(format.is_some(), "path", path, expected)?;
        if let Some(labels) = &self.labels {
            let value = quoted(labels);
            ensure(
                matches!(PointsFormat::of(labels), Some(PointsFormat::Npy | PointsFormat::Idx)),
                "labels",
                &value,
                "expected the path of an .npy file of integers, or of an IDX file of them; labels inside a .csv are \
                 picked with label_column",
            )?;
            ensure(
                self.label_column.is_none(),
                "labels",
                &value,
                "expected either labels or label_column, not both; leave one out",
            )?;
        }
        if let (Some(header), Some(PointsFormat::Npy | PointsFormat::Idx)) = (self.header, format) {
            ensure(false, "header", header, "expected only with a .csv file; leave it out")?;
        }
        if let Some(label_column) = &self.label_column {
            let value = match label_column {
                LabelColumn::Index(index) => index.to_string(),
                LabelColumn::Name(name) => format!("{name:?}"),
            };
            ensure(
                format == Some(PointsFormat::Csv),
                "label_column",
                &value,
                "expected only with a .csv file; labels = \"file.npy\" gives the labels of any other",
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
        let label_column = self.label_column.as_ref().map(|column| match column {
            LabelColumn::Index(index) => CsvColumn::Index(*index),
            LabelColumn::Name(name) => CsvColumn::Name(name),
        });
        let mut points = read_points_with(&path, CsvOptions { label_column, header: self.header })?;
        if let Some(labels) = &self.labels {
            points.labels = Some(read_point_labels(&absolute(base, labels), &path, points.rows())?);
        }
        Ok(points)
    }
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn absolute(base: &Path, path: &Path) -> PathBuf {
    let joined = base.join(path);
    std::path::absolute(&joined).unwrap_or(joined)
}
