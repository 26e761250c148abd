//! What came out of a sweep: a table, and the same as JSON.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::error::SweepError;
use crate::estimate::{Difference, Estimate};
use crate::figures::Figure;
use crate::file::SweepFile;
use crate::folder::{CellState, SweepFolder, store};
use crate::goals::Goals;
use crate::ladder::{Judgement, Ladder};
use crate::plan::Plan;
use crate::table::{aligned, count_words};

/// What came out.
#[derive(Debug, Serialize)]
pub struct Results {
    /// The sweep's file.
    pub sweep: String,
    /// The configuration that was changed.
    pub base: String,
    /// The versions of the program that made the runs.
    pub versions: Vec<String>,
    /// The variant that the others are compared with.
    pub baseline: String,
    /// The figures, in the order of the sweep's file.
    pub figures: Vec<&'static str>,
    /// The judgements of a sweep that stops variants on the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub halving: Vec<Judgement>,
    /// A row for each variant.
    pub variants: Vec<Row>,
    /// Every run.
    pub cells: Vec<Outcome>,
}

/// A variant over its seeds.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What it changes, in short.
    pub name: String,
    /// What it changes, `key = value`.
    pub set: BTreeMap<String, String>,
    /// The step at which it was judged and stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<u64>,
    /// Runs that are done, or were stopped.
    pub done: usize,
    /// Runs that failed.
    pub failed: usize,
    /// Runs that are neither.
    pub missing: usize,
    /// How often each verdict was given.
    pub verdicts: BTreeMap<String, usize>,
    /// The figures that at least one run has.
    pub figures: BTreeMap<&'static str, Compared>,
}

/// A figure of a variant.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// Over the seeds.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// From the baseline, over the seeds that both have; `None` for the baseline itself, without such a seed, and where one of the two
    /// was stopped earlier than the other.
    pub difference: Option<Difference>,
}

/// A run.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Its folder, below the sweep's.
    pub folder: String,
    /// The name of its variant.
    pub variant: String,
    /// Its seed.
    pub seed: u64,
    /// In which state it is.
    pub state: CellState,
    /// The step at which its variant was judged and stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<u64>,
    /// How it failed.
    pub failure: Option<String>,
    /// Its verdict.
    pub verdict: Option<String>,
    /// Its figures.
    pub figures: BTreeMap<&'static str, f64>,
    #[serde(skip)]
    variant_index: usize,
}

impl Results {
    /// Reads what the runs have left.
    pub fn of(file: &SweepFile, plan: &Plan, folder: &SweepFolder, ladder: Option<&Ladder>) -> Self {
        let halved = ladder.zip(file.halving.as_ref()).map(|(ladder, halving)| ladder.goals(plan, halving));
        let goals = halved.unwrap_or_else(|| Goals::whole(plan));
        let stopped_at = |variant: usize| goals.of(variant).steps.filter(|_| goals.of(variant).stopped);
        let mut versions = Vec::new();
        let mut cells = Vec::with_capacity(plan.cells.len());
        for cell in &plan.cells {
            let state = folder.state(cell, &goals);
            let has_ended = matches!(state, CellState::Done | CellState::Stopped);
            let summary = has_ended.then(|| folder.summary(&cell.name)).flatten().unwrap_or_default();
            let version = summary["version"].as_str().map(str::to_owned);
            versions.extend(version.filter(|version| !versions.contains(version)));
            let value = |figure: &Figure| Some((figure.name, figure.value(&summary)?));
            cells.push(Outcome {
                folder: format!("cells/{}", cell.name),
                variant: plan.variants[cell.variant].name.clone(),
                seed: cell.seed,
                state,
                stopped_at: stopped_at(cell.variant),
                failure: folder.failure_reason(&cell.name).filter(|_| state == CellState::Failed),
                verdict: summary["verdict"].as_str().map(str::to_owned),
                figures: file.figures.iter().filter_map(value).collect(),
                variant_index: cell.variant,
            });
        }
        let mut of_variant: Vec<Vec<&Outcome>> = vec![Vec::new(); plan.variants.len()];
        for outcome in &cells {
            of_variant[outcome.variant_index].push(outcome);
        }
        let baseline: HashMap<u64, &Outcome> = of_variant[0].iter().map(|outcome| (outcome.seed, *outcome)).collect();
        let row = |(index, outcomes): (usize, &Vec<&Outcome>)| {
            let variant = &plan.variants[index];
            let count = |wanted: CellState| outcomes.iter().filter(|outcome| outcome.state == wanted).count();
            let (done, failed) = (count(CellState::Done) + count(CellState::Stopped), count(CellState::Failed));
            let verdicts = count_words(outcomes.iter().filter_map(|outcome| outcome.verdict.as_deref()));
            let compared = |figure: &Figure| {
                let with = |outcome: &&&Outcome| Some((outcome.seed, *outcome.figures.get(figure.name)?));
                let values: Vec<(u64, f64)> = outcomes.iter().filter_map(|outcome| with(&outcome)).collect();
                let estimate = Estimate::of(values.iter().map(|(_, value)| *value))?;
                let pair = |(seed, value): &(u64, f64)| Some((*value, *baseline.get(seed)?.figures.get(figure.name)?));
                let pairs: Vec<(f64, f64)> = values.iter().filter_map(pair).collect();
                let is_comparable = index != 0 && stopped_at(index) == stopped_at(0);
                let difference = if is_comparable { Difference::of(&pairs) } else { None };
                Some((figure.name, Compared { estimate, difference }))
            };
            let set = variant.assignments.iter().map(|one| (one.key.to_string(), one.value.to_string())).collect();
            let figures = file.figures.iter().filter_map(compared).collect();
            let missing = outcomes.len() - done - failed;
            let stopped_at = stopped_at(index);
            Row { name: variant.name.clone(), set, stopped_at, done, failed, missing, verdicts, figures }
        };
        let variants = of_variant.iter().enumerate().map(row).collect();
        Self {
            sweep: file.path().to_owned(),
            base: file.base.display().to_string(),
            versions,
            baseline: plan.variants[0].name.clone(),
            figures: file.figures.iter().map(|figure| figure.name).collect(),
            halving: ladder.map(|ladder| ladder.judgements().to_vec()).unwrap_or_default(),
            variants,
            cells,
        }
    }

