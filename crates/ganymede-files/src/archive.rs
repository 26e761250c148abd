//! `.npz` files: zip archives of `.npy` files, stored or deflated.

use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::DeflateDecoder;
use ganymede_samples::Labels;
use rawzip::{CompressionMethod, FileReader, ZipArchive, ZipArchiveEntryWayfinder};

use crate::error::{FileError, one_line};
use crate::inflate::check_inflated;
use crate::keys::{choose_labels, choose_samples, find_labels};
use crate::npy;
use crate::options::ReadOptions;
use crate::path::{inside, open};
use crate::set::SampleSet;

/// An open `.npz` file.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    length: u64,
    zip: ZipArchive<FileReader>,
    arrays: Vec<Entry>,
}

/// An array in the archive.
#[derive(Debug)]
struct Entry {
    /// The name without `.npy`.
    key: String,
    method: CompressionMethod,
    encrypted: bool,
    wayfinder: ZipArchiveEntryWayfinder,
}

impl Archive {
    /// Opens an archive and lists its arrays.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let (file, length) = open(path, "an .npz file")?;
        let broken = |error: rawzip::Error| malformed(path, one_line(error));
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let zip = ZipArchive::from_file(file.into_inner(), &mut buffer).map_err(broken)?;
        let mut arrays = Vec::new();
        let mut entries = zip.entries(&mut buffer);
        let mut count = 0;
        while let Some(entry) = entries.next_entry().map_err(broken)? {
            count += 1;
            let Some(key) = entry.file_path().as_bytes().strip_suffix(b".npy").map(String::from_utf8_lossy) else {
                continue;
            };
            arrays.push(Entry {
                key: key.into_owned(),
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
                wayfinder: entry.wayfinder(),
            });
        }
        if count != zip.entries_hint() {
            return Err(malformed(
                path,
                format!("its directory declares {} files, but lists {count}", zip.entries_hint()),
            ));
        }
        Ok(Self { path: path.to_owned(), length, zip, arrays })
    }

    /// Reads the samples, and the labels unless `key` picks one array.
    pub(crate) fn read_samples(&self, key: Option<&str>, options: &ReadOptions) -> Result<SampleSet, FileError> {
        let keys = self.keys();
        let chosen = choose_samples(&self.path, &keys, key)?;
        let labels = if key.is_none() { find_labels(&self.path, &keys)? } else { None };
        let mut set = self.read_entry(&self.arrays[chosen], |reader, size, place, broken| {
            npy::read_samples(reader, size, place, options, broken)
        })?;
        if let Some(labels) = labels {
            set.contents.labels = Some(self.read_classes(labels, set.rows())?);
        }
        Ok(set)
    }

    /// Reads the labels alone.
    pub(crate) fn read_labels(&self, key: Option<&str>, rows: usize) -> Result<Labels, FileError> {
        self.read_classes(choose_labels(&self.path, &self.keys(), key)?, rows)
    }

    fn keys(&self) -> Vec<&str> {
        self.arrays.iter().map(|entry| entry.key.as_str()).collect()
    }

    fn read_classes(&self, index: usize, rows: usize) -> Result<Labels, FileError> {
        self.read_entry(&self.arrays[index], |reader, size, place, broken| {
            npy::read_labels(reader, size, place, rows, broken)
        })
    }

    /// Lets `read` read an array of a checked size to its end, where the checksum is compared.
    fn read_entry<T>(
        &self,
        entry: &Entry,
        read: impl FnOnce(&mut Box<dyn Read + '_>, u64, &Path, &dyn Fn(io::Error) -> FileError) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let place = inside(&self.path, &entry.key);
        let broken = |reason: io::Error| malformed(&place, one_line(reason));
        let found = self.zip.get_entry(entry.wayfinder).map_err(|error| malformed(&place, one_line(error)))?;
        let (start, end) = found.compressed_data_range();
        let (stored, size) = (end - start, entry.wayfinder.uncompressed_size_hint());
        let refuse = |problem: String| Err(malformed(&place, problem));
        if entry.encrypted {
            return refuse("it is encrypted".to_owned());
        }
        if end > self.length {
            return refuse(format!("it is truncated: its {stored} bytes reach beyond the end of the file"));
        }
        let compressed = BufReader::new(found.reader());
        let mut reader: Box<dyn Read> = match entry.method {
            CompressionMethod::STORE if size == stored => Box::new(found.verifying_reader(compressed)),
            CompressionMethod::STORE => return refuse(format!("{stored} bytes are stored for {size}")),
            CompressionMethod::DEFLATE => {
                check_inflated(stored, u128::from(size)).map_err(|problem| malformed(&place, problem))?;
                Box::new(found.verifying_reader(DeflateDecoder::new(compressed)))
            }
            method => {
                return refuse(format!("its compression method {method} is unknown (stored and deflated are known)"));
            }
        };
        let contents = read(&mut reader, size, &place, &broken)?;
        // All elements are read: what could follow is an error that the end brings to light.
        match reader.read(&mut [0]) {
            Ok(0) => Ok(contents),
            Ok(_) => refuse(format!("more than the declared {size} bytes follow")),
            Err(reason) => Err(broken(reason)),
        }
    }
}

fn malformed(path: &Path, problem: String) -> FileError {
    FileError::Malformed { path: path.to_owned(), format: ".npz", problem, remedy: "write it with numpy.savez" }
}
