//! `stats.jsonl`: one record a line, as a run writes it.

use std::collections::BTreeMap;

use ganymede_metrics::{Sign, Thresholds, Verdict};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One line. After a rollback steps come again, and `rollbacks` is larger.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Record {
    /// Steps made.
    pub(crate) step: u64,
    /// Rollbacks before.
    #[serde(default)]
    pub(crate) rollbacks: u32,
    /// Seconds of training so far.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Mean losses by `network/term`; what was not finite is absent.
    #[serde(default)]
    pub(crate) losses: BTreeMap<String, Option<f64>>,
    /// The figures of an evaluation.
    #[serde(default)]
    pub(crate) metrics: BTreeMap<String, Value>,
    /// The limits of the detector, in the first line of a run whose version records them.
    #[serde(default, deserialize_with = "limits")]
    pub(crate) limits: Option<Thresholds>,
    /// What the detector saw.
    pub(crate) detector: Option<Look>,
    /// What happened.
    pub(crate) event: Option<Event>,
    /// Why the run ended early.
    pub(crate) stopped: Option<String>,
}

/// Limits that this version does not understand are none. JSON has no infinity: a limit on an excess that is null is infinite.
fn limits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Thresholds>, D::Error> {
    let Some(Value::Object(mut limits)) = Option::<Value>::deserialize(deserializer)? else { return Ok(None) };
    let is_infinite =
        limits.get("spread_excess").is_some_and(Value::is_null) && limits.remove("spread_excess").is_some();
    let known: Option<Thresholds> = serde_json::from_value(Value::Object(limits)).ok();
    Ok(known.map(|known| Thresholds {
        spread_excess: if is_infinite { f64::INFINITY } else { known.spread_excess },
        ..known
    }))
}

/// A look of the detector.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Look {
    /// The state after it.
    pub(crate) verdict: Verdict,
    /// Its health, 0 to 1.
    #[serde(default)]
    pub(crate) health: Option<f64>,
    /// The signals by name.
    #[serde(flatten)]
    pub(crate) signals: BTreeMap<String, Option<f64>>,
}

/// What happened besides steps.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Event {
    /// The detector's state changed.
    Verdict {
        /// The state from here on.
        after: Verdict,
        /// The signals that say so.
        #[serde(default)]
        signs: Vec<Sign>,
    },
    /// The run came back to an earlier step.
    Rollback {
        /// The step that it came from.
        from: u64,
        /// The factor on the learning rates.
        learning_rate_factor: f64,
    },
    /// A loss ran away.
    Divergence {
        /// The loss.
        loss: String,
        /// Its mean.
        value: Option<f64>,
    },
    /// The run ended because its generator collapsed.
    Stop,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// All that could be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    /// The lines, in order.
    pub(crate) lines: Vec<Record>,
    /// What could not be read, and what was done about it.
    pub(crate) notes: Vec<String>,
}

/// Damaged lines that are named one by one.
const NAMED: usize = 3;

