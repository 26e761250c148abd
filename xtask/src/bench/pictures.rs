//! The suites `mnist` and `fashion`: a DCGAN on ten classes of pictures, and every strategy that fits it.

use std::path::Path;

use anyhow::Result;

use super::{
    cell::Recipe,
    classified::{self, Protocol, data_folder, places},
    protocol::strategy_tables_of,
    suite::{BASELINE, Defaults, Made, Outcome, Request, Suite},
};
use crate::registry;

pub(super) static MNIST: Suite = Suite {
    name: "mnist",
    title: "MNIST, a small DCGAN",
    about: "The DCGAN of configs/mnist.toml and every strategy that fits it: some five minutes a run on one core. Needs --data",
    defaults: Defaults::USUAL,
    rows,
    plan: |request| cells(request, "mnist"),
    report: |made| report(made),
};

pub(super) static FASHION: Suite = Suite {
    name: "fashion",
    title: "Fashion-MNIST, a small DCGAN",
    about: "The same on Fashion-MNIST. Needs --data",
    defaults: Defaults::USUAL,
    rows,
    plan: |request| cells(request, "fashion-mnist"),
    report: |made| report(made),
};

/// The configuration that all rows change.
const CONFIG: &str = "configs/mnist.toml";

/// What holds for every row: modes by a classifier of the data, on the number of samples of the literature's tables in the plane.
const JUDGED: [&str; 3] = ["evaluation.classifier=\"auto\"", "evaluation.samples=2500", "evaluation.every=0"];

/// What a strategy needs of the networks, or how it is set for pictures, beside its own configuration's tables.
const FITTED: &[(&str, &[&str])] = &[
    ("augmentation", &["strategy=[{ name = \"augmentation\" }]"]),
    ("conditional", &["strategy=[{ name = \"conditional\", method = \"projection\" }]"]),
    ("gdpp", &["strategy=[{ name = \"gdpp\", kernel = \"samples\" }]"]),
    // A gradient for each row: the discriminator's norm must not mix them.
    (
        "gradient-penalty",
        &["strategy=[{ name = \"gradient-penalty\", kind = \"r1-r2\" }]", "discriminator.norm=\"layer\""],
    ),
];

fn rows(root: &Path) -> Result<Vec<String>> {
    Ok(std::iter::once(BASELINE.to_owned()).chain(registry::strategies(root)?).collect())
}

fn recipe(root: &Path, row: &str) -> Result<Recipe> {
    let mut overrides = match FITTED.iter().find(|(name, _)| *name == row) {
        _ if row == BASELINE => Vec::new(),
        Some((_, changes)) => changes.iter().map(|change| (*change).to_owned()).collect(),
        None => vec![strategy_tables_of(root, row)?],
    };
    overrides.extend(JUDGED.map(str::to_owned));
    Recipe::read(root, row, CONFIG.to_owned(), overrides)
}

fn cells(request: &Request<'_>, name: &str) -> Result<Vec<super::cell::Cell>> {
    let places = places(data_folder(request, name)?, name, "data");
    request.cells_of(|root, row| Ok(Recipe { places: places.clone(), ..recipe(root, row)? }))
}

fn report(made: &Made<'_>) -> Result<Outcome> {
    let protocol = Protocol { recipe, beside: |_| BASELINE, reported: &[], elsewhere: &[], notes: NOTES };
    classified::report(made, &protocol)
}

const NOTES: &str = "- `configs/mnist.toml` with the `[[strategy]]` tables of `configs/STRATEGY.toml`; `conditional` by projection, the gradient
  penalty is R1 and R2 with layer norm in the discriminator.
";
