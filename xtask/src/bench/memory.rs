//! The suite `memory`: does long work stay flat?
//!
//! Every strategy trains a long run whose steps are cheap but which leaves everything else switched on. Its memory is
//! watched from outside, and the last tenth of the run is held against an early one. The runs are single cells of the bench
//! like any other.

pub(super) mod chart;
mod growth;
mod page;
pub(super) mod pictures;
#[cfg(test)]
mod tests;
mod watch;

pub(super) use self::watch::Memory as ProcessMemory;

use std::{fs, path::Path, process};

use anyhow::{Result, ensure};
use serde::Serialize;

use self::{
    chart::Line,
    growth::{Growth, Verdict},
    watch::{Memory, MemoryLook, Watched},
};
use super::{
    cell::{Cell, Recipe},
    comparison, quick,
    report::{self, Run},
    results::write_results,
    suite::{Defaults, Made, Outcome, Request, Suite},
    summary::Summary,
};
use crate::workspace::write;

pub(super) static SUITE: Suite = Suite {
    name: "memory",
    title: "resident memory over long runs",
    about: "Whether long runs stay flat: resident memory over 100,000 cheap steps (or --steps) of each strategy, with one \
            seed unless --seeds says more. Fails where a run grows. Linux only",
    // Memory depends on what is switched on, hardly on the numbers.
    defaults: Defaults { seeds: 1, steps: Some(STEPS), jobs: None },
    rows: comparison::strategies,
    plan,
    report: |made| {
        let report = Report::of(made)?;
        report.write(made.out)?;
        Ok(Outcome { console: page::table(&report) + &page::remarks(&report), complete: report.complete() })
    },
};

/// Steps of a run, unless `--steps` says otherwise.
const STEPS: u64 = 100_000;

/// What makes steps cheap. Evaluation, detector and checkpoints keep the defaults that follow from the steps.
const CHEAP: &[&str] = &["batch_size=16", "generator.hidden=[16]", "discriminator.hidden=[16]"];

/// The part of the wall time that evaluation, records and checkpoints may take.
const MOST_WATCHING: f64 = 0.05;

/// The file of the picture.
const PICTURE: &str = "resident.svg";

/// The runs of the strategies asked for, watched from outside.
fn plan(request: &Request<'_>) -> Result<Vec<Cell>> {
    ensure!(
        Memory::of(process::id()).is_some(),
        "the suite `memory` needs Linux: it reads a program's memory from /proc/PID/status, which is not here"
    );
    let cheap = |root: &Path, row: &str| {
        let own = quick::own(root, row)?;
        Ok(Recipe { overrides: CHEAP.iter().map(|one| (*one).to_owned()).collect(), ..own })
    };
    let cells = request.cells_of(cheap)?;
    Ok(cells.into_iter().map(|cell| cell.waiting_by(watch::watch)).collect())
}

/// One run with how its memory went.
#[derive(Serialize)]
struct Row {
    strategy: String,
    seed: u64,
    /// Where its looks lie, below the bench's folder.
    folder: String,
    steps: u64,
    verdict: Verdict,
    growth: Option<Growth>,
    peak_mib: f64,
    looks: usize,
    records_bytes_per_1000_steps: f64,
    folder_bytes: u64,
    /// Of the wall time, 0 to 1; `None` where the run does not say.
    watching_share: Option<f64>,
    /// For the picture.
    #[serde(skip)]
    resident: Vec<MemoryLook>,
}

impl Row {
    fn of(run: &Run<'_>, out: &Path) -> Result<Self> {
        let (summary, watched) = (&run.finished.summary, run.json::<Watched>(watch::FILE)?);
        let growth = Growth::of(&watched.looks, summary.steps);
        Ok(Self {
            strategy: run.name().to_owned(),
            seed: run.cell.key.seed,
            folder: run.folder.strip_prefix(out).unwrap_or(&run.folder).display().to_string(),
            steps: summary.steps,
            verdict: Verdict::of(growth.as_ref()),
            growth,
            peak_mib: watched.peak_kib as f64 / 1024.0,
            looks: watched.looks.len(),
            records_bytes_per_1000_steps: 1000.0 * watched.records_bytes as f64 / summary.steps.max(1) as f64,
            folder_bytes: watched.folder_bytes,
            watching_share: watching_share(summary),
            resident: watched.looks,
        })
    }

    fn name(&self) -> String {
        format!("{} seed {}", self.strategy, self.seed)
    }
}

fn watching_share(summary: &Summary) -> Option<f64> {
    let watching = summary.evaluation_seconds?;
    Some(watching / (summary.seconds + watching)).filter(|share| share.is_finite())
}

type Report = report::Report<Row>;

impl Report {
    /// Judges the finished runs, strategy by strategy in the order in which they were asked for.
    fn of(made: &Made<'_>) -> Result<Self> {
        let mut report = Self::of_runs(made, |run| Row::of(&run, made.out))?;
        let place = |row: &Row| made.request.rows.iter().position(|name| *name == row.strategy);
        report.rows.sort_by_key(|row| (place(row), row.seed));
        Ok(report)
    }

    /// Writes `results.json`, `results.md` and the picture.
    fn write(&self, out: &Path) -> Result<()> {
        let picture = out.join(PICTURE);
        let line = |row: &Row| Line { label: row.name(), looks: row.resident.clone() };
        match chart::line_chart(&self.rows.iter().map(line).collect::<Vec<_>>()) {
            Some(chart) => write(&picture, &chart)?,
            None => drop(fs::remove_file(&picture)),
        }
        write_results(out, self, &page::page(self))
    }

    /// Whether every run ended well and stayed flat.
    fn complete(&self) -> bool {
        self.all_ended_well() && self.rows.iter().all(|row| row.verdict == Verdict::Flat)
    }
}
