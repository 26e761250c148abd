//! The names of columns and classes: which of two sets mean the same, and how a sentence lists them.

use std::collections::HashMap;

/// Names that a sentence lists.
const LISTED: usize = 8;

/// For each of these names the place of the other set's name that it means: the same one, or the only one that differs in
/// nothing but case and space around it.
pub(crate) fn partners(names: &[String], others: &[String]) -> Vec<Option<usize>> {
    let mut same = HashMap::new();
    for (place, name) in others.iter().enumerate() {
        same.entry(name).or_insert(place);
    }
    let (own, theirs) = (folded_places(names), folded_places(others));
    let alike = |name: &String| {
        let name = folded(name);
        own.get(&name)?.and(*theirs.get(&name)?)
    };
    names.iter().map(|name| same.get(name).copied().or_else(|| alike(name))).collect()
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Where each folded name stands; `None` where several are alike.
fn folded_places(names: &[String]) -> HashMap<String, Option<usize>> {
    let mut places = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        places.entry(folded(name)).and_modify(|place| *place = None).or_insert(Some(place));
    }
    places
}

/// The names without a partner.
pub(crate) fn lone(names: &[String], partners: &[Option<usize>]) -> Vec<String> {
    names.iter().zip(partners).filter(|(_, partner)| partner.is_none()).map(|(name, _)| name.clone()).collect()
}

/// The first of these names, and how many more there are.
pub(crate) fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("{name:?}")).collect();
    if names.len() > LISTED {
        shown.push(format!("{} more", names.len() - LISTED));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::partners;

    #[test]
    fn a_name_means_the_same_one_or_the_only_one_that_is_alike() {
        type Case<'case> = (&'case [&'case str], &'case [&'case str], &'case [Option<usize>]);
        let cases: &[Case<'_>] = &[
            (&["x", "y"], &["y", "x"], &[Some(1), Some(0)]),
            (&["X", " y"], &["y ", "x"], &[Some(1), Some(0)]),
            (&["x", "X"], &["x"], &[Some(0), None]),
            (&["x"], &["X", " x"], &[None]),
            (&["a"], &[], &[None]),
            (&[], &["a"], &[]),
        ];
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (names, others, expected) in cases {
            assert_eq!(partners(&owned(names), &owned(others)), *expected, "{names:?} {others:?}");
        }
    }
}
