//! A report: runs that were read, and the page that is made of them.

use std::path::Path;

use crate::error::ReportError;
use crate::groups::{Group, groups};
use crate::page;
use crate::pictures::Album;
use crate::run::RunRecords;

/// The most bytes of a report. Pictures take what the rest leaves.
pub const MOST_BYTES: usize = 3_000_000;

/// What the pictures leave free, since they fit their room only about.
const MARGIN: usize = 100_000;

/// One or several runs.
#[derive(Clone, Debug)]
pub struct Report {
    runs: Vec<RunRecords>,
    groups: Vec<Group>,
}

impl Report {
    /// Reads the records in the folders of runs.
    ///
    /// # Errors
    /// [`ReportError`] where none is named, one is named twice, or one is no run. Damaged records are no error but a note.
    pub fn read(paths: &[impl AsRef<Path>]) -> Result<Self, ReportError> {
        if paths.is_empty() {
            return Err(ReportError::Nothing);
        }
        let mut runs: Vec<RunRecords> = Vec::with_capacity(paths.len());
        let mut known = std::collections::BTreeSet::new();
        for path in paths {
            let path = path.as_ref();
            let run = RunRecords::read(path)?;
            if !known.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned())) {
                return Err(ReportError::Twice { path: path.to_owned() });
            }
            runs.push(run);
        }
        name_apart(&mut runs);
        let groups = groups(&runs);
        Ok(Self { runs, groups })
    }

    /// What could not be read and was left out, each with its place.
    pub fn notes(&self) -> Vec<&str> {
        self.runs.iter().flat_map(|run| &run.notes).map(String::as_str).collect()
    }

    /// The page: HTML that needs nothing else, of at most [`MOST_BYTES`].
    pub fn html(&self) -> String {
        self.page(false)
    }

    /// The page as it is served while a run goes on: it asks its server for news.
    pub fn live_html(&self) -> String {
        self.page(true)
    }

    fn page(&self, live: bool) -> String {
        let none = vec![Album::default(); self.runs.len()];
        let without = page::write(&self.runs, &self.groups, &none, live).len();
        let room = (MOST_BYTES - MARGIN).saturating_sub(without) / self.runs.len();
        let albums: Vec<Album> = self.runs.iter().map(|run| Album::of(run, room)).collect();
        page::write(&self.runs, &self.groups, &albums, live)
    }
}

/// Runs of the same name are called by their whole path.
fn name_apart(runs: &mut [RunRecords]) {
    let names: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
    for run in runs {
        if names.iter().filter(|name| **name == run.name).count() > 1 {
            run.name = run.path.display().to_string();
        }
    }
}
