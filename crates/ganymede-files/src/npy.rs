//! Arrays from `.npy` files: samples and labels.

use std::io::{self, Read};
use std::path::Path;

use ganymede_samples::Labels;

use crate::array::{ArrayHeader, Doubles, describe_shape};
use crate::classes::{LabelCollector, check_count};
use crate::error::FileError;
use crate::npy_header::{ElementType, NpyHeader};
use crate::options::ReadOptions;
use crate::set::SampleSet;

const SAMPLES_TYPE: &str = "floats of 16 to 64 bits, integers of 8 to 64 bits or bools";
const LABELS_TYPE: &str = "whole numbers, texts or one-hot rows: save labels.astype(str)";
const LABELS_SHAPE: &str = "one text for each sample, (samples,): save labels.ravel()";

/// Reads an array of at least one dimension as a set of samples, from `length` bytes. Nothing is allocated before the
/// declared shape is known to fit into that length.
pub(crate) fn read_samples(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    options: &ReadOptions,
    broken: impl Fn(io::Error) -> FileError,
) -> Result<SampleSet, FileError> {
    let header = read_header(reader, path)?;
    let data = length.saturating_sub(header.bytes);
    let array = array(header, path)?;
    array.check_samples()?;
    array.check_size(data)?;
    array.read_set(reader, options, broken)
}

/// Reads an array of numbers of any shape in double precision, from `length` bytes.
pub(crate) fn read_doubles(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    broken: impl Fn(io::Error) -> FileError,
) -> Result<Doubles, FileError> {
    let header = read_header(reader, path)?;
    let data = length.saturating_sub(header.bytes);
    let array = array(header, path)?;
    array.check_size(data)?;
    array.read_doubles(reader, broken)
}

/// Reads labels of `rows` samples: numbers, texts or one-hot rows.
pub(crate) fn read_labels(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    rows: usize,
    broken: impl Fn(io::Error) -> FileError,
) -> Result<Labels, FileError> {
    let header = read_header(reader, path)?;
    let data = length.saturating_sub(header.bytes);
    if let Some(element) = header.element.as_ref().filter(|element| matches!(element.kind, 'U' | 'S' | 'a')) {
        return read_texts(reader, data, path, &header.shape, element, rows, broken);
    }
    let array = array(header, path).map_err(|error| match error {
        FileError::ElementType { path, found, .. } => {
            FileError::ElementType { path, found, expected: LABELS_TYPE.into() }
        }
        error => error,
    })?;
    array.check_labels(data, rows)?;
    array.read_labels(reader, broken)
}

/// Reads texts of a fixed length: `S` of bytes, `U` of four bytes a letter.
fn read_texts(
    reader: &mut impl Read,
    data: u64,
    path: &Path,
    shape: &[u64],
    element: &ElementType,
    rows: usize,
    broken: impl Fn(io::Error) -> FileError,
) -> Result<Labels, FileError> {
    let wide = element.kind == 'U';
    let width = element.bytes as u128 * if wide { 4 } else { 1 };
    let count = match *shape {
        [count] if width > 0 => count,
        _ => {
            let shape = describe_shape(shape);
            return Err(FileError::Shape { path: path.to_owned(), shape, expected: LABELS_SHAPE });
        }
    };
    let declared = width.saturating_mul(u128::from(count));
    if declared != u128::from(data) {
        let shape = describe_shape(shape);
        return Err(FileError::Size { path: path.to_owned(), shape, declared, found: data });
    }
    check_count(count, rows, path)?;
    let mut labels = LabelCollector::for_rows(rows);
    // No longer than the file.
    let mut text = vec![0; width as usize];
    for _ in 0..count {
        reader.read_exact(&mut text).map_err(&broken)?;
        let letters: Vec<u8> = if wide {
            let code = |bytes: [u8; 4]| {
                if element.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
            };
            let letters = text.chunks_exact(4).map(|bytes| code([bytes[0], bytes[1], bytes[2], bytes[3]]));
            let letters = letters.map(|letter| char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER));
            letters.collect::<String>().trim_end_matches('\0').into()
        } else {
            text.iter().rposition(|byte| *byte != 0).map_or(Vec::new(), |last| text[..=last].to_vec())
        };
        labels.push(&letters);
    }
    Ok(labels.labels())
}

fn read_header(reader: &mut impl Read, path: &Path) -> Result<NpyHeader, FileError> {
    NpyHeader::read(reader).map_err(|problem| FileError::Malformed {
        path: path.to_owned(),
        format: ".npy",
        problem,
        remedy: "write it with numpy.save",
    })
}

/// The array that a header describes, of a type that can be read.
fn array(header: NpyHeader, path: &Path) -> Result<ArrayHeader, FileError> {
    let Some(element) = header.element.as_ref().and_then(ElementType::element) else {
        let found = header.element.as_ref().map_or("a structured array".to_owned(), ElementType::describe);
        let remedy = header.element.as_ref().map_or(
            "save numpy.lib.recfunctions.structured_to_unstructured(array)",
            |element| match element.kind {
                'c' => "save array.real, or array.view('float64') for both parts",
                'U' | 'S' | 'a' => {
                    "as a file of labels such texts are classes; numbers written as text become numbers \
                    with array.astype('float32')"
                }
                'M' | 'm' => "save array.astype('int64')",
                _ => "save array.astype('float32')",
            },
        );
        let expected = format!("{SAMPLES_TYPE}: {remedy}");
        return Err(FileError::ElementType { path: path.to_owned(), found, expected });
    };
    Ok(ArrayHeader {
        place: path.to_owned(),
        shape: header.shape,
        element,
        big_endian: header.element.is_some_and(|element| element.big_endian),
        fortran_order: header.fortran_order,
    })
}
