//! Zip archives: what they list, and each entry read with its size and checksum compared.

use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, FileReader, ZipArchive, ZipArchiveEntryWayfinder};

use crate::error::{FileError, one_line};
use crate::inflate::check_inflated;
use crate::path::open;

/// What an archive is for, so that an error can say how to make a valid one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    pub(crate) format: &'static str,
    pub(crate) remedy: &'static str,
}

impl Purpose {
    /// The error for a place in such an archive.
    pub(crate) fn malformed(self, path: &Path, problem: String) -> FileError {
        FileError::Malformed { path: path.to_owned(), format: self.format, problem, remedy: self.remedy }
    }
}

#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) path: PathBuf,
    pub(crate) purpose: Purpose,
    pub(crate) entries: Vec<Entry>,
    length: u64,
    zip: ZipArchive<FileReader>,
}

/// A file in the archive.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name as the archive has it; what is no UTF-8 or cannot be printed is replaced, as errors are one line.
    pub(crate) name: String,
    /// Bytes that it takes in the archive, as the archive's directory says.
    pub(crate) stored: u64,
    method: CompressionMethod,
    encrypted: bool,
    wayfinder: ZipArchiveEntryWayfinder,
}

impl Container {
    /// Opens an archive and lists the entries whose names are accepted.
    pub(crate) fn open(path: &Path, purpose: Purpose, accepts: impl Fn(&[u8]) -> bool) -> Result<Self, FileError> {
        let (file, length) = open(path, "an archive")?;
        let broken = |error: rawzip::Error| purpose.malformed(path, one_line(error));
        let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
        let zip = ZipArchive::from_file(file.into_inner(), &mut buffer).map_err(broken)?;
        let mut listed = Vec::new();
        let mut entries = zip.entries(&mut buffer);
        let mut count = 0;
        while let Some(entry) = entries.next_entry().map_err(broken)? {
            count += 1;
            let name = entry.file_path();
            if !accepts(name.as_bytes()) {
                continue;
            }
            listed.push(Entry {
                name: printable(&String::from_utf8_lossy(name.as_bytes())),
                stored: entry.compressed_size_hint(),
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
                wayfinder: entry.wayfinder(),
            });
        }
        if count != zip.entries_hint() {
            let problem = format!("its directory declares {} files, but lists {count}", zip.entries_hint());
            return Err(purpose.malformed(path, problem));
        }
        Ok(Self { path: path.to_owned(), purpose, entries: listed, length, zip })
    }

    /// Lets `read` read an entry of a checked size to its end, where the checksum is compared. `place` is the entry's name in
    /// errors.
    pub(crate) fn read_entry<T>(
        &self,
        entry: &Entry,
        place: &Path,
        read: impl FnOnce(&mut Box<dyn Read + '_>, u64, &dyn Fn(io::Error) -> FileError) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let broken = |reason: io::Error| self.purpose.malformed(place, one_line(reason));
        let refuse = |problem: String| Err(self.purpose.malformed(place, problem));
        let found = self.zip.get_entry(entry.wayfinder);
        let found = found.map_err(|error| self.purpose.malformed(place, one_line(error)))?;
        let (start, end) = found.compressed_data_range();
        let (stored, size) = (end - start, entry.wayfinder.uncompressed_size_hint());
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
                check_inflated(stored, u128::from(size)).map_err(|problem| self.purpose.malformed(place, problem))?;
                Box::new(found.verifying_reader(DeflateDecoder::new(compressed)))
            }
            method => {
                return refuse(format!("its compression method {method} is unknown (stored and deflated are known)"));
            }
        };
        let contents = read(&mut reader, size, &broken)?;
        // All of it is read: what could follow is an error that the end brings to light.
        match reader.read(&mut [0]) {
            Ok(0) => Ok(contents),
            Ok(_) => refuse(format!("more than the declared {size} bytes follow")),
            Err(reason) => Err(broken(reason)),
        }
    }
}

/// A name with a sign of replacement for each letter of control.
fn printable(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}
