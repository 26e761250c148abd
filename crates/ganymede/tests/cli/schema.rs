//! What `diagnose --json` prints is what its schema says.
//!
//! The schema uses a dozen keywords of JSON Schema, and a validator of these is shorter than the features that a library for
//! all of them would switch on in the tensor library's dependencies.

use std::collections::BTreeSet;

use ganymede_metrics::{Headline, SIGNALS, Verdict};
use serde_json::Value;

use crate::support::Workplace;

const SCHEMA: &str = include_str!("../../schemas/diagnosis.schema.json");

pub(crate) fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// Everything in which a value departs from the committed schema.
pub(crate) fn departures(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let schema = schema();
    check(&schema, &schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let keywords = schema.as_object().unwrap();
    for (keyword, wanted) in keywords {
        match keyword.as_str() {
            // The last three are looked at below.
            "$schema" | "$defs" | "title" | "description" | "additionalProperties" | "items" | "properties" => {}
            "type" => {
                let types: Vec<&str> = match wanted {
                    Value::Array(types) => types.iter().map(|one| one.as_str().unwrap()).collect(),
                    one => vec![one.as_str().unwrap()],
                };
                if !types.iter().any(|one| is_of(value, one)) {
                    found.push(at.to_owned() + ": " + &format!("{value} is none of {types:?}"));
                }
            }
            "enum" => {
                if !wanted.as_array().unwrap().contains(value) {
                    found.push(at.to_owned() + ": " + &format!("{value} is not among {wanted}"));
                }
            }
            "minimum" | "maximum" => {
                let (Some(number), bound) = (value.as_f64(), wanted.as_f64().unwrap()) else { continue };
                if (keyword == "minimum" && number < bound) || (keyword == "maximum" && number > bound) {
                    found.push(at.to_owned() + ": " + &format!("{number} is beyond the {keyword} {bound}"));
                }
            }
            "minItems" | "maxItems" => {
                let (Some(items), bound) = (value.as_array(), wanted.as_u64().unwrap()) else { continue };
                let count = items.len() as u64;
                if (keyword == "minItems" && count < bound) || (keyword == "maxItems" && count > bound) {
                    found.push(at.to_owned() + ": " + &format!("{count} items, and {keyword} is {bound}"));
                }
            }
            "required" => {
                let Some(object) = value.as_object() else { continue };
                for key in wanted.as_array().unwrap().iter().map(|key| key.as_str().unwrap()) {
                    if !object.contains_key(key) {
                        found.push(at.to_owned() + ": " + &format!("has no {key}"));
                    }
                }
            }
            "$ref" => {
                let name = wanted.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                check(root, &root["$defs"][name], value, at, found);
            }
            "anyOf" => {
                let fits = wanted.as_array().unwrap().iter().any(|one| {
                    let mut inside = Vec::new();
                    check(root, one, value, at, &mut inside);
                    inside.is_empty()
                });
                if !fits {
                    found.push(at.to_owned() + ": " + &format!("{value} fits none of {wanted}"));
                }
            }
            unknown => panic!("the schema says `{unknown}` at {at}, which nothing here checks"),
        }
    }
    if let (Some(items), Some(each)) = (value.as_array(), keywords.get("items")) {
        for (index, item) in items.iter().enumerate() {
            check(root, each, item, &format!("{at}[{index}]"), found);
        }
    }
    if let (Some(object), Some(properties)) = (value.as_object(), keywords.get("properties")) {
        for (key, item) in object {
            match properties.get(key) {
                Some(schema) => check(root, schema, item, &format!("{at}.{key}"), found),
                None if keywords.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    found.push(format!("{at}: {key} is not in the schema"));
                }
                None => {}
            }
        }
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("no such type: {other}"),
    }
}

#[test]
fn the_schema_names_every_verdict_and_headline() {
    let names = |values: &Value| -> BTreeSet<String> {
        values["enum"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let headlines: BTreeSet<String> = Headline::ALL.iter().map(written).collect();
    assert_eq!(names(&schema()["$defs"]["headline"]), headlines);
    let verdicts = [Verdict::Inconclusive, Verdict::Healthy, Verdict::Suspect, Verdict::Collapsed];
    assert_eq!(names(&schema()["$defs"]["verdict"]), verdicts.iter().map(written).collect());
}

/// The name under which a value is written.
fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn every_answer_fits_the_schema() {
    let workplace = Workplace::new();
    crate::verdicts::write_sets(&workplace);
    let mut signals = BTreeSet::new();
    for words in [
        "--fake ring.npy --real ring-again.npy",
        "--fake five-modes.npy --real ring.npy",
        "--fake five-modes.npy",
        "--fake zeros.npy --real const.npy",
        "--fake one.npy --real ring.npy",
        "--fake classes-fake.npz --real classes-real.npz",
        "--fake wide.npy --real wide-again.npy --out pictures",
    ] {
        let ended = workplace.run(&format!("diagnose {words} --json"));
        let answer: Value =
            serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{words}: {error}: {ended:?}"));
        assert_eq!(departures(&answer), Vec::<String>::new(), "{words}");
        for signal in answer["signals"].as_array().unwrap() {
            signals.insert(signal["signal"].as_str().unwrap().to_owned());
        }
    }
    let known: BTreeSet<String> = SIGNALS.iter().map(|signal| signal.key.to_owned()).collect();
    assert!(signals.is_subset(&known), "{signals:?}");
    assert!(signals.len() > 10, "{signals:?}");
}

/// What is changed in an answer.
type Change = fn(&mut Value);

#[test]
fn what_departs_from_the_schema_is_found() {
    let workplace = Workplace::new();
    crate::verdicts::write_sets(&workplace);
    let answer: Value =
        serde_json::from_str(&workplace.run("diagnose --fake five-modes.npy --real ring.npy --json").stdout).unwrap();
    let changes: [(&str, Change); 6] = [
        ("$.verdict", |answer| answer["verdict"] = "fine".into()),
        ("$.samples", |answer| answer["samples"] = 0.into()),
        ("$: has no reasons", |answer| drop(answer.as_object_mut().unwrap().remove("reasons"))),
        ("$: extra is not", |answer| answer["extra"] = 1.into()),
        ("$.signals[0].null", |answer| answer["signals"][0]["null"] = serde_json::json!([1.0])),
        ("$.real", |answer| answer["real"]["std"] = "wide".into()),
    ];
    for (start, change) in changes {
        let mut changed = answer.clone();
        change(&mut changed);
        let found = departures(&changed);
        assert!(found.len() == 1 && found[0].starts_with(start), "{start}: {found:?}");
    }
}
