//! Why a sweep cannot be planned or made.

use thiserror::Error;

/// A sweep that cannot be planned or made. Every message names the place and the remedy.
#[derive(Debug, Error)]
pub enum SweepError {
    /// A file that cannot be read.
    #[error("{location}: {path}: cannot be read: {reason}; {remedy}")]
    Unreadable {
        /// Who names it: the file itself, or a line of the sweep's file.
        location: String,
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// Text that is no TOML, or a section with keys or types that it does not have.
    #[error("{location}: {reason}")]
    Syntax {
        /// File and line.
        location: String,
        /// What the parser says.
        reason: String,
    },
    /// A value that cannot be used.
    #[error("{location}: {key} = {value}: {expected}")]
    Invalid {
        /// File and line.
        location: String,
        /// The dotted key.
        key: String,
        /// The bad value.
        value: String,
        /// What is legal.
        expected: String,
    },
    /// A key that two parts of the sweep change.
    #[error("{location}: {key}: {other} changes it too; name it in one place")]
    ChangedTwice {
        /// File and line.
        location: String,
        /// The dotted key.
        key: String,
        /// The other place.
        other: String,
    },
    /// More cells than a sweep may have.
    #[error("{path}: {cells} cells are more than {most}; take values out, or draw some with [random]")]
    TooMany {
        /// The sweep's file.
        path: String,
        /// How many it asks for.
        cells: u128,
        /// The most.
        most: u128,
    },
    /// Two cells that would share a folder.
    #[error("{path}: the cells {name} collide: two variants are the same run; take one of them out")]
    Colliding {
        /// The sweep's file.
        path: String,
        /// The folder's name.
        name: String,
    },
    /// A folder that cannot hold the sweep.
    #[error("{folder}: {reason}; {remedy}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// A cell's configuration that the program refuses.
    #[error("{location}: {reason}")]
    Refused {
        /// File and line.
        location: String,
        /// The program's message.
        reason: String,
    },
    /// A program that is not there.
    #[error("{location}: {program} is not on the PATH; {remedy}")]
    NoProgram {
        /// Who asks for it: file and line.
        location: String,
        /// Its name.
        program: String,
        /// What to do.
        remedy: String,
    },
    /// A file that cannot be written or a program that cannot be started while the sweep is made.
    #[error("{what}: {reason}; what is finished stays, and starting the sweep again goes on")]
    Failed {
        /// The file or the program.
        what: String,
        /// What the system says.
        reason: String,
    },
}

impl SweepError {
    /// Whether the sweep went wrong on the way, rather than being refused before its first run.
    pub fn on_the_way(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// The failure of a file or program on the way.
    pub(crate) fn failed(what: impl std::fmt::Display, reason: impl std::fmt::Display) -> Self {
        Self::Failed { what: what.to_string(), reason: reason.to_string() }
    }
}
