//! What makes the cells of a sweep: this machine, or a cluster.

pub(crate) mod local;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::Deserialize;
use toml::{Table, Value};

use crate::document::Document;
use crate::error::SweepError;
use crate::file::SweepFile;
use crate::folder::SweepFolder;
use crate::plan::{Cell, Plan};

/// Runs side by side on this machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalConfig {
    /// How many at once; as many as there are cores when left out.
    pub jobs: Option<NonZeroUsize>,
    /// How many threads each computes with.
    #[serde(default = "one")]
    pub threads: NonZeroUsize,
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

/// `[engine]`: who makes the runs.
#[derive(Clone, Debug)]
pub enum EngineConfig {
    /// This machine.
    Local(LocalConfig),
}

/// The kinds of engine.
const KINDS: [&str; 1] = ["local"];

impl EngineConfig {
    /// Reads `[engine]`, whose keys depend on its `kind`.
    pub(crate) fn read(document: &Document, mut table: Table) -> Result<Self, SweepError> {
        let kind = table.remove("kind").unwrap_or_else(|| Value::String(KINDS[0].to_owned()));
        if kind.as_str() == Some("local") {
            return Ok(Self::Local(document.section("engine", table)?));
        }
        let known: Vec<String> = KINDS.iter().map(|kind| format!("\"{kind}\"")).collect();
        Err(document.invalid("engine.kind", kind, format!("expected {}", known.join(" or "))))
    }
}

/// A cell that did not end well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its position in [`Plan::cells`].
    pub cell: usize,
    /// How it ended.
    pub reason: String,
    /// What it wrote last.
    pub last_lines: Vec<String>,
    /// The file with all that it wrote.
    pub log: PathBuf,
}

/// Cells to make, and what for.
pub struct Work<'a> {
    /// The sweep's file.
    pub file: &'a SweepFile,
    /// What there is to make.
    pub plan: &'a Plan,
    /// Where to.
    pub folder: &'a SweepFolder,
    /// The program `ganymede`.
    pub program: PathBuf,
    /// The resolved configuration of a cell: TOML with which the program trains it, wherever it lies.
    pub configure: &'a (dyn Fn(&Cell) -> Result<String, String> + Sync),
    /// Whether the user has asked to stop.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
    /// Shows a line of progress.
    pub say: &'a (dyn Fn(&str) + Sync),
}
