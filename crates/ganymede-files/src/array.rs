//! Arrays of any shape, read element by element from whatever holds them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cell::Cell;
use crate::element::Element;
use crate::error::FileError;
use crate::labels::Classes;
use crate::picture::Picture;
use crate::sample_set::SampleSet;
use crate::samples::Samples;

/// Elements are read in pieces of this size, so that a file never lies in memory twice.
const PIECE_BYTES: usize = 1 << 16;

/// The most dimensions of an array; numpy's own limit.
pub(crate) const MAXIMUM_RANK: usize = 64;

const SAMPLES_SHAPE: &str =
    "one to 64 dimensions, of which the first counts the samples: save array.reshape(len(array), -1)";
const LABELS_SHAPE: &str = "one dimension, (points,): save labels.ravel(), or labels.argmax(1) if they are one-hot";

/// What the header of an array says.
#[derive(Clone, Debug)]
pub(crate) struct ArrayHeader {
    /// Where it stands, for errors.
    pub(crate) place: PathBuf,
    pub(crate) shape: Vec<u64>,
    pub(crate) element: Element,
    pub(crate) big_endian: bool,
    pub(crate) fortran_order: bool,
}

impl ArrayHeader {
    /// Compares the declared size with the bytes that there are. Every array passes here before anything is allocated for
    /// its elements.
    pub(crate) fn check_size(&self, found: u64) -> Result<(), FileError> {
        let declared = self.declared_bytes();
        if declared == u128::from(found) {
            return Ok(());
        }
        let (path, shape) = (self.place.clone(), describe_shape(&self.shape));
        Err(FileError::Size { path, shape, declared, found })
    }

    /// Bytes of the elements that the header declares, or as many as a number can say.
    pub(crate) fn declared_bytes(&self) -> u128 {
        let bytes = self.element.bytes() as u128;
        product(&self.shape).and_then(|elements| elements.checked_mul(bytes)).unwrap_or(u128::MAX)
    }

    /// An array without elements, of at least one dimension, is a set without points.
    pub(crate) fn check_some(&self) -> Result<(), FileError> {
        if self.shape.contains(&0) { Err(FileError::Empty { path: self.place.clone() }) } else { Ok(()) }
    }

