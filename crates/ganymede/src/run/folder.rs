//! A run's folder: its name, its files, and the promise that none is left behind by a run that never began.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::lock::Lock;
use crate::checkpoint::list::Checkpoints;
use crate::failure::{Failure, OrFailure, Outcome};
use crate::system::atomic::store;

/// The names of a run's files.
pub(crate) mod names {
    /// The resolved configuration, which repeats the run.
    pub(crate) const CONFIG: &str = "config.toml";
    /// Losses and metrics over the run, one JSON object a line.
    pub(crate) const STATS: &str = "stats.jsonl";
    /// What came out.
    pub(crate) const SUMMARY: &str = "summary.json";
    /// The generator and its average.
    pub(crate) const GENERATOR: &str = "generator.safetensors";
    /// The generator of the best evaluation.
    pub(crate) const BEST: &str = "best.safetensors";
    /// The samples that the summary speaks of.
    pub(crate) const SAMPLES: &str = "samples.npy";
    /// The class of each of these samples, where the run has classes.
    pub(crate) const LABELS: &str = "labels.npy";
    /// The samples as a picture.
    pub(crate) const PICTURE: &str = "samples.png";
    /// Real samples as a picture, where samples are pictures.
    pub(crate) const REALS: &str = "reals.png";
    /// The picture of the samples after `step` steps.
    pub(crate) fn picture(step: u64) -> String {
        format!("samples-{step:06}.png")
    }

    /// The steps of a file of [`picture`]'s; nothing of another.
    pub(crate) fn picture_step(name: &str) -> Option<u64> {
        let digits = name.strip_prefix("samples-")?.strip_suffix(".png")?;
        digits.parse().ok().filter(|step| picture(*step) == name)
    }
    pub(crate) const CHECKPOINTS: &str = "checkpoints";
}

/// Where numbered runs go.
const RUNS: &str = "runs";

/// A run's folder that exists, held by this process alone.
#[derive(Debug)]
pub(crate) struct RunFolder {
    path: PathBuf,
    _lock: Lock,
}

impl RunFolder {
    /// Refuses a folder that holds something already; creates nothing.
    pub(crate) fn check(out: Option<&Path>) -> Outcome<()> {
        let Some(out) = out else { return Ok(()) };
        let refuse = |reason: &str| Err(Failure::refused(format!("--out {}: {reason}", out.display())));
        match fs::read_dir(out) {
            Ok(mut entries) => match entries.next() {
                Some(_) => refuse("the folder is not empty; name another, or remove it first"),
                None => Ok(()),
            },
            Err(error) => match error.kind() {
                ErrorKind::NotFound => Ok(()),
                ErrorKind::NotADirectory if out.exists() => refuse("this is a file; name a folder"),
                _ => refuse(&format!("cannot be used as a folder: {error}; name another")),
            },
        }
    }

    /// Creates the folder and writes the resolved configuration into it. On failure nothing is left that was not
    /// there before.
    pub(crate) fn create(out: Option<&Path>, config: &Path, toml: &str) -> Outcome<Self> {
        let mut created = Vec::new();
        let folder = match out {
            Some(out) => create_all(out, &mut created).map(|()| out.to_path_buf()),
            None => create_numbered(config, &mut created),
        };
        let begun = folder
            .map_err(|(path, error)| {
                let remedy = "name a folder that can be written with --out";
                Failure::refused(format!("{}: cannot create the run's folder: {error}; {remedy}", path.display()))
            })
            .and_then(|path| {
                let folder = Self { _lock: Lock::take(&path)?, path };
                store(&folder.file(names::CONFIG), toml.as_bytes()).map_err(|failure| {
                    // With its lock in it, the folder would be refused as not empty the next time.
                    Lock::remove(&folder.path);
                    Failure::refused(format!("{failure}, or name another folder with --out"))
                })?;
                Ok(folder)
            });
        if begun.is_err() {
            // Only folders that this run made, and only while they are empty.
            created.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
        }
        begun
    }

