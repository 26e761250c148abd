//! What the folder of a run holds.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ganymede_metrics::{Effect, Headline, Thresholds, Verdict};
use serde::Deserialize;
use serde_json::Value;

use crate::config::{self, Keys};
use crate::error::ReportError;
use crate::records::Records;

/// The end of a run, from `summary.json`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Summary {
    /// Steps that the generator has behind it.
    pub(crate) steps: u64,
    /// Steps made, with those that were rolled back.
    #[serde(default)]
    pub(crate) steps_made: u64,
    /// Seconds of training.
    #[serde(default)]
    pub(crate) seconds: f64,
    /// Steps a second.
    #[serde(default)]
    pub(crate) steps_per_second: f64,
    /// Seconds of evaluations, records and pictures.
    #[serde(default)]
    pub(crate) evaluation_seconds: f64,
    /// The device.
    #[serde(default)]
    pub(crate) device: String,
    /// The most memory that the process held, in bytes.
    pub(crate) peak_memory: Option<u64>,
    /// The verdict on the samples.
    pub(crate) verdict: Verdict,
    /// The most important finding.
    pub(crate) headline: Headline,
    /// Why there is no verdict.
    pub(crate) doubt: Option<String>,
    /// The strongest reasons.
    #[serde(default)]
    pub(crate) reasons: Vec<String>,
    /// How much is lost.
    pub(crate) lost: Option<Effect>,
    /// Parts of the data that hardly any sample falls into.
    #[serde(default)]
    pub(crate) missing_parts: Option<Vec<MissingPart>>,
    /// The best evaluation.
    pub(crate) best: Option<Best>,
    /// The figures of as many real samples.
    #[serde(default)]
    pub(crate) oracle: BTreeMap<String, Value>,
    /// The generator's figures, among other things.
    #[serde(flatten)]
    pub(crate) figures: BTreeMap<String, Value>,
}

/// A part of the data that is missing.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MissingPart {
    /// Its share of the real samples, 0 to 1.
    pub(crate) real_share: f64,
    /// Its share of the generated samples, 0 to 1.
    pub(crate) fake_share: f64,
    /// The most frequent class in it.
    pub(crate) label: Option<usize>,
    /// The mean of the real samples in it; empty for pictures.
    #[serde(default)]
    pub(crate) center: Vec<f32>,
}

/// The best evaluation of a run.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Best {
    /// Its step.
    pub(crate) step: u64,
    /// The figure that it was best by.
    pub(crate) by: String,
    /// The figure's value.
    pub(crate) value: Option<f64>,
}

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct RunRecords {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its name in the report.
    pub(crate) name: String,
    /// The text of its configuration.
    pub(crate) config: String,
    /// The configuration's keys.
    pub(crate) keys: Keys,
    /// The limits of the detector.
    pub(crate) limits: Thresholds,
    /// Its records.
    pub(crate) records: Records,
    /// How it ended; absent of a run that has not.
    pub(crate) summary: Option<Summary>,
    /// The pictures of samples over the steps, in order.
    pub(crate) pictures: Vec<(u64, PathBuf)>,
    /// The picture of real samples.
    pub(crate) reals: Option<PathBuf>,
    /// What could not be read.
    pub(crate) notes: Vec<String>,
}

