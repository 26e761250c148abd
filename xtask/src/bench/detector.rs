//! The suite `detector`: does the detector call every collapse, soon, and never a healthy run?
//!
//! Runs whose modes are known are labelled by their true modes; the detector, which does not know them, is held against
//! that. The runs are single cells of the bench like any other.

mod page;
mod truth;

use std::path::Path;

use anyhow::{Result, ensure};
use serde::Serialize;

use self::truth::{Case, DetectorLook};
use super::{
    cell::{Cell, DIAGNOSIS, Diagnosis, Recipe},
    report::{self, Run},
    results::write_results,
    suite::{Defaults, Made, Outcome, Suite},
};
use crate::workspace::read;

pub(super) static SUITE: Suite = Suite {
    name: "detector",
    title: "the detector on labelled runs",
    about: "Runs that collapse and runs that do not, to try the detector on; --strategies then names groups of runs",
    defaults: Defaults::USUAL,
    rows: |_| Ok(GROUPS.iter().map(|group| group.name.to_owned()).collect()),
    plan: |request| {
        let chosen = GROUPS.iter().filter(|group| request.rows.iter().any(|name| name == group.name));
        let recipes = chosen.map(|group| recipe(request.root, group, request.steps)).collect::<Result<Vec<_>>>()?;
        // The recipes say how many steps there are.
        Ok(request.cells(&recipes, None).into_iter().map(Cell::diagnosed).collect())
    },
    report: |made| {
        let report = Report::of(made)?;
        write_results(made.out, &report, &page::page(&report))?;
        Ok(Outcome { console: page::table(&report), complete: report.all_ended_well() })
    },
};

/// Looks in a run.
const LOOKS: u64 = 100;

/// Runs of one kind: a configuration and what is changed in it.
struct Group {
    name: &'static str,
    config: &'static str,
    changes: &'static [&'static str],
}

const GRID: &str = "data={ kind = \"grid\" }";
const LONGER: &str = "steps=8000";
const UNBALANCED: &str = "data.weights=[30, 20, 15, 10, 10, 5, 5, 5]";
const CLASSES: &str = "strategy=[{ name = \"conditional\" }]";
const A_GENERATOR_A_CLASS: &str = "strategy=[{ name = \"multi-generator\", assignment = \"class\" }]";
const FASTER: &str = "optimizer.generator.learning_rate=1e-3";
const SLOW: [&str; 2] = ["optimizer.generator.learning_rate=1e-4", "optimizer.discriminator.learning_rate=3e-5"];
const HASTY: [&str; 2] = ["optimizer.generator.learning_rate=2e-2", "optimizer.discriminator.learning_rate=2e-2"];
const EVEN: &str = "optimizer.discriminator.learning_rate=1e-3";

const fn group(name: &'static str, config: &'static str, changes: &'static [&'static str]) -> Group {
    Group { name, config, changes }
}