    /// Opens the folder of a run that was begun.
    pub(crate) fn open(path: &Path) -> Outcome<Self> {
        if !path.join(names::CONFIG).is_file() {
            return Err(Failure::refused(format!(
                "--resume {}: no run was begun here (there is no {}); name the folder of a run, such as runs/00001-ring",
                path.display(),
                names::CONFIG
            )));
        }
        let folder = Self { _lock: Lock::take(path)?, path: path.to_owned() };
        Checkpoints::clear_partial(path);
        Checkpoints::clear_partial(&folder.file(names::CHECKPOINTS));
        Ok(folder)
    }

    /// The run's checkpoints; the newest `keep` stay.
    pub(crate) fn checkpoints(&self, keep: usize) -> Checkpoints {
        Checkpoints::new(self.file(names::CHECKPOINTS), keep)
    }

    /// Removes the pictures over the run but the first and the newest `keep`.
    pub(crate) fn keep_pictures(&self, keep: usize) -> Outcome<()> {
        let entries = fs::read_dir(&self.path).or_fail()?;
        let steps = entries.flatten().filter_map(|entry| names::picture_step(&entry.file_name().to_string_lossy()));
        let mut steps: Vec<u64> = steps.filter(|step| *step > 0).collect();
        steps.sort_unstable();
        steps.iter().rev().skip(keep).try_for_each(|step| fs::remove_file(self.file(&names::picture(*step))).or_fail())
    }

    /// The path of one of the run's files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

type Created<T> = Result<T, (PathBuf, std::io::Error)>;

/// Creates a folder and those around it, and notes each that was made.
fn create_all(path: &Path, created: &mut Vec<PathBuf>) -> Created<()> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|part| !part.as_os_str().is_empty() && !part.exists()).collect();
    for part in missing.into_iter().rev() {
        match fs::create_dir(part) {
            Ok(()) => created.push(part.to_path_buf()),
            // Another run may have made it since.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && part.is_dir() => {}
            Err(error) => return Err((part.to_path_buf(), error)),
        }
    }
    Ok(())
}

/// Creates `runs/NNNNN-NAME` with the next free number.
fn create_numbered(config: &Path, created: &mut Vec<PathBuf>) -> Created<PathBuf> {
    let runs = Path::new(RUNS);
    create_all(runs, created)?;
    let name = config.file_stem().unwrap_or_default().to_string_lossy();
    let entries = fs::read_dir(runs).map_err(|error| (runs.to_path_buf(), error))?;
    let numbers = entries.flatten().filter_map(|entry| leading_number(&entry.file_name().to_string_lossy()));
    let mut number = numbers.max().unwrap_or(0);
    loop {
        number += 1;
        let path = runs.join(format!("{number:05}-{name}"));
        match fs::create_dir(&path) {
            Ok(()) => {
                created.push(path.clone());
                return Ok(path);
            }
            // Another run took the number a moment ago.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err((path, error)),
        }
    }
}

/// The number that a run's folder starts with.
fn leading_number(name: &str) -> Option<u64> {
    name.split_once('-')?.0.parse().ok().filter(|number| *number < u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{leading_number, names};

    #[test]
    fn pictures_are_named_by_their_step() {
        let rows = [
            ("samples-000000.png", Some(0)),
            ("samples-001500.png", Some(1500)),
            ("samples-1234567.png", Some(1_234_567)),
            ("samples-1500.png", None),
            ("samples-+01500.png", None),
            ("samples.png", None),
            ("samples-001500.npy", None),
        ];
        for (name, step) in rows {
            assert_eq!(names::picture_step(name), step, "{name}");
        }
    }

    #[test]
    fn only_numbered_folders_count() {
        for (name, number) in [("00007-ring", Some(7)), ("123456-x-y", Some(123_456)), ("ring", None), ("a-1", None)] {
            assert_eq!(leading_number(name), number, "{name}");
        }
    }
}
