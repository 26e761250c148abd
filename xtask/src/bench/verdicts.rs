//! The suite `verdicts`: is the diagnosis right on samples whose state is known?
//!
//! The cases are made by code and diagnosed in this process by `ganymede_metrics::diagnose`, as the program does it. No
//! run is trained. Another `--first-seed` draws all samples anew.

mod cases;
mod damage;
mod families;
mod page;
mod pictures;
mod points;
mod published;
mod sets;
mod tables;
#[cfg(test)]
mod tests;

use std::{
    env,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context, Result};
use ganymede_metrics::{Diagnosis, DiagnosisOptions, Labelled, MatrixView, MetricError, diagnose};
use serde::Serialize;

use self::{
    cases::{Case, Kind},
    families::{FAMILIES, family},
    sets::Set,
};
use super::{
    provenance::{Sitting, fingerprint},
    results::write_results,
    suite::{Defaults, Outcome, Suite},
};

pub(super) static SUITE: Suite = Suite {
    name: "verdicts",
    title: "the diagnosis on labelled samples",
    about: "Samples of known state, made by code, to try the diagnosis on; --strategies then names kinds of data: minutes",
    defaults: Defaults { seeds: 1, steps: None, jobs: None },
    rows: |_| Ok(FAMILIES.iter().map(|family| family.name.to_owned()).collect()),
    // Nothing is trained.
    plan: |_| Ok(Vec::new()),
    report: |made| {
        let request = made.request;
        let report = Report::new(request.root, request.rows, request.seeds.clone(), request.jobs)?;
        write_results(made.out, &report, &page::page(&report))?;
        Ok(Outcome { console: page::console(&report), complete: report.promises.iter().all(|promise| promise.kept) })
    },
};

/// What an error instead of a verdict is called.
const REFUSED: &str = "refused";

/// What came out of a case.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    name: String,
    kind: Kind,
    family: &'static str,
    seed: u64,
    /// The verdicts that are right.
    expected: &'static [&'static str],
    /// The verdict's word, or [`REFUSED`].
    found: String,
    right: bool,
    /// The signals that say so, or the error.
    because: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Report {
    promises: Vec<Promise>,
    kinds: Vec<KindSummary>,
    /// Whether the published pictures were at hand; without them their cases are left out.
    published_pictures: bool,
    seconds: f64,
    sitting: Sitting,
    rows: Vec<Row>,
}

/// What is promised: what is counted, over which kinds, and the least share that must be right.
const PROMISES: [(&str, &[Kind], f64); 3] = [
    ("healthy called healthy", &[Kind::Healthy, Kind::ModerateNoise, Kind::Copies], 0.98),
    ("collapsed called collapsed", &[Kind::Collapsed, Kind::Repeats, Kind::InsideCollapse], 0.95),
    ("partly collapsed called at least suspect", &[Kind::Partial, Kind::PartlyRepeated, Kind::PartlyInside], 0.95),
];

/// How a promise was kept.
#[derive(Debug, Serialize)]
pub(super) struct Promise {
    name: &'static str,
    least: f64,
    cases: usize,
    right: usize,
    /// Wilson's interval at 95 % for the share that is right.
    interval: [f64; 2],
    kept: bool,
}

/// How the cases of a kind came out.
#[derive(Debug, Serialize)]
pub(super) struct KindSummary {
    kind: Kind,
    cases: usize,
    right: usize,
    /// Wilson's interval at 95 % for the share that is right.
    interval: [f64; 2],
    /// The verdicts, each with how often it was given.
    found: Vec<(String, usize)>,
}

impl Report {
    /// Diagnoses every case for each seed, several cases side by side.
    ///
    /// `families` are those that are wanted.
    pub(super) fn new(root: &Path, families: &[String], seeds: std::ops::Range<u64>, jobs: usize) -> Result<Self> {
        let data = env::var_os("GANYMEDE_DATA");
        match &data {
            Some(folder) => published::read(Path::new(folder))?,
            None => eprintln!(
                "LEFT OUT: the cases on published pictures; set GANYMEDE_DATA to a folder with mnist/ and fashion-mnist/"
            ),
        }
        let wanted =
            |case: &Case| families.iter().any(|name| name == case.family) && (data.is_some() || !case.needs_data());
        let cases: Vec<Case> = cases::cases().into_iter().filter(wanted).collect();
        let planned: Vec<(u64, &Case)> = seeds.flat_map(|seed| cases.iter().map(move |case| (seed, case))).collect();
        // Before the cases are made: the commit may have moved on when they are done.
        let program = env::current_exe().context("cannot find this program")?;
        let sitting = Sitting::now(root, &program, jobs)?;
        let start = Instant::now();
        let rows = side_by_side(&planned, jobs);
        Ok(Self {
            promises: PROMISES.iter().map(|(name, kinds, least)| promise(name, kinds, *least, &rows)).collect(),
            kinds: Kind::ALL.iter().filter_map(|kind| summary(*kind, &rows)).collect(),
            published_pictures: data.is_some(),
            seconds: start.elapsed().as_secs_f64(),
            sitting,
            rows,
        })
    }
}

