//! The suite `quick`: every strategy's own configuration on the small ring.

use std::path::Path;

use anyhow::Result;

use super::{
    cell::Recipe,
    comparison::{self, Literature},
    suite::{BASELINE, Defaults, Suite},
};

pub(super) static SUITE: Suite = Suite {
    name: "quick",
    title: "the ring of eight modes, small networks",
    about: "`configs/STRATEGY.toml` against `configs/ring.toml`: minutes",
    defaults: Defaults::USUAL,
    rows: comparison::strategies,
    plan: |request| request.cells_of(own),
    report: |made| comparison::report(made, own, &Literature::NONE),
};

/// A strategy as its own configuration has it.
pub(super) fn own(root: &Path, strategy: &str) -> Result<Recipe> {
    let name = if strategy == BASELINE { "ring" } else { strategy };
    Recipe::read(root, strategy, format!("configs/{name}.toml"), Vec::new())
}
