//! Lists and ranges of values: all of them for a grid, or values drawn from them.

use std::collections::HashSet;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

/// The most values of one key.
const MOST_VALUES: usize = 100_000;

/// Significant digits of a value on a grid, so that rounding errors of a range do not show.
const GRID_DIGITS: usize = 12;

/// Significant digits of a drawn value.
const DRAWN_DIGITS: usize = 6;

/// How the values of a range are spaced or drawn.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly in their logarithms.
    Log,
}

/// A range as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    from: Value,
    to: Value,
    count: Option<usize>,
    step: Option<f64>,
    #[serde(default)]
    scale: Scale,
}

/// The ends of a range, checked.
#[derive(Clone, Copy, Debug)]
struct Ends {
    from: f64,
    to: f64,
    integers: bool,
    scale: Scale,
}

/// Whether a table is a range and no table of keys.
pub(crate) fn is_range(table: &Table) -> bool {
    table.contains_key("from") && table.contains_key("to")
}

/// All values of a list or a range, each once; or what was expected instead.
pub(crate) fn grid_values(value: &Value) -> Result<Vec<Value>, String> {
    let values = match value {
        Value::Array(values) => values.clone(),
        Value::Table(table) if is_range(table) => spaced(&read(table)?)?,
        _ => return Err("expected a list, or a range {from, to, count}; a fixed value belongs in [set]".to_owned()),
    };
    if values.is_empty() {
        return Err("the list is empty; name at least one value, or take the key out".to_owned());
    }
    match twice(&values) {
        Some(value) => Err(format!("{value} is there twice; name each value once")),
        None => Ok(values),
    }
}

/// A list or a range to draw from, or what was expected instead.
#[derive(Clone, Debug)]
pub(crate) enum Choice {
    /// One of these.
    List(Vec<Value>),
    /// A number between two.
    Between(Between),
}

/// Numbers from one to another, both among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between(Ends);

impl Choice {
    /// Reads a list or a range.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Table(table) if is_range(table) => {
                let range = read(table)?;
                if range.count.is_some() || range.step.is_some() {
                    return Err(
                        "a range to draw from has neither count nor step; how many is [random] count".to_owned()
                    );
                }
                Ok(Self::Between(Between(ends(&range)?)))
            }
            other => Ok(Self::List(grid_values(other)?)),
        }
    }

    /// The value of a key in draw number `index`. It depends on seed, key and number alone: more draws or another key leave
    /// it as it is.
    pub(crate) fn draw(&self, seed: u64, key: &str, index: usize) -> Value {
        let digest = Sha256::digest(format!("{seed}\0{key}\0{index}"));
        let mut generator = ChaCha8Rng::from_seed(digest.into());
        match self {
            Self::List(values) => values[generator.random_range(0..values.len())].clone(),
            Self::Between(Between(Ends { from, to, integers: true, scale: Scale::Linear })) => {
                Value::Integer(generator.random_range(*from as i64..=*to as i64))
            }
            Self::Between(Between(ends)) => number(at(*ends, generator.random::<f64>()), ends.integers, DRAWN_DIGITS),
        }
    }
}

fn read(table: &Table) -> Result<Range, String> {
    let form = "a range is {from = 1e-4, to = 1e-2, count = 3, scale = \"log\"}, or with step = 0.5 instead of count";
    Value::Table(table.clone())
        .try_into()
        .map_err(|error: toml::de::Error| format!("{}; {form}", error.message().replace('\n', ", ")))
}

fn ends(range: &Range) -> Result<Ends, String> {
    let number = |value: &Value| match value {
        Value::Integer(number) => Some((*number as f64, true)),
        Value::Float(number) if number.is_finite() => Some((*number, false)),
        _ => None,
    };
    let (Some((from, first)), Some((to, second))) = (number(&range.from), number(&range.to)) else {
        return Err("from and to must be finite numbers".to_owned());
    };
    if from >= to {
        return Err("from must be less than to".to_owned());
    }
    if range.scale == Scale::Log && from <= 0.0 {
        return Err("on a scale of logarithms from must be above 0".to_owned());
    }
    Ok(Ends { from, to, integers: first && second, scale: range.scale })
}

/// The values of a range on a grid.
fn spaced(range: &Range) -> Result<Vec<Value>, String> {
    let ends = ends(range)?;
    let places: Vec<f64> = match (range.count, range.step) {
        (Some(count), None) if (2..=MOST_VALUES).contains(&count) => {
            (0..count).map(|index| at(ends, index as f64 / (count - 1) as f64)).collect()
        }
        (Some(_), None) => return Err(format!("count must be 2 to {MOST_VALUES}")),
        (None, Some(step)) if ends.scale == Scale::Log => {
            return Err(format!("step = {step} is for a linear scale; on one of logarithms say count"));
        }
        (None, Some(step)) => {
            let steps = (ends.to - ends.from) / step;
            if !(step > 0.0 && steps < MOST_VALUES as f64) {
                return Err(format!("step must be above 0 and leave at most {MOST_VALUES} values"));
            }
            // A hair more, so that the end of 0 to 1 in steps of 0.1 is among them.
            (0..=(steps + 1e-9) as usize).map(|index| ends.from + index as f64 * step).collect()
        }
        _ => return Err("a range on a grid has count or step, one of the two".to_owned()),
    };
    let integers = ends.integers && range.step.is_none_or(|step| step.fract() == 0.0);
    Ok(places.into_iter().map(|place| number(place, integers, GRID_DIGITS)).collect())
}

/// The place of a fraction between both ends.
fn at(ends: Ends, fraction: f64) -> f64 {
    match ends.scale {
        Scale::Linear => ends.from + fraction * (ends.to - ends.from),
        Scale::Log => (ends.from.ln() + fraction * (ends.to.ln() - ends.from.ln())).exp(),
    }
}

