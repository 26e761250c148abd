//! A TOML text with the lines of its keys.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::error::SweepError;

/// Above this a file is not taken for a sweep or a configuration.
const MOST_BYTES: usize = 1 << 20;

/// A file as it was typed in.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The path, for messages.
    pub(crate) path: String,
    /// Everything in it.
    pub(crate) table: Table,
    text: String,
    lines: BTreeMap<String, usize>,
}

impl Document {
    /// Reads a file that is named at `location`.
    pub(crate) fn read(path: &Path, location: &str, remedy: &str) -> Result<Self, SweepError> {
        let unreadable = |reason: String| SweepError::Unreadable {
            location: location.to_owned(),
            path: path.display().to_string(),
            reason,
            remedy: remedy.to_owned(),
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        if text.len() > MOST_BYTES {
            return Err(unreadable(format!("{} bytes are too many", text.len())));
        }
        Self::parse(text, &path.display().to_string())
    }

    /// Parses a text; `path` is for messages.
    pub(crate) fn parse(text: String, path: &str) -> Result<Self, SweepError> {
        let table: Table = text.parse().map_err(|error| syntax(&error, &text, path))?;
        let mut lines = BTreeMap::new();
        let parsed = DeTable::parse(&text).map_err(|error| syntax(&error, &text, path))?;
        collect(parsed.get_ref(), "", &text, &mut lines);
        Ok(Self { path: path.to_owned(), table, lines, text })
    }

    /// The whole as a structure.
    pub(crate) fn typed<T: DeserializeOwned>(&self) -> Result<T, SweepError> {
        toml::from_str(&self.text).map_err(|error| syntax(&error, &self.text, &self.path))
    }

    /// A table below a key as a structure.
    pub(crate) fn section<T: DeserializeOwned>(&self, key: &str, table: Table) -> Result<T, SweepError> {
        let refuse = |error: toml::de::Error| SweepError::Syntax {
            location: self.location(key),
            reason: format!("[{key}]: {}", one_line(error.message())),
        };
        Value::Table(table).try_into().map_err(refuse)
    }

    /// File and line of a key; of one that was not given, the nearest table around.
    pub(crate) fn location(&self, key: &str) -> String {
        let mut around = key;
        loop {
            if let Some(line) = self.lines.get(around) {
                return format!("{}:{line}", self.path);
            }
            match around.rsplit_once('.') {
                Some((parent, _)) => around = parent,
                None => return self.path.clone(),
            }
        }
    }

    /// The refusal of a value.
    pub(crate) fn invalid(&self, key: &str, value: impl std::fmt::Display, expected: impl Into<String>) -> SweepError {
        SweepError::Invalid {
            location: self.location(key),
            key: key.to_owned(),
            value: value.to_string(),
            expected: expected.into(),
        }
    }
}

fn syntax(error: &toml::de::Error, text: &str, path: &str) -> SweepError {
    let start = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
    SweepError::Syntax { location: format!("{path}:{line}"), reason: one_line(error.message()) }
}

fn one_line(text: &str) -> String {
    text.replace('\n', ", ")
}

fn collect(table: &DeTable<'_>, prefix: &str, text: &str, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        let line = text.bytes().take(key.span().start).filter(|byte| *byte == b'\n').count() + 1;
        if let DeValue::Table(inner) = value.get_ref() {
            collect(inner, &path, text, lines);
        }
        lines.insert(path, line);
    }
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn keys_know_their_lines_however_they_are_written() {
        let text = "base = \"x\"\n[grid]\n\"a.b\" = [1]\nc.d = [2]\n\n[grid.e]\nf = [3]\n";
        let document = Document::parse(text.to_owned(), "s.toml").unwrap();
        for (key, expected) in [
            ("base", "s.toml:1"),
            ("grid", "s.toml:2"),
            ("grid.a.b", "s.toml:3"),
            ("grid.c.d", "s.toml:4"),
            ("grid.e.f", "s.toml:7"),
            ("grid.z", "s.toml:2"),
            ("out", "s.toml"),
        ] {
            assert_eq!(document.location(key), expected, "{key}");
        }
    }
}