impl Records {
    /// Reads the text of the file called `name`. A line that is no record is left out and noted; so is a last line that a kill
    /// cut off.
    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let mut records = Self::default();
        let mut damaged = 0;
        let whole = text.ends_with('\n');
        let count = text.lines().count();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str(line) {
                Ok(record) => records.lines.push(record),
                Err(_) if index + 1 == count && !whole => records.notes.push(format!(
                    "{name}:{}: the last line is cut off, as a run that is killed or still writing leaves it; it is left out",
                    index + 1
                )),
                Err(error) => {
                    damaged += 1;
                    if damaged <= NAMED {
                        records.notes.push(format!("{name}:{}: no record ({error}); the line is left out", index + 1));
                    }
                }
            }
        }
        if damaged > NAMED {
            records.notes.push(format!("{name}: {} more lines are no records and are left out", damaged - NAMED));
        }
        records
    }

    /// The last step that was recorded.
    pub(crate) fn last_step(&self) -> Option<u64> {
        self.lines.last().map(|record| record.step)
    }

    /// The last look of the detector, with its step.
    pub(crate) fn last_look(&self) -> Option<(u64, &Look)> {
        self.lines.iter().rev().find_map(|record| Some((record.step, record.detector.as_ref()?)))
    }

    /// The limits of the detector that were in force, where the run has recorded them.
    pub(crate) fn limits(&self) -> Option<Thresholds> {
        self.lines.iter().find_map(|record| record.limits)
    }

    /// The last evaluation, with its step.
    pub(crate) fn last_metrics(&self) -> Option<(u64, &BTreeMap<String, Value>)> {
        self.lines.iter().rev().find(|record| !record.metrics.is_empty()).map(|record| (record.step, &record.metrics))
    }

    /// Why the run ended early, if it did.
    pub(crate) fn stopped(&self) -> Option<&str> {
        self.lines.last()?.stopped.as_deref()
    }

    /// Events with their step.
    pub(crate) fn events(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.lines.iter().filter_map(|record| Some((record.step, record.event.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Records};

    #[test]
    fn a_cut_line_is_noted_and_the_rest_is_read() {
        let whole = "{\"step\":1,\"losses\":{\"a/b\":0.5,\"a/c\":null}}\n";
        let rows = [
            (whole.to_owned(), 1, vec![]),
            (format!("{whole}{{\"step\":2,\"los"), 1, vec!["stats.jsonl:2: the last line is cut off"]),
            (format!("{whole}{{\"step\":2,\"los\n{whole}"), 2, vec!["stats.jsonl:2: no record (EOF"]),
            (format!("{whole}\n\n{whole}"), 2, vec![]),
            (
                format!("x\n{whole}{{}}\n[]\n{{\"step\":-1}}\n7\n"),
                1,
                vec![
                    "stats.jsonl:1: no",
                    "stats.jsonl:3: no record (missing field `step`",
                    "stats.jsonl:4: no",
                    "2 more",
                ],
            ),
            (String::new(), 0, vec![]),
            ("\u{0}\u{0}\u{0}".to_owned(), 0, vec!["stats.jsonl:1: the last line is cut off"]),
        ];
        for (text, lines, notes) in rows {
            let records = Records::parse("stats.jsonl", &text);
            assert_eq!(records.lines.len(), lines, "{text}");
            assert_eq!(records.notes.len(), notes.len(), "{:?}", records.notes);
            for (note, part) in records.notes.iter().zip(notes) {
                assert!(note.contains(part), "no {part} in {note}");
            }
        }
    }

    #[test]
    fn limits_are_read_where_a_run_has_recorded_them() {
        for (limits, expected) in [
            ("{\"std_ratio\":{\"suspect\":0.25,\"collapsed\":0.125},\"spread_excess\":3.5}", Some((0.25, 3.5))),
            (
                "{\"std_ratio\":{\"suspect\":0.25,\"collapsed\":0.125},\"spread_excess\":null}",
                Some((0.25, f64::INFINITY)),
            ),
            ("{\"of_another_version\":1}", None),
            ("null", None),
            ("7", None),
        ] {
            let text = format!("{{\"step\":0,\"limits\":{limits}}}\n{{\"step\":1}}\n");
            let records = Records::parse("stats.jsonl", &text);
            assert_eq!((records.lines.len(), records.notes.len()), (2, 0), "{limits}: {:?}", records.notes);
            let found = records.limits().map(|limits| (limits.std_ratio.suspect, limits.spread_excess));
            assert_eq!(found, expected, "{limits}");
        }
    }

    #[test]
    fn an_unknown_event_is_no_fault() {
        let text =
            "{\"step\":1,\"event\":{\"kind\":\"party\",\"guests\":3}}\n{\"step\":2,\"event\":{\"kind\":\"stop\"}}\n";
        let records = Records::parse("stats.jsonl", text);
        let events: Vec<_> = records.events().collect();
        assert!(matches!(events[..], [(1, Event::Unknown), (2, Event::Stop)]), "{events:?}");
        assert!(records.notes.is_empty(), "{:?}", records.notes);
    }
}
