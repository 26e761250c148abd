//! The report of suites whose modes a classifier names: modes of all samples and of the recognisable ones, beside published rows.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

use super::{
    aggregate::{Estimate, cost_beside, count_verdicts},
    cell::{Failure, Finished, Recipe},
    markdown::{aligned, builds, estimate, failures, origin, verdicts},
    provenance::{Sitting, sittings},
    reported::Reported,
    results::write_results,
    suite::{Made, Outcome, Request},
    summary::Metrics,
};

/// What a suite of this kind adds to its runs.
pub(super) struct Protocol {
    /// What a row starts with.
    pub(super) recipe: fn(&Path, &str) -> Result<Recipe>,
    /// The row whose steps a row's cost is taken against; its own name where it is that row.
    pub(super) beside: fn(&str) -> &str,
    /// What others report for the rows, by our names.
    pub(super) reported: &'static [(&'static str, Reported)],
    /// What others report besides.
    pub(super) elsewhere: &'static [Reported],
    /// What is to be known of the rows, as list entries of Markdown.
    pub(super) notes: &'static str,
}

/// The folder of published pictures of a request.
pub(super) fn data_folder<'a>(request: &Request<'a>, name: &str) -> Result<&'a Path> {
    let folder = request.data.with_context(|| {
        format!(
            "the suite {} trains on the published pictures of {name}: name a folder that holds {name}/ with --data or GANYMEDE_DATA",
            request.suite.name
        )
    })?;
    for part in ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"] {
        let file = folder.join(name).join(part);
        anyhow::ensure!(file.is_file(), "{}: no such file; --data names the folder that holds {name}/", file.display());
    }
    Ok(folder)
}

/// The overrides that say where the training part of a published set lies; `table` is its table in the configuration.
pub(super) fn places(folder: &Path, name: &str, table: &str) -> Vec<String> {
    let file = |key: &str, part: &str| {
        let path = folder.join(name).join(format!("train-{part}-ubyte.gz"));
        format!("{table}.{key}={}", toml::Value::String(path.display().to_string()))
    };
    vec![file("path", "images-idx3"), file("labels", "labels-idx1")]
}

/// Writes what came out of the runs of a suite.
pub(super) fn report(made: &Made<'_>, protocol: &Protocol) -> Result<Outcome> {
    let report = Report::new(made, protocol)?;
    write_results(made.out, &report, &report.page(protocol))?;
    Ok(Outcome { console: report.table(), complete: report.failed.is_empty() })
}

/// One row over its seeds.
#[derive(Serialize)]
struct Row {
    name: String,
    n: usize,
    /// The steps of its runs, and those of its protocol.
    steps: Option<u64>,
    configured_steps: Option<i64>,
    modes_covered: Option<Estimate>,
    modes_kept: Option<Estimate>,
    recognisable_percent: Option<Estimate>,
    modes_recognised: Option<Estimate>,
    modes_recognised_kept: Option<Estimate>,
    modes_invented: Option<Estimate>,
    reverse_kl: Option<Estimate>,
    jensen_shannon: Option<Estimate>,
    /// Seconds a step over those of the row beside it, of the same seed and sitting.
    cost: Option<Estimate>,
    milliseconds: Option<Estimate>,
    verdicts: BTreeMap<String, usize>,
    reported: Option<Reported>,
}

impl Row {
    fn of<'a>(row: &str, metrics: &(impl Iterator<Item = &'a Metrics> + Clone)) -> Self {
        let over = |read: fn(&Metrics) -> Option<f64>| Estimate::of(metrics.clone().filter_map(read));
        Self {
            name: row.to_owned(),
            n: metrics.clone().count(),
            steps: None,
            configured_steps: None,
            modes_covered: over(|metrics| metrics.modes_covered),
            modes_kept: over(|metrics| metrics.modes_kept),
            recognisable_percent: over(|metrics| metrics.recognisable.map(|share| 100.0 * share)),
            modes_recognised: over(|metrics| metrics.modes_recognised),
            modes_recognised_kept: over(|metrics| metrics.modes_recognised_kept),
            modes_invented: over(|metrics| metrics.modes_invented),
            reverse_kl: over(|metrics| metrics.reverse_kl),
            jensen_shannon: over(|metrics| metrics.jensen_shannon),
            cost: None,
            milliseconds: None,
            verdicts: BTreeMap::new(),
            reported: None,
        }
    }

    /// Whether its runs were cut short.
    fn shortened(&self) -> Option<(u64, i64)> {
        let (steps, configured) = (self.steps?, self.configured_steps?);
        (i64::try_from(steps).is_ok_and(|steps| steps < configured)).then_some((steps, configured))
    }
}

