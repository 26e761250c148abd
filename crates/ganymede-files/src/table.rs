//! Samples from `.csv` files: a sample a line, a value a column, perhaps one column of labels.
//!
//! Lines are split here rather than by a general reader of the format: numbers need no fields that span lines, and
//! an error has to name the line that an editor shows, whatever ends the lines and however many are empty.

use std::io::BufRead;
use std::path::Path;

use crate::cell::Cell;
use crate::error::FileError;
use crate::fields::{fields, parse, quote};
use crate::keys;
use crate::labels::Classes;
use crate::points::CsvColumn;
use crate::samples::{HostBatch, Samples};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// As many columns as an error lists.
const LISTED: usize = 16;

const NUMBER_REMEDY: &str =
    "expected a number such as 0.5, fields separated by commas, and names of columns in the first line only";
const HEADER_REMEDY: &str = "this line mixes numbers and names: name all columns in it, or none";
const CONFIGURED_HEADER_REMEDY: &str =
    "this line mixes numbers and names: set header = true if it names the columns, else repair the number";

/// How a file is to be read.
#[derive(Clone, Copy)]
pub(crate) struct TableOptions<'name> {
    /// The column that holds labels.
    pub(crate) label: LabelChoice<'name>,
    /// Whether the first line names the columns; `None`: it does when none of its fields is a number.
    pub(crate) header: Option<bool>,
    /// Whether a configuration says how: labels are then below the number of rows, rather than below a fixed limit, and
    /// errors may ask for its keys.
    pub(crate) configured: bool,
}

/// Which column holds labels.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum LabelChoice<'name> {
    None,
    /// This one; it is an error if it does not exist.
    Column(CsvColumn<'name>),
    /// The one that the first line calls so, if there is one.
    IfNamed,
    /// The one that the first line calls so, or else the only one; the others are not looked at.
    Alone,
}

/// Reads all samples, and their labels where a column holds them.
pub(crate) fn read_table(
    reader: &mut impl BufRead,
    path: &Path,
    options: TableOptions<'_>,
) -> Result<HostBatch, FileError> {
    let empty = || FileError::Empty { path: path.to_owned() };
    let (layout, table) = read_lines(reader, path, options)?.ok_or_else(empty)?;
    let features = layout.fields - usize::from(layout.label.is_some());
    if table.values.is_empty() || features == 0 {
        return Err(empty());
    }
    let (labels, values) = (table.labels, table.values);
    let samples = Samples { values, features };
    let rows = samples.rows();
    let classes = if options.configured { Classes::below_rows(rows, None) } else { Classes::any(rows) };
    let labels = layout.label.map(|column| labels.into_classes(&classes, column, path)).transpose()?;
    Ok(HostBatch { samples, labels })
}

/// Reads the labels alone.
pub(crate) fn read_labels(
    reader: &mut impl BufRead,
    path: &Path,
    classes: &Classes<'_>,
) -> Result<Vec<usize>, FileError> {
    let options = TableOptions { label: LabelChoice::Alone, header: None, configured: false };
    let found = read_lines(reader, path, options)?;
    let Some((Layout { label: Some(column), .. }, Table { labels, .. })) = found else {
        return Err(FileError::Empty { path: path.to_owned() });
    };
    classes.check_count(labels.found.len() as u64, path)?;
    labels.into_classes(classes, column, path)
}

