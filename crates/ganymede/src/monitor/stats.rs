//! `stats.jsonl`: losses and metrics over the run, one JSON object a line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use ganymede_core::step::Losses;
use ganymede_metrics::{Signals, Thresholds, Verdict};
use serde::{Deserialize, Serialize};

use super::append::AppendFile;
use super::events::Event;
use crate::failure::{Failure, Outcome};
use crate::report::evaluation::Metrics;

/// Means of losses since they were last taken.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LossMeans {
    sums: BTreeMap<String, (f64, u64)>,
}

impl LossMeans {
    /// Adds the losses of a step.
    pub(crate) fn add(&mut self, losses: &Losses) {
        for (name, value) in losses {
            // Names are made once: this runs at every step.
            match self.sums.get_mut(name) {
                Some((sum, count)) => {
                    *sum += value;
                    *count += 1;
                }
                None => drop(self.sums.insert(name.clone(), (*value, 1))),
            }
        }
    }

    /// The means, each over the steps that had the loss; starts anew.
    pub(crate) fn take(&mut self) -> BTreeMap<String, f64> {
        let sums = std::mem::take(&mut self.sums);
        sums.into_iter().map(|(name, (sum, count))| (name, sum / count as f64)).collect()
    }
}

/// The detector's part of a line.
#[derive(Debug, Serialize)]
pub(crate) struct DetectorLine<'a> {
    /// The verdict after this look.
    pub(crate) verdict: Verdict,
    /// Health by this look alone, 0 to 1.
    pub(crate) health: f64,
    #[serde(flatten)]
    pub(crate) signals: &'a Signals,
}

/// One line. A rollback repeats steps, so only step and rollbacks together identify a line.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) step: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) rollbacks: u32,
    pub(crate) seconds: f64,
    /// Mean losses since the line before.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) losses: BTreeMap<String, f64>,
    /// The evaluation after this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<&'a Metrics>,
    /// The detector's limits as they are in force, in the first line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limits: Option<&'a Thresholds>,
    /// The detector's look after this step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detector: Option<DetectorLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<&'a Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<&'a str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the serializer calls it so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Length and checksum of `stats.jsonl` when a checkpoint was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatsLength {
    bytes: u64,
    checksum: u32,
}

/// `stats.jsonl`, open for appending.
pub(crate) struct StatsFile {
    file: AppendFile,
    /// The CRC-32 of what is in it.
    checksum: crc32fast::Hasher,
}

impl StatsFile {
    pub(crate) fn create(path: &Path) -> Outcome<Self> {
        Ok(Self { file: AppendFile::create(path)?, checksum: crc32fast::Hasher::new() })
    }

    /// Opens the file as it was when a checkpoint was written: later lines are cut off.
    ///
    /// Fails as [`StatsFile::check`] does.
    pub(crate) fn resume(path: &Path, written: StatsLength) -> Outcome<Self> {
        let (file, checksum) = Self::check(path, written)?;
        Ok(Self { file: AppendFile::cut(file, path, written.bytes)?, checksum })
    }

    /// Opens a file that begins with the lines that a checkpoint knows, and changes nothing.
    ///
    /// Fails when it does not.
    pub(crate) fn check(path: &Path, written: StatsLength) -> Outcome<(File, crc32fast::Hasher)> {
        let refuse = |reason: String| Failure::refused(format!("{}: {reason}", path.display()));
        let unreadable = |error: std::io::Error| refuse(format!("cannot be used: {error}"));
        let file = File::options().read(true).write(true).open(path).map_err(unreadable)?;
        let mut checksum = crc32fast::Hasher::new();
        let mut reader = BufReader::new(&file).take(written.bytes);
        let mut bytes = 0;
        loop {
            let chunk = reader.fill_buf().map_err(unreadable)?;
            if chunk.is_empty() {
                break;
            }
            checksum.update(chunk);
            let count = chunk.len();
            bytes += count as u64;
            reader.consume(count);
        }
        if bytes < written.bytes {
            return Err(refuse(format!("is damaged: it has {bytes} bytes, and had {}", written.bytes)));
        }
        if checksum.clone().finalize() != written.checksum {
            return Err(refuse(format!("is damaged: its first {bytes} bytes have changed")));
        }
        Ok((file, checksum))
    }

    pub(crate) fn written(&self) -> StatsLength {
        StatsLength { bytes: self.file.bytes(), checksum: self.checksum.clone().finalize() }
    }

    /// Appends a line at once, so that what is on disk is whole lines up to now. A line that cannot be written waits for
    /// the next call.
    pub(crate) fn write(&mut self, line: &str) -> Outcome<()> {
        self.file.push(line.as_bytes());
        self.file.push(b"\n");
        self.flush()
    }

    fn flush(&mut self) -> Outcome<()> {
        self.checksum.update(&self.file.flush()?);
        Ok(())
    }

    /// Writes what waits, and makes everything outlast a loss of power.
    pub(crate) fn sync(&mut self) -> Outcome<()> {
        self.flush()?;
        self.file.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::{LossMeans, Losses};

    #[test]
    fn each_loss_is_averaged_over_the_steps_that_had_it() {
        let mut means = LossMeans::default();
        means.add(&Losses::from([("a".to_owned(), 1.0), ("b".to_owned(), 10.0)]));
        means.add(&Losses::from([("a".to_owned(), 3.0)]));
        let taken: Vec<_> = means.take().into_iter().collect();
        assert_eq!(taken, [("a".to_owned(), 2.0), ("b".to_owned(), 10.0)]);
        assert!(means.take().is_empty(), "taking starts anew");
    }
}
