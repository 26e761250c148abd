//! Runs that differ in nothing but their seed.

use crate::config::{Keys, SEED};
use crate::run::RunRecords;

/// Runs of one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// What it is called.
    pub(crate) name: String,
    /// Positions of its runs.
    pub(crate) runs: Vec<usize>,
}

/// The groups, in the order of their first runs. A run without a configuration is a group of its own.
pub(crate) fn groups(runs: &[RunRecords]) -> Vec<Group> {
    let mut found: Vec<(Keys, Vec<usize>)> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let mut keys = run.keys.clone();
        keys.remove(SEED);
        match found.iter_mut().find(|(other, _)| !keys.is_empty() && *other == keys) {
            Some((_, members)) => members.push(index),
            None => found.push((keys, vec![index])),
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for (_, members) in found {
        let names: Vec<&str> = members.iter().map(|index| runs[*index].name.as_str()).collect();
        let mut name = match names[..] {
            [only] => only.to_owned(),
            _ => format!("{} ({} seeds)", common(&names), names.len()),
        };
        if groups.iter().any(|group| group.name == name) {
            name = format!("{name}, from {}", names[0]);
        }
        groups.push(Group { name, runs: members });
    }
    groups
}

/// What names have in common at their beginning, without the numbers of runs and of seeds.
fn common(names: &[&str]) -> String {
    let plain: Vec<&str> = names
        .iter()
        .map(|name| match name.split_once('-') {
            Some((number, rest)) if !rest.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
            _ => name,
        })
        .collect();
    let first = plain.first().copied().unwrap_or_default();
    let shared = first
        .char_indices()
        .map(|(at, character)| at + character.len_utf8())
        .take_while(|end| plain.iter().all(|name| name.starts_with(&first[..*end])))
        .last()
        .unwrap_or(0);
    let shared = &first[..shared];
    let whole = plain.iter().all(|name| *name == shared);
    let ends = ["-seed", "_seed", "seed", "-s", "_s"];
    let trimmed = shared.trim_end_matches(|character: char| "-_. ".contains(character));
    let trimmed =
        if whole { trimmed } else { ends.iter().find_map(|end| trimmed.strip_suffix(end)).unwrap_or(trimmed) };
    if trimmed.is_empty() { format!("{first} and others") } else { trimmed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn names_are_what_runs_share() {
        for (names, expected) in [
            (&["ring-s0", "ring-s1", "ring-s12"][..], "ring"),
            (&["00001-ring", "00002-ring"], "ring"),
            (&["ring-seed1", "ring-seed2"], "ring"),
            (&["ring", "ring-1"], "ring"),
            (&["a", "b"], "a and others"),
            (&["éé-1", "éè-2"], "é"),
            (&["words", "words"], "words"),
        ] {
            assert_eq!(common(names), expected, "{names:?}");
        }
    }
}
