//! Which strategies a run has: those of the base, with some taken in and out.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::{Table, Value};

/// How strategies are combined.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Combine {
    /// None of them, then each alone.
    #[default]
    Each,
    /// Every combination, none of them first.
    Subsets,
    /// All of them, then all but one.
    WithoutOne,
}

/// `[strategies]` as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypedStrategies {
    #[serde(default)]
    combine: Combine,
    list: Vec<Value>,
}

/// The most strategies of which every combination is made.
const MOST_IN_SUBSETS: usize = 12;

/// Strategies to take in and out.
#[derive(Clone, Debug)]
pub(crate) struct Strategies {
    combine: Combine,
    listed: Vec<Table>,
    others: Vec<Value>,
}

/// One combination.
#[derive(Clone, Debug)]
pub(crate) struct Combination {
    /// The names of those that are in, joined by `+`; `none` without any.
    pub(crate) label: String,
    /// The value of the key `strategy`.
    pub(crate) value: Value,
    /// The names of those that are out.
    pub(crate) out: Vec<String>,
}

/// A strategy's name.
fn name(table: &Table) -> &str {
    table.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// The names of the strategies of a configuration.
pub(crate) fn names(base: &Table) -> Vec<String> {
    tables(base).iter().filter_map(Value::as_table).map(|table| name(table).to_owned()).collect()
}

fn tables(base: &Table) -> Vec<Value> {
    base.get("strategy").and_then(Value::as_array).cloned().unwrap_or_default()
}

impl Strategies {
    /// The strategies of a sweep on a base; or which value is bad, and what was expected.
    ///
    /// A name alone means the base's own table of that name, or the strategy with its defaults.
    pub(crate) fn of(typed: TypedStrategies, base: &Table) -> Result<Self, (String, String)> {
        let bases = tables(base);
        let own = |wanted: &str| bases.iter().filter_map(Value::as_table).find(|table| name(table) == wanted).cloned();
        let mut listed = Vec::new();
        for value in typed.list {
            let table = match &value {
                Value::String(text) if !text.is_empty() => own(text).unwrap_or_else(|| named(text)),
                Value::Table(table) if !name(table).is_empty() => table.clone(),
                other => {
                    let expected = "expected the name of a strategy, or its table with its name";
                    return Err((other.to_string(), expected.to_owned()));
                }
            };
            if listed.iter().any(|other| name(other) == name(&table)) {
                return Err((name(&table).to_owned(), "it is there twice; name each strategy once".to_owned()));
            }
            listed.push(table);
        }
        if listed.is_empty() {
            return Err(("[]".to_owned(), "the list is empty; name strategies, or take [strategies] out".to_owned()));
        }
        if typed.combine == Combine::Subsets && listed.len() > MOST_IN_SUBSETS {
            let expected = format!("at most {MOST_IN_SUBSETS} with combine = \"subsets\"; \"each\" takes any number");
            return Err((format!("{} strategies", listed.len()), expected));
        }
        let swept: BTreeSet<&str> = listed.iter().map(name).collect();
        let stays = |value: &Value| !value.as_table().is_some_and(|table| swept.contains(name(table)));
        let others = bases.iter().filter(|value| stays(value)).cloned().collect();
        Ok(Self { combine: typed.combine, listed, others })
    }

    /// The names of those that are taken in and out.
    pub(crate) fn names(&self) -> Vec<String> {
        self.listed.iter().map(|table| name(table).to_owned()).collect()
    }

    /// All combinations; the base's other strategies come first in each.
    pub(crate) fn combinations(&self) -> Vec<Combination> {
        let count = self.listed.len();
        let chosen: Vec<Vec<bool>> = match self.combine {
            Combine::Each => {
                let alone = (0..count).map(|one| (0..count).map(|index| index == one).collect());
                std::iter::once(vec![false; count]).chain(alone).collect()
            }
            Combine::Subsets => {
                (0..1_u32 << count).map(|bits| (0..count).map(|index| bits >> index & 1 == 1).collect()).collect()
            }
            Combine::WithoutOne => {
                let without = (0..count).map(|one| (0..count).map(|index| index != one).collect());
                std::iter::once(vec![true; count]).chain(without).collect()
            }
        };
        chosen.iter().map(|chosen| self.combination(chosen)).collect()
    }

    fn combination(&self, chosen: &[bool]) -> Combination {
        let which = |wanted: bool| {
            self.listed.iter().zip(chosen).filter(move |(_, chosen)| **chosen == wanted).map(|(table, _)| table)
        };
        let names: Vec<&str> = which(true).map(name).collect();
        let tables = self.others.iter().cloned().chain(which(true).cloned().map(Value::Table));
        Combination {
            label: if names.is_empty() { "none".to_owned() } else { names.join("+") },
            value: Value::Array(tables.collect()),
            out: which(false).map(|table| name(table).to_owned()).collect(),
        }
    }
}

fn named(name: &str) -> Table {
    Table::from_iter([("name".to_owned(), Value::String(name.to_owned()))])
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::{Strategies, TypedStrategies};

    fn strategies(list: &str, combine: &str, base: &str) -> Result<Strategies, (String, String)> {
        let text = format!("list = {list}\ncombine = \"{combine}\"");
        let typed: TypedStrategies = toml::from_str(&text).unwrap();
        Strategies::of(typed, &base.parse::<Table>().unwrap())
    }

    #[test]
    fn combinations_are_those_that_their_names_say() {
        for (combine, expected) in [
            ("each", vec!["none", "a", "b", "c"]),
            ("subsets", vec!["none", "a", "b", "a+b", "c", "a+c", "b+c", "a+b+c"]),
            ("without-one", vec!["a+b+c", "b+c", "a+c", "a+b"]),
        ] {
            let combinations = strategies("[\"a\", \"b\", \"c\"]", combine, "").unwrap().combinations();
            let labels: Vec<&str> = combinations.iter().map(|one| one.label.as_str()).collect();
            assert_eq!(labels, expected);
        }
    }

    #[test]
    fn the_bases_own_tables_are_taken_out_and_in_and_the_others_stay() {
        let base = "[[strategy]]\nname = \"kept\"\n[[strategy]]\nname = \"a\"\nweight = 0.5\n";
        let both = strategies("[\"a\", { name = \"b\", steps = 5 }]", "without-one", base).unwrap().combinations();
        let values: Vec<String> = both.iter().map(|one| one.value.to_string()).collect();
        let expected = [
            "[{ name = \"kept\" }, { name = \"a\", weight = 0.5 }, { name = \"b\", steps = 5 }]",
            "[{ name = \"kept\" }, { name = \"b\", steps = 5 }]",
            "[{ name = \"kept\" }, { name = \"a\", weight = 0.5 }]",
        ];
        let tables = |text: &str| format!("x = {text}").parse::<Table>().unwrap();
        for (value, expected) in values.iter().zip(expected) {
            assert_eq!(tables(value), tables(expected));
        }
    }

    #[test]
    fn bad_lists_are_refused() {
        for (list, combine, fragment) in [
            ("[]", "each", "empty"),
            ("[1]", "each", "the name of a strategy"),
            ("[{ weight = 1 }]", "each", "with its name"),
            ("[\"a\", { name = \"a\" }]", "each", "twice"),
            (
                "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\"]",
                "subsets",
                "at most 12",
            ),
        ] {
            let (_, expected) = strategies(list, combine, "").unwrap_err();
            assert!(expected.contains(fragment), "{list}: {expected}");
        }
    }
}