    /// Reads the elements as rows of the first dimension. The size must have been checked.
    pub(crate) fn read_samples(
        &self,
        reader: &mut impl Read,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<Samples, FileError> {
        let count = self.elements();
        let mut values = Vec::with_capacity(count);
        self.for_each(reader, broken, |index, bytes| {
            let value = self.element.value(bytes);
            let single = value as f32;
            if !single.is_finite() {
                let cell = Cell::Element { index: self.unravel(index) };
                return Err(FileError::NotFinite { path: self.place.clone(), cell, value: value.to_string() });
            }
            values.push(single);
            Ok(())
        })?;
        if self.fortran_order && self.shape.len() > 1 {
            values = c_order(&values, &self.shape);
        }
        Ok(Samples { values, features: count / self.shape[0] as usize })
    }

    /// Reads the elements as a set of samples: the first dimension counts them.
    pub(crate) fn read_set(
        &self,
        reader: &mut impl Read,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<SampleSet, FileError> {
        let samples = self.read_samples(reader, broken)?;
        let mut shape: Vec<usize> = self.shape[1..].iter().map(|size| *size as usize).collect();
        if shape.is_empty() {
            shape.push(1);
        }
        let picture = Picture::of(&shape);
        Ok(SampleSet { samples, labels: None, shape, picture })
    }

    /// A set of samples has at least one dimension.
    pub(crate) fn check_rank(&self) -> Result<(), FileError> {
        if (1..=MAXIMUM_RANK).contains(&self.shape.len()) {
            return Ok(());
        }
        let (path, shape) = (self.place.clone(), describe_shape(&self.shape));
        Err(FileError::Shape { path, shape, expected: SAMPLES_SHAPE })
    }

    /// Labels have one dimension, of as many as there are points.
    pub(crate) fn check_labels(&self, found: u64, classes: &Classes<'_>) -> Result<(), FileError> {
        let labels = self.labels()?;
        self.check_size(found)?;
        classes.check_count(labels, &self.place)
    }

    /// How many labels an array declares, which then has one dimension.
    pub(crate) fn labels(&self) -> Result<u64, FileError> {
        let [labels] = self.shape[..] else {
            let (path, shape) = (self.place.clone(), describe_shape(&self.shape));
            return Err(FileError::Shape { path, shape, expected: LABELS_SHAPE });
        };
        Ok(labels)
    }

    /// Reads the elements as classes. The size must have been checked, and the type be one of integers.
    pub(crate) fn read_labels(
        &self,
        reader: &mut impl Read,
        classes: &Classes<'_>,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<Vec<usize>, FileError> {
        let mut labels = Vec::with_capacity(self.elements());
        self.for_each(reader, broken, |index, bytes| {
            let value = self.element.integer(bytes).unwrap_or(-1);
            let cell = || Cell::Element { index: vec![index] };
            labels.push(classes.check(value, &self.place, cell)?);
            Ok(())
        })?;
        Ok(labels)
    }

    /// Number of elements; the size was checked, so that it fits.
    fn elements(&self) -> usize {
        self.shape.iter().map(|size| *size as usize).product()
    }

    /// The indices of the element at a place in the file.
    fn unravel(&self, place: u64) -> Vec<u64> {
        let mut index = vec![0; self.shape.len()];
        let mut rest = place;
        let fastest_first = |axis| if self.fortran_order { axis } else { self.shape.len() - 1 - axis };
        for axis in (0..self.shape.len()).map(fastest_first) {
            index[axis] = rest % self.shape[axis];
            rest /= self.shape[axis];
        }
        index
    }

    /// Hands each element to `visit` with its index, as the low bytes of a little-endian number of 8 bytes.
    fn for_each(
        &self,
        reader: &mut impl Read,
        broken: impl Fn(io::Error) -> FileError,
        mut visit: impl FnMut(u64, [u8; 8]) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let (count, width) = (self.elements() as u64, self.element.bytes());
        let piece_elements = (PIECE_BYTES / width) as u64;
        let mut piece = vec![0; count.min(piece_elements) as usize * width];
        let mut index = 0;
        while index < count {
            let bytes = (count - index).min(piece_elements) as usize * width;
            reader.read_exact(&mut piece[..bytes]).map_err(&broken)?;
            for stored in piece[..bytes].chunks_exact(width) {
                let mut number = [0; 8];
                number[..width].copy_from_slice(stored);
                if self.big_endian {
                    number[..width].reverse();
                }
                visit(index, number)?;
                index += 1;
            }
        }
        Ok(())
    }
}

/// What an interrupted read of a plain file means.
pub(crate) fn unreadable(path: &Path) -> impl Fn(io::Error) -> FileError + '_ {
    |reason| FileError::Unreadable { path: path.to_owned(), reason }
}

/// Elements of an array, unless there are too many to count.
pub(crate) fn product(shape: &[u64]) -> Option<u128> {
    shape.iter().try_fold(1_u128, |product, size| product.checked_mul(u128::from(*size)))
}

/// A shape as numpy prints it: `(3,)`, `(3, 2)`.
pub(crate) fn describe_shape(shape: &[u64]) -> String {
    match shape {
        [rows] => format!("({rows},)"),
        shape => format!("({})", shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// The elements of an array in Fortran order, whose first index runs fastest, with the last index running fastest.
fn c_order(values: &[f32], shape: &[u64]) -> Vec<f32> {
    let mut strides = vec![1; shape.len()];
    for axis in 1..shape.len() {
        strides[axis] = strides[axis - 1] * shape[axis - 1] as usize;
    }
    let mut index = vec![0; shape.len()];
    let mut place = 0;
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        ordered.push(values[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < shape[axis] as usize {
                break;
            }
            place -= strides[axis] * index[axis];
            index[axis] = 0;
        }
    }
    ordered
}