fn number(place: f64, integers: bool, digits: usize) -> Value {
    if integers {
        return Value::Integer(place.round() as i64);
    }
    let rounded = format!("{place:.*e}", digits - 1).parse();
    Value::Float(rounded.unwrap_or(place))
}

/// A value that is there twice; 1 and 1.0 are the same.
fn twice(values: &[Value]) -> Option<&Value> {
    let text = |value: &Value| match value {
        Value::Integer(number) => (*number as f64).to_string(),
        Value::Float(number) => number.to_string(),
        other => other.to_string(),
    };
    let mut seen = HashSet::new();
    values.iter().find(|value| !seen.insert(text(value)))
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::{Choice, grid_values};

    fn value(text: &str) -> Value {
        format!("x = {text}").parse::<Table>().unwrap().remove("x").unwrap()
    }

    #[test]
    fn ranges_become_the_values_that_one_would_write() {
        for (range, expected) in [
            ("[1, 2.5, \"a\", [64, 64]]", "[1, 2.5, \"a\", [64, 64]]"),
            ("{ from = 0, to = 10, count = 3 }", "[0, 5, 10]"),
            ("{ from = 0.0, to = 1.0, count = 5 }", "[0.0, 0.25, 0.5, 0.75, 1.0]"),
            ("{ from = 0.0, to = 1.0, step = 0.1 }", "[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]"),
            ("{ from = 1, to = 8, step = 3 }", "[1, 4, 7]"),
            ("{ from = 1, to = 2, step = 0.5 }", "[1.0, 1.5, 2.0]"),
            ("{ from = 1e-5, to = 1e-2, count = 4, scale = \"log\" }", "[1e-5, 1e-4, 1e-3, 1e-2]"),
            ("{ from = 16, to = 256, count = 5, scale = \"log\" }", "[16, 32, 64, 128, 256]"),
        ] {
            assert_eq!(Value::Array(grid_values(&value(range)).unwrap()), value(expected), "{range}");
        }
    }

    #[test]
    fn bad_lists_and_ranges_say_what_is_legal() {
        for (range, fragment) in [
            ("3", "a fixed value belongs in [set]"),
            ("[]", "the list is empty"),
            ("[1, 2, 1]", "1 is there twice"),
            ("[1e-3, 0.001]", "there twice"),
            ("[1, 1.0]", "there twice"),
            ("{ from = 1, to = 3 }", "count or step"),
            ("{ from = 1, to = 3, count = 2, step = 1.0 }", "count or step"),
            ("{ from = 3, to = 1, count = 2 }", "from must be less than to"),
            ("{ from = 1, to = 3, count = 1 }", "count must be 2"),
            ("{ from = 1, to = 3, count = 9 }", "there twice"),
            ("{ from = 1, to = 3, step = 0.0 }", "step must be above 0"),
            ("{ from = 1, to = 3, step = -1.0 }", "step must be above 0"),
            ("{ from = 0.0, to = 1e9, step = 1e-9 }", "at most 100000 values"),
            ("{ from = 0, to = 3, count = 2, scale = \"log\" }", "above 0"),
            ("{ from = 1, to = 3, step = 1.0, scale = \"log\" }", "for a linear scale"),
            ("{ from = \"a\", to = 3, count = 2 }", "finite numbers"),
            ("{ from = nan, to = 3.0, count = 2 }", "finite numbers"),
            ("{ from = 1, to = 3, cuont = 2 }", "unknown field `cuont`"),
            ("{ from = 1, to = 3, count = 2, scale = \"lin\" }", "unknown variant `lin`"),
        ] {
            let error = grid_values(&value(range)).unwrap_err();
            assert!(error.contains(fragment), "{range}: {error}");
        }
        let error = Choice::read(&value("{ from = 1, to = 3, count = 2 }")).unwrap_err();
        assert!(error.contains("neither count nor step"), "{error}");
    }

    #[test]
    fn draws_stay_within_the_range_and_depend_on_seed_key_and_number_alone() {
        let rows = [
            ("{ from = 2, to = 5 }", 2.0, 5.0),
            ("{ from = 1e-5, to = 1e-1, scale = \"log\" }", 1e-5, 1e-1),
            ("{ from = -1.0, to = 1.0 }", -1.0, 1.0),
            ("{ from = 1, to = 100, scale = \"log\" }", 1.0, 100.0),
        ];
        for (range, low, high) in rows {
            let choice = Choice::read(&value(range)).unwrap();
            let drawn: Vec<Value> = (0..200).map(|index| choice.draw(7, "key", index)).collect();
            let numbers: Vec<f64> =
                drawn.iter().map(|value| value.as_float().or(value.as_integer().map(|n| n as f64)).unwrap()).collect();
            assert!(numbers.iter().all(|number| (low..=high).contains(number)), "{range}: {numbers:?}");
            let middle = if range.contains("log") { (low * high).sqrt() } else { f64::midpoint(low, high) };
            let below = numbers.iter().filter(|number| **number < middle).count();
            assert!((60..=140).contains(&below), "{range}: {below} of 200 below the middle");
            assert_eq!(choice.draw(7, "key", 3), drawn[3]);
            assert!((0..200).any(|index| choice.draw(8, "key", index) != drawn[index]), "{range}: the seed");
            assert!((0..200).any(|index| choice.draw(7, "other", index) != drawn[index]), "{range}: the key");
        }
        let both = Choice::read(&value("[\"a\", \"b\"]")).unwrap();
        let drawn: Vec<Value> = (0..50).map(|index| both.draw(0, "key", index)).collect();
        assert!(drawn.contains(&value("\"a\"")) && drawn.contains(&value("\"b\"")));
    }
}