#[derive(Serialize)]
struct Report {
    suite: &'static str,
    title: &'static str,
    sittings: Vec<Sitting>,
    modes_total: Option<f64>,
    mode_floor: Option<f64>,
    rows: Vec<Row>,
    /// As many real samples.
    real: Row,
    failed: Vec<Failure>,
}

impl Report {
    fn new(made: &Made<'_>, protocol: &Protocol) -> Result<Self> {
        let finished = made.finished();
        let rows = made.request.rows.iter().map(|name| row(name, made.request.root, &finished, protocol));
        let known = |read: fn(&Metrics) -> Option<f64>| finished.iter().find_map(|run| read(&run.summary.metrics));
        Ok(Self {
            suite: made.request.suite.name,
            title: made.request.suite.title,
            sittings: sittings(finished.iter().map(|run| &run.recorded.sitting)),
            modes_total: known(|metrics| metrics.modes_total),
            mode_floor: known(|metrics| metrics.mode_floor),
            rows: rows.collect::<Result<_>>()?,
            real: Row::of("real samples (oracle)", &finished.iter().map(|run| &run.summary.oracle)),
            failed: made.failed.clone(),
        })
    }

    fn table(&self) -> String {
        let total = self.modes_total.map_or(String::new(), |total| format!(" of {total}"));
        let floor = self.mode_floor.unwrap_or(1.0);
        let head = [
            "row".to_owned(),
            "n".to_owned(),
            "recognisable %".to_owned(),
            format!("modes{total}, recognisable"),
            format!("with >= {floor} of these"),
            format!("modes{total} (>= 1 sample)"),
            format!(">= {floor}"),
            "one mode would make".to_owned(),
            "reverse KL".to_owned(),
            "ms a step".to_owned(),
            "cost of a step".to_owned(),
            "verdicts".to_owned(),
        ];
        let line = |row: &Row| {
            vec![
                row.name.clone(),
                row.n.to_string(),
                estimate(row.recognisable_percent, 1),
                estimate(row.modes_recognised, 1),
                estimate(row.modes_recognised_kept, 1),
                estimate(row.modes_covered, 1),
                estimate(row.modes_kept, 1),
                estimate(row.modes_invented, 1),
                estimate(row.reverse_kl, 3),
                estimate(row.milliseconds, 1),
                estimate(row.cost, 2),
                verdicts(&row.verdicts),
            ]
        };
        let rows = self.rows.iter().chain([&self.real]).map(line);
        aligned(&std::iter::once(head.to_vec()).chain(rows).collect::<Vec<_>>())
    }

    fn page(&self, protocol: &Protocol) -> String {
        let parts = [
            format!("# Bench `{}`: {}\n\n", self.suite, self.title),
            self.caption(),
            self.table(),
            self.beside(),
            HOW_TO_READ.to_owned(),
            protocol.notes.to_owned(),
            builds(&self.sittings),
            failures(&self.failed),
            elsewhere(protocol.elsewhere),
            origin(&self.sittings),
        ];
        parts.concat()
    }

    /// Whether the runs are those of the protocols.
    fn caption(&self) -> String {
        let short: Vec<String> = self
            .rows
            .iter()
            .filter_map(|row| {
                row.shortened().map(|(steps, configured)| format!("{} {steps} of {configured}", row.name))
            })
            .collect();
        if short.is_empty() {
            return String::new();
        }
        format!("**Shortened, in steps of the protocols': {}.**\n\n", short.join(", "))
    }

