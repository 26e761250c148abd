//! What has changed between the configuration that a run was begun with and the one that it is resumed with.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use crate::failure::{Failure, Outcome};

/// What may change in a resumed run, because the training does not depend on it. Data and what the run is judged by may have
/// moved; whether they are the same is checked by what the checkpoint knows of them.
fn free() -> Vec<&'static str> {
    let checkpoint = ["checkpoint.every", "checkpoint.keep", "checkpoint.on_failure"];
    let own = [&["steps", "evaluation.every"][..], &checkpoint, &["records.tensorboard"]].concat();
    [&own[..], &DATA_PATHS, &JUDGE_PATHS].concat()
}

/// The keys that name files of data.
pub(crate) const DATA_PATHS: [&str; 4] = ["data.path", "data.labels", "data.of.path", "data.of.labels"];

/// The keys that name files which a run is judged by. A run without one has no figures by it, and stays so.
pub(crate) const JUDGE_PATHS: [&str; 2] = ["evaluation.classifier", "evaluation.features"];

/// Keys with their values before and after; empty text where a key is not there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Changes {
    keys: BTreeMap<String, (String, String)>,
}

impl Changes {
    /// The difference between two resolved configurations.
    pub(crate) fn between(before: &str, after: &str) -> Result<Self, toml::de::Error> {
        let (before, after) = (flat(&before.parse()?), flat(&after.parse()?));
        let mut keys = BTreeMap::new();
        for key in before.keys().chain(after.keys()) {
            let value = |side: &BTreeMap<String, String>| side.get(key).cloned().unwrap_or_default();
            let (old, new) = (value(&before), value(&after));
            if old != new {
                keys.insert(key.clone(), (old, new));
            }
        }
        Ok(Self { keys })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Refuses changes that no assignment made. `config` is the run's configuration.
    pub(crate) fn check(&self, assignments: &[String], config: &Path) -> Outcome<()> {
        let asked = |key: &str| assignments.iter().any(|assignment| assigned(assignment) == key);
        let comes_or_goes = |(before, after): &(String, String)| before.is_empty() || after.is_empty();
        let is_free = |key: &str, values| asked(key) && !(JUDGE_PATHS.contains(&key) && comes_or_goes(values));
        let unasked: Vec<String> = self
            .keys
            .iter()
            .filter(|(key, values)| !is_free(key, values))
            .map(|(key, values)| describe(key, values))
            .collect();
        if unasked.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "{}: differs from what the run was made with: {}; undo that (--set can change {}), or begin a new run with \
             --out",
            config.display(),
            unasked.join(", "),
            free().join(", ")
        )))
    }
}

/// Refuses assignments of what must stay as it is.
pub(crate) fn check_assignments(assignments: &[String]) -> Outcome<()> {
    match assignments.iter().find(|assignment| !free().contains(&assigned(assignment))) {
        None => Ok(()),
        Some(assignment) => Err(Failure::refused(format!(
            "--set {assignment}: a resumed run can change {}; for anything else begin a new run from its config.toml",
            free().join(", ")
        ))),
    }
}

/// The key of an assignment.
fn assigned(assignment: &str) -> &str {
    assignment.split_once('=').map_or(assignment, |(key, _)| key).trim()
}

fn describe(key: &str, (before, after): &(String, String)) -> String {
    match (before.as_str(), after.as_str()) {
        ("", after) => format!("{key} = {after} is new"),
        (before, "") => format!("{key} = {before} is gone"),
        (before, after) => format!("{key} was {before} and is {after}"),
    }
}

/// Every value under its dotted key.
fn flat(table: &Table) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    table.iter().for_each(|(key, value)| collect(key, value, &mut found));
    found
}

fn collect(key: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Table(table) => table.iter().for_each(|(name, value)| collect(&format!("{key}.{name}"), value, found)),
        Value::Array(array) if array.iter().any(Value::is_table) => {
            array.iter().enumerate().for_each(|(index, value)| collect(&format!("{key}.{index}"), value, found));
        }
        other => drop(found.insert(key.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "steps = 5\n[optimizer.generator]\nlearning_rate = 1e-3\n[[strategy]]\nname = \"a\"\n";

    #[test]
    fn only_what_was_asked_for_may_differ() {
        let config = Path::new("config.toml");
        let rows: [(&str, &[&str], &[&str]); 7] = [
            (BEFORE, &[], &[]),
            ("steps = 6\n[optimizer.generator]\nlearning_rate = 1e-3\n[[strategy]]\nname = \"a\"", &["steps=6"], &[]),
            (
                "steps = 6\n[optimizer.generator]\nlearning_rate = 1e-3\n[[strategy]]\nname = \"a\"",
                &["checkpoint.keep=3"],
                &["steps was 5 and is 6"],
            ),
            (
                "steps = 5\n[optimizer.generator]\nlearning_rate = 2e-3\n[[strategy]]\nname = \"a\"",
                &[],
                &["optimizer.generator.learning_rate was 0.001 and is 0.002"],
            ),
            ("steps = 5\n[optimizer.generator]\nlearning_rate = 1e-3", &[], &["strategy.0.name = \"a\" is gone"]),
            (
                "steps = 5\n[optimizer.generator]\nlearning_rate = 1e-3\n[[strategy]]\nname = \"a\"\n[evaluation]\nfeatures = \"a\"",
                &["evaluation.features=a"],
                &["evaluation.features = \"a\" is new"],
            ),
            (
                "steps = 5\nseed = 1\n[optimizer.generator]\nlearning_rate = 1e-3\n[[strategy]]\nname = \"b\"",
                &[],
                &["seed = 1 is new", "strategy.0.name was \"a\" and is \"b\""],
            ),
        ];
        for (after, assignments, fragments) in rows {
            let assignments: Vec<String> = assignments.iter().map(|text| (*text).to_owned()).collect();
            let checked = Changes::between(BEFORE, after).unwrap().check(&assignments, config);
            match checked {
                Ok(()) => assert!(fragments.is_empty(), "{after}"),
                Err(failure) => {
                    let text = failure.to_string();
                    assert!(!fragments.is_empty() && fragments.iter().all(|part| text.contains(part)), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_trains_cannot_be_assigned() {
        let check = |text: &str| check_assignments(&[text.to_owned()]);
        for good in ["steps=10", " steps = 10", "checkpoint.every=5", "evaluation.every=7"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "batch_size=4",
            "optimizer.generator.learning_rate=1",
            "evaluation.samples=5",
            "detector.every=0",
            "steps.x=1",
        ] {
            assert!(check(bad).unwrap_err().to_string().contains("steps, evaluation.every"), "{bad}");
        }
    }
}
