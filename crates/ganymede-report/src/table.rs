//! Every number of a run as a table.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::ReportError;
use crate::records::Record;
use crate::run::RunRecords;

/// The numbers of a run's records as comma-separated values, with a head: one line a record, empty where it has no such number.
/// The second value is what could not be read.
///
/// # Errors
/// [`ReportError`] where there is no run.
pub fn csv(path: &Path) -> Result<(String, Vec<String>), ReportError> {
    let run = RunRecords::read(path)?;
    let scalars: Vec<Vec<(String, f64)>> = run.records.lines.iter().map(scalars).collect();
    let mut names: Vec<&str> = Vec::new();
    let mut known = BTreeSet::new();
    for (name, _) in scalars.iter().flatten() {
        if known.insert(name.as_str()) {
            names.push(name);
        }
    }
    // By kind, and in each kind as they come.
    let kinds = ["losses/", "metrics/", "detector/"];
    names.sort_by_key(|name| kinds.iter().position(|kind| name.starts_with(kind)));
    let mut text = "step,rollbacks,seconds".to_owned();
    for name in &names {
        text.extend([",", &field(name)]);
    }
    text.push_str(",detector/verdict\n");
    for (record, scalars) in run.records.lines.iter().zip(&scalars) {
        text.extend([record.step.to_string(), format!(",{},{}", record.rollbacks, record.seconds)]);
        for name in &names {
            text.push(',');
            if let Some((_, value)) = scalars.iter().find(|(known, _)| known == name) {
                text.push_str(&value.to_string());
            }
        }
        text.extend([",", record.detector.as_ref().map_or("", |look| look.verdict.word()), "\n"]);
    }
    Ok((text, run.notes))
}

/// The finite numbers of a record by name: `losses/discriminator/objective`, `metrics/modes_covered`, `detector/coverage`.
pub(crate) fn scalars(record: &Record) -> Vec<(String, f64)> {
    let losses = record.losses.iter().map(|(name, value)| (format!("losses/{name}"), *value));
    let metrics = record.metrics.iter().map(|(name, value)| (format!("metrics/{name}"), value.as_f64()));
    let health = record.detector.iter().map(|look| ("detector/health".to_owned(), look.health));
    let signals = record.detector.iter().flat_map(|look| &look.signals);
    let signals = signals.map(|(name, value)| (format!("detector/{name}"), *value));
    let all = losses.chain(metrics).chain(health).chain(signals);
    all.filter_map(|(name, value)| Some((name, value.filter(|value| value.is_finite())?))).collect()
}

/// A field, quoted where it must be.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{csv, field};

    #[test]
    fn one_line_a_record() {
        let folder = tempfile::tempdir().unwrap();
        let stats = "{\"step\":0,\"seconds\":0.0,\"metrics\":{\"std\":1.5,\"reverse_kl\":null}}\n\
                     {\"step\":5,\"rollbacks\":1,\"seconds\":0.25,\"losses\":{\"a/b\":2.0},\"detector\":{\"verdict\":\"healthy\",\
                     \"health\":0.5,\"coverage\":0.125,\"fake_std\":null}}\n{\"step\":5,\"rollbacks\":1,\"seconds\":0.25}\n{\"st";
        std::fs::write(folder.path().join("stats.jsonl"), stats).unwrap();
        let (table, notes) = csv(folder.path()).unwrap();
        let expected = "step,rollbacks,seconds,losses/a/b,metrics/std,detector/health,detector/coverage,detector/verdict\n\
                        0,0,0,,1.5,,,\n5,1,0.25,2,,0.5,0.125,healthy\n5,1,0.25,,,,,\n";
        assert_eq!(table, expected);
        assert!(notes.iter().any(|note| note.contains("stats.jsonl:4: the last line is cut off")), "{notes:?}");
        assert_eq!(field("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