impl RunRecords {
    /// Reads a run's folder.
    ///
    /// # Errors
    /// [`ReportError`] where there is no run, or where a file cannot be read at all.
    pub(crate) fn read(path: &Path) -> Result<Self, ReportError> {
        let unreadable = |source| ReportError::Unreadable { path: path.to_owned(), source };
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(ReportError::Missing { path: path.to_owned() });
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(ReportError::File { path: path.to_owned() });
            }
            Err(error) => return Err(unreadable(error)),
        };
        let (config, stats) = (optional(&path.join("config.toml"))?, optional(&path.join("stats.jsonl"))?);
        if config.is_none() && stats.is_none() {
            return Err(ReportError::NoRun { path: path.to_owned() });
        }
        let mut notes = Vec::new();
        let shown = |file: &str| path.join(file).display().to_string();
        let records = Records::parse(&shown("stats.jsonl"), stats.as_deref().unwrap_or_default());
        notes.extend(records.notes.iter().cloned());
        let keys = config.as_deref().map(config::keys);
        let keys = keys.unwrap_or_else(|| Err("there is none".to_owned())).unwrap_or_else(|reason| {
            notes.push(format!("{}: cannot be used ({reason}); limits are the defaults", shown("config.toml")));
            Keys::new()
        });
        let summary = optional(&path.join("summary.json"))?.and_then(|text| {
            let read = serde_json::from_str(&text).map_err(|error| {
                notes.push(format!("{}: cannot be used ({error}); it is left out", shown("summary.json")));
            });
            read.ok()
        });
        let mut pictures = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            if let Some(step) = picture_step(&entry.file_name().to_string_lossy()) {
                pictures.push((step, entry.path()));
            }
        }
        pictures.sort();
        let reals = Some(path.join("reals.png")).filter(|path| path.is_file());
        let config = config.unwrap_or_default();
        let (name, limits) = (short_name(path), limits(&config));
        Ok(Self { path: path.to_owned(), name, config, keys, limits, records, summary, pictures, reals, notes })
    }

    /// The last step that was recorded.
    pub(crate) fn last_step(&self) -> u64 {
        self.summary.as_ref().map(|summary| summary.steps).or(self.records.last_step()).unwrap_or(0)
    }

    /// The steps that the run is to make.
    pub(crate) fn planned_steps(&self) -> Option<u64> {
        self.keys.get("steps")?.parse().ok()
    }

    /// The verdict: that on the samples of a run that has ended, and else that of the last look.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let watched = || self.records.last_look().map(|(_, look)| look.verdict);
        self.summary.as_ref().map(|summary| summary.verdict).or_else(watched)
    }

    /// A figure of the generated samples: the summary's, or the last evaluation's.
    pub(crate) fn figure(&self, name: &str) -> Option<f64> {
        let last = || self.records.last_metrics().and_then(|(_, metrics)| metrics.get(name));
        match &self.summary {
            Some(summary) => summary.figures.get(name),
            None => last(),
        }?
        .as_f64()
    }

    /// A figure of as many real samples.
    pub(crate) fn real_figure(&self, name: &str) -> Option<f64> {
        self.summary.as_ref()?.oracle.get(name)?.as_f64()
    }

    /// Seconds of training.
    pub(crate) fn seconds(&self) -> f64 {
        let recorded = || self.records.lines.last().map_or(0.0, |record| record.seconds);
        self.summary.as_ref().map_or_else(recorded, |summary| summary.seconds)
    }
}

/// The text of a file that need not be there. Bytes that are no text become replacement characters.
fn optional(path: &Path) -> Result<Option<String>, ReportError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Unreadable { path: path.to_owned(), source }),
    }
}

/// The step of a picture of samples; nothing of another file.
fn picture_step(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("samples-")?.strip_suffix(".png")?;
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The folder's own name.
fn short_name(path: &Path) -> String {
    let resolved = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    resolved.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The limits of the detector in a configuration; the defaults where it has none.
fn limits(config: &str) -> Thresholds {
    let limits = || {
        let table: toml::Table = config.parse().ok()?;
        table.get("detector")?.get("rule")?.get("thresholds")?.clone().try_into().ok()
    };
    limits().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{limits, picture_step};

    #[test]
    fn pictures_are_known_by_their_step() {
        for (name, step) in [
            ("samples-000000.png", Some(0)),
            ("samples-1234567.png", Some(1_234_567)),
            ("samples.png", None),
            ("samples-+5.png", None),
            ("samples-5.png.partial", None),
            ("samples-99999999999999999999999.png", None),
        ] {
            assert_eq!(picture_step(name), step, "{name}");
        }
    }

    #[test]
    fn limits_are_the_configurations() {
        let own = "[detector.rule.thresholds]\nspread_excess = 3.5\n[detector.rule.thresholds.coverage]\nsuspect = 0.2\n\
                   collapsed = 0.1\n";
        assert!((limits(own).spread_excess - 3.5).abs() < 1e-12);
        assert!((limits(own).coverage.suspect - 0.2).abs() < 1e-12);
        assert_eq!(limits("x = "), ganymede_metrics::Thresholds::default());
    }
}
