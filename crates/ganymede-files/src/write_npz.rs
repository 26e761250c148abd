//! Named arrays into one `.npz` file.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rawzip::ZipArchiveWriter;
use rawzip::path::ZipFilePath;
use rawzip::time::UtcDateTime;

use crate::array::{MAXIMUM_RANK, describe_shape};
use crate::error::FileError;
use crate::write::{write, write_header};

/// The earliest time that a zip archive can hold, 1980-01-01: a fixed time, so that the same arrays make the same file.
pub(crate) const WRITTEN_AT: i64 = 315_532_800;

/// An array of an `.npz` file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NpzArray<'values> {
    /// Numbers in C order, the last index running fastest; written as `float32`.
    Floats {
        /// As many as the product of `shape`.
        values: &'values [f32],
        /// The size of each dimension, as `[rows, features]`.
        shape: &'values [usize],
    },
    /// The same in double precision; written as `float64`.
    Doubles {
        /// As many as the product of `shape`.
        values: &'values [f64],
        /// The size of each dimension.
        shape: &'values [usize],
    },
    /// Classes; written as `int64` of one dimension, which [`read_labels`](crate::read_labels) reads.
    Labels(&'values [usize]),
    /// A text; its UTF-8 bytes are written as `uint8` of one dimension, from which `bytes(array).decode()` makes it again.
    Text(&'values str),
}

impl NpzArray<'_> {
    fn shape(&self) -> Vec<u64> {
        match self {
            Self::Floats { shape, .. } | Self::Doubles { shape, .. } => shape.iter().map(|size| *size as u64).collect(),
            Self::Labels(labels) => vec![labels.len() as u64],
            Self::Text(text) => vec![text.len() as u64],
        }
    }

    fn is_sound(&self) -> bool {
        let (count, shape) = match self {
            Self::Floats { values, shape } => (values.len(), shape),
            Self::Doubles { values, shape } => (values.len(), shape),
            Self::Labels(_) | Self::Text(_) => return true,
        };
        let elements = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        shape.len() <= MAXIMUM_RANK && elements == Some(count)
    }

    /// Writes the array as an `.npy` file.
    fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let shape = describe_shape(&self.shape());
        match self {
            Self::Floats { values, .. } => {
                write_header(file, "<f4", &shape)?;
                values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
            }
            Self::Doubles { values, .. } => {
                write_header(file, "<f8", &shape)?;
                values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
            }
            Self::Labels(labels) => {
                write_header(file, "<i8", &shape)?;
                labels.iter().try_for_each(|label| file.write_all(&(*label as i64).to_le_bytes()))
            }
            Self::Text(text) => {
                write_header(file, "|u1", &shape)?;
                file.write_all(text.as_bytes())
            }
        }
    }
}

/// Writes named arrays, uncompressed and in that order, into a file that `numpy.load` and this crate read back unchanged.
/// It takes its place once it is complete. The same arrays make the same bytes.
///
/// # Errors
///
/// When the file cannot be written.
///
/// # Panics
///
/// When a shape has more than 64 dimensions or its elements and the values differ in number; when a name is empty, the
/// same as another or longer than 1,024 bytes, or is changed as a path inside an archive, as `a//b`, `a:b` and `../a` are.
pub fn write_npz(path: &Path, arrays: &[(&str, NpzArray<'_>)]) -> Result<(), FileError> {
    let mut names = HashSet::new();
    for (name, array) in arrays {
        assert!(is_name(name) && names.insert(*name), "{name:?} cannot name one of these arrays");
        assert!(array.is_sound(), "the values of {name:?} do not make the shape {:?}", array.shape());
    }
    write(path, |file| write_archive(file, arrays))
}

fn is_name(name: &str) -> bool {
    const LONGEST: usize = 1024;
    !name.is_empty() && name.len() <= LONGEST && ZipFilePath::from_str(&file_name(name)).as_str() == file_name(name)
}

fn file_name(name: &str) -> String {
    format!("{name}.npy")
}

fn write_archive(file: &mut BufWriter<File>, arrays: &[(&str, NpzArray<'_>)]) -> io::Result<()> {
    let mut archive = ZipArchiveWriter::new(file);
    for (name, array) in arrays {
        let entry = archive.new_file(file_name(name)).last_modified(UtcDateTime::from_unix(WRITTEN_AT));
        let (mut entry, options) = entry.start().map_err(io::Error::other)?;
        // The checksum is quick on long pieces only.
        let mut contents = BufWriter::new(options.wrap(&mut entry));
        array.write(&mut contents)?;
        let (_, written) = contents.into_inner()?.finish().map_err(io::Error::other)?;
        entry.finish(written).map_err(io::Error::other)?;
    }
    archive.finish().map_err(io::Error::other)?;
    Ok(())
}
