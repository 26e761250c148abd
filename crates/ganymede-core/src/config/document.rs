//! A TOML file with the lines of its keys, and the overrides given on the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::config::error::ConfigError;
use crate::config::near_miss::hint;

/// Above this a file is not taken for a configuration.
const MOST_BYTES: u64 = 1 << 20;

/// A configuration as typed in.
#[derive(Clone, Debug)]
pub struct Document {
    path: String,
    folder: PathBuf,
    table: Table,
    lines: BTreeMap<String, usize>,
    overrides: BTreeMap<String, String>,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Unreadable`] or [`ConfigError::Syntax`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |reason: String| ConfigError::Unreadable { path: path.display().to_string(), reason };
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if metadata.is_dir() {
            return Err(unreadable("it is a folder; name a TOML file".to_owned()));
        }
        if metadata.len() > MOST_BYTES {
            return Err(unreadable(format!("{} bytes are too many for a configuration", metadata.len())));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = lines_before(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            let reason = "this is no UTF-8 text; save the file as UTF-8".to_owned();
            ConfigError::Syntax { location: format!("{}:{line}", path.display()), reason }
        })?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Self::parse(&text, &path.display().to_string(), &folder)
    }

    /// Parses a text. `path` is for messages; relative paths inside are relative to `folder`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Syntax`].
    pub fn parse(text: &str, path: &str, folder: &Path) -> Result<Self, ConfigError> {
        let syntax = |error: toml::de::Error| {
            let line = error.span().map_or(1, |span| line_at(text, span.start));
            let reason = error.message().replace('\n', ", ");
            // The parser names the line and not the key.
            let key = error.span().filter(|_| reason == "duplicate key").and_then(|span| text.get(span));
            let reason = key.map_or(reason.clone(), |key| format!("{reason} `{key}`"));
            ConfigError::Syntax { location: format!("{path}:{line}"), reason }
        };
        let table: Table = text.parse().map_err(syntax)?;
        let mut lines = BTreeMap::new();
        collect_table(DeTable::parse(text).map_err(syntax)?.get_ref(), "", text, &mut lines);
        Ok(Self { path: path.to_owned(), folder: folder.to_owned(), table, lines, overrides: BTreeMap::new() })
    }

    /// Carries out `key=value`. The key is dotted; an entry of a list is named by its `name` or by its number from 0
    /// (`strategy.unrolled.steps=10`, `strategy.0.steps=10`). The value is TOML, and text where it is not.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Override`] when the assignment has no `=` or the key leads nowhere. Whether the key exists is
    /// found out when the section is read.
    pub fn set(&mut self, assignment: &str) -> Result<(), ConfigError> {
        let refuse = |reason: String| ConfigError::Override { assignment: assignment.replace('\n', " "), reason };
        let (key, value) =
            assignment.split_once('=').ok_or_else(|| refuse("expected key=value, such as steps=1000".to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        let parts: Vec<&str> = key.split('.').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(refuse(format!("the key `{key}` has an empty part")));
        }
        let parsed = format!("value = {value}").parse::<Table>().ok();
        if parsed.as_ref().is_some_and(|table| table.len() > 1) {
            return Err(refuse("it holds more than one key; give each a --set of its own".to_owned()));
        }
        let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
        if parsed.is_none() && !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(refuse(format!("whole numbers go from {} to {}", i64::MIN, i64::MAX)));
        }
        let parsed = parsed.and_then(|mut table| table.remove("value"));
        let value = parsed.unwrap_or_else(|| Value::String(value.to_owned()));
        let mut root = Value::Table(std::mem::take(&mut self.table));
        let outcome = assign(&mut root, &parts, value);
        if let Value::Table(table) = root {
            self.table = table;
        }
        let key = outcome.map_err(refuse)?.join(".");
        self.overrides.insert(key, format!("--set {assignment}"));
        Ok(())
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The folder that relative paths are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a key was given: the override, or file and line; of a key that was not given, the nearest table around.
    pub fn location(&self, key: &str) -> String {
        let mut around = key;
        loop {
            let given = |path: &String| path == around || path.strip_prefix(around).is_some_and(|r| r.starts_with('.'));
            if let Some((_, assignment)) = self.overrides.iter().find(|(path, _)| given(path)) {
                return assignment.clone();
            }
            if let Some(line) = self.lines.get(around) {
                return format!("{}:{line}", self.path);
            }
            match around.rsplit_once('.') {
                Some((parent, _)) => around = parent,
                None => return self.path.clone(),
            }
        }
    }
}

