//! `.npz` files: zip archives of `.npy` files, stored or deflated.

use std::io::{self, Read};
use std::path::Path;

use ganymede_samples::Labels;

use crate::array::Doubles;
use crate::container::{Container, Purpose};
use crate::error::FileError;
use crate::keys::{choose_labels, choose_samples, find_labels};
use crate::npy;
use crate::options::ReadOptions;
use crate::path::inside;
use crate::set::SampleSet;

const PURPOSE: Purpose = Purpose { format: ".npz", remedy: "write it with numpy.savez" };

/// What the name of an array's file ends with.
const SUFFIX: &str = ".npy";

/// An open `.npz` file.
#[derive(Debug)]
pub(crate) struct Archive {
    container: Container,
}

impl Archive {
    /// Opens an archive and lists its arrays.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let container = Container::open(path, PURPOSE, |name| name.ends_with(SUFFIX.as_bytes()))?;
        Ok(Self { container })
    }

    /// Reads the samples, and the labels unless `key` picks one array.
    pub(crate) fn read_samples(&self, key: Option<&str>, options: &ReadOptions) -> Result<SampleSet, FileError> {
        let (path, keys) = (&self.container.path, self.keys());
        let chosen = choose_samples(path, &keys, key)?;
        let labels = if key.is_none() { find_labels(path, &keys)? } else { None };
        let mut set = self.read_array(chosen, |reader, size, place, broken| {
            npy::read_samples(reader, size, place, options, broken)
        })?;
        if let Some(labels) = labels {
            set.contents.labels = Some(self.read_classes(labels, set.rows())?);
        }
        Ok(set)
    }

    /// Reads the labels alone.
    pub(crate) fn read_labels(&self, key: Option<&str>, rows: usize) -> Result<Labels, FileError> {
        self.read_classes(choose_labels(&self.container.path, &self.keys(), key)?, rows)
    }

    /// Reads an array of numbers by its name, in double precision.
    pub(crate) fn read_doubles(&self, key: &str) -> Result<Doubles, FileError> {
        let chosen = choose_samples(&self.container.path, &self.keys(), Some(key))?;
        self.read_array(chosen, |reader, size, place, broken| npy::read_doubles(reader, size, place, broken))
    }

    fn keys(&self) -> Vec<&str> {
        self.container.entries.iter().map(|entry| entry.name.strip_suffix(SUFFIX).unwrap_or(&entry.name)).collect()
    }

    fn read_classes(&self, index: usize, rows: usize) -> Result<Labels, FileError> {
        self.read_array(index, |reader, size, place, broken| npy::read_labels(reader, size, place, rows, broken))
    }

    fn read_array<T>(
        &self,
        index: usize,
        read: impl FnOnce(&mut Box<dyn Read + '_>, u64, &Path, &dyn Fn(io::Error) -> FileError) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let place = inside(&self.container.path, self.keys()[index]);
        let entry = &self.container.entries[index];
        self.container.read_entry(entry, &place, |reader, size, broken| read(reader, size, &place, broken))
    }
}
