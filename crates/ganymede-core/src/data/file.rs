//! Points from a file, whose modes nobody may know.

use std::path::{Path, PathBuf};

use ganymede_files::{Column, Folders, PictureLayout, ReadOptions, SampleSet, read_labels, read_samples};
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

/// The order of the values of arrays of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Channels, height, width.
    ChannelsFirst,
    /// Height, width, channels.
    ChannelsLast,
}

/// What sub-folders of a folder of pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubFolders {
    /// Each is a class.
    Classes,
    /// They only keep folders short.
    Shards,
}

/// Samples from any file or folder that [`read_samples`] reads, with labels if there are any.
///
/// What can be read and how is said in `ganymede-files`: arrays of any rank and number type (`.npy`, `.npz`,
/// `.safetensors`, IDX), tables (`.csv`, `.tsv`), and folders of pictures. Labels are those that the file itself holds, or
/// those of a second file, or a column of a table; they become classes counted from 0.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct FileConfig {
    /// The file or folder; `file.npz:key` names an array. Relative paths start at the configuration's folder.
    pub path: PathBuf,
    /// A file of labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// The column of labels, for tables only. Left out: the one called `label`, `labels`, `class` or `target`, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_column: Option<LabelColumn>,
    /// Whether the first line of a table names the columns. Left out: it does when `label_column` is a name or when none of
    /// its fields is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Columns that are left out, for tables only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
    /// Height and width to which pictures are resized.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Channels that pictures are given: 1 grey, 3 RGB, 2 and 4 these with alpha.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// The order of the values of arrays of pictures. Left out: told by the sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// What sub-folders are. Left out: told by their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folders: Option<SubFolders>,
    /// The share of a folder's files that may be no pictures and are skipped, 0 to 1. Left out: 0.01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad_files: Option<f64>,
}

/// The longest side to which a picture can be resized.
const LONGEST_SIDE: usize = 1 << 12;

impl FileConfig {
    /// Checks what can be checked without opening a file.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the remedy.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let expected =
            "expected the path of an .npy, .npz, .csv, .tsv, .safetensors or IDX file, or of a folder of pictures";
        ensure(!self.path.as_os_str().is_empty(), "path", quoted(&self.path), expected)?;
        let extension = self.path.extension().unwrap_or_default().to_ascii_lowercase();
        let is_table = extension == "csv" || extension == "tsv";
        if let Some(labels) = &self.labels {
            let expected = "expected either labels or label_column, not both; leave one out";
            ensure(self.label_column.is_none(), "labels", quoted(labels), expected)?;
        }
        if let Some(header) = self.header {
            ensure(is_table, "header", header, "expected only with a .csv file; leave it out")?;
        }
        if !self.drop.is_empty() {
            let expected = "expected only with a .csv file; leave it out";
            ensure(is_table, "drop", format_args!("{:?}", self.drop), expected)?;
        }
        if let Some(label_column) = &self.label_column {
            let value = match label_column {
                LabelColumn::Index(index) => index.to_string(),
                LabelColumn::Name(name) => format!("{name:?}"),
            };
            let expected = "expected only with a .csv file; labels = \"file.npy\" gives the labels of any other";
            ensure(is_table, "label_column", &value, expected)?;
            let expected = "expected a column's place, counted from 0, as header = false says that there are no names";
            let is_place = matches!(label_column, LabelColumn::Index(_)) || self.header != Some(false);
            ensure(is_place, "label_column", &value, expected)?;
        }
        if let Some(size) = self.size {
            let expected = format!("expected a height and a width from 1 to {LONGEST_SIDE}, as in [64, 64]");
            let fits = size.iter().all(|side| (1..=LONGEST_SIDE).contains(side));
            ensure(fits, "size", format_args!("{size:?}"), &expected)?;
        }
        if let Some(channels) = self.channels {
            let expected = "expected 1 (grey), 3 (RGB), or 2 or 4 for these with alpha";
            ensure((1..=4).contains(&channels), "channels", channels, expected)?;
        }
        if let Some(share) = self.bad_files {
            let expected = "expected a share from 0 to 1; 0.01 skips one file in a hundred";
            ensure((0.0..=1.0).contains(&share), "bad_files", share, expected)?;
        }
        Ok(())
    }

    /// How the file is to be read.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            label_column: match &self.label_column {
                None => ganymede_files::LabelColumn::ByName,
                Some(LabelColumn::Index(index)) => ganymede_files::LabelColumn::Is(Column::Index(*index)),
                Some(LabelColumn::Name(name)) => ganymede_files::LabelColumn::Is(Column::Name(name.clone())),
            },
            header: self.header,
            drop: self.drop.clone(),
            size: self.size,
            channels: self.channels,
            layout: self.layout.map(|layout| match layout {
                Layout::ChannelsFirst => PictureLayout::ChannelsFirst,
                Layout::ChannelsLast => PictureLayout::ChannelsLast,
            }),
            folders: self.folders.map(|folders| match folders {
                SubFolders::Classes => Folders::Classes,
                SubFolders::Shards => Folders::Shards,
            }),
            bad_files: self.bad_files,
            ..ReadOptions::default()
        }
    }

    /// Reads the samples and their labels; relative paths start at `base`.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the configuration or with a file.
    pub fn read(&self, base: &Path) -> Result<SampleSet, DataError> {
        self.check()?;
        let mut set = read_samples(&absolute(base, &self.path), &self.options())?;
        if let Some(labels) = &self.labels {
            set.contents.labels = Some(read_labels(&absolute(base, labels), set.rows())?);
        }
        Ok(set)
    }
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn absolute(base: &Path, path: &Path) -> PathBuf {
    let joined = base.join(path);
    std::path::absolute(&joined).unwrap_or(joined)
}
