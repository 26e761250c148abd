//! Samples from tables of text: a sample a line, a value a column, perhaps one column of labels.
//!
//! Lines are split here rather than by a general reader of the format: numbers need no fields that span lines, and
//! an error has to name the line that an editor shows, whatever ends the lines and however many are empty.

mod fields;
mod layout;
mod text;

use std::io::Read;
use std::path::Path;

use ganymede_samples::{Labels, Samples, Shape, Values};

use self::fields::{Number, Separator, fields, may_be_thousands, parse, quote};
use self::layout::{Layout, Role, listed, missing};
use self::text::Text;
use crate::cell::Cell;
use crate::classes::{LabelCollector, check_count};
use crate::error::{FileError, unreadable};
use crate::names::partners;
use crate::offsets::{Ranges, describe};
use crate::options::ReadOptions;
use crate::set::{Numbers, SampleSet};
use crate::{keys, path::open};

/// For a number whose comma may be one of thousands.
const THOUSANDS_REMEDY: &str = "its comma may part thousands or decimals: write numbers without separators of thousands, and \
                                decimals behind a point";

const FILE: &str = "a table of text";
const NUMBER_REMEDY: &str =
    "expected a number such as 0.5, and names of columns in the first line only: repair the field or remove the row";
const EMPTY_REMEDY: &str = "a field without a value: fill it in or remove the row";
const HEADER_REMEDY: &str = "this line mixes numbers and names: name all columns in it, or none, or set header = true in \
    [data] if it names the columns";
const ONE_HOT_REMEDY: &str = "expected one 1 and else 0 in each row of one-hot labels: name one column label instead";

/// Reads all samples, and their labels where a column holds them.
pub(crate) fn read_samples(path: &Path, options: &ReadOptions) -> Result<SampleSet, FileError> {
    let text = read_text(path)?;
    let empty = || FileError::Empty { path: path.to_owned() };
    let layout = Layout::find(&text, path, options)?.ok_or_else(empty)?;
    let features = layout.features();
    let offsets = given_offsets(&layout, options);
    let mut rows = Rows::new(path, &layout, offsets.as_deref(), options.offsets.is_none());
    for (line, fields) in layout.rows(&text) {
        rows.push(fields, line, &text)?;
    }
    let Rows { values, labels, is_whole, marks, ranges, .. } = rows;
    if values.is_empty() || features == 0 {
        return Err(empty());
    }
    let offsets = offsets.or_else(|| ranges.and_then(|ranges| ranges.offsets())).unwrap_or_default();
    let numbers = if is_whole { Numbers::Whole } else { Numbers::Real };
    let mut set = SampleSet::new(Samples::new(Values::Floats(values), Shape::point(features)), numbers);
    set.contents.columns = layout.columns();
    set.contents.labels = layout.roles.contains(&Role::Label).then(|| labels.labels());
    set.report = text.report;
    if marks[1] {
        set.report.push("numbers have decimal commas".to_owned());
    }
    if !options.drop.is_empty() {
        set.report.push(format!("columns were left out as asked: {}", options.drop.join(", ")));
    }
    set.report.extend(layout.report);
    set.report.extend(describe(&offsets, set.contents.columns.as_deref()));
    set.offsets = offsets;
    Ok(set)
}

/// The configured offsets, as they belong to this table's columns.
fn given_offsets(layout: &Layout, options: &ReadOptions) -> Option<Vec<f64>> {
    let offsets = options.offsets.as_ref()?;
    match (&options.offset_columns, layout.columns()) {
        (Some(known), Some(columns)) => {
            let offset = |place: Option<usize>| place.and_then(|place| offsets.get(place).copied()).unwrap_or(0.0);
            Some(partners(&columns, known).into_iter().map(offset).collect())
        }
        _ => Some(offsets.clone()).filter(|offsets| offsets.len() == layout.features()),
    }
}

