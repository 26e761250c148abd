//! Files good, bad and hostile, as the public interface sees them. Fixtures are written byte by byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod arrays;
mod bytes;
mod cifar;
mod configured;
mod configured_refused;
mod damage;
mod folders;
mod fuzzed;
mod hostile;
mod idx;
mod idx_refused;
mod ink;
mod labels;
mod memory;
mod packed;
mod packing;
mod pairs;
mod paths;
mod tables;
mod tensors;
mod written;

use std::fmt::{Debug, Display};
use std::path::{Path, PathBuf};

use ganymede_files::{FileError, ReadOptions, SampleSet};
use ganymede_samples::{Labels, Matrix, Shape};
use tempfile::TempDir;

/// A set of samples in floats, as most tests look at it.
#[derive(Clone, Debug, PartialEq)]
struct Flat {
    samples: Matrix,
    shape: Shape,
    labels: Option<Vec<usize>>,
    /// The names of the classes.
    names: Vec<String>,
    report: Vec<String>,
}

impl From<SampleSet> for Flat {
    fn from(set: SampleSet) -> Self {
        let shape = set.contents.samples.shape;
        let Labels { classes, names } =
            set.contents.labels.clone().unwrap_or(Labels { classes: Vec::new(), names: Vec::new() });
        let labels = set.contents.labels.map(|_| classes);
        Self { samples: set.contents.samples.into_matrix(), shape, labels, names, report: set.report }
    }
}

impl Flat {
    fn rows(&self) -> usize {
        self.samples.rows()
    }
}

/// Reads a path as nothing says how.
fn read_samples(path: &Path) -> Result<Flat, FileError> {
    read_with(path, &ReadOptions::default())
}

fn read_with(path: &Path, options: &ReadOptions) -> Result<Flat, FileError> {
    ganymede_files::read_samples(path, options).map(Flat::from)
}

/// The classes of a file of labels.
fn read_labels(path: &Path, rows: usize) -> Result<Vec<usize>, FileError> {
    ganymede_files::read_labels(path, rows).map(|labels| labels.classes)
}

/// A folder with one file of this name.
fn file(name: &str, contents: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, contents).unwrap();
    (folder, path)
}

/// Reads a file of this name.
fn read(name: &str, contents: impl AsRef<[u8]>) -> Result<Flat, FileError> {
    let (_folder, path) = file(name, contents);
    read_samples(&path)
}

/// The result must be an error of one line that begins with `place` and holds all `parts`.
#[track_caller]
fn check_error<T: Debug, E: Display>(name: &str, result: Result<T, E>, place: &Path, parts: &[&str]) {
    let message = match result {
        Ok(contents) => panic!("{name}: read {contents:?}"),
        Err(error) => error.to_string(),
    };
    assert!(message.starts_with(&format!("{}: ", place.display())), "{name}: {message}");
    assert!(!message.contains('\n'), "{name}: {message}");
    for part in parts {
        assert!(message.contains(part), "{name}: {part:?} is not in: {message}");
    }
}

/// Reads a file of this name, which must fail so.
#[track_caller]
fn check_refused(name: &str, file_name: &str, contents: impl AsRef<[u8]>, parts: &[&str]) {
    let (_folder, path) = file(file_name, contents);
    check_error(name, read_samples(&path), &path, parts);
}