/// Reads line after line; `None` if all are empty.
fn read_lines<'path>(
    reader: &mut impl BufRead,
    path: &'path Path,
    options: TableOptions<'_>,
) -> Result<Option<(Layout, Table<'path>)>, FileError> {
    let mut bytes = Vec::new();
    let mut line = 0;
    let mut layout: Option<Layout> = None;
    let mut table = Table {
        path,
        with_values: options.label != LabelChoice::Alone,
        header_remedy: if options.configured { CONFIGURED_HEADER_REMEDY } else { HEADER_REMEDY },
        values: Vec::new(),
        labels: Labels::default(),
    };
    loop {
        bytes.clear();
        let length = reader
            .read_until(b'\n', &mut bytes)
            .map_err(|reason| FileError::Unreadable { path: path.to_owned(), reason })?;
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
    Ok(layout.map(|layout| (layout, table)))
}

/// What the first row says about all of them.
struct Layout {
    header: bool,
    fields: usize,
    /// Index of the column of labels.
    label: Option<usize>,
}

impl Layout {
    fn find(first: &[u8], line: u64, path: &Path, options: TableOptions<'_>) -> Result<Self, FileError> {
        let count = fields(first).count();
        let header = options.header.unwrap_or_else(|| {
            matches!(options.label, LabelChoice::Column(CsvColumn::Name(_)))
                || fields(first).all(|field| parse(field).is_none())
        });
        let label = match options.label {
            LabelChoice::None => None,
            LabelChoice::Column(CsvColumn::Index(index)) if index < count => Some(index),
            LabelChoice::Column(CsvColumn::Index(index)) => {
                let available = format!("the columns 0 to {}", count.saturating_sub(1));
                return Err(FileError::LabelColumn { path: path.to_owned(), column: index.to_string(), available });
            }
            LabelChoice::Column(CsvColumn::Name(name)) => {
                let position = fields(first).position(|field| field == name.as_bytes());
                let missing = || FileError::LabelColumn {
                    path: path.to_owned(),
                    column: format!("{name:?}"),
                    available: format!("{}; a number picks a column by its place, from 0", names(first, line)),
                };
                Some(position.ok_or_else(missing)?)
            }
            LabelChoice::IfNamed | LabelChoice::Alone => {
                let named = |field: &[u8]| keys::COLUMNS.iter().any(|name| field.eq_ignore_ascii_case(name.as_bytes()));
                let alone = options.label == LabelChoice::Alone;
                let mut found =
                    (0..).zip(fields(first)).filter(|(_, field)| header && named(field)).map(|(index, _)| index);
                match (found.next(), found.next()) {
                    (None, _) if alone && count == 1 => Some(0),
                    (None, _) if !alone => None,
                    (Some(index), None) => Some(index),
                    (first_found, _) => {
                        let column =
                            if first_found.is_none() { "\"label\"" } else { "that is the only one by its name" };
                        let (column, available) = (column.to_owned(), names(first, line));
                        return Err(FileError::LabelColumn { path: path.to_owned(), column, available });
                    }
                }
            }
        };
        Ok(Self { header, fields: count, label })
    }
}

/// The fields of the first line, for an error.
fn names(first: &[u8], line: u64) -> String {
    let names: Vec<String> = fields(first).take(LISTED).map(|field| format!("{:?}", quote(field))).collect();
    format!("{} in line {line}", names.join(", "))
}

/// What has been read so far.
struct Table<'path> {
    path: &'path Path,
    /// Whether other columns than that of the labels are looked at.
    with_values: bool,
    header_remedy: &'static str,
    values: Vec<f32>,
    labels: Labels,
}

impl Table<'_> {
    fn push(&mut self, text: &[u8], line: u64, layout: &Layout) -> Result<(), FileError> {
        let found = fields(text).count();
        if found != layout.fields {
            let (path, expected) = (self.path.to_owned(), layout.fields);
            return Err(FileError::Ragged { path, line, expected, found });
        }
        for (index, field) in fields(text).enumerate() {
            let is_label = layout.label == Some(index);
            if !is_label && !self.with_values {
                continue;
            }
            let cell = || Cell::Field { line, column: index + 1 };
            let Some(number) = parse(field) else {
                let first = if self.with_values { self.values.is_empty() } else { self.labels.found.is_empty() };
                let remedy = if first && !layout.header { self.header_remedy } else { NUMBER_REMEDY };
                let (path, text) = (self.path.to_owned(), quote(field));
                return Err(FileError::NotANumber { path, cell: cell(), text, remedy });
            };
            if is_label {
                self.labels.push(number, line);
                continue;
            }
            let value = number as f32;
            if !value.is_finite() {
                let (path, value) = (self.path.to_owned(), quote(field));
                return Err(FileError::NotFinite { path, cell: cell(), value });
            }
            self.values.push(value);
        }
        Ok(())
    }
}

/// Labels with their lines: which of them are classes may only be known at the end, when the rows are counted.
#[derive(Default)]
struct Labels {
    found: Vec<(u32, u32)>,
    /// The first that is no class in any case.
    bad: Option<(f64, u64)>,
}

impl Labels {
    fn push(&mut self, number: f64, line: u64) {
        let is_class = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
        if !is_class && self.bad.is_none() {
            self.bad = Some((number, line));
        }
        self.found.push((number as u32, u32::try_from(line).unwrap_or(u32::MAX)));
    }

    fn into_classes(self, classes: &Classes<'_>, column: usize, path: &Path) -> Result<Vec<usize>, FileError> {
        let cell = |line| Cell::Field { line, column: column + 1 };
        let checked = self.found.into_iter().map(|(class, line)| {
            let line = u64::from(line);
            match self.bad {
                Some((number, bad)) if bad.min(u64::from(u32::MAX)) == line => {
                    Err(classes.refuse(number.to_string(), path, cell(line)))
                }
                _ => classes.check(i128::from(class), path, || cell(line)),
            }
        });
        checked.collect()
    }
}
