//! Arrays of any shape, read element by element from whatever holds them.

use std::io::{self, Read};
use std::path::PathBuf;

use ganymede_samples::{Labels, Samples, Shape, Values};

use crate::cell::Cell;
use crate::classes::{LabelCollector, check_count};
use crate::element::{Element, IntegerWidth};
use crate::error::FileError;
use crate::offsets::{Ranges, describe};
use crate::options::{PictureLayout, ReadOptions};
use crate::set::{Numbers, SampleSet};

/// Elements are read in pieces of this size, so that a file never lies in memory twice.
const PIECE_BYTES: usize = 1 << 16;

/// The most dimensions of an array; numpy's own limit.
pub(crate) const MAXIMUM_RANK: usize = 64;

const SAMPLES_SHAPE: &str =
    "one to 64 dimensions, of which the first counts the samples: save array.reshape(len(array), -1)";
const LABELS_SHAPE: &str =
    "one label for each sample, (samples,), or one-hot rows, (samples, classes): save the labels alone";
const ONE_HOT: &str = "expected one 1 and else 0 in each row of one-hot labels: save labels.argmax(1)";

/// An array of numbers in double precision.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubles {
    /// In C order, the last index running fastest.
    pub values: Vec<f64>,
    /// The size of each dimension.
    pub shape: Vec<usize>,
}

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

    /// Bytes of the elements that the header declares; the largest number if they overflow.
    pub(crate) fn declared_bytes(&self) -> u128 {
        let bytes = self.element.bytes() as u128;
        product(&self.shape).and_then(|elements| elements.checked_mul(bytes)).unwrap_or(u128::MAX)
    }

    /// A set of samples has at least one dimension, and holds something.
    pub(crate) fn check_samples(&self) -> Result<(), FileError> {
        let path = self.place.clone();
        if !(1..=MAXIMUM_RANK).contains(&self.shape.len()) {
            return Err(FileError::Shape { path, shape: describe_shape(&self.shape), expected: SAMPLES_SHAPE });
        }
        if self.shape.contains(&0) { Err(FileError::Empty { path }) } else { Ok(()) }
    }

    /// Reads the elements as a set of samples: the first dimension counts them. The size must have been checked.
    pub(crate) fn read_set(
        &self,
        reader: &mut impl Read,
        options: &ReadOptions,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<SampleSet, FileError> {
        let (shape, places) = self.sample_shape(options.layout);
        let mut report = Vec::new();
        let (mut values, numbers, offsets) = if self.element == Element::Unsigned(IntegerWidth::One) {
            report.push("bytes were taken for pixels: 0 to 255 became -1 to 1".to_owned());
            (Values::Bytes(self.read_bytes(reader, broken)?), Numbers::Bytes, Vec::new())
        } else {
            let (values, offsets) = self.read_floats(reader, options.offsets.as_deref(), broken)?;
            let is_whole = self.element.integer([0; 8]).is_some();
            (Values::Floats(values), if is_whole { Numbers::Whole } else { Numbers::Real }, offsets)
        };
        if let Some(places) = places {
            values.reorder(&places);
            report.push("channels were moved from before the pixels to behind them".to_owned());
        }
        if self.element == Element::Float64 {
            report.push("double precision was rounded to single".to_owned());
        }
        report.extend(describe(&offsets, None));
        Ok(SampleSet { offsets, report, ..SampleSet::new(Samples::new(values, shape), numbers) })
    }

    /// The shape of one sample, and the places of its values where they are stored channels first.
    fn sample_shape(&self, layout: Option<PictureLayout>) -> (Shape, Option<Vec<usize>>) {
        let sizes: Vec<usize> = self.shape[1..].iter().map(|size| *size as usize).collect();
        match sizes[..] {
            [height, width] => (Shape { channels: 1, height, width }, None),
            [first, middle, last] => {
                let layout = layout.or(match (first, last) {
                    (1 | 3, _) => Some(PictureLayout::ChannelsFirst),
                    (_, 1 | 3 | 4) => Some(PictureLayout::ChannelsLast),
                    (4, _) => Some(PictureLayout::ChannelsFirst),
                    _ => None,
                });
                match layout {
                    Some(PictureLayout::ChannelsFirst) => {
                        let shape = Shape { channels: first, height: middle, width: last };
                        (shape, (first > 1 && shape.pixels() > 1).then(|| shape.channels_first()))
                    }
                    Some(PictureLayout::ChannelsLast) => (Shape { channels: last, height: first, width: middle }, None),
                    None => (Shape::point(first * middle * last), None),
                }
            }
            _ => (Shape::point(sizes.iter().product()), None),
        }
    }

    fn read_bytes(
        &self,
        reader: &mut impl Read,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::with_capacity(self.elements());
        self.for_each(reader, broken, |_, number| {
            bytes.push(number[0]);
            Ok(())
        })?;
        Ok(self.in_c_order(bytes))
    }

    /// Reads numbers, each of them finite, and reports what was subtracted from the columns. Without the option, offsets that
    /// columns need are only reported.
    fn read_floats(
        &self,
        reader: &mut impl Read,
        offsets: Option<&[f64]>,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<(Vec<f32>, Vec<f64>), FileError> {
        let count = self.elements();
        let columns = count / self.shape[0] as usize;
        let taken = offsets.filter(|offsets| offsets.len() == columns);
        let is_matrix = self.shape.len() <= 2;
        let mut ranges = (is_matrix && self.element.is_wide() && offsets.is_none()).then(|| Ranges::new(columns));
        let mut values = Vec::with_capacity(count);
        self.for_each(reader, broken, |index, bytes| {
            let mut value = self.element.value(bytes);
            let column =
                if self.fortran_order { index as usize / self.shape[0] as usize } else { index as usize % columns };
            if let Some(ranges) = &mut ranges {
                ranges.add(column, value);
            }
            if let Some(taken) = taken.filter(|_| is_matrix) {
                value -= taken[column];
            }
            let single = value as f32;
            if !single.is_finite() {
                let cell = Cell::Element { index: self.unravel(index) };
                return Err(FileError::NotFinite { path: self.place.clone(), cell, value: short(value) });
            }
            values.push(single);
            Ok(())
        })?;
        let needed = ranges.and_then(|ranges| ranges.offsets()).unwrap_or_default();
        let taken = taken.filter(|_| is_matrix).map_or(needed, <[f64]>::to_vec);
        Ok((self.in_c_order(values), taken))
    }

    /// Reads the elements as they are, each of them finite. The size must have been checked.
    pub(crate) fn read_doubles(
        &self,
        reader: &mut impl Read,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<Doubles, FileError> {
        let mut values = Vec::with_capacity(self.elements());
        self.for_each(reader, broken, |index, bytes| {
            let value = self.element.value(bytes);
            if !value.is_finite() {
                let cell = Cell::Element { index: self.unravel(index) };
                return Err(FileError::NotFinite { path: self.place.clone(), cell, value: short(value) });
            }
            values.push(value);
            Ok(())
        })?;
        Ok(Doubles { values: self.in_c_order(values), shape: self.shape.iter().map(|size| *size as usize).collect() })
    }

    /// Labels have one dimension, an entry for each sample, or are one-hot rows.
    pub(crate) fn check_labels(&self, found: u64, rows: usize) -> Result<(), FileError> {
        let labels = self.labels()?;
        self.check_size(found)?;
        check_count(labels, rows, &self.place)
    }

    /// How many labels an array declares, which has one dimension, or one-hot rows.
    pub(crate) fn labels(&self) -> Result<u64, FileError> {
        match self.shape[..] {
            [labels] => Ok(labels),
            [labels, columns] if columns > 0 => Ok(labels),
            _ => {
                let (path, shape) = (self.place.clone(), describe_shape(&self.shape));
                Err(FileError::Shape { path, shape, expected: LABELS_SHAPE })
            }
        }
    }

    /// Reads the elements as classes. The size must have been checked.
    pub(crate) fn read_labels(
        &self,
        reader: &mut impl Read,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<Labels, FileError> {
        if let [rows, columns] = self.shape[..]
            && columns > 1
        {
            return self.read_one_hot(reader, rows, columns, broken);
        }
        let mut labels = LabelCollector::for_rows(self.elements());
        self.for_each(reader, broken, |index, bytes| {
            let cell = || Cell::Element { index: vec![index] };
            match self.element.integer(bytes) {
                Some(integer) => labels.push(integer.to_string().as_bytes()),
                None => labels.push_number(self.element.value(bytes), &self.place, cell)?,
            }
            Ok(())
        })?;
        Ok(labels.labels())
    }

    /// Reads rows of which each has a 1 at its class.
    fn read_one_hot(
        &self,
        reader: &mut impl Read,
        rows: u64,
        columns: u64,
        broken: impl Fn(io::Error) -> FileError,
    ) -> Result<Labels, FileError> {
        let mut classes: Vec<Option<u64>> = vec![None; rows as usize];
        let refuse = |index: Vec<u64>, value: String| {
            let cell = Cell::Element { index };
            FileError::Label { path: self.place.clone(), cell, value, remedy: ONE_HOT }
        };
        self.for_each(reader, broken, |index, bytes| {
            let index = self.unravel(index);
            let value = self.element.value(bytes);
            let class = &mut classes[index[0] as usize];
            if value.total_cmp(&1.0).is_eq() && class.is_none() {
                *class = Some(index[1]);
            } else if value != 0.0 {
                return Err(refuse(index, value.to_string()));
            }
            Ok(())
        })?;
        if let Some(row) = classes.iter().position(Option::is_none) {
            return Err(refuse(vec![row as u64, 0], "no 1 in this row".to_owned()));
        }
        let names = (0..columns).map(|class| class.to_string()).collect();
        Ok(Labels { classes: classes.into_iter().flatten().map(|class| class as usize).collect(), names })
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

    /// Elements as they stand in the file, with the last index running fastest.
    fn in_c_order<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        if self.fortran_order && self.shape.len() > 1 { c_order(&values, &self.shape) } else { values }
    }
}

/// A number in a few letters.
fn short(value: f64) -> String {
    if value.is_finite() { format!("{value:e}") } else { value.to_string() }
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
fn c_order<T: Copy>(values: &[T], shape: &[u64]) -> Vec<T> {
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
