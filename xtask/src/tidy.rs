//! `cargo xtask tidy`: the layout rules of the workspace, each a function and a test.

mod dependencies;
mod sources;
mod strategies;
#[cfg(test)]
pub(crate) mod tests;

use std::{fmt, path::Path};

use anyhow::Result;

use crate::workspace::Workspace;

/// One thing out of place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) file: String,
    pub(crate) rule: String,
    pub(crate) remedy: String,
}

impl Problem {
    fn new(file: impl Into<String>, rule: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.into(), rule: rule.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}; {}", self.file, self.rule, self.remedy)
    }
}

/// A rule: what in the workspace breaks it.
type Rule = fn(&Workspace) -> Vec<Problem>;

const RULES: &[Rule] = &[
    sources::sources_open_with_their_subject,
    sources::sources_are_short,
    sources::no_machine_paths,
    sources::top_level_is_the_designs,
    dependencies::dependencies_run_one_way,
    dependencies::xtask_stays_light,
    dependencies::versions_live_in_the_root,
    dependencies::lints_are_inherited,
    dependencies::crates_have_a_readme,
    strategies::core_names_no_strategy,
    strategies::strategies_know_only_core,
    strategies::strategies_are_written_everywhere,
    strategies::lists_are_alphabetical,
];

/// Every problem of the workspace at `root`.
pub(crate) fn problems(root: &Path) -> Result<Vec<Problem>> {
    let workspace = Workspace::open(root)?;
    Ok(RULES.iter().flat_map(|rule| rule(&workspace)).collect())
}

/// Prints every problem, one a line; `false` if there are any.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let problems = problems(root)?;
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => println!("tidy: {} rules hold", RULES.len()),
        count => println!("tidy: {count} problems"),
    }
    Ok(problems.is_empty())
}
