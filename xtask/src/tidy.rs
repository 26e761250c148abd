//! `cargo xtask tidy`: the layout rules of the workspace, each a function and a test.

mod circles;
mod dependencies;
mod modules;
mod repetition;
mod sources;
mod strategies;
#[cfg(test)]
pub(crate) mod tests;
mod translation;

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

/// What in the workspace breaks a rule.
type Check = fn(&Workspace) -> Vec<Problem>;

/// The rules, each with what it asks for.
const RULES: &[(&str, Check)] = &[
    ("sources open with their subject", sources::sources_open_with_their_subject),
    ("sources are short", sources::sources_are_short),
    ("no machine's paths", sources::no_machine_paths),
    ("the top level is the design's", sources::top_level_is_the_designs),
    ("dependencies run one way", dependencies::dependencies_run_one_way),
    ("some crates stay light", dependencies::xtask_stays_light),
    ("versions live in the root", dependencies::versions_live_in_the_root),
    ("lints are inherited", dependencies::lints_are_inherited),
    ("crates explain themselves", dependencies::crates_explain_themselves),
    ("modules form no circle", circles::modules_form_no_circle),
    ("core names no strategy", strategies::core_names_no_strategy),
    ("strategies know only core", strategies::strategies_know_only_core),
    ("strategies repeat nothing", repetition::strategies_repeat_nothing),
    ("strategies are written everywhere", strategies::strategies_are_written_everywhere),
    ("lists are alphabetical", strategies::lists_are_alphabetical),
    ("the translation keeps step", translation::translation_keeps_step),
];

/// Every problem of the workspace at `root`.
pub(crate) fn problems(root: &Path) -> Result<Vec<Problem>> {
    let workspace = Workspace::open(root)?;
    Ok(RULES.iter().flat_map(|(_, check)| check(&workspace)).collect())
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
