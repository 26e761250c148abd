//! A configuration value that is not allowed, with what is.

use std::fmt::Display;

use thiserror::Error;

/// One value outside its legal range.
///
/// `key` is relative to the section that checks it (`learning_rate`); the reader of the file prefixes the section's
/// path and adds file and line.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{key} = {value}: {expected}")]
pub struct InvalidValue {
    /// Dotted path of the key within its section.
    pub key: String,
    /// The value as written.
    pub value: String,
    /// What is legal, and the remedy, as a sentence part: `expected a number above 0`.
    pub expected: String,
}

impl InvalidValue {
    /// An invalid value at `key`.
    pub fn new(key: impl Into<String>, value: impl Display, expected: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.to_string(), expected: expected.into() }
    }

    /// The same error seen from the section around: `prefix.key`.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        self.key = if self.key.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.key) };
        self
    }
}

/// `Ok` when `legal`, else the error that names key, value and what is expected.
///
/// # Errors
///
/// [`InvalidValue`] when `legal` is false.
pub fn ensure(legal: bool, key: &str, value: impl Display, expected: &str) -> Result<(), InvalidValue> {
    if legal { Ok(()) } else { Err(InvalidValue::new(key, value, expected)) }
}
