//! `cargo xtask bench`: every strategy over several seeds, one single-threaded process a run, side by side.

mod aggregate;
mod axes;
mod cell;
mod chart;
mod classified;
mod comparison;
mod cost;
mod detector;
mod gpu;
mod grid;
mod markdown;
mod memory;
mod norm;
mod peer;
mod peers;
mod pictures;
mod pool;
mod protocol;
mod provenance;
mod quick;
mod recipes;
mod report;
mod reported;
mod results;
mod ring;
mod stacked;
mod suite;
mod summary;
#[cfg(test)]
mod tests;
mod verdicts;

use std::{
    env, fs,
    num::NonZero,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use ganymede_sweep::processes::{cores, pin_program};

use self::{
    cell::Cell,
    provenance::Sitting,
    results::PAGE,
    suite::{BASELINE, Made, Request, Suite},
};
use crate::workspace;

/// Everything that can be measured. A new suite is a file of its own and a line here.
static SUITES: &[&Suite] = &[
    &quick::SUITE,
    &ring::STRATEGIES,
    &grid::STRATEGIES,
    &ring::PACKINGS,
    &grid::PACKINGS,
    &detector::SUITE,
    &cost::SUITE,
    &memory::SUITE,
    &memory::pictures::SUITE,
    &verdicts::SUITE,
    &recipes::SUITE,
    &norm::SUITE,
    &gpu::SUITE,
    &peers::SUITE,
    &pictures::MNIST,
    &pictures::FASHION,
    &stacked::SUITE,
];

/// What to measure, and where to put it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The data, networks and training that the strategies are compared on.
    #[arg(long, value_parser = suites(), default_value = quick::SUITE.name)]
    suite: &'static Suite,
    /// Which strategies, by name; the baseline is always among them [default: all]. Of the suite `detector`: which
    /// groups of runs; of the suite `verdicts`: which kinds of data.
    #[arg(long, value_delimiter = ',')]
    strategies: Option<Vec<String>>,
    /// How many seeds [default: 3; of `recipes`, `norm` and `peers`: 5; of the suites `memory`, `verdicts` and `gpu`: 1].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// The first of them.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(..1 << 32))]
    first_seed: u64,
    /// How many runs side by side [default: the number of cores; of the suites `cost`, `gpu` and `peers`: 1].
    #[arg(long)]
    jobs: Option<NonZero<usize>>,
    /// What computes; anything but flex is built in as a feature of the program.
    #[arg(long, default_value = "flex")]
    device: String,
    /// Where results and finished runs go [default: bench/SUITE].
    #[arg(long)]
    out: Option<PathBuf>,
    /// Shorten (or lengthen) every run to this number of steps; the table notes it.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    /// A folder with mnist/ and fashion-mnist/, for suites on these [default: the one that `GANYMEDE_DATA` names].
    #[arg(long)]
    data: Option<PathBuf>,
    /// A program that is already built, instead of building `ganymede`.
    #[arg(long)]
    program: Option<PathBuf>,
}

/// Names the folder of published pictures where `--data` does not.
const DATA: &str = "GANYMEDE_DATA";

/// Suites by their names.
fn suites() -> impl TypedValueParser<Value = &'static Suite> {
    let values = SUITES.iter().map(|suite| PossibleValue::new(suite.name).help(suite.about));
    let find = |name: String| SUITES.iter().find(|suite| suite.name == name).copied().context("no such suite");
    PossibleValuesParser::new(values).try_map(find)
}

/// Runs what is not done yet, then writes the results of all; `false` when a run failed or is not what its suite asks for.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let suite = options.suite;
    let rows = wanted_rows(root, options)?;
    let default_out = || root.join("bench").join(suite.name);
    let out = std::path::absolute(options.out.clone().unwrap_or_else(default_out))?;
    let seeds = options.first_seed..options.first_seed + options.seeds.unwrap_or(suite.defaults.seeds);
    let steps = options.steps.or(suite.defaults.steps);
    let jobs = options.jobs.map(NonZero::get).or(suite.defaults.jobs).unwrap_or_else(cores);
    let data =
        options.data.clone().or_else(|| env::var_os(DATA).map(PathBuf::from)).map(std::path::absolute).transpose()?;
    let device = &options.device;
    let request = Request { suite, root, rows: &rows, seeds, steps, jobs, device, data: data.as_deref() };
    let cells = (suite.plan)(&request)?;
    let failed = if cells.is_empty() { Vec::new() } else { run_missing(options, &request, &out, &cells)? };
    let outcome = (suite.report)(&Made { request: &request, out: &out, cells: &cells, failed })?;
    print!("\n{}", outcome.console);
    println!("\nwrote {}", out.join(PAGE).display());
    Ok(outcome.complete)
}

/// Makes the runs that are not done yet, and returns those that failed.
fn run_missing(options: &Options, request: &Request<'_>, out: &Path, cells: &[Cell]) -> Result<Vec<cell::Failure>> {
    let (root, jobs) = (request.root, request.jobs);
    let program = match &options.program {
        Some(program) => std::path::absolute(program)?,
        None => build_program(root, request.device)?,
    };
    let missing: Vec<Cell> = cells.iter().filter(|cell| cell.finished(out).is_none()).cloned().collect();
    println!(
        "suite {}: {} runs, {} done already, {} to go, {jobs} side by side",
        request.suite.name,
        cells.len(),
        cells.len() - missing.len(),
        missing.len(),
    );
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let partial = out.join("partial");
    fs::create_dir_all(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
    let pinned = partial.join("program");
    let unpinned = || format!("cannot copy {} to {}", program.display(), pinned.display());
    pin_program(&program, &pinned).with_context(unpinned)?;
    let sitting = Sitting::now(root, &pinned, jobs)?;
    let failed = pool::run_all(root, out, &pinned, &missing, &sitting, jobs);
    // The copy has served; a folder that still holds a failed run's log stays.
    fs::remove_file(&pinned).ok();
    fs::remove_dir(&partial).ok();
    Ok(failed)
}

/// The baseline, then the strategies asked for, each once.
fn wanted_rows(root: &Path, options: &Options) -> Result<Vec<String>> {
    let known = (options.suite.rows)(root)?;
    let mut wanted: Vec<String> = known.iter().filter(|name| *name == BASELINE).cloned().collect();
    for name in options.strategies.as_ref().unwrap_or(&known) {
        ensure!(known.contains(name), "unknown strategy \"{name}\"; there are {}", known.join(", "));
        if !wanted.contains(name) {
            wanted.push(name.clone());
        }
    }
    Ok(wanted)
}

/// Builds the program and says where it lies.
fn build_program(root: &Path, device: &str) -> Result<PathBuf> {
    println!("building ganymede ...");
    let mut command = workspace::command("cargo", root);
    command.args(["build", "--release", "--package", "ganymede", "--message-format=json-render-diagnostics"]);
    if device != "flex" {
        command.args(["--features", device]);
    }
    let output = command.stderr(std::process::Stdio::inherit()).output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("building ganymede failed");
    }
    executable(&String::from_utf8_lossy(&output.stdout)).context("cargo built no program named ganymede")
}

/// The path of the program in cargo's messages, one JSON object a line.
fn executable(messages: &str) -> Option<PathBuf> {
    let of_message = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let named = message["target"]["name"] == "ganymede" && message["target"]["kind"][0] == "bin";
        message["executable"].as_str().filter(|_| named).map(PathBuf::from)
    };
    messages.lines().filter_map(of_message).next_back()
}
