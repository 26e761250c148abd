//! Arrays from `.npy` files: points in single or double precision, and integer labels.

use std::io::Read;
use std::path::Path;

use super::error::{Cell, DataError};
use super::npy_header::{ElementType, NpyHeader};
use super::samples::Samples;

const POINTS_TYPE: &str = "float32 or float64: save array.astype('float32')";
const POINTS_SHAPE: &str =
    "two dimensions, (points, features): save array.reshape(len(array), -1), which is (n, 1) for single numbers";
const LABELS_TYPE: &str = "integers of 8 to 64 bits: save labels.astype('int64')";
const LABELS_SHAPE: &str = "one dimension, (points,): save labels.ravel(), or labels.argmax(1) if they are one-hot";

/// Elements are read in pieces of this size, so that a file never lies in memory twice.
const PIECE_BYTES: usize = 1 << 16;

/// Reads a two-dimensional array of points from a file of `length` bytes. Nothing is allocated before the declared
/// shape is known to fit into that length.
pub(super) fn read_points(reader: &mut impl Read, length: u64, path: &Path) -> Result<Samples, DataError> {
    let header = read_header(reader, path)?;
    let element =
        accepted(&header, path, POINTS_TYPE, |element| matches!((element.kind, element.bytes), ('f', 4 | 8)))?;
    let [rows, columns] = header.shape[..] else {
        return Err(DataError::NpyShape {
            path: path.to_owned(),
            shape: header.describe_shape(),
            expected: POINTS_SHAPE,
        });
    };
    if rows == 0 || columns == 0 {
        return Err(DataError::Empty { path: path.to_owned() });
    }
    check_size(&header, element, length, path)?;

    let mut values = Vec::with_capacity((rows * columns) as usize);
    for_each_element(reader, rows * columns, element, path, |index, bytes| {
        let value =
            if element.bytes == 4 { f64::from(f32::from_le_bytes(low(bytes))) } else { f64::from_le_bytes(bytes) };
        let single = value as f32;
        if !single.is_finite() {
            let (row, column) =
                if header.fortran_order { (index % rows, index / rows) } else { (index / columns, index % columns) };
            let cell = Cell::Array { row, column };
            return Err(DataError::NotFinite { path: path.to_owned(), cell, value: value.to_string() });
        }
        values.push(single);
        Ok(())
    })?;
    let (rows, columns) = (rows as usize, columns as usize);
    if header.fortran_order {
        values = (0..values.len()).map(|index| values[index % columns * rows + index / columns]).collect();
    }
    Ok(Samples { values, features: columns })
}

/// Reads a one-dimensional array of labels, one for each of `rows` points of the file `points`.
pub(super) fn read_labels(
    reader: &mut impl Read,
    length: u64,
    path: &Path,
    points: &Path,
    rows: usize,
) -> Result<Vec<usize>, DataError> {
    let header = read_header(reader, path)?;
    let element = accepted(&header, path, LABELS_TYPE, |element| {
        matches!((element.kind, element.bytes), ('i' | 'u', 1 | 2 | 4 | 8))
    })?;
    let [labels] = header.shape[..] else {
        return Err(DataError::NpyShape {
            path: path.to_owned(),
            shape: header.describe_shape(),
            expected: LABELS_SHAPE,
        });
    };
    check_size(&header, element, length, path)?;
    if labels != rows as u64 {
        return Err(DataError::LabelCount { path: path.to_owned(), labels, points: points.to_owned(), rows });
    }

    let mut classes = Vec::with_capacity(rows);
    for_each_element(reader, labels, element, path, |index, bytes| {
        let unsigned = u64::from_le_bytes(bytes);
        // The sign bit of a shorter integer has to travel up to the 64th.
        let unused = 64 - 8 * element.bytes;
        let value = match element.kind {
            'u' => i128::from(unsigned),
            _ => i128::from((unsigned << unused) as i64 >> unused),
        };
        match usize::try_from(value) {
            Ok(class) if class < rows => classes.push(class),
            _ => {
                return Err(DataError::Label {
                    path: path.to_owned(),
                    cell: Cell::Element { index },
                    value: value.to_string(),
                    maximum: rows.saturating_sub(1),
                });
            }
        }
        Ok(())
    })?;
    Ok(classes)
}

fn read_header(reader: &mut impl Read, path: &Path) -> Result<NpyHeader, DataError> {
    NpyHeader::read(reader).map_err(|problem| DataError::NpyHeader { path: path.to_owned(), problem })
}

/// The element type, if it is one of those accepted.
fn accepted<'header>(
    header: &'header NpyHeader,
    path: &Path,
    expected: &'static str,
    is_accepted: impl Fn(&ElementType) -> bool,
) -> Result<&'header ElementType, DataError> {
    match &header.element {
        Some(element) if is_accepted(element) => Ok(element),
        other => {
            let found = other.as_ref().map_or("a structured array".to_owned(), ElementType::describe);
            Err(DataError::NpyType { path: path.to_owned(), found, expected })
        }
    }
}

/// Compares what the header declares with the bytes that there are.
fn check_size(header: &NpyHeader, element: &ElementType, length: u64, path: &Path) -> Result<(), DataError> {
    let declared = header
        .shape
        .iter()
        .try_fold(element.bytes as u128, |product, size| product.checked_mul(u128::from(*size)))
        .unwrap_or(u128::MAX);
    let found = length.saturating_sub(header.bytes);
    if declared == u128::from(found) {
        return Ok(());
    }
    Err(DataError::NpySize { path: path.to_owned(), shape: header.describe_shape(), declared, found })
}

/// Hands each element to `visit` with its index, as the low bytes of a little-endian number of 8 bytes.
fn for_each_element(
    reader: &mut impl Read,
    count: u64,
    element: &ElementType,
    path: &Path,
    mut visit: impl FnMut(u64, [u8; 8]) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut piece = vec![0; PIECE_BYTES];
    let piece_elements = (PIECE_BYTES / element.bytes) as u64;
    let mut index = 0;
    while index < count {
        let bytes = (count - index).min(piece_elements) as usize * element.bytes;
        reader
            .read_exact(&mut piece[..bytes])
            .map_err(|reason| DataError::Unreadable { path: path.to_owned(), reason })?;
        for stored in piece[..bytes].chunks_exact(element.bytes) {
            let mut number = [0; 8];
            number[..element.bytes].copy_from_slice(stored);
            if element.big_endian {
                number[..element.bytes].reverse();
            }
            visit(index, number)?;
            index += 1;
        }
    }
    Ok(())
}

/// The low half of 8 bytes.
fn low([a, b, c, d, ..]: [u8; 8]) -> [u8; 4] {
    [a, b, c, d]
}
