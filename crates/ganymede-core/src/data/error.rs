//! What can be wrong with data, each as one line that names the file, the place and the remedy.

use std::path::PathBuf;

use ganymede_files::FileError;
use thiserror::Error;

use crate::invalid::InvalidValue;

/// Data that cannot be used. Every message is one line with the remedy; paths are absolute.
#[derive(Debug, Error)]
pub enum DataError {
    /// A configuration value out of range.
    #[error(transparent)]
    Invalid(#[from] InvalidValue),

    /// There is no such file.
    #[error("{}: no such file; relative paths start at the folder of the configuration", path.display())]
    Missing {
        /// The path tried.
        path: PathBuf,
    },

    /// Whatever else is wrong with a file.
    #[error(transparent)]
    File(FileError),
}

impl From<FileError> for DataError {
    fn from(error: FileError) -> Self {
        match error {
            // Who wrote a path into a configuration has to know where it starts.
            FileError::Missing { path } => Self::Missing { path },
            error => Self::File(error),
        }
    }
}
