//! The report of a suite: a row for each finished run or each strategy, the calls that made them, and the runs that failed.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    cell::{Cell, Failure, Finished},
    markdown::{builds, failures, origin},
    provenance::{Sitting, sittings},
    suite::Made,
};
use crate::workspace::read;

/// What `results.json` holds. A suite says what a row is, and how rows become a table.
#[derive(Debug, Serialize)]
pub(super) struct Report<Row> {
    pub(super) sittings: Vec<Sitting>,
    pub(super) rows: Vec<Row>,
    pub(super) failed: Vec<Failure>,
}

/// A run that is finished, by this call or an earlier one.
pub(super) struct Run<'a> {
    pub(super) cell: &'a Cell,
    pub(super) finished: Finished,
    /// Where it lies.
    pub(super) folder: PathBuf,
}

impl Run<'_> {
    /// The row of the suite that it belongs to.
    pub(super) fn name(&self) -> &str {
        &self.cell.key.strategy
    }

    /// Its records, the text of `stats.jsonl`.
    pub(super) fn records(&self) -> Result<String> {
        read(&self.folder.join("stats.jsonl"))
    }

    /// What stands as JSON in a file of its folder.
    pub(super) fn json<T: DeserializeOwned>(&self, file: &str) -> Result<T> {
        let file = self.folder.join(file);
        serde_json::from_str(&read(&file)?).with_context(|| format!("cannot use {}", file.display()))
    }
}

impl<Row> Report<Row> {
    /// A row for each finished run, in the order of the plan.
    pub(super) fn of_runs(made: &Made<'_>, row: impl Fn(Run<'_>) -> Result<Row>) -> Result<Self> {
        let (mut rows, mut found) = (Vec::new(), Vec::new());
        for cell in made.cells {
            let Some(finished) = cell.finished(made.out) else { continue };
            let folder = cell.folder(made.out);
            let unusable = format!("{}: remove this folder to make the run again", folder.display());
            found.push(finished.recorded.sitting.clone());
            rows.push(row(Run { cell, finished, folder }).context(unusable)?);
        }
        Ok(Self { sittings: sittings(found.iter()), rows, failed: made.failed.clone() })
    }

    /// A row for each strategy that was asked for, from all finished runs.
    pub(super) fn of_strategies(made: &Made<'_>, row: impl Fn(&str, &[Finished]) -> Row) -> Self {
        let finished = made.finished();
        Self {
            sittings: sittings(finished.iter().map(|run| &run.recorded.sitting)),
            rows: made.request.rows.iter().map(|name| row(name, &finished)).collect(),
            failed: made.failed.clone(),
        }
    }

    /// Whether no run failed.
    pub(super) fn all_ended_well(&self) -> bool {
        self.failed.is_empty()
    }

    /// How its page ends: several builds, failures, and where the runs come from.
    pub(super) fn foot(&self) -> String {
        [builds(&self.sittings), failures(&self.failed), origin(&self.sittings)].concat()
    }
}
