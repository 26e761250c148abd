//! `ganymede records`.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::arguments::RecordsArguments;
use crate::failure::{Failure, OrFailure, Outcome, print, say};
use crate::run::folder::names;
use crate::system::atomic::store;

/// Gives a run's records in the form of another tool.
pub(crate) fn records(arguments: &RecordsArguments) -> Outcome<()> {
    if let Some(out) = &arguments.tensorboard {
        return tensorboard(&arguments.run, out);
    }
    let (table, notes) = ganymede_report::csv(&arguments.run).or_refuse()?;
    tell(&notes);
    print(&table)
}

fn tensorboard(run: &Path, out: &Path) -> Outcome<()> {
    let start = began(run);
    let (bytes, notes) = ganymede_report::events(run, start).or_refuse()?;
    tell(&notes);
    fs::create_dir_all(out).map_err(|error| {
        Failure::refused(format!("--tensorboard {}: cannot be used as a folder: {error}; name another", out.display()))
    })?;
    // TensorBoard takes any file whose name has these words in it, and reads them in the order of their names.
    let file = out.join(format!("events.out.tfevents.{start:010.0}.ganymede"));
    store(&file, &bytes)?;
    print(&format!("{}; look at it with: tensorboard --logdir {}\n", file.display(), out.display()))
}

fn tell(notes: &[String]) {
    for note in notes {
        say(&format!("note: {note}"));
    }
}

/// When the run's configuration was written, in seconds since 1970: the beginning of the run.
fn began(run: &Path) -> f64 {
    let written = fs::metadata(run.join(names::CONFIG)).and_then(|about| about.modified()).ok();
    written.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0.0, |since| since.as_secs_f64())
}
