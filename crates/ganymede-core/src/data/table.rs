//! Points from `.csv` files: a point a line, a coordinate a column, perhaps one column of labels.
//!
//! Lines are split here rather than by a general reader of the format: numbers need no fields that span lines, and
//! an error has to name the line that an editor shows, whatever ends the lines and however many are empty.

use std::io::BufRead;
use std::path::Path;

use super::error::{Cell, DataError};
use super::file::LabelColumn;
use super::samples::{HostBatch, Samples};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// As much of a bad field as an error quotes.
const QUOTED_CHARACTERS: usize = 32;

const NUMBER_REMEDY: &str =
    "expected a number such as 0.5, fields separated by commas, and names of columns in the first line only";
const HEADER_REMEDY: &str =
    "this line mixes numbers and names: set header = true if it names the columns, else repair the number";

/// How a file is to be read.
#[derive(Clone, Copy)]
pub(super) struct CsvOptions<'config> {
    /// The column that holds labels.
    pub(super) label_column: Option<&'config LabelColumn>,
    /// Whether the first line names the columns; `None`: it does when none of its fields is a number.
    pub(super) header: Option<bool>,
}

/// Reads all points, and their labels where a column holds them.
pub(super) fn read_table(
    reader: &mut impl BufRead,
    path: &Path,
    options: CsvOptions<'_>,
) -> Result<HostBatch, DataError> {
    let mut bytes = Vec::new();
    let mut line = 0;
    let mut layout: Option<Layout> = None;
    let mut table = Table { path, values: Vec::new(), labels: Vec::new() };
    loop {
        bytes.clear();
        let length = reader
            .read_until(b'\n', &mut bytes)
            .map_err(|reason| DataError::Unreadable { path: path.to_owned(), reason })?;
        if length == 0 {
            break;
        }
        line += 1;
        let mark = if line == 1 && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let text = bytes[mark..].trim_ascii();
        if text.is_empty() {
            continue;
        }
        match &layout {
            None => {
                let found = Layout::find(text, line, path, options)?;
                if !found.header {
                    table.push(text, line, &found)?;
                }
                layout = Some(found);
            }
            Some(layout) => table.push(text, line, layout)?,
        }
    }
    let empty = || DataError::Empty { path: path.to_owned() };
    let layout = layout.ok_or_else(empty)?;
    let features = layout.fields - usize::from(layout.label.is_some());
    if table.values.is_empty() || features == 0 {
        return Err(empty());
    }
    let samples = Samples { values: table.values, features };
    let labels = match layout.label {
        Some(column) => Some(check_labels(table.labels, samples.rows(), column, path)?),
        None => None,
    };
    Ok(HostBatch { samples, labels })
}

/// What the first row says about all of them.
struct Layout {
    header: bool,
    fields: usize,
    /// Index of the column of labels.
    label: Option<usize>,
}

impl Layout {
    fn find(first: &[u8], line: u64, path: &Path, options: CsvOptions<'_>) -> Result<Self, DataError> {
        let first: Vec<&[u8]> = fields(first).collect();
        let names_label = matches!(options.label_column, Some(LabelColumn::Name(_)));
        let header = match options.header {
            Some(header) => header,
            None => names_label || first.iter().all(|field| parse(field).is_none()),
        };
        let missing = |column: &str, available: String| DataError::LabelColumn {
            path: path.to_owned(),
            column: column.to_owned(),
            available,
        };
        let label = match options.label_column {
            None => None,
            Some(LabelColumn::Index(index)) if *index < first.len() => Some(*index),
            Some(LabelColumn::Index(index)) => {
                let available = format!("the columns 0 to {}", first.len().saturating_sub(1));
                return Err(missing(&index.to_string(), available));
            }
            Some(LabelColumn::Name(name)) => {
                let position = first.iter().position(|field| *field == name.as_bytes());
                let names: Vec<String> = first.iter().take(16).map(|field| format!("{:?}", quote(field))).collect();
                let available =
                    format!("{} in line {line}; a number picks a column by its place, from 0", names.join(", "));
                Some(position.ok_or_else(|| missing(&format!("{name:?}"), available))?)
            }
        };
        Ok(Self { header, fields: first.len(), label })
    }
}

/// What has been read so far.
struct Table<'path> {
    path: &'path Path,
    values: Vec<f32>,
    /// Labels as numbers, with their lines: their range is only known at the end.
    labels: Vec<(f64, u64)>,
}

impl Table<'_> {
    fn push(&mut self, text: &[u8], line: u64, layout: &Layout) -> Result<(), DataError> {
        let found = fields(text).count();
        if found != layout.fields {
            let (path, expected) = (self.path.to_owned(), layout.fields);
            return Err(DataError::Ragged { path, line, expected, found });
        }
        for (index, field) in fields(text).enumerate() {
            let cell = Cell::Field { line, column: index + 1 };
            let Some(number) = parse(field) else {
                let remedy = if self.values.is_empty() && !layout.header { HEADER_REMEDY } else { NUMBER_REMEDY };
                return Err(DataError::NotANumber { path: self.path.to_owned(), cell, text: quote(field), remedy });
            };
            if layout.label == Some(index) {
                self.labels.push((number, line));
                continue;
            }
            let value = number as f32;
            if !value.is_finite() {
                return Err(DataError::NotFinite { path: self.path.to_owned(), cell, value: quote(field) });
            }
            self.values.push(value);
        }
        Ok(())
    }
}

/// Labels as classes below the number of rows.
fn check_labels(labels: Vec<(f64, u64)>, rows: usize, column: usize, path: &Path) -> Result<Vec<usize>, DataError> {
    labels
        .into_iter()
        .map(|(number, line)| {
            if number.fract() == 0.0 && (0.0..rows as f64).contains(&number) {
                return Ok(number as usize);
            }
            Err(DataError::Label {
                path: path.to_owned(),
                cell: Cell::Field { line, column: column + 1 },
                value: number.to_string(),
                maximum: rows - 1,
            })
        })
        .collect()
}

/// The fields of a line, without the spaces and the quotes around them; commas between quotes do not separate.
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    line.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    })
    .map(|field| {
        let field = field.trim_ascii();
        let inner = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
        inner.map_or(field, <[u8]>::trim_ascii)
    })
}

/// A field as a number.
fn parse(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The start of a field, for an error.
fn quote(field: &[u8]) -> String {
    let start = &field[..field.len().min(4 * QUOTED_CHARACTERS)];
    String::from_utf8_lossy(start).chars().take(QUOTED_CHARACTERS).collect()
}
