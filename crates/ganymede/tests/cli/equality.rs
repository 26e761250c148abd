//! Whether two runs ended in the same place, bit for bit.

use serde_json::{Value, json};

use crate::support::Workplace;

/// A safetensors file as its tensors' names, types and places, its metadata, and its data.
pub(crate) fn safetensors(bytes: &[u8]) -> (Value, Value, Vec<u8>) {
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: Value = serde_json::from_slice(header).unwrap();
    let metadata = header.as_object_mut().unwrap().remove("__metadata__").unwrap_or_default();
    (header, metadata, data.to_vec())
}

/// The checkpoints of a run, the latest last.
pub(crate) fn checkpoints(workplace: &Workplace, run: &str) -> Vec<String> {
    let prefix = format!("{run}/checkpoints/");
    let names = workplace.listing().into_iter().filter(|name| name.starts_with(&prefix));
    names.filter(|name| name.ends_with(".safetensors")).collect()
}

/// The lines of a run's records without their times.
pub(crate) fn timeless_lines(workplace: &Workplace, run: &str) -> Vec<Value> {
    let without_seconds = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{run}: {error}: {line}"));
        line["seconds"] = Value::Null;
        line
    };
    workplace.read(&format!("{run}/stats.jsonl")).lines().map(without_seconds).collect()
}

/// A checkpoint without times and what depends on them.
fn timeless_checkpoint(workplace: &Workplace, name: &str) -> (Value, Value, Vec<u8>) {
    let (header, metadata, data) = safetensors(&workplace.bytes(name));
    let mut record: Value = serde_json::from_str(metadata["ganymede"].as_str().unwrap()).unwrap();
    record["monitor"]["elapsed"] = json!(null);
    record["monitor"]["written"] = json!(null);
    (header, record, data)
}

/// That two finished runs are the same in everything but times: weights, statistics, summary, last checkpoint.
pub(crate) fn assert_same(workplace: &Workplace, one: &str, other: &str, what: &str) {
    for file in ["generator.safetensors", "best.safetensors", "samples.npy", "config.toml"] {
        let of = |run: &str| workplace.bytes(&format!("{run}/{file}"));
        assert!(of(one) == of(other), "{what}: {file} differs between {one} and {other}");
    }
    assert_eq!(timeless_lines(workplace, one), timeless_lines(workplace, other), "{what}: stats.jsonl");
    assert_eq!(workplace.timeless_summary(one), workplace.timeless_summary(other), "{what}: summary.json");
    let (ours, theirs) = (checkpoints(workplace, one), checkpoints(workplace, other));
    let last = |names: &[String]| timeless_checkpoint(workplace, names.last().unwrap());
    let (ours, theirs) = (last(&ours), last(&theirs));
    assert_eq!(ours.0, theirs.0, "{what}: the checkpoint's tensors");
    assert_eq!(ours.1, theirs.1, "{what}: the checkpoint's record");
    assert!(ours.2 == theirs.2, "{what}: the checkpoint's values differ");
}
