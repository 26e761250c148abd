//! Samples into `.npy` and `.csv` files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use ganymede_samples::Matrix;

use crate::error::FileError;
use crate::path::absolute;

/// Writes samples as a two-dimensional `float32` array, which `numpy.load` and this crate read back unchanged.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_npy(path: &Path, samples: &Matrix) -> Result<(), FileError> {
    write(path, |file| {
        write_header(file, "<f4", &format!("({}, {})", samples.rows(), samples.features))?;
        samples.values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
    })
}

/// Writes labels as a one-dimensional `int64` array, which [`read_labels`](crate::read_labels) reads.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write_npy_labels(path: &Path, labels: &[usize]) -> Result<(), FileError> {
    write(path, |file| {
        write_header(file, "<i8", &format!("({},)", labels.len()))?;
        labels.iter().try_for_each(|label| file.write_all(&(*label as i64).to_le_bytes()))
    })
}

/// Writes samples as text: a header `x0,x1,...`, then a sample a line, with enough digits for single
/// precision to read back unchanged. Labels, if given, make a last column `label`.
///
/// # Errors
///
/// When the file cannot be written.
///
/// # Panics
///
/// When the numbers of labels and samples differ.
pub fn write_csv(path: &Path, samples: &Matrix, labels: Option<&[usize]>) -> Result<(), FileError> {
    assert!(labels.is_none_or(|labels| labels.len() == samples.rows()), "one label for each sample");
    write(path, |file| {
        let names = (0..samples.features).map(|feature| format!("x{feature}"));
        let names: Vec<String> = names.chain(labels.map(|_| "label".to_owned())).collect();
        writeln!(file, "{}", names.join(","))?;
        for (row, values) in samples.values.chunks_exact(samples.features.max(1)).enumerate() {
            for (column, value) in values.iter().enumerate() {
                let separator = if column == 0 { "" } else { "," };
                write!(file, "{separator}{value}")?;
            }
            match labels {
                Some(labels) => writeln!(file, ",{}", labels[row])?,
                None => writeln!(file)?,
            }
        }
        Ok(())
    })
}

/// The header of format version 1.0, padded so that the data starts at a multiple of 64 bytes.
pub(crate) fn write_header(file: &mut impl Write, element: &str, shape: &str) -> io::Result<()> {
    const PREFIX_BYTES: usize = 10;
    let text = format!("{{'descr': '{element}', 'fortran_order': False, 'shape': {shape}, }}");
    let length = (PREFIX_BYTES + text.len() + 1).next_multiple_of(64) - PREFIX_BYTES;
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(length as u16).to_le_bytes())?;
    writeln!(file, "{text:<width$}", width = length - 1)
}

/// What the name of a half-written file ends with, after a dot.
pub const PARTIAL: &str = "partial";

/// Writes a file beside its place, makes it outlast a loss of power, and moves it there once it is complete: a reader of the
/// place finds all of it, or what was there before. A link keeps leading to where it leads; a pipe or a device is written to,
/// and nothing takes its place.
///
/// # Errors
///
/// The system's, or that of `contents`; then nothing new is left.
pub fn replace(path: &Path, contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let place = fs::canonicalize(path).unwrap_or_else(|_| absolute(path));
    if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
        let mut file = BufWriter::new(File::options().write(true).open(&place)?);
        contents(&mut file)?;
        return file.flush();
    }
    let partial = partial_path(&place);
    let written = File::create(&partial).and_then(|file| {
        let mut file = BufWriter::new(file);
        contents(&mut file)?;
        file.into_inner()?.sync_all()?;
        fs::rename(&partial, &place)?;
        sync_folder(&place)
    });
    written.inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_file(&partial);
    })
}

/// [`replace`], with the file's name in the error.
pub(crate) fn write(
    path: &Path,
    contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), FileError> {
    replace(path, contents).map_err(|reason| FileError::Unwritable { path: absolute(path), reason })
}

/// Makes a renaming outlast a loss of power, where the system can do that.
fn sync_folder(place: &Path) -> io::Result<()> {
    match place.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(PARTIAL);
    path.with_file_name(name)
}
