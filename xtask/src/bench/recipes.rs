//! The suite `recipes`: the configurations that the README speaks of, with verdict, own spread and offset of their modes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    aggregate::{MetricEstimates, count_verdicts},
    cell::{Failure, Finished, Recipe},
    markdown::{aligned, builds, estimate, failures, origin, verdicts},
    provenance::{Sitting, sittings},
    results::write_results,
    suite::{BASELINE, Defaults, Made, Outcome, Suite},
    summary::Metrics,
};

pub(super) static SUITE: Suite = Suite {
    name: "recipes",
    title: "the README's recipes",
    about: "The configurations that the README speaks of, with verdict, own spread and offset: ten minutes a seed",
    defaults: Defaults { seeds: 5, steps: None, jobs: None },
    rows: |_| Ok(RECIPES.iter().map(|(name, ..)| (*name).to_owned()).collect()),
    plan: |request| {
        request.cells_of(|root, row| {
            let (name, config, changes) = RECIPES.iter().find(|(name, ..)| *name == row).copied().unwrap_or(RECIPES[0]);
            let changes = changes.iter().map(|change| (*change).to_owned()).collect();
            Recipe::read(root, name, format!("configs/{config}.toml"), changes)
        })
    },
    report: |made| {
        let report = Report::new(made);
        write_results(made.out, &report, &report.page())?;
        Ok(Outcome { console: report.table(), complete: report.failed.is_empty() })
    },
};

/// The rows: name, configuration, what is changed in it. The last shows modes that are blobs beside their centres.
const RECIPES: [(&str, &str, &[&str]); 7] = [
    (BASELINE, "ring", &[]),
    ("conditional", "conditional", &[]),
    ("multi-generator", "multi-generator", &[]),
    ("unrolled", "unrolled", &[]),
    ("best-ring", "best-ring", &[]),
    ("best-grid", "best-grid", &[]),
    ("conditional-12", "conditional", &["data.modes=12"]),
];

/// One recipe over its seeds.
#[derive(Serialize)]
struct Row {
    recipe: String,
    n: usize,
    metrics: MetricEstimates,
    /// The final verdicts, each with the number of runs.
    verdicts: BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct Report {
    sittings: Vec<Sitting>,
    rows: Vec<Row>,
    /// As many real samples, for each number of modes.
    real: Vec<Row>,
    failed: Vec<Failure>,
}

impl Report {
    fn new(made: &Made<'_>) -> Self {
        let finished = made.finished();
        let row = |recipe: &String| {
            let own: Vec<&Finished> = finished.iter().filter(|run| run.recorded.key.strategy == *recipe).collect();
            let verdicts = count_verdicts(own.iter().map(|run| run.summary.verdict_word()));
            let metrics = MetricEstimates::of(&own.iter().map(|run| &run.summary.metrics));
            Row { recipe: recipe.clone(), n: own.len(), metrics, verdicts }
        };
        let modes = |metrics: &Metrics| metrics.modes_total.unwrap_or_default() as u64;
        let mut by_modes: BTreeMap<u64, Vec<&Metrics>> = BTreeMap::new();
        for run in &finished {
            by_modes.entry(modes(&run.summary.oracle)).or_default().push(&run.summary.oracle);
        }
        let real = by_modes.into_iter().map(|(modes, oracles)| Row {
            recipe: format!("real samples, {modes} modes"),
            n: oracles.len(),
            metrics: MetricEstimates::of(&oracles.into_iter()),
            verdicts: BTreeMap::new(),
        });
        Self {
            real: real.collect(),
            rows: made.request.rows.iter().map(row).collect(),
            sittings: sittings(finished.iter().map(|run| &run.recorded.sitting)),
            failed: made.failed.clone(),
        }
    }

    /// The table for the terminal and for the README.
    fn table(&self) -> String {
        let head = [
            "recipe",
            "n",
            "modes",
            "runs with all modes (>= 20)",
            "high quality %",
            "own spread, median",
            "least",
            "offset, median",
            "reverse KL",
            "verdicts",
        ];
        let line = |row: &Row| {
            let metrics = &row.metrics;
            let total = metrics.modes_total.map_or(String::new(), |total| format!(" of {total}"));
            let all = metrics.runs_with_all_modes_20.map_or("-".to_owned(), |full| format!("{full} of {}", row.n));
            vec![
                row.recipe.clone(),
                row.n.to_string(),
                estimate(metrics.modes_covered, 1) + &total,
                all,
                estimate(metrics.high_quality_percent, 1),
                estimate(metrics.mode_spread_median, 2),
                estimate(metrics.mode_spread_least, 2),
                estimate(metrics.mode_offset_median, 2),
                estimate(metrics.reverse_kl, 4),
                verdicts(&row.verdicts),
            ]
        };
        let rows = self.rows.iter().chain(&self.real).map(line);
        aligned(&std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect::<Vec<_>>())
    }

    fn page(&self) -> String {
        let parts = [
            "# Bench `recipes`: the README's recipes\n\n".to_owned(),
            self.table(),
            HOW_TO_READ.to_owned(),
            builds(&self.sittings),
            failures(&self.failed),
            origin(&self.sittings),
        ];
        parts.concat()
    }
}

const HOW_TO_READ: &str = "
- `configs/NAME.toml` as it is, the baseline is `configs/ring.toml`, and `conditional-12` is `conditional.toml` with
  `data.modes=12`. ± is the standard error over the n seeds.
- Own spread: the standard deviation of a mode's high-quality samples about their own mean, along one coordinate, in those of the
  data; median and least over the modes with at least 20 such samples. Offset: how far that mean lies from the true centre.
- The verdicts are those of the runs' summaries.
";
