//! Samples from files, whose modes may be unknown.

use std::path::{Path, PathBuf};

use ganymede_files::{Column, Crop, Folders, PictureLayout, ReadOptions, SampleSet, read_samples};
use serde::{Deserialize, Deserializer, Serialize};

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

/// The part of pictures that is kept, about their centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected \"center\", or a height and a width as in [108, 108]")]
pub enum CropConfig {
    /// `"center"`: the largest that has the sides' ratio of `size`, or else is square.
    Named(CropName),
    /// `[height, width]` in pixels.
    Size([usize; 2]),
}

/// A crop that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CropName {
    /// About the centre.
    Center,
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
/// `.safetensors`, IDX, CIFAR), tables (`.csv`, `.tsv`), and folders and archives of pictures. Labels are those that the file
/// itself holds, or those of a second file, or a column of a table; they become classes counted from 0.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct FileConfig {
    /// The file or folder; `file.npz:key` names an array. Relative paths start at the configuration's folder.
    pub path: PathBuf,
    /// A file of labels; for pictures it may hold their names too.
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
    /// The part of pictures that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<CropConfig>,
    /// Height and width to which pictures are resized; one number is both.
    #[serde(deserialize_with = "one_or_two", skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Channels that pictures are given: 1 grey, 3 RGB, 2 and 4 these with alpha.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// The order of the values of arrays of pictures. Left out: from the sizes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// What sub-folders are. Left out: from their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folders: Option<SubFolders>,
    /// The share of a folder's files that may be no pictures and are skipped, 0 to 1. Left out: 0.01.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bad_files: Option<f64>,
    /// Whether each picture is there a second time, mirrored from left to right.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub flips: bool,
}

/// A height and a width, or one number for both.
fn one_or_two<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[usize; 2]>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a height and a width as in [48, 64], or one number for both")]
    enum Sides {
        One(usize),
        Two([usize; 2]),
    }
    Ok(Some(match Sides::deserialize(deserializer)? {
        Sides::One(side) => [side; 2],
        Sides::Two(sides) => sides,
    }))
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
        let expected = "expected the path of an .npy, .npz, .csv, .tsv, .safetensors, IDX or CIFAR .bin file, or of a folder or .zip of pictures";
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
        if let Some(CropConfig::Size(size)) = self.crop {
            let expected = "expected \"center\", or a height and a width of at least 1, as in [108, 108]";
            ensure(size.iter().all(|side| *side >= 1), "crop", format_args!("{size:?}"), expected)?;
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

    /// How the file is to be read, but for the labels.
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            label_column: match &self.label_column {
                None => ganymede_files::LabelColumn::ByName,
                Some(LabelColumn::Index(index)) => ganymede_files::LabelColumn::Is(Column::Index(*index)),
                Some(LabelColumn::Name(name)) => ganymede_files::LabelColumn::Is(Column::Name(name.clone())),
            },
            header: self.header,
            drop: self.drop.clone(),
            labels: None,
            crop: self.crop.map(|crop| match crop {
                CropConfig::Named(CropName::Center) => Crop::Center,
                CropConfig::Size(size) => Crop::Size(size),
            }),
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
        let labels = self.labels.as_ref().map(|labels| absolute(base, labels));
        let set = read_samples(&absolute(base, &self.path), &ReadOptions { labels, ..self.options() })?;
        if self.flips && set.contents.samples.shape.is_point() {
            let expected = "expected false, as these samples are points; only pictures can be mirrored";
            return Err(InvalidValue::new("flips", true, expected).into());
        }
        Ok(set)
    }

    /// [`FileConfig::read`], when pictures are wanted.
    ///
    /// # Errors
    ///
    /// As [`FileConfig::read`], and when the samples are points.
    pub(super) fn read_pictures(&self, base: &Path) -> Result<SampleSet, DataError> {
        let set = self.read(base)?;
        let shape = set.contents.samples.shape;
        if shape.is_point() {
            let expected = format!(
                "expected pictures, but a sample has {shape}; kind = \"file\" reads points, and an array of pictures has the \
                 shape (rows, height, width) or (rows, height, width, channels)"
            );
            return Err(InvalidValue::new("path", quoted(&self.path), expected).into());
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
