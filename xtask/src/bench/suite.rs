//! What a suite is: an entry that describes itself, in a file of its own.

use std::{fmt, ops::Range, path::Path};

use anyhow::Result;

use super::cell::{Cell, Failure, Finished, Recipe};

/// The name of the run without any strategy.
pub(super) const BASELINE: &str = "baseline";

pub(super) struct Suite {
    pub(super) name: &'static str,
    /// What the suite trains on, as a heading.
    pub(super) title: &'static str,
    /// What it is for and how long it takes, for `--help`.
    pub(super) about: &'static str,
    /// What holds where the command line does not say.
    pub(super) defaults: Defaults,
    /// What `--strategies` can name.
    pub(super) rows: fn(&Path) -> Result<Vec<String>>,
    pub(super) plan: fn(&Request<'_>) -> Result<Vec<Cell>>,
    /// Writes what came out of them.
    pub(super) report: fn(&Made<'_>) -> Result<Outcome>,
}

/// What holds for a suite where the command line does not say.
pub(super) struct Defaults {
    pub(super) seeds: u64,
    /// The steps of a run; `None` for the configuration's.
    pub(super) steps: Option<u64>,
    /// Runs side by side; `None` for one on each core.
    pub(super) jobs: Option<usize>,
}

impl Defaults {
    /// Three seeds, the configuration's steps, a run for each core.
    pub(super) const USUAL: Self = Self { seeds: 3, steps: None, jobs: None };
}

/// What is asked of a suite.
pub(super) struct Request<'a> {
    pub(super) suite: &'static Suite,
    pub(super) root: &'a Path,
    /// The rows asked for, each once, the baseline first where the suite has one.
    pub(super) rows: &'a [String],
    pub(super) seeds: Range<u64>,
    pub(super) steps: Option<u64>,
    /// How many runs side by side.
    pub(super) jobs: usize,
    pub(super) device: &'a str,
    /// The folder of published pictures, where one is named.
    pub(super) data: Option<&'a Path>,
}

impl Request<'_> {
    /// The runs of a recipe for each row asked for.
    pub(super) fn cells_of(&self, recipe: impl Fn(&Path, &str) -> Result<Recipe>) -> Result<Vec<Cell>> {
        let recipes: Vec<Recipe> = self.rows.iter().map(|row| recipe(self.root, row)).collect::<Result<_>>()?;
        Ok(self.cells(&recipes, self.steps))
    }

    /// The runs of some recipes, seed by seed, so that a machine that slows down or warms up hits every one alike.
    pub(super) fn cells(&self, recipes: &[Recipe], steps: Option<u64>) -> Vec<Cell> {
        let cell = |seed, recipe| Cell::new(self.suite.name, recipe, seed, steps, self.device);
        self.seeds.clone().flat_map(|seed| recipes.iter().map(move |recipe| cell(seed, recipe))).collect()
    }
}

pub(super) struct Made<'a> {
    pub(super) request: &'a Request<'a>,
    /// Where results go, and where the runs lie.
    pub(super) out: &'a Path,
    pub(super) cells: &'a [Cell],
    /// Those of this call that did not end well.
    pub(super) failed: Vec<Failure>,
}

impl Made<'_> {
    /// The runs that are finished, by this call or an earlier one.
    pub(super) fn finished(&self) -> Vec<Finished> {
        self.cells.iter().filter_map(|cell| cell.finished(self.out)).collect()
    }
}

/// What a suite says at its end.
pub(super) struct Outcome {
    pub(super) console: String,
    /// Whether every run ended well and is what the suite asks for.
    pub(super) complete: bool,
}

impl fmt::Debug for Suite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