/// Baselines that collapse, cured runs, slow starters and learning rates too high, on four kinds of data.
const GROUPS: &[Group] = &[
    group("ring-baseline", "configs/ring.toml", &[]),
    group("ring-even-rates", "configs/ring.toml", &[EVEN]),
    group("ring-conditional", "configs/conditional.toml", &[]),
    group("ring-unrolled", "configs/unrolled.toml", &[]),
    group("ring-multi-generator", "configs/multi-generator.toml", &[]),
    group("ring-replay", "configs/replay.toml", &[]),
    group("ring-label-smoothing", "configs/label-smoothing.toml", &[]),
    group("ring-least-squares", "configs/ring.toml", &["objective.kind=\"least-squares\""]),
    group("ring-hinge", "configs/ring.toml", &["objective.kind=\"hinge\"", EVEN]),
    group("ring-slow-baseline", "configs/ring.toml", &SLOW),
    group("ring-slow-conditional", "configs/conditional.toml", &SLOW),
    group("ring-hasty-baseline", "configs/ring.toml", &HASTY),
    group("ring-hasty-conditional", "configs/conditional.toml", &HASTY),
    group("unbalanced-baseline", "configs/ring.toml", &[UNBALANCED]),
    group("unbalanced-conditional", "configs/conditional.toml", &[UNBALANCED]),
    group("unbalanced-multi-generator", "configs/multi-generator.toml", &[UNBALANCED]),
    group("grid-baseline", "configs/ring.toml", &[GRID, LONGER]),
    group("grid-even-rates", "configs/ring.toml", &[GRID, LONGER, EVEN]),
    group("grid-conditional", "configs/conditional.toml", &[GRID, LONGER]),
    group("grid-multi-generator", "configs/multi-generator.toml", &[GRID, LONGER]),
    group("high-dimensional-baseline", "configs/high-dimensional.toml", &["steps=2000"]),
    group("high-dimensional-conditional", "configs/high-dimensional.toml", &["steps=2000", CLASSES]),
    group(
        "high-dimensional-multi-generator",
        "configs/high-dimensional.toml",
        &["steps=2000", A_GENERATOR_A_CLASS, FASTER],
    ),
    group("high-dimensional-hasty", "configs/high-dimensional.toml", &["steps=2000", HASTY[0], HASTY[1]]),
];

/// How a group's runs are started: evaluated wherever the detector looks, so that every look has its truth.
fn recipe(root: &Path, group: &Group, steps: Option<u64>) -> Result<Recipe> {
    let text = read(&root.join(group.config))?;
    let written = group.changes.iter().find_map(|change| change.strip_prefix("steps=")).map(str::parse).transpose()?;
    let own = text.parse::<toml::Table>()?.get("steps").and_then(toml::Value::as_integer).map(i64::cast_unsigned);
    let steps = steps.or(written).or(own).unwrap_or(LOOKS);
    ensure!(steps >= LOOKS, "--steps {steps}: the suite looks {LOOKS} times, so a run needs at least {LOOKS} steps");
    let every = steps / LOOKS;
    let kept = group.changes.iter().filter(|change| !change.starts_with("steps=")).map(|change| (*change).to_owned());
    let added = [
        format!("steps={steps}"),
        format!("evaluation.every={every}"),
        "evaluation.best=\"nothing\"".to_owned(),
        format!("detector.every={every}"),
        "detector.on_collapse=\"ignore\"".to_owned(),
    ];
    let overrides = kept.chain(added).collect();
    Ok(Recipe { strategy: group.name.to_owned(), config: group.config.to_owned(), text, overrides, places: Vec::new() })
}

/// One run with what became of it.
#[derive(Serialize)]
struct Row {
    group: String,
    seed: u64,
    #[serde(flatten)]
    case: Case,
    /// The verdict of the run's summary.
    verdict: String,
    /// Whether `ganymede diagnose` of the run says the same; `None` where it was not asked.
    agrees: Option<bool>,
}

impl Row {
    /// Judges a finished run.
    fn of(run: &Run<'_>) -> Result<Self> {
        let summary = &run.finished.summary;
        let case = Case::of(&DetectorLook::read(&run.records()?)?, summary.steps);
        let verdict = summary.verdict_word().to_owned();
        let said = |diagnosis: Diagnosis| diagnosis.verdict == verdict && Some(diagnosis.headline) == summary.headline;
        let agrees = run.json(DIAGNOSIS).ok().map(said);
        Ok(Self { group: run.name().to_owned(), seed: run.cell.key.seed, case, verdict, agrees })
    }
}

type Report = report::Report<Row>;

impl Report {
    /// The finished runs, group by group.
    fn of(made: &Made<'_>) -> Result<Self> {
        let mut report = Self::of_runs(made, |run| Row::of(&run))?;
        let place = |row: &Row| GROUPS.iter().position(|group| group.name == row.group);
        report.rows.sort_by_key(|row| (place(row), row.seed));
        Ok(report)
    }
}
