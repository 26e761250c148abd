//! How files of samples are read.

use clap::Args;
use ganymede_files::{Column, Crop, LabelColumn, PictureLayout, ReadOptions};

use crate::failure::{Failure, Outcome};

/// How files of samples are read; the same words as in a configuration's `[data]`.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadArguments {
    /// Resize pictures: 64, or 48x64 (height x width)
    #[arg(long, value_name = "HxW")]
    size: Option<String>,
    /// Keep the middle of pictures before they are resized: center for the largest part of the size's ratio, or 108, or 108x96
    #[arg(long, value_name = "CROP")]
    crop: Option<String>,
    /// Channels of pictures: 1 grey, 3 RGB, 2 and 4 these with alpha
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=4))]
    channels: Option<u8>,
    /// The order of the values of arrays of pictures [default: from their sizes]
    #[arg(long, value_enum)]
    layout: Option<Layout>,
    /// What sub-folders of pictures are [default: from their names]
    #[arg(long, value_enum)]
    folders: Option<Folders>,
    /// The share of a folder's files that may be no pictures [default: 0.01]
    #[arg(long, value_name = "SHARE")]
    bad_files: Option<f64>,
    /// Leave out a column of tables
    #[arg(long, value_name = "COLUMN")]
    drop: Vec<String>,
    /// The column of labels of tables [default: label, labels, class or target]
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<String>,
}

/// The order of the values of arrays of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    /// Channels, height, width
    ChannelsFirst,
    /// Height, width, channels
    ChannelsLast,
}

/// What sub-folders of pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Folders {
    /// Each is a class
    Classes,
    /// They only keep folders short
    Shards,
}

impl ReadArguments {
    /// The reader's options.
    pub(crate) fn options(&self) -> Outcome<ReadOptions> {
        let size = self.size.as_ref().map(|text| {
            let expected = || format!("--size {text}: expected 64, or 48x64 (height x width), at most 4096");
            sides(text, 4096).ok_or_else(|| Failure::refused(expected()))
        });
        let crop = self.crop.as_ref().map(|text| match text.as_str() {
            "center" => Ok(Crop::Center),
            text => sides(text, usize::MAX).map(Crop::Size).ok_or_else(|| {
                Failure::refused(format!("--crop {text}: expected center, 108, or 108x96 (height x width)"))
            }),
        });
        if let Some(share) = self.bad_files.filter(|share| !(0.0..=1.0).contains(share)) {
            return Err(Failure::refused(format!("--bad-files {share}: expected a share from 0 to 1")));
        }
        Ok(ReadOptions {
            crop: crop.transpose()?,
            size: size.transpose()?,
            channels: self.channels.map(usize::from),
            layout: self.layout.map(|layout| match layout {
                Layout::ChannelsFirst => PictureLayout::ChannelsFirst,
                Layout::ChannelsLast => PictureLayout::ChannelsLast,
            }),
            folders: self.folders.map(|folders| match folders {
                Folders::Classes => ganymede_files::Folders::Classes,
                Folders::Shards => ganymede_files::Folders::Shards,
            }),
            bad_files: self.bad_files,
            drop: self.drop.clone(),
            label_column: self.label_column.as_ref().map_or(LabelColumn::ByName, |column| {
                LabelColumn::Is(column.parse().map_or_else(|_| Column::Name(column.clone()), Column::Index))
            }),
            ..ReadOptions::default()
        })
    }
}

/// Two numbers from 1 on with an x between them, or one for both.
pub(crate) fn sides(text: &str, most: usize) -> Option<[usize; 2]> {
    let side = |text: &str| text.parse().ok().filter(|side| (1..=most).contains(side));
    let (first, second) = text.split_once('x').unwrap_or((text, text));
    Some([side(first)?, side(second)?])
}