/// Reads the labels alone: the column that is called so, or else the only one, or else one-hot columns.
pub(crate) fn read_labels(path: &Path, rows: usize) -> Result<Labels, FileError> {
    let text = read_text(path)?;
    let empty = || FileError::Empty { path: path.to_owned() };
    let layout = Layout::find(&text, path, &ReadOptions::default())?.ok_or_else(empty)?;
    // A single column of texts looks like a name and rows.
    let named = layout.roles.iter().position(|role| *role == Role::Label);
    let (column, skipped) = match (named, layout.roles.len()) {
        (Some(column), _) => (column, 1),
        (None, 1) => (0, usize::from(layout.header.is_some() && text.lines().count() == rows + 1)),
        (None, _) => return read_one_hot(&text, &layout, path, rows),
    };
    let mut labels = LabelCollector::new();
    for (line, row) in text.lines().skip(skipped) {
        let field = check_fields(row, line, &text, layout.roles.len(), path)
            .and_then(|()| fields(row, text.separator).nth(column).ok_or_else(empty))?;
        let cell = || Cell::Field { line, column: column + 1 };
        labels.push_field(field, parse(field).map(|number| number.value), path, cell)?;
    }
    if labels.count() == 0 {
        return Err(empty());
    }
    check_count(labels.count() as u64, rows, path)?;
    Ok(labels.labels())
}

/// The labels of files, as pairs of a name and a label: a table of two columns or more, of which one holds the names and
/// another the labels. `None` where no column is called as names are and the first one holds numbers.
pub(crate) fn read_named_labels(path: &Path) -> Result<Option<Vec<(String, String)>>, FileError> {
    let text = read_text(path)?;
    let empty = || FileError::Empty { path: path.to_owned() };
    let layout = Layout::find(&text, path, &ReadOptions::default())?.ok_or_else(empty)?;
    let columns = layout.roles.len();
    let called = layout
        .names
        .as_ref()
        .and_then(|names| names.iter().position(|name| keys::FILES.iter().any(|file| name.eq_ignore_ascii_case(file))));
    let is_text = |column: usize| {
        let field = |line| fields(line, text.separator).nth(column);
        layout.rows(&text).all(|(_, line)| field(line).is_some_and(|field| parse(field).is_none()))
    };
    let Some(file) = called.or_else(|| Some(0).filter(|_| columns > 1 && is_text(0))) else { return Ok(None) };
    let others: Vec<usize> = (0..columns).filter(|column| *column != file).collect();
    let label = layout.roles.iter().position(|role| *role == Role::Label);
    let label = match (label.filter(|label| *label != file), &others[..]) {
        (Some(label), _) => label,
        (None, [only]) => *only,
        (None, _) => {
            let available = format!("{} columns; call one of them label", others.len());
            return Err(missing(path, "column of labels", "beside the names".to_owned(), available));
        }
    };
    let mut pairs = Vec::new();
    for (line, row) in layout.rows(&text) {
        check_fields(row, line, &text, columns, path)?;
        let field = |column| fields(row, text.separator).nth(column).map(|field| text::name(field).into_owned());
        pairs.extend(field(file).zip(field(label)));
    }
    Ok(Some(pairs))
}

/// Labels as columns of which one is 1 in each row; their names are those of the classes.
fn read_one_hot(text: &Text, layout: &Layout, path: &Path, rows: usize) -> Result<Labels, FileError> {
    let columns = layout.roles.len();
    let mut classes = Vec::new();
    for (line, row) in layout.rows(text) {
        check_fields(row, line, text, columns, path)?;
        let numbers: Vec<Option<f64>> = fields(row, text.separator).map(|field| Some(parse(field)?.value)).collect();
        let ones: Vec<usize> = (0..columns).filter(|&column| numbers[column] == Some(1.0)).collect();
        let zeros = numbers.iter().filter(|number| **number == Some(0.0)).count();
        let [class] = ones[..] else {
            let (first_line, first) = text.lines().next().unwrap_or((line, row));
            let available = listed(first, first_line, text.separator);
            return Err(missing(path, "label column", format!("{:?}", keys::COLUMNS[0]), available));
        };
        if zeros + 1 != columns {
            let (cell, value) = (Cell::Field { line, column: class + 1 }, "1".to_owned());
            return Err(FileError::Label { path: path.to_owned(), cell, value, remedy: ONE_HOT_REMEDY });
        }
        classes.push(class);
    }
    check_count(classes.len() as u64, rows, path)?;
    let names = layout.names.clone().unwrap_or_else(|| (0..columns).map(|column| column.to_string()).collect());
    Ok(Labels { classes, names })
}

fn read_text(path: &Path) -> Result<Text, FileError> {
    let (mut file, length) = open(path, FILE)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.read_to_end(&mut bytes).map_err(unreadable(path))?;
    Ok(Text::new(bytes))
}

