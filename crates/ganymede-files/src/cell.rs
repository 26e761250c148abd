//! Where in a file a value stands.

use std::fmt;

/// A place in a file of samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// An element of an array: an index for each dimension, counted from 0, as numpy does.
    Element {
        /// The indices.
        index: Vec<u64>,
    },
    /// A field of a `.csv` file, both counted from 1, as editors do.
    Field {
        /// Line number.
        line: u64,
        /// Column number.
        column: usize,
    },
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element { index } => {
                let index: Vec<String> = index.iter().map(u64::to_string).collect();
                write!(formatter, "index [{}]", index.join(", "))
            }
            Self::Field { line, column } => write!(formatter, "line {line}, column {column}"),
        }
    }
}
