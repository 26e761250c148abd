//! What is wrong with a configuration.

use thiserror::Error;

/// A configuration that cannot be used, in one line.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: cannot read the configuration: {reason}")]
    Unreadable {
        /// The file as named by the user.
        path: String,
        /// The operating system's words.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{location}: not valid TOML: {reason}")]
    Syntax {
        /// File and line.
        location: String,
        /// The parser's words.
        reason: String,
    },
    /// A `--set` that cannot be carried out.
    #[error("--set {assignment}: {reason}")]
    Override {
        /// The assignment as typed.
        assignment: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A key that means nothing.
    #[error("{location}: unknown key `{key}`; {hint}")]
    UnknownKey {
        /// File and line.
        location: String,
        /// Full dotted path of the key.
        key: String,
        /// The near miss, or the keys that exist.
        hint: String,
    },
    /// A value of the wrong type or outside its range.
    #[error("{location}: {key} = {value}: {expected}")]
    Value {
        /// File and line.
        location: String,
        /// Full dotted path of the key.
        key: String,
        /// The value as written.
        value: String,
        /// What is legal.
        expected: String,
    },
    /// A strategy's name that cannot be used.
    #[error("{location}: {reason}")]
    Strategy {
        /// File and line.
        location: String,
        /// What is wrong, and the remedy.
        reason: String,
    },
}