fn check_fields(row: &[u8], line: u64, text: &Text, expected: usize, path: &Path) -> Result<(), FileError> {
    let found = fields(row, text.separator).count();
    if found == expected {
        return Ok(());
    }
    Err(FileError::Ragged { path: path.to_owned(), line, expected, found })
}

/// What has been read so far.
struct Rows<'table> {
    path: &'table Path,
    layout: &'table Layout,
    offsets: Option<&'table [f64]>,
    values: Vec<f32>,
    labels: LabelCollector,
    is_whole: bool,
    /// Whether decimals were seen behind a point and behind a comma.
    marks: [bool; 2],
    ranges: Option<Ranges>,
}

impl<'table> Rows<'table> {
    fn new(path: &'table Path, layout: &'table Layout, offsets: Option<&'table [f64]>, find_offsets: bool) -> Self {
        let features = layout.features();
        Self {
            path,
            layout,
            offsets,
            values: Vec::new(),
            labels: LabelCollector::new(),
            is_whole: true,
            marks: [false; 2],
            ranges: find_offsets.then(|| Ranges::new(features)),
        }
    }

    fn push(&mut self, row: &[u8], line: u64, text: &Text) -> Result<(), FileError> {
        check_fields(row, line, text, self.layout.roles.len(), self.path)?;
        let mut feature = 0;
        for (column, (field, role)) in fields(row, text.separator).zip(&self.layout.roles).enumerate() {
            let cell = || Cell::Field { line, column: column + 1 };
            match role {
                Role::Dropped => {}
                Role::Label => {
                    self.labels.push_field(field, parse(field).map(|number| number.value), self.path, cell)?;
                }
                Role::Value => {
                    let number = parse(field).ok_or_else(|| self.not_a_number(field, line, column, text))?;
                    // Where commas part the fields, a comma within one parts thousands more often than decimals.
                    if number.mark == Some(b',') && text.separator == Separator::Byte(b',') && may_be_thousands(field) {
                        let (path, text) = (self.path.to_owned(), quote(field));
                        return Err(FileError::NotANumber { path, cell: cell(), text, remedy: THOUSANDS_REMEDY });
                    }
                    self.push_value(number, feature, field, cell)?;
                    feature += 1;
                }
            }
        }
        Ok(())
    }

    fn push_value(
        &mut self,
        number: Number,
        feature: usize,
        field: &[u8],
        cell: impl Fn() -> Cell,
    ) -> Result<(), FileError> {
        let path = || self.path.to_owned();
        if let Some(mark) = number.mark {
            self.marks[usize::from(mark == b',')] = true;
            if self.marks == [true; 2] {
                let remedy = "the decimals of other numbers stand behind another mark: write all with a point";
                return Err(FileError::NotANumber { path: path(), cell: cell(), text: quote(field), remedy });
            }
        }
        self.is_whole &= number.value.fract() == 0.0;
        if let Some(ranges) = &mut self.ranges {
            ranges.add(feature, number.value);
        }
        let value = (number.value - self.offsets.map_or(0.0, |offsets| offsets[feature])) as f32;
        if !value.is_finite() {
            return Err(FileError::NotFinite { path: path(), cell: cell(), value: quote(field) });
        }
        self.values.push(value);
        Ok(())
    }

    /// What a field is that should be a number: one of a column of texts, or a single one that is wrong.
    fn not_a_number(&self, field: &[u8], line: u64, column: usize, text: &Text) -> FileError {
        let is_text = |line: &[u8]| {
            fields(line, text.separator).nth(column).is_some_and(|field| !field.is_empty() && parse(field).is_none())
        };
        let rows = self.layout.rows(text).count();
        let texts = self.layout.rows(text).filter(|(_, line)| is_text(line)).count();
        let path = self.path.to_owned();
        if rows > 1 && 2 * texts > rows {
            return FileError::TextColumn { path, column: self.layout.name(column), text: quote(field) };
        }
        let remedy = match field {
            [] => EMPTY_REMEDY,
            _ if self.values.is_empty() && self.layout.header.is_none() => HEADER_REMEDY,
            _ => NUMBER_REMEDY,
        };
        FileError::NotANumber { path, cell: Cell::Field { line, column: column + 1 }, text: quote(field), remedy }
    }
}
