#![doc = include_str!("../README.md")]

mod archive;
mod array;
mod cell;
mod cifar;
mod classes;
mod container;
mod element;
mod error;
mod fit;
mod gzip;
mod idx;
mod inflate;
mod keys;
mod kind;
mod npy;
mod npy_header;
mod offsets;
mod options;
mod pair;
mod path;
mod pictures;
mod read;
mod set;
mod table;
mod tensors;
mod write;
mod write_npz;

pub use self::cell::Cell;
pub use self::classes::describe_classes;
pub use self::error::FileError;
pub use self::options::{BAD_FILES, Column, Crop, Folders, LabelColumn, PictureLayout, ReadOptions};
pub use self::pair::{Doubt, PairError, Paired, pair};
pub use self::read::{read_labels, read_samples};
pub use self::set::{Numbers, SampleSet};
pub use self::write::{PARTIAL, replace, write_csv, write_npy, write_npy_labels};
pub use self::write_npz::{NpzArray, write_npz};
