//! Suites that compare strategies by the modes they keep: `results.json`, `results.csv`, `results.md` and the pictures.
#![expect(clippy::format_push_string, reason = "these texts are small")]

mod page;

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::{
    aggregate::{Aggregate, Estimate, MetricEstimates, cost, oracle},
    cell::{Failure, Finished, Recipe},
    chart::{Bar, bar_chart},
    provenance::{Sitting, sittings},
    reported::Reported,
    results::write_results,
    suite::{BASELINE, Made, Outcome, Suite},
    summary::Summary,
};
use crate::{registry, workspace::write};

/// What others report for the same data.
pub(super) struct Literature {
    pub(super) reported: &'static [Reported],
    /// Which of these rows a row of ours repeats.
    pub(super) counterpart: fn(&[Reported], &str) -> Option<Reported>,
}

impl Literature {
    /// Nothing is known.
    pub(super) const NONE: Self = Self::of(&[]);

    /// Rows that no row of ours repeats.
    pub(super) const fn of(reported: &'static [Reported]) -> Self {
        Self { reported, counterpart: |_, _| None }
    }
}

/// The baseline and every strategy.
pub(super) fn strategies(root: &Path) -> Result<Vec<String>> {
    Ok(std::iter::once(BASELINE.to_owned()).chain(registry::strategies(root)?).collect())
}

/// Writes the results of the runs; `recipe` is what they were started with.
pub(super) fn report(
    made: &Made<'_>,
    recipe: impl Fn(&Path, &str) -> Result<Recipe>,
    literature: &Literature,
) -> Result<Outcome> {
    let baseline = recipe(made.request.root, BASELINE)?.text.parse::<toml::Table>()?;
    let configured_steps = baseline.get("steps").and_then(toml::Value::as_integer);
    let report = Report::new(made, literature, configured_steps);
    report.write(made.out)?;
    Ok(Outcome { console: page::table(&report), complete: report.failed.is_empty() })
}

/// One finished run as a row of `results.json`.
#[derive(Serialize)]
struct Row {
    strategy: String,
    seed: u64,
    config_hash: String,
    sitting: String,
    cost: Option<f64>,
    summary: Summary,
}

#[derive(Serialize)]
struct Report {
    suite: &'static str,
    title: &'static str,
    /// The steps of every run, where they agree.
    steps: Option<u64>,
    /// The steps of the configuration.
    configured_steps: Option<i64>,
    sittings: Vec<Sitting>,
    oracle: MetricEstimates,
    aggregates: Vec<Aggregate>,
    rows: Vec<Row>,
    failed: Vec<Failure>,
    reported_elsewhere: &'static [Reported],
    /// The paper's figures for the rows of `aggregates`, in their order, where the suite repeats its table.
    counterparts: Vec<Option<Reported>>,
}

impl Report {
    /// Gathers the results of the finished runs.
    fn new(made: &Made<'_>, literature: &Literature, configured_steps: Option<i64>) -> Self {
        let (Suite { name, title, .. }, strategies) = (made.request.suite, made.request.rows);
        let mut finished = made.finished();
        let rank = |run: &Finished| strategies.iter().position(|name| *name == run.recorded.key.strategy);
        finished.sort_by_key(|run| (rank(run), run.recorded.key.seed));
        let row = |run: &Finished| Row {
            strategy: run.recorded.key.strategy.clone(),
            seed: run.recorded.key.seed,
            config_hash: run.recorded.key.config_hash.clone(),
            sitting: run.recorded.sitting.id.clone(),
            cost: cost(run, &finished),
            summary: run.summary.clone(),
        };
        let steps = finished.first().map(|run| run.summary.steps);
        Self {
            suite: name,
            title,
            steps: steps.filter(|steps| finished.iter().all(|run| run.summary.steps == *steps)),
            configured_steps,
            sittings: sittings(finished.iter().map(|run| &run.recorded.sitting)),
            oracle: oracle(&finished),
            aggregates: strategies.iter().map(|strategy| Aggregate::of(strategy, &finished)).collect(),
            rows: finished.iter().map(row).collect(),
            failed: made.failed.clone(),
            reported_elsewhere: literature.reported,
            counterparts: strategies.iter().map(|row| (literature.counterpart)(literature.reported, row)).collect(),
        }
    }

    fn write(&self, out: &Path) -> Result<()> {
        write(&out.join("results.csv"), &self.csv())?;
        let pictures = self.pictures();
        for (name, picture) in &pictures {
            write(&out.join(name), picture)?;
        }
        let names: Vec<&str> = pictures.iter().map(|(name, _)| *name).collect();
        write_results(out, self, &page::page(self, &names))
    }

    fn csv(&self) -> String {
        let mut text = "suite,strategy,seed,device,steps,seconds,steps_per_second,cost,modes_total,modes_covered,\
                        modes_covered_20,high_quality,mode_spread_median,mode_spread_least,mode_offset_median,reverse_kl,jensen_shannon,std,std_ratio,sitting\n"
            .to_owned();
        for row in &self.rows {
            let (summary, metrics) = (&row.summary, &row.summary.metrics);
            let numbers = [
                Some(summary.seconds),
                Some(summary.steps_per_second),
                row.cost,
                metrics.modes_total,
                metrics.modes_covered,
                metrics.modes_covered_20,
                metrics.high_quality,
                metrics.mode_spread_median,
                metrics.mode_spread_least,
                metrics.mode_offset_median,
                metrics.reverse_kl,
                metrics.jensen_shannon,
                metrics.std,
                metrics.std_ratio,
            ];
            let numbers: Vec<String> = numbers.map(|one| one.map_or(String::new(), |one| one.to_string())).into();
            let device = summary.device.replace('"', "\"\"");
            text += &format!("{},{},{},\"{device}\",", self.suite, row.strategy, row.seed);
            text += &format!("{},{},{}\n", summary.steps, numbers.join(","), row.sitting);
        }
        text
    }

    /// The bar charts whose numbers are known, with their file names.
    fn pictures(&self) -> Vec<(&'static str, String)> {
        let bars = |read: fn(&Aggregate) -> Option<Estimate>| -> Vec<Bar> {
            let bar = |row: &Aggregate| read(row).map(|estimate| Bar { label: row.strategy.clone(), estimate });
            self.aggregates.iter().filter_map(bar).collect()
        };
        let total = self.oracle.modes_total.map(|total| ("all modes", total));
        let floor = self.oracle.reverse_kl.map(|floor| ("real samples", floor.mean));
        [
            ("modes.svg", "modes with at least 20 samples", bars(|row| row.metrics.modes_covered_20), total),
            ("reverse-kl.svg", "reverse KL (lower is better)", bars(|row| row.metrics.reverse_kl), floor),
            ("cost.svg", "cost of a step, baseline = 1", bars(|row| row.cost), Some(("baseline", 1.0))),
        ]
        .into_iter()
        .filter(|(_, _, bars, _)| !bars.is_empty())
        .map(|(file, title, bars, reference)| (file, bar_chart(&format!("{}: {title}", self.title), &bars, reference)))
        .collect()
    }
}
