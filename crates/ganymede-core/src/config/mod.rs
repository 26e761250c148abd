//! Configuration in two stages: what is typed in ([`Document`], [`Section`]), and an [`Experiment`] that can only be
//! valid. Every error names the file, the line, the key, the bad value and what is legal.

mod checkpoint;
mod detector;
mod document;
mod evaluation;
mod experiment;
mod near_miss;
mod section;

pub use checkpoint::{CheckpointSection, OnFailure};
pub use detector::{DetectorSection, OnCollapse};
pub use document::Document;
pub use evaluation::{BestBy, EvaluationConfig};
pub use experiment::{Experiment, OptimizersConfig, StrategyConfig, Updates};
pub use near_miss::near_miss;
pub use section::Section;
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
    #[error("{place}: not valid TOML: {reason}")]
    Syntax {
        /// File and line.
        place: String,
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
    #[error("{place}: unknown key `{key}`; {hint}")]
    UnknownKey {
        /// File and line.
        place: String,
        /// Full dotted path of the key.
        key: String,
        /// The near miss, or the keys that exist.
        hint: String,
    },
    /// A value of the wrong type or outside its range.
    #[error("{place}: {key} = {value}: {expected}")]
    Value {
        /// File and line.
        place: String,
        /// Full dotted path of the key.
        key: String,
        /// The value as written.
        value: String,
        /// What is legal.
        expected: String,
    },
    /// A strategy's name that cannot be used.
    #[error("{place}: {reason}")]
    Strategy {
        /// File and line.
        place: String,
        /// What is wrong, and the remedy.
        reason: String,
    },
}