/// The rows of all cases in their order, made by `jobs` threads.
fn side_by_side(planned: &[(u64, &Case)], jobs: usize) -> Vec<Row> {
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some((seed, case)) = planned.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let row = examine(case, *seed);
                    let mut rows = rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    rows.push(row);
                    if rows.len() % 50 == 0 {
                        println!("{} of {} cases", rows.len(), planned.len());
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    rows.sort_by_key(|row| planned.iter().position(|(seed, case)| *seed == row.seed && case.name() == row.name));
    rows
}

/// Draws a case and has it diagnosed.
fn examine(case: &Case, seed: u64) -> Row {
    // The samples of a case do not change when cases are added or moved.
    let own = u64::from_str_radix(&fingerprint(case.name().as_bytes()), 16).unwrap_or_default();
    let pair = damage::draw(family(case.family), case.damage, case.sizes, own.wrapping_add(seed));
    let (found, because) = match diagnosed(case, pair.real.as_ref(), &pair.fake) {
        Ok(diagnosis) => (diagnosis.verdict.word().to_owned(), reasons(&diagnosis)),
        Err(error) => (REFUSED.to_owned(), vec![error.to_string()]),
    };
    let expected = case.kind.expected();
    let right = expected.contains(&found.as_str());
    Row { name: case.name(), kind: case.kind, family: case.family, seed, expected, found, right, because }
}

/// The diagnosis as the program makes it.
fn diagnosed(case: &Case, real: Option<&Set>, fake: &Set) -> Result<Diagnosis> {
    let with_labels = |set: &Set| case.labels.then(|| set.classes.clone());
    let (real_labels, fake_labels) = (real.and_then(with_labels), with_labels(fake));
    let fake = Labelled { samples: view(fake)?, labels: fake_labels.as_deref() };
    let real = real.map(view).transpose()?.map(|samples| Labelled { samples, labels: real_labels.as_deref() });
    Ok(diagnose(fake, real, &DiagnosisOptions::default())?)
}

fn view(set: &Set) -> Result<MatrixView<'_>, MetricError> {
    MatrixView::new(&set.values, set.rows(), set.columns)
}

/// The signals that are not healthy, worst first.
fn reasons(diagnosis: &Diagnosis) -> Vec<String> {
    let mut signals: Vec<_> = diagnosis.signals.iter().filter(|signal| signal.verdict.word() != "healthy").collect();
    signals.sort_by_key(|signal| std::cmp::Reverse(signal.verdict));
    signals.iter().map(|signal| format!("{} {:.3} ({})", signal.signal, signal.value, signal.verdict)).collect()
}

fn promise(name: &'static str, kinds: &[Kind], least: f64, rows: &[Row]) -> Promise {
    let of_kinds = || rows.iter().filter(|row| kinds.contains(&row.kind));
    let (cases, right) = (of_kinds().count(), of_kinds().filter(|row| row.right).count());
    let kept = right as f64 >= least * cases as f64;
    Promise { name, least, cases, right, interval: wilson(right, cases), kept }
}

fn summary(kind: Kind, rows: &[Row]) -> Option<KindSummary> {
    let of_kind: Vec<&Row> = rows.iter().filter(|row| row.kind == kind).collect();
    let right = of_kind.iter().filter(|row| row.right).count();
    let words = ["healthy", "suspect", "collapsed", "inconclusive", REFUSED];
    let count = |word: &str| of_kind.iter().filter(|row| row.found == word).count();
    let found = words.iter().map(|word| ((*word).to_owned(), count(word))).filter(|(_, count)| *count > 0).collect();
    let cases = of_kind.len();
    (cases > 0).then(|| KindSummary { kind, cases, right, interval: wilson(right, cases), found })
}

/// The 97.5 % quantile of the standard normal distribution.
const DEVIATIONS: f64 = 1.959_963_984_540_054;

/// Wilson's interval at 95 % for a share of `count` among `total` (Wilson 1927); without any, everything is possible.
fn wilson(count: usize, total: usize) -> [f64; 2] {
    if total == 0 {
        return [0.0, 1.0];
    }
    let (total, share) = (total as f64, count as f64 / total as f64);
    let squared = DEVIATIONS * DEVIATIONS;
    let middle = share + squared / (2.0 * total);
    let half = DEVIATIONS * (share * (1.0 - share) / total + squared / (4.0 * total * total)).sqrt();
    [middle - half, middle + half].map(|bound| (bound / (1.0 + squared / total)).clamp(0.0, 1.0))
}
