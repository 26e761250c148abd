//! Arrays from `.npy` files: samples, points in single or double precision, and integer labels.

use std::io::{self, Read};
use std::path::Path;

use crate::array::{ArrayHeader, describe_shape, unreadable};
use crate::element::Element;
use crate::error::FileError;
use crate::labels::Classes;
use crate::npy_header::{ElementType, NpyHeader};
use crate::sample_set::SampleSet;
use crate::samples::Samples;

const SAMPLES_TYPE: &str = "floats of 16 to 64 bits or integers of 8 to 64 bits: save array.astype('float32')";
const POINTS_TYPE: &str = "float32 or float64: save array.astype('float32')";
const POINTS_SHAPE: &str =
    "two dimensions, (points, features): save array.reshape(len(array), -1), which is (n, 1) for single numbers";
const LABELS_TYPE: &str = "integers of 8 to 64 bits: save labels.astype('int64')";

/// Reads an array of at least one dimension as a set of samples, from `length` bytes. Nothing is allocated before the
/// declared shape is known to fit into that length.
pub(crate) fn read_samples(reader: &mut impl Read, length: u64, path: &Path) -> Result<SampleSet, FileError> {
    read_set(reader, length, path, unreadable(path))
}

/// [`read_samples`] from a reader whose failures `broken` explains.
pub(crate) fn read_set(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    broken: impl Fn(io::Error) -> FileError,
) -> Result<SampleSet, FileError> {
    let (header, data) = read_header(reader, length, path, SAMPLES_TYPE, |_| true)?;
    header.check_rank()?;
    header.check_some()?;
    header.check_size(data)?;
    header.read_set(reader, broken)
}

/// Reads a two-dimensional array of points in single or double precision from a file of `length` bytes.
pub(crate) fn read_points(reader: &mut impl Read, length: u64, path: &Path) -> Result<Samples, FileError> {
    let is_accepted = |element| matches!(element, Element::Float32 | Element::Float64);
    let (header, data) = read_header(reader, length, path, POINTS_TYPE, is_accepted)?;
    if header.shape.len() != 2 {
        let (path, shape) = (path.to_owned(), describe_shape(&header.shape));
        return Err(FileError::Shape { path, shape, expected: POINTS_SHAPE });
    }
    header.check_some()?;
    header.check_size(data)?;
    header.read_samples(reader, unreadable(path))
}

/// Reads a one-dimensional array of labels.
pub(crate) fn read_labels(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    classes: &Classes<'_>,
) -> Result<Vec<usize>, FileError> {
    read_classes(reader, length, path, classes, unreadable(path))
}

/// [`read_labels`] from a reader whose failures `broken` explains.
pub(crate) fn read_classes(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    classes: &Classes<'_>,
    broken: impl Fn(io::Error) -> FileError,
) -> Result<Vec<usize>, FileError> {
    let is_accepted = |element| matches!(element, Element::Unsigned(_) | Element::Signed(_));
    let (header, data) = read_header(reader, length, path, LABELS_TYPE, is_accepted)?;
    header.check_labels(data, classes)?;
    header.read_labels(reader, classes, broken)
}

/// Reads a header whose element type is accepted, and tells how many bytes follow it.
fn read_header(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    expected: &'static str,
    is_accepted: impl Fn(Element) -> bool,
) -> Result<(ArrayHeader, u64), FileError> {
    let header = NpyHeader::read(reader).map_err(|problem| FileError::Malformed {
        path: path.to_owned(),
        format: ".npy",
        problem,
        remedy: "write it with numpy.save",
    })?;
    let element = header.element.as_ref().and_then(ElementType::element).filter(|element| is_accepted(*element));
    let Some(element) = element else {
        let found = header.element.as_ref().map_or("a structured array".to_owned(), ElementType::describe);
        return Err(FileError::ElementType { path: path.to_owned(), found, expected });
    };
    let array = ArrayHeader {
        place: path.to_owned(),
        shape: header.shape,
        element,
        big_endian: header.element.is_some_and(|element| element.big_endian),
        fortran_order: header.fortran_order,
    };
    Ok((array, length.saturating_sub(header.bytes)))
}
