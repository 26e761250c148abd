#![doc = include_str!("../README.md")]

mod archive;
mod array;
mod cell;
mod decode;
mod element;
mod error;
mod fields;
mod gzip;
mod idx;
mod inflate;
mod keys;
mod labels;
mod npy;
mod npy_header;
mod open;
mod picture;
mod pictures;
mod points;
mod sample_set;
mod samples;
mod table;
mod tensors;
mod write;
mod write_npz;

pub use self::cell::Cell;
pub use self::error::FileError;
pub use self::labels::{MAXIMUM_LABEL, read_labels};
pub use self::picture::{Picture, PictureLayout};
pub use self::points::{CsvColumn, CsvOptions, PointsFormat, read_point_labels, read_points, read_points_with};
pub use self::sample_set::{SampleSet, read_samples};
pub use self::samples::{HostBatch, SampleShape, Samples};
pub use self::write::{PARTIAL, replace, write_csv, write_npy, write_npy_labels};
pub use self::write_npz::{NpzArray, write_npz};
