//! Files compressed with gzip, recognised by their contents.
//!
//! They are inflated twice: once to learn how long they are and to compare their checksums, holding nothing, and once to be
//! read. So what is allocated for them is bounded by contents that are known to be there.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::array::ArrayHeader;
use crate::error::{FileError, one_line, unreadable};
use crate::inflate::{DEFLATE_RATIO, MAXIMUM_INFLATED_BYTES, check_inflated};

/// The first bytes of every such file (RFC 1952).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether the file, of which nothing has been read, is one.
pub(crate) fn is_gzip(file: &mut BufReader<File>, path: &Path) -> Result<bool, FileError> {
    Ok(file.fill_buf().map_err(unreadable(path))?.starts_with(&MAGIC))
}

/// A reader of the inflated contents from their start.
pub(crate) fn inflate<'file>(
    file: &'file mut BufReader<File>,
    path: &Path,
) -> Result<MultiGzDecoder<&'file mut BufReader<File>>, FileError> {
    file.rewind().map_err(unreadable(path))?;
    Ok(MultiGzDecoder::new(file))
}

/// How many bytes a file of `length` bytes inflates to, which takes a pass over it and holds nothing.
pub(crate) fn inflated_length(file: &mut BufReader<File>, length: u64, path: &Path) -> Result<u64, FileError> {
    let most = length.saturating_mul(DEFLATE_RATIO).min(MAXIMUM_INFLATED_BYTES);
    let mut contents = inflate(file, path)?;
    let found = io::copy(&mut contents.by_ref().take(most), &mut io::sink()).map_err(|error| broken(path, error))?;
    match contents.read(&mut [0]) {
        Ok(0) => Ok(found),
        Ok(_) => Err(malformed(path, "gzip", format!("it inflates to more than {most} bytes"))),
        Err(error) => Err(broken(path, error)),
    }
}

/// Checks that a file of `length` bytes inflates to the array that its header, the first `header_bytes`, declares, and to
/// nothing else.
pub(crate) fn check_size(
    file: &mut BufReader<File>,
    length: u64,
    header: &ArrayHeader,
    header_bytes: u64,
) -> Result<(), FileError> {
    let path = &header.place;
    let refuse = |problem: String| malformed(path, "IDX", problem);
    let declared = header.declared_bytes();
    check_inflated(length, declared).map_err(refuse)?;
    // The check above leaves no more than 2^33.
    let declared = declared as u64;
    let mut contents = inflate(file, path)?;
    let whole = header_bytes + declared;
    let found = io::copy(&mut contents.by_ref().take(whole), &mut io::sink()).map_err(|error| broken(path, error))?;
    if found < whole {
        return header.check_size(found.saturating_sub(header_bytes));
    }
    // The end brings to light what follows, and whether the checksum is right.
    match contents.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(refuse(format!("more than the {declared} bytes that it declares follow its header"))),
        Err(error) => Err(broken(path, error)),
    }
}

/// What a failure to inflate means.
pub(crate) fn broken(path: &Path, error: io::Error) -> FileError {
    malformed(path, "gzip", one_line(error))
}

fn malformed(path: &Path, format: &'static str, problem: String) -> FileError {
    FileError::Malformed { path: path.to_owned(), format, problem, remedy: "write or download it again" }
}
