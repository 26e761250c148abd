//! One table of a configuration, with its path, so that errors can say where.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::document::Document;
use crate::config::error::ConfigError;
use crate::config::near_miss::hint;
use crate::invalid::InvalidValue;

/// A table of a [`Document`] that knows its path.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    document: &'a Document,
    path: String,
    table: Table,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub fn root(document: &'a Document) -> Self {
        Self { document, path: String::new(), table: document.table().clone() }
    }

    /// The document this section is part of.
    pub fn document(&self) -> &'a Document {
        self.document
    }

    /// The dotted path of a key of this section.
    pub fn key(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{key}", self.path),
        }
    }

    /// Where a key of this section was given.
    pub fn location(&self, key: &str) -> String {
        self.document.location(&self.key(key))
    }

    /// Takes a subsection out; empty when it is not there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] when the key holds something else than a table.
    pub fn take(&mut self, key: &str) -> Result<Section<'a>, ConfigError> {
        Ok(self.take_optional(key)?.unwrap_or_else(|| Section {
            document: self.document,
            path: self.key(key),
            table: Table::new(),
        }))
    }

    /// Takes a subsection out, if it is there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] when the key holds something else than a table.
    pub fn take_optional(&mut self, key: &str) -> Result<Option<Section<'a>>, ConfigError> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::Table(table)) => Ok(Some(Section { document: self.document, path: self.key(key), table })),
            Some(other) => Err(self.wrong(key, &other.to_string(), &format!("expected a table: [{}]", self.key(key)))),
        }
    }

    /// Takes a list of subsections out (`[[key]]`); empty when it is not there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] when the key holds something else.
    pub fn take_list(&mut self, key: &str) -> Result<Vec<Section<'a>>, ConfigError> {
        let path = self.key(key);
        let expected = format!("expected a list of tables: [[{path}]]");
        match self.table.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(entries)) => entries
                .into_iter()
                .enumerate()
                .map(|(index, entry)| match entry {
                    Value::Table(table) => {
                        Ok(Section { document: self.document, path: format!("{path}.{index}"), table })
                    }
                    other => Err(self.wrong(&format!("{key}.{index}"), &other.to_string(), &expected)),
                })
                .collect(),
            Some(other) => Err(self.wrong(key, &other.to_string(), &expected)),
        }
    }

    /// Takes a value out, if it is there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] when it has the wrong type.
    pub fn take_value<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, ConfigError> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(value) => match value.clone().try_into() {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(self.wrong(key, &value.to_string(), &plain(error.message()))),
            },
        }
    }

    /// Takes out the key that says which kind of section this is; the default when it is not there.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] when it is none of `kinds`.
    pub fn take_kind(&mut self, kinds: &[&str], default: &str) -> Result<String, ConfigError> {
        let kind: String = self.take_value("kind")?.unwrap_or_else(|| default.to_owned());
        if kinds.contains(&kind.as_str()) {
            return Ok(kind);
        }
        Err(self.wrong("kind", &format!("\"{kind}\""), &hint(&kind, kinds)))
    }

    /// Reads the rest of the section into a structure with `deny_unknown_fields`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownKey`] with the near miss, or [`ConfigError::Value`].
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(Value::Table(self.table.clone())).map_err(|error| {
            let path = error.path().to_string();
            let message = plain(error.inner().message());
            let relative = path.trim_matches('.').replace('[', ".").replace(']', "");
            let relative = if relative == "?" { String::new() } else { relative };
            if let Some((word, known)) = unknown("unknown field", &message) {
                let parent = match relative.strip_suffix(&word) {
                    Some(parent) => parent.trim_end_matches('.'),
                    None => relative.trim_end_matches(".?"),
                };
                let key = if parent.is_empty() { word.clone() } else { format!("{parent}.{word}") };
                return ConfigError::UnknownKey {
                    location: self.location(&key),
                    key: self.key(&key),
                    hint: hint(&word, &known),
                };
            }
            let value = self.value_text(&relative);
            if let Some((word, known)) = unknown("unknown variant", &message) {
                return self.wrong(&relative, &format!("\"{word}\""), &hint(&word, &known));
            }
            if message.contains(", expected struct ") {
                return self.wrong(&relative, &value, &format!("expected a table: [{}]", self.key(&relative)));
            }
            if let Some(missing) = message.strip_prefix("missing field ") {
                let key = missing.trim_matches('`');
                let key = if relative.is_empty() { key.to_owned() } else { format!("{relative}.{key}") };
                return self.wrong(&key, "(left out)", "this key has no default; give it a value");
            }
            self.wrong(&relative, &value, &message)
        })
    }

    /// [`Section::read`] and a check of the values.
    ///
    /// # Errors
    ///
    /// As [`Section::read`], and what the check refuses.
    pub fn read_checked<T: DeserializeOwned>(
        &self,
        check: fn(&T) -> Result<(), InvalidValue>,
    ) -> Result<T, ConfigError> {
        let config: T = self.read()?;
        check(&config).map_err(|error| self.invalid(error))?;
        Ok(config)
    }

    /// The configuration error for a value that a check refused.
    pub fn invalid(&self, invalid: InvalidValue) -> ConfigError {
        self.wrong(&invalid.key, &invalid.value, &invalid.expected)
    }

    /// Refuses a number, here or in a table below, that the single precision of the networks cannot hold.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] that names it.
    pub fn check_numbers(&self) -> Result<(), ConfigError> {
        let expected = format!("expected a number of at most {:e}, the largest in single precision", f32::MAX);
        let found = self.table.iter().find_map(|(key, value)| too_large(key, value));
        found.map_or(Ok(()), |(key, number)| Err(self.wrong(&key, &format!("{number:e}"), &expected)))
    }

    /// The error for a value at a key of this section.
    pub fn wrong(&self, key: &str, value: &str, expected: &str) -> ConfigError {
        ConfigError::Value {
            location: self.location(key),
            key: self.key(key),
            value: value.to_owned(),
            expected: expected.to_owned(),
        }
    }

    /// The value at a relative path as written.
    fn value_text(&self, path: &str) -> String {
        let mut parts = path.split('.');
        let first = parts.next().and_then(|key| self.table.get(key));
        let value = first.and_then(|first| {
            parts.try_fold(first, |value, part| match value {
                Value::Table(table) => table.get(part),
                Value::Array(array) => part.parse::<usize>().ok().and_then(|index| array.get(index)),
                _ => None,
            })
        });
        value.map_or_else(|| "(a table)".to_owned(), ToString::to_string)
    }
}

/// The first number in a value that single precision cannot hold, with its path; `key` is the value's.
fn too_large(key: &str, value: &Value) -> Option<(String, f64)> {
    match value {
        Value::Float(number) => {
            (number.is_finite() && number.abs() > f64::from(f32::MAX)).then(|| (key.to_owned(), *number))
        }
        Value::Array(values) => {
            values.iter().enumerate().find_map(|(index, value)| too_large(&format!("{key}.{index}"), value))
        }
        Value::Table(table) => table.iter().find_map(|(name, value)| too_large(&format!("{key}.{name}"), value)),
        _ => None,
    }
}

/// The unknown and the known words of serde's message, which puts each in backticks.
fn unknown(prefix: &str, message: &str) -> Option<(String, Vec<String>)> {
    let mut words = message.strip_prefix(prefix)?.split('`').skip(1).step_by(2).map(str::to_owned);
    Some((words.next()?, words.collect()))
}

/// A parser's message in one line.
fn plain(message: &str) -> String {
    message.trim().replace('\n', " ")
}
