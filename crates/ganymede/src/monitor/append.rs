//! A file that only grows, whatever happens to the disk on the way.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::failure::Outcome;
use crate::system::atomic::unwritable;

/// A file that is appended to; what cannot be written waits.
pub(crate) struct AppendFile {
    file: File,
    path: PathBuf,
    /// Bytes that were written whole.
    bytes: u64,
    waiting: Vec<u8>,
}

impl AppendFile {
    /// An empty file.
    pub(crate) fn create(path: &Path) -> Outcome<Self> {
        let file = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self { file, path: path.to_owned(), bytes: 0, waiting: Vec::new() })
    }

    /// A file of which so many bytes are kept.
    pub(crate) fn cut(mut file: File, path: &Path, bytes: u64) -> Outcome<Self> {
        file.set_len(bytes).and_then(|()| file.seek(SeekFrom::End(0))).map_err(|error| unwritable(path, &error))?;
        Ok(Self { file, path: path.to_owned(), bytes, waiting: Vec::new() })
    }

    /// How many bytes were written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds to what waits.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.waiting.extend(bytes);
    }

    /// Writes what waits, all or nothing, and gives it.
    pub(crate) fn flush(&mut self) -> Outcome<Vec<u8>> {
        if let Err(error) = self.file.write_all(&self.waiting) {
            // No half of it stays; where even that fails, the next write goes to the same place.
            let cut = self.file.set_len(self.bytes).and_then(|()| self.file.seek(SeekFrom::Start(self.bytes)));
            return Err(unwritable(&self.path, &cut.err().unwrap_or(error)));
        }
        self.bytes += self.waiting.len() as u64;
        Ok(std::mem::take(&mut self.waiting))
    }

    /// Makes everything that was written outlast a loss of power.
    pub(crate) fn sync(&self) -> Outcome<()> {
        self.file.sync_data().map_err(|error| unwritable(&self.path, &error))
    }
}
