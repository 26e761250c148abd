//! The options of a reader.

use std::path::PathBuf;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// By its place, counted from 0.
    Index(usize),
    /// By its name; the first line then holds the columns' names.
    Name(String),
}

/// Which column of a table holds the classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LabelColumn {
    /// The one called `label`, `labels`, `class` or `target`, if it holds texts or whole numbers.
    #[default]
    ByName,
    /// This one; it is an error if it does not exist or holds no classes.
    Is(Column),
}

/// In which order an array holds the values of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureLayout {
    /// `[channels, height, width]`, as PyTorch stores pictures.
    ChannelsFirst,
    /// `[height, width, channels]`, as most other libraries do.
    ChannelsLast,
}

/// The part of a picture that is kept, about its centre, before it is resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crop {
    /// The largest with the aspect ratio of the configured size; a square where no size is given.
    Center,
    /// This height and width in pixels.
    Size([usize; 2]),
}

/// What the folders of a folder of pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folders {
    /// Each is a class.
    Classes,
    /// They only keep folders short.
    Shards,
}

/// The share of a folder's files that may be no pictures, unless an option says otherwise.
pub const BAD_FILES: f64 = 0.01;

/// How samples are to be read. The default says nothing that a file does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The column of labels, of tables.
    pub label_column: LabelColumn,
    /// Whether the first line of a table names the columns. `None`: it does when none of its fields is a number.
    pub header: Option<bool>,
    /// Names of columns that are left out, of tables.
    pub drop: Vec<String>,
    /// A file of labels. `None`: those that the samples' own file holds, if any. [`read_labels`](crate::read_labels) says what is
    /// read; for pictures it may also name their files: a table of names and labels, or JSON as in `StyleGAN`'s `dataset.json`.
    pub labels: Option<PathBuf>,
    /// The part of pictures that is kept.
    pub crop: Option<Crop>,
    /// Height and width to which pictures are resized, after they were cropped.
    pub size: Option<[usize; 2]>,
    /// Channels of pictures: 1 is grey, 3 RGB; 2 and 4 are these with alpha.
    pub channels: Option<usize>,
    /// The order of the values of arrays of pictures. `None`: channels first where the first size after the rows is 1 or 3, else
    /// channels last where the last one is 1, 3 or 4, else channels first where the first one is 4.
    pub layout: Option<PictureLayout>,
    /// What sub-folders of pictures are. `None`: shards where all names are numbers of the same five digits or more and no
    /// file's name occurs twice, else classes.
    pub folders: Option<Folders>,
    /// The share of a folder's files that may be no pictures and are then skipped. `None`: [`BAD_FILES`].
    pub bad_files: Option<f64>,
    /// The longest side of a picture: larger ones are reduced to it.
    pub longest_side: Option<usize>,
    /// What is taken from each column before it is rounded to single precision. `None`: nothing, unless a column needs it.
    /// The offsets of one set bring another beside it.
    pub offsets: Option<Vec<f64>>,
    /// The names of the columns that `offsets` belong to. `None`: they go by the columns' places.
    pub offset_columns: Option<Vec<String>>,
}
