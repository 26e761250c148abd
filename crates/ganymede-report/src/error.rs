//! What can be wrong with the folder of a run.

use std::path::PathBuf;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no such folder.
    #[error("{}: there is no such folder; name the folder of a run, such as runs/00001-ring", path.display())]
    Missing {
        /// What was named.
        path: PathBuf,
    },
    /// It is a file.
    #[error("{}: this is a file; name the folder of a run, such as runs/00001-ring", path.display())]
    File {
        /// What was named.
        path: PathBuf,
    },
    /// It is a folder without a run.
    #[error(
        "{}: no run was begun here (there is neither config.toml nor stats.jsonl); name the folder of a run, such as \
         runs/00001-ring", path.display()
    )]
    NoRun {
        /// What was named.
        path: PathBuf,
    },
    /// Something in it cannot be read.
    #[error("{}: cannot be read: {source}; make it readable", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A run was named twice.
    #[error("{}: this run is named twice; name each run once", path.display())]
    Twice {
        /// The run.
        path: PathBuf,
    },
    /// No run was named.
    #[error("no run to report on; name the folder of a run, such as runs/00001-ring")]
    Nothing,
}
