//! The suite `cost`: what a step of each strategy costs beside the plain GAN's.
//!
//! Short runs without evaluation and detector, one at a time unless `--jobs` says otherwise, seed by seed. The median over the
//! seeds is what counts: a machine's slow spell spoils a mean.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::{
    aggregate::{Spread, cost},
    cell::{Finished, Recipe},
    markdown, report,
    results::write_results,
    suite::{BASELINE, Defaults, Outcome, Suite},
};
use crate::registry;

pub(super) static SUITE: Suite = Suite {
    name: "cost",
    title: "what a step costs",
    about: "What a step of every strategy costs: short runs, one at a time unless --jobs says otherwise: minutes",
    // Two programs on one machine slow each other down.
    defaults: Defaults { seeds: 3, steps: Some(1_000), jobs: Some(1) },
    rows,
    plan: |request| request.cells_of(|root, row| Recipe::read(root, row, config(row), changes(row))),
    report: |made| {
        let report = Report::of_strategies(made, Row::of);
        write_results(made.out, &report, &report.page())?;
        Ok(Outcome { console: report.console(), complete: report.all_ended_well() })
    },
};

/// What leaves nothing but steps.
const BARE: [&str; 2] = ["evaluation.every=1000000000", "detector.every=0"];

/// The strategy whose kinds cost differently, and the kinds.
const KINDS: (&str, [&str; 5]) = ("gradient-penalty", ["wgan-gp", "dragan", "r1", "r2", "r1-r2"]);

/// The rows: the baseline and every strategy, the gradient penalty in each of its kinds.
fn rows(root: &Path) -> Result<Vec<String>> {
    let (penalty, kinds) = KINDS;
    let rows = registry::strategies(root)?.into_iter().flat_map(|strategy| match strategy.as_str() {
        name if name == penalty => kinds.iter().map(|kind| format!("{penalty}-{kind}")).collect(),
        _ => vec![strategy],
    });
    Ok(std::iter::once(BASELINE.to_owned()).chain(rows).collect())
}

/// The configuration of a row's runs.
fn config(name: &str) -> String {
    match name {
        BASELINE => "configs/ring.toml".to_owned(),
        _ if kind(name).is_some() => format!("configs/{}.toml", KINDS.0),
        _ => format!("configs/{name}.toml"),
    }
}

/// What is changed in it.
fn changes(name: &str) -> Vec<String> {
    let kind = kind(name).map(|kind| format!("strategy.0.kind=\"{kind}\""));
    BARE.iter().map(|one| (*one).to_owned()).chain(kind).collect()
}

/// Which of [`KINDS`] a row is of.
fn kind(name: &str) -> Option<&str> {
    name.strip_prefix(KINDS.0)?.strip_prefix('-')
}

/// One strategy over its seeds.
#[derive(Serialize)]
struct Row {
    strategy: String,
    milliseconds: Option<Spread>,
    /// Over the baseline's of the same seed and sitting.
    cost: Option<Spread>,
}

impl Row {
    fn of(strategy: &str, finished: &[Finished]) -> Self {
        let own = || finished.iter().filter(|run| run.recorded.key.strategy == *strategy);
        Self {
            strategy: strategy.to_owned(),
            milliseconds: Spread::of(own().map(|run| 1_000.0 / run.summary.steps_per_second)),
            cost: Spread::of(own().filter_map(|run| cost(run, finished))),
        }
    }
}

type Report = report::Report<Row>;

impl Report {
    fn console(&self) -> String {
        let head = ["strategy", "n", "milliseconds a step", "cost of a step", "least to most"];
        let rows = self.rows.iter().map(|row| {
            let time = row.milliseconds.map_or("-".to_owned(), |spread| format!("{:.3}", spread.median));
            let median = row.cost.map_or("-".to_owned(), |spread| format!("{:.2}", spread.median));
            let ends = row.cost.map_or("-".to_owned(), |spread| format!("{:.2} to {:.2}", spread.least, spread.most));
            vec![row.strategy.clone(), row.cost.map_or(0, |spread| spread.n).to_string(), time, median, ends]
        });
        let head = std::iter::once(head.map(str::to_owned).to_vec());
        markdown::aligned(&head.chain(rows).collect::<Vec<_>>())
    }

    fn page(&self) -> String {
        let parts =
            ["# Bench `cost`: what a step costs\n\n".to_owned(), self.console(), HOW_TO_READ.to_owned(), self.foot()];
        parts.concat()
    }
}

const HOW_TO_READ: &str = "
- `configs/NAME.toml` without evaluation and detector, one compute thread; the baseline is `configs/ring.toml`.
- Milliseconds and cost are medians over n seeds. A cost is seconds a step over those of the baseline of the same seed and sitting.
";
