//! What the pages of results share: tables, and where the runs come from.

use std::collections::{BTreeMap, BTreeSet};

pub(super) use ganymede_sweep::aligned;

use super::{aggregate::Estimate, cell::Failure, provenance::Sitting};

/// A warning where the runs were made by several builds of the program.
pub(super) fn builds(sittings: &[Sitting]) -> String {
    let programs: BTreeSet<&str> = sittings.iter().map(|sitting| sitting.program.as_str()).collect();
    match programs.len() {
        0 | 1 => String::new(),
        builds => format!("- Careful: {builds} different builds of the program made these runs.\n"),
    }
}

/// The section on the runs that failed, if any did.
pub(super) fn failures(failed: &[Failure]) -> String {
    let lines = failed.iter().map(|one| format!("- {} seed {}: {}\n", one.strategy, one.seed, one.reason));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n## Runs that failed\n\n{lines}") }
}

/// The section on when, where and by what the runs were made.
pub(super) fn origin(sittings: &[Sitting]) -> String {
    let lines: String = sittings.iter().map(provenance).collect();
    format!("\n## Where it comes from\n\n{lines}")
}

fn provenance(sitting: &Sitting) -> String {
    let machine = &sitting.machine;
    format!(
        "- {}: `{}`, commit {}, program {}; {}, {} cores, {} GiB, {}\n",
        sitting.date,
        sitting.command,
        sitting.commit,
        sitting.program,
        machine.cpu,
        machine.cores,
        machine.memory_gib,
        machine.os
    )
}

/// Verdicts with how often each was given.
pub(super) fn verdicts(counts: &BTreeMap<String, usize>) -> String {
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// A mean with its standard error.
pub(super) fn estimate(estimate: Option<Estimate>, digits: usize) -> String {
    let Some(Estimate { mean, standard_error, .. }) = estimate else { return "-".to_owned() };
    let error = standard_error.map_or(String::new(), |error| format!(" ± {error:.digits$}"));
    format!("{mean:.digits$}{error}")
}
