//! `[records] tensorboard`: the records once more, as `TensorBoard` reads them, in files of the run's own folder.
//!
//! Each start of the program has a file of its own, as is usual there: a resumed run says from which step on the earlier files are
//! void. So nothing of it needs to be in a checkpoint, and a file is never cut under a reader's eyes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ganymede_report::EventWriter;

use super::append::AppendFile;
use crate::failure::{Failure, OrFailure, Outcome};

/// What the names of event files begin with, for `TensorBoard`, and end with, before their number.
const PREFIX: &str = "events.out.tfevents.";
const SUFFIX: &str = ".ganymede-";

/// The event file of this start of a run.
pub(crate) struct EventsFile {
    file: AppendFile,
    writer: EventWriter,
}

/// Where a run resumes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResumedAt {
    pub(crate) step: u64,
    pub(crate) rollbacks: u32,
    /// Seconds of training so far.
    pub(crate) seconds: f64,
}

impl EventsFile {
    /// The first file of a run; those of an earlier life of it, which left no checkpoint, go.
    pub(crate) fn create(folder: &Path) -> Outcome<Self> {
        for path in existing(folder)? {
            fs::remove_file(&path).or_fail()?;
        }
        let start = now();
        Self::begin(&named(folder, start, 0), EventWriter::new(start as f64))
    }

    /// The next file of a run. Of one that had none so far it begins with everything that `stats.jsonl` holds.
    pub(crate) fn resume(folder: &Path, at: ResumedAt) -> Outcome<Self> {
        let files = existing(folder)?;
        let Some((start, number)) = files.iter().filter_map(|path| parsed(path)).max_by_key(|(_, number)| *number)
        else {
            let start = now();
            let (bytes, _) = ganymede_report::events(folder, start as f64).or_fail()?;
            let mut writer = EventWriter::resumed(start as f64, at.step, at.rollbacks, at.seconds);
            // The beginning of a file is there already.
            drop(writer.take());
            let mut events = Self::begin(&named(folder, start, 0), writer)?;
            events.file.push(&bytes);
            events.flush()?;
            return Ok(events);
        };
        let writer = EventWriter::resumed(start as f64, at.step, at.rollbacks, at.seconds);
        Self::begin(&named(folder, start, number + 1), writer)
    }

    fn begin(path: &Path, writer: EventWriter) -> Outcome<Self> {
        let mut events = Self { file: AppendFile::create(path)?, writer };
        events.flush()?;
        Ok(events)
    }

    /// Appends a line of `stats.jsonl`.
    pub(crate) fn write(&mut self, line: &str) -> Outcome<()> {
        self.writer.line(line).map_err(Failure::failed)?;
        self.flush()
    }

    /// Appends the picture of a step.
    pub(crate) fn picture(&mut self, step: u64, seconds: f64, path: &Path) -> Outcome<()> {
        let unusable = |reason| Failure::failed(format!("{}: {reason}", path.display()));
        self.writer.picture(step, seconds, path).map_err(unusable)?;
        self.flush()
    }

    fn flush(&mut self) -> Outcome<()> {
        self.file.push(&self.writer.take());
        self.file.flush().map(drop)
    }

    /// Writes what waits, and makes everything outlast a loss of power.
    pub(crate) fn sync(&mut self) -> Outcome<()> {
        self.flush()?;
        self.file.sync()
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The files of one run are read in the order of their names.
fn named(folder: &Path, start: u64, number: u32) -> PathBuf {
    folder.join(format!("{PREFIX}{start:010}{SUFFIX}{number:04}"))
}

/// The start and the number in a file's name.
fn parsed(path: &Path) -> Option<(u64, u32)> {
    let (start, number) = path.file_name()?.to_str()?.strip_prefix(PREFIX)?.split_once(SUFFIX)?;
    Some((start.parse().ok()?, number.parse().ok()?))
}

/// The event files of a run.
fn existing(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).or_fail()?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| parsed(path).is_some()).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{named, parsed};

    #[test]
    fn names_hold_start_and_number_and_sort_by_it() {
        let path = named(Path::new("run"), 1_700_000_000, 12);
        assert_eq!(path, Path::new("run/events.out.tfevents.1700000000.ganymede-0012"));
        assert_eq!(parsed(&path), Some((1_700_000_000, 12)));
        assert!(named(Path::new("run"), 5, 9) < named(Path::new("run"), 5, 10));
        for other in ["stats.jsonl", "events.out.tfevents.17.host.1", "events.out.tfevents.1700000000.ganymede"] {
            assert_eq!(parsed(Path::new(other)), None, "{other}");
        }
    }
}