/// Puts a value at a path, making tables on the way. Gives the path with numbers for the entries of lists.
fn assign(target: &mut Value, parts: &[&str], value: Value) -> Result<Vec<String>, String> {
    let Some((first, rest)) = parts.split_first() else {
        *target = value;
        return Ok(Vec::new());
    };
    let (part, slot) = match target {
        Value::Table(table) => {
            if let Some(index) =
                rest.first().filter(|next| !table.contains_key(*first) && next.parse::<usize>().is_ok())
            {
                return Err(format!("there is no entry {index}; the configuration has no `{first}`"));
            }
            let slot = table.entry((*first).to_owned()).or_insert_with(|| Value::Table(Table::new()));
            ((*first).to_owned(), slot)
        }
        Value::Array(array) => {
            let index = index_of(array, first)?;
            (index.to_string(), &mut array[index])
        }
        other => return Err(format!("`{first}` cannot be set inside `{other}`, which is not a table")),
    };
    let mut path = assign(slot, rest, value)?;
    path.insert(0, part);
    Ok(path)
}

/// The entry of a list that a part of a key means: by its number, or by its `name`.
fn index_of(entries: &[Value], part: &str) -> Result<usize, String> {
    let count = entries.len();
    if let Ok(index) = part.parse::<usize>() {
        return if index < count { Ok(index) } else { Err(format!("there is no entry {index}; the list has {count}")) };
    }
    let names: Vec<&str> = entries.iter().filter_map(|entry| entry.get("name")?.as_str()).collect();
    let found = entries.iter().position(|entry| entry.get("name").and_then(Value::as_str) == Some(part));
    found.ok_or_else(|| match names.as_slice() {
        [] => format!("`{part}` should be a number from 0, as in strategy.0.steps"),
        names => format!("there is no entry named `{part}`; {}", hint(part, names)),
    })
}

fn collect_table(table: &DeTable<'_>, prefix: &str, text: &str, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        lines.insert(path.clone(), line_at(text, key.span().start));
        collect_value(value.get_ref(), &path, text, lines);
    }
}

fn collect_value(value: &DeValue<'_>, path: &str, text: &str, lines: &mut BTreeMap<String, usize>) {
    match value {
        DeValue::Table(table) => collect_table(table, path, text, lines),
        DeValue::Array(array) => {
            for (index, entry) in array.iter().enumerate() {
                let path = format!("{path}.{index}");
                lines.insert(path.clone(), line_at(text, entry.span().start));
                collect_value(entry.get_ref(), &path, text, lines);
            }
        }
        _ => {}
    }
}

/// The line of a byte, counted from 1.
fn line_at(text: &str, offset: usize) -> usize {
    lines_before(&text.as_bytes()[..offset.min(text.len())])
}

/// The line that follows these bytes, counted from 1.
fn lines_before(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn an_override_has_one_key_and_a_number_that_toml_has() {
        let mut document = Document::parse("steps = 3\n", "a.toml", Path::new("")).unwrap();
        for (assignment, reason) in [
            ("steps=5\nbatch_size=2", "--set steps=5 batch_size=2: it holds more than one key"),
            ("seed=9223372036854775808", "whole numbers go from -9223372036854775808 to 9223372036854775807"),
            ("seed=-99999999999999999999", "whole numbers go from"),
        ] {
            let error = document.set(assignment).unwrap_err().to_string();
            assert!(error.contains(reason) && !error.contains('\n'), "{assignment}: {error}");
        }
        document.set("steps=9223372036854775807").unwrap();
        document.set("data.kind=ring").unwrap();
        assert_eq!(document.table()["steps"].as_integer(), Some(i64::MAX));
        assert_eq!(document.table()["data"]["kind"].as_str(), Some("ring"));
    }
}
