//! IDX files, the format of the MNIST digits, plain or compressed with gzip.
//!
//! Format: two zero bytes, a byte for the type of the elements, a byte for the number of dimensions, a size of four bytes
//! for each dimension, and the elements with the last index running fastest; all numbers big-endian. (Source: "The MNIST
//! database of handwritten digits", the section "The IDX file format".)

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use ganymede_samples::Labels;

use crate::array::ArrayHeader;
use crate::classes::check_count;
use crate::element::{Element, IntegerWidth};
use crate::error::{FileError, one_line, unreadable};
use crate::gzip;
use crate::options::ReadOptions;
use crate::set::SampleSet;

/// Bytes before the sizes, and bytes of a size.
const PIECE_BYTES: usize = 4;

/// Reads an array of at least one dimension, the first of which counts the samples, from a file of `length` bytes. Nothing is allocated before the declared sizes are known to be met.
pub(crate) fn read_samples(
    file: BufReader<File>,
    length: u64,
    path: &Path,
    options: &ReadOptions,
) -> Result<SampleSet, FileError> {
    let file = IdxFile::open(file, length, path)?;
    file.header.check_samples()?;
    file.read(|header, mut elements, broken| header.read_set(&mut elements, options, broken))
}

/// Reads labels of `rows` samples: a one-dimensional array of numbers, or one-hot rows.
pub(crate) fn read_labels(file: BufReader<File>, length: u64, path: &Path, rows: usize) -> Result<Labels, FileError> {
    let file = IdxFile::open(file, length, path)?;
    let labels = file.header.labels()?;
    file.read(|header, mut elements, broken| {
        check_count(labels, rows, path)?;
        header.read_labels(&mut elements, broken)
    })
}

/// An open file whose header has been read.
struct IdxFile {
    file: BufReader<File>,
    length: u64,
    is_gzip: bool,
    header: ArrayHeader,
    header_bytes: u64,
}

impl IdxFile {
    fn open(mut file: BufReader<File>, length: u64, path: &Path) -> Result<Self, FileError> {
        let is_gzip = gzip::is_gzip(&mut file, path)?;
        let (header, header_bytes) = if is_gzip {
            read_header(&mut gzip::inflate(&mut file, path)?, path)?
        } else {
            read_header(&mut file, path)?
        };
        Ok(Self { file, length, is_gzip, header, header_bytes })
    }

    /// Lets `read` read the elements after checking that their number is what the header declares.
    fn read<T>(
        mut self,
        read: impl FnOnce(&ArrayHeader, &mut dyn Read, &dyn Fn(std::io::Error) -> FileError) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let path = &self.header.place;
        if !self.is_gzip {
            self.header.check_size(self.length.saturating_sub(self.header_bytes))?;
            return read(&self.header, &mut self.file, &unreadable(path));
        }
        gzip::check_size(&mut self.file, self.length, &self.header, self.header_bytes)?;
        let mut contents = gzip::inflate(&mut self.file, path)?;
        read_header(&mut contents, path)?;
        read(&self.header, &mut contents, &|error| gzip::broken(path, error))
    }
}

/// Reads a header, and returns the number of its bytes with it.
fn read_header(reader: &mut impl Read, path: &Path) -> Result<(ArrayHeader, u64), FileError> {
    let refuse = |problem: String| FileError::Malformed {
        path: path.to_owned(),
        format: "IDX",
        problem,
        remedy: "write or download it again",
    };
    let mut fill = |bytes: &mut [u8]| {
        reader.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => refuse("it ends within its header".to_owned()),
            _ => refuse(format!("its header cannot be read: {}", one_line(error))),
        })
    };
    let mut start = [0; PIECE_BYTES];
    fill(&mut start)?;
    let [0, 0, element, rank] = start else {
        let [first, second, ..] = start;
        let found = format!("it starts with the bytes {first:#04x} {second:#04x}");
        return Err(refuse(format!("{found}, neither two zero bytes nor those of gzip")));
    };
    let known = "0x08, 0x09, 0x0b, 0x0c, 0x0d and 0x0e are known";
    let element = element_of(element).ok_or_else(|| refuse(format!("its type {element:#04x} is unknown ({known})")))?;
    let mut shape = Vec::with_capacity(usize::from(rank));
    for _ in 0..rank {
        let mut size = [0; PIECE_BYTES];
        fill(&mut size)?;
        shape.push(u64::from(u32::from_be_bytes(size)));
    }
    let bytes = PIECE_BYTES * (1 + shape.len());
    let header = ArrayHeader { place: path.to_owned(), shape, element, big_endian: true, fortran_order: false };
    Ok((header, bytes as u64))
}

fn element_of(code: u8) -> Option<Element> {
    Some(match code {
        0x08 => Element::Unsigned(IntegerWidth::One),
        0x09 => Element::Signed(IntegerWidth::One),
        0x0b => Element::Signed(IntegerWidth::Two),
        0x0c => Element::Signed(IntegerWidth::Four),
        0x0d => Element::Float32,
        0x0e => Element::Float64,
        _ => return None,
    })
}