    /// Our rows and the published ones, figure by figure; nothing where none is known.
    fn beside(&self) -> String {
        let known: Vec<&Row> = self.rows.iter().filter(|row| row.reported.is_some()).collect();
        if known.is_empty() {
            return String::new();
        }
        let head = ["row", "published as", "modes", "published", "reverse KL", "published", "source"];
        let line = |row: &&Row| {
            let theirs = |read: fn(&Reported) -> &'static str| row.reported.as_ref().map_or("-", read).to_owned();
            vec![
                row.name.clone(),
                theirs(|row| row.method),
                estimate(row.modes_covered, 1),
                theirs(|row| row.modes),
                estimate(row.reverse_kl, 2),
                theirs(|row| row.reverse_kl),
                theirs(|row| row.source),
            ]
        };
        let rows = std::iter::once(head.map(str::to_owned).to_vec()).chain(known.iter().map(line));
        format!("\n## Beside published rows\n\n{}", aligned(&rows.collect::<Vec<_>>()))
    }
}

/// A row from the finished runs.
fn row(name: &str, root: &Path, finished: &[Finished], protocol: &Protocol) -> Result<Row> {
    let of = |name: &str| finished.iter().filter(|run| run.recorded.key.strategy == name).collect::<Vec<_>>();
    let own = of(name);
    let beside = of((protocol.beside)(name));
    let cost = |run: &&Finished| cost_beside(run, beside.iter().copied());
    let recipe = (protocol.recipe)(root, name)?;
    let configured = recipe.text.parse::<toml::Table>()?.get("steps").and_then(toml::Value::as_integer);
    let assigned = recipe.overrides.iter().find_map(|one| one.strip_prefix("steps=")?.parse().ok());
    let steps = own.first().map(|run| run.summary.steps);
    Ok(Row {
        steps: steps.filter(|steps| own.iter().all(|run| run.summary.steps == *steps)),
        configured_steps: assigned.or(configured),
        cost: Estimate::of(own.iter().filter_map(cost)),
        milliseconds: Estimate::of(own.iter().map(|run| 1_000.0 / run.summary.steps_per_second)),
        verdicts: count_verdicts(own.iter().map(|run| run.summary.verdict_word())),
        reported: protocol.reported.iter().find(|(row, _)| *row == name).map(|(_, reported)| *reported),
        ..Row::of(name, &own.iter().map(|run| &run.summary.metrics))
    })
}

/// The table of what others report besides.
fn elsewhere(rows: &[Reported]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head = ["method", "modes", "reverse KL", "source"].map(str::to_owned).to_vec();
    let cells = rows.iter().map(|row| [row.method, row.modes, row.reverse_kl, row.source].map(str::to_owned).to_vec());
    format!(
        "\n## Reported elsewhere\n\nNot run here.\n\n{}",
        aligned(&std::iter::once(head).chain(cells).collect::<Vec<_>>())
    )
}

const HOW_TO_READ: &str = "
## How to read it

- ± is the standard error over the n seeds. The oracle row is the same on as many real samples.
- A classifier names the mode of every sample, also of a smudge. Recognisable are samples of which it is as sure as of 95 % of the
  real ones that it has not learnt from; modes of the others are no modes. Read these columns first.
- Modes (>= 1 sample) and reverse KL are what the literature reports, of all samples.
- One mode would make: the modes that the classifier's errors alone make of as many samples of a single mode.
- Reverse KL is against the digits' own shares; published figures are against equal ones, which for three digits of MNIST adds
  0.005. Sampling alone makes the oracle's.
- Cost of a step: seconds a step over those of the plain row of the same networks, seed by seed of one sitting.
";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::places;

    #[test]
    fn places_are_values_of_toml() {
        let places = places(Path::new("/some \"where\""), "mnist", "data.of");
        for (place, key) in places.iter().zip(["path", "labels"]) {
            let (assigned, value) = place.split_once('=').unwrap();
            assert_eq!(assigned, format!("data.of.{key}"));
            let table: toml::Table = format!("value = {value}").parse().unwrap();
            assert!(table["value"].as_str().unwrap().starts_with("/some \"where\"/mnist/train-"), "{place}");
        }
    }
}