    /// How many runs are in a state.
    pub fn count(&self, state: CellState) -> usize {
        self.cells.iter().filter(|cell| cell.state == state).count()
    }

    /// Writes `results.json`.
    ///
    /// # Errors
    ///
    /// [`SweepError::Failed`] where it cannot be written.
    pub fn store(&self, folder: &SweepFolder) -> Result<(), SweepError> {
        let path = folder.results();
        let failed = |reason: String| SweepError::failed(path.display(), reason);
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.to_string()))?;
        store(&path, (text + "\n").as_bytes()).map_err(|error| failed(error.to_string()))
    }

    /// The table: a row for each variant; mean ± standard error, and the paired difference to the baseline with its interval.
    pub fn table(&self) -> String {
        let shown = |figure: &&&str| self.variants.iter().any(|row| row.figures.contains_key(**figure));
        let figures: Vec<&str> = self.figures.iter().filter(shown).copied().collect();
        let is_halved = !self.halving.is_empty();
        let mut head = vec!["variant".to_owned(), "runs".to_owned(), "verdicts".to_owned()];
        head.extend(is_halved.then(|| "stopped at step".to_owned()));
        for figure in &figures {
            head.extend([(*figure).to_owned(), "difference (95 %)".to_owned()]);
        }
        let line = |row: &Row| {
            let counts = row.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}"));
            let mut line = vec![row.name.clone(), runs(row), counts.collect::<Vec<_>>().join(", ")];
            line.extend(is_halved.then(|| row.stopped_at.map_or("-".to_owned(), |step| step.to_string())));
            for figure in &figures {
                let compared = row.figures.get(figure);
                line.push(compared.map_or("-".to_owned(), |compared| estimate(&compared.estimate)));
                line.push(compared.and_then(|compared| compared.difference).map_or("-".to_owned(), difference));
            }
            line
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(self.variants.iter().map(line)).collect();
        aligned(&rows)
    }
}

fn runs(row: &Row) -> String {
    let part = |count: usize, word: &str| (count > 0).then(|| format!(", {count} {word}"));
    let parts = [part(row.failed, "failed"), part(row.missing, "missing")];
    format!("{}{}", row.done, parts.into_iter().flatten().collect::<String>())
}

fn estimate(estimate: &Estimate) -> String {
    let error = estimate.standard_error.map_or(String::new(), |error| format!(" ± {error:.4}"));
    format!("{:.4}{error}", estimate.mean)
}

fn difference(difference: Difference) -> String {
    let interval = difference.interval.map_or(String::new(), |(low, high)| format!(" [{low:+.4}, {high:+.4}]"));
    format!("{:+.4}{interval}", difference.mean)
}
