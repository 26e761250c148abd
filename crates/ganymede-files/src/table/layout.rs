//! What the columns of a table are.

use std::path::Path;

use super::fields::{Separator, fields, parse, quote};
use super::text::Text;
use crate::error::FileError;
use crate::keys;
use crate::options::{Column, LabelColumn, ReadOptions};

/// As many columns as an error lists.
const LISTED: usize = 16;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Value,
    Label,
    /// It is left out.
    Dropped,
}

pub(crate) struct Layout {
    /// The line that names the columns.
    pub(crate) header: Option<u64>,
    pub(crate) roles: Vec<Role>,
    /// The names of all columns, where there are any.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) report: Vec<String>,
}

impl Layout {
    /// Finds out what the columns are; `None` if all lines are empty.
    pub(crate) fn find(text: &Text, path: &Path, options: &ReadOptions) -> Result<Option<Self>, FileError> {
        let Some((line, first)) = text.lines().next() else { return Ok(None) };
        let separator = text.separator;
        let named = matches!(options.label_column, LabelColumn::Is(Column::Name(_)))
            || options.drop.iter().any(|name| name.parse::<usize>().is_err());
        let names_alone = || fields(first, separator).all(|field| parse(field).is_none());
        let has_header = options.header.unwrap_or_else(|| named || names_alone());
        let names: Option<Vec<String>> =
            has_header.then(|| fields(first, separator).map(|name| super::text::name(name).into_owned()).collect());
        let count = fields(first, separator).count();
        let mut layout =
            Self { header: has_header.then_some(line), roles: vec![Role::Value; count], names, report: Vec::new() };
        layout.drop(path, first, line, separator, options)?;
        let label = match &options.label_column {
            LabelColumn::ByName => layout.label_by_name(text, path)?,
            LabelColumn::Is(Column::Index(index)) if *index < count => Some(*index),
            LabelColumn::Is(Column::Index(index)) => {
                let available = format!("the columns 0 to {}", count.saturating_sub(1));
                return Err(missing(path, "label column", index.to_string(), available));
            }
            LabelColumn::Is(Column::Name(name)) => {
                let place = fields(first, separator).position(|field| field == name.as_bytes());
                let available =
                    || format!("{}; a number picks a column by its place, from 0", listed(first, line, separator));
                Some(place.ok_or_else(|| missing(path, "label column", format!("{name:?}"), available()))?)
            }
        };
        if let Some(label) = label {
            layout.roles[label] = Role::Label;
        }
        if layout.roles.len() > 1 && layout.counts_rows(text) {
            layout.roles[0] = Role::Dropped;
            layout.report.push("the first column has no name and counts the rows; it was left out".to_owned());
        }
        Ok(Some(layout))
    }

    /// Leaves out the columns that an option names.
    fn drop(
        &mut self,
        path: &Path,
        first: &[u8],
        line: u64,
        separator: Separator,
        options: &ReadOptions,
    ) -> Result<(), FileError> {
        for name in &options.drop {
            let place = self.names.as_ref().and_then(|names| names.iter().position(|found| found == name));
            let place = place.or_else(|| name.parse().ok().filter(|place| *place < self.roles.len()));
            let missing = || missing(path, "column", format!("{name:?}"), listed(first, line, separator));
            self.roles[place.ok_or_else(missing)?] = Role::Dropped;
        }
        Ok(())
    }

    /// The column that is called as labels are and holds classes.
    fn label_by_name(&mut self, text: &Text, path: &Path) -> Result<Option<usize>, FileError> {
        let Some(names) = &self.names else { return Ok(None) };
        let is_called = |name: &str| keys::COLUMNS.iter().any(|label| name.eq_ignore_ascii_case(label));
        let called: Vec<usize> = (0..names.len())
            .filter(|&column| self.roles[column] != Role::Dropped && is_called(&names[column]))
            .collect();
        match called[..] {
            [] => Ok(None),
            [column] => {
                let has_fraction = self.rows(text).any(|(_, line)| {
                    let number = fields(line, text.separator).nth(column).and_then(parse);
                    number.is_some_and(|number| number.value.is_finite() && number.value.fract() != 0.0)
                });
                let name = &names[column];
                if has_fraction {
                    self.report.push(format!("the column {name:?} holds fractions, so it is no column of classes"));
                    return Ok(None);
                }
                self.report.push(format!("the classes are those of the column {name:?}"));
                Ok(Some(column))
            }
            _ => {
                let available: Vec<String> = called.iter().map(|column| format!("{:?}", names[*column])).collect();
                let available = format!("{}: choose one with label_column or --label-column", available.join(", "));
                Err(missing(path, "label column", "that is the only one by its name".to_owned(), available))
            }
        }
    }

    /// Whether the first column has no name and counts the rows, as tables written by pandas have it.
    fn counts_rows(&self, text: &Text) -> bool {
        let unnamed = self.names.as_ref().is_some_and(|names| names[0].is_empty() || names[0] == "Unnamed: 0");
        unnamed
            && self.roles[0] == Role::Value
            && (0_u64..).zip(self.rows(text)).all(|(row, (_, line))| {
                let number = fields(line, text.separator).next().and_then(parse);
                number.is_some_and(|number| number.value.total_cmp(&(row as f64)).is_eq())
            })
    }

    pub(crate) fn rows<'text>(&self, text: &'text Text) -> impl Iterator<Item = (u64, &'text [u8])> + use<'text> {
        text.lines().skip(usize::from(self.header.is_some()))
    }

    /// A column as an error names it.
    pub(crate) fn name(&self, column: usize) -> String {
        self.names.as_ref().map_or_else(|| format!("\"{column}\""), |names| format!("{:?}", names[column]))
    }

    pub(crate) fn features(&self) -> usize {
        self.roles.iter().filter(|role| **role == Role::Value).count()
    }

    /// The names of the columns that are values.
    pub(crate) fn columns(&self) -> Option<Vec<String>> {
        let names = self.names.as_ref()?;
        let values = self.roles.iter().zip(names).filter(|(role, _)| **role == Role::Value);
        Some(values.map(|(_, name)| name.clone()).collect())
    }
}

pub(super) fn missing(path: &Path, what: &'static str, column: String, available: String) -> FileError {
    FileError::NoColumn { path: path.to_owned(), what, column, available }
}

/// The fields of the first line, for an error.
pub(super) fn listed(first: &[u8], line: u64, separator: Separator) -> String {
    let names: Vec<String> = fields(first, separator).take(LISTED).map(|field| format!("{:?}", quote(field))).collect();
    format!("{} in line {line}", names.join(", "))
}
