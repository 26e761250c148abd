//! Features that are kept, so that nothing is computed twice and an interrupted computation resumes where it ended.

use std::path::{Path, PathBuf};

use ganymede_files::{FileError, NpzArray, read_npz_doubles, write_npz};
use ganymede_samples::{Matrix, Samples, Values};

use crate::checksum::Checksum;
use crate::error::EvaluationError;
use crate::extractor::{Extractor, Features};
use crate::limit::{CacheLimit, note_use, own_name_beside};

/// Samples whose features are kept in one file: some seconds of a network's work.
const PIECE: usize = 256;

/// A limit is enforced whenever such a part of it has been written.
const LIMITED_EVERY: u64 = 8;

/// The letters of a checksum that name a file; the checksum itself is compared by nobody, and 128 bits are enough.
const LETTERS: usize = 32;

/// A folder of features. A file holds those of at most 256 samples and is named by the extractor's checksum and theirs, so that
/// nothing in it can be stale; any of them may be deleted at any time, and several processes may use it at once.
#[derive(Clone, Debug)]
pub struct FeatureCache {
    folder: PathBuf,
    limit: Option<CacheLimit>,
}

/// Features, and where they came from.
#[derive(Debug)]
pub struct KeptFeatures {
    /// The features.
    pub features: Features,
    /// Samples whose features were there already.
    pub reused: usize,
    /// Why features could not be kept, where they could not.
    pub unkept: Option<FileError>,
}

impl FeatureCache {
    /// A cache in this folder, which is made when the first features are kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), limit: None }
    }

    /// The same within a limit, which is enforced while and after features are kept.
    #[must_use]
    pub fn within(self, limit: CacheLimit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// The features of all samples: those that are kept are read, the others made and kept, 256 samples at a time.
    ///
    /// `progress` is called with the number of samples that are done.
    ///
    /// # Errors
    ///
    /// Those of [`Extractor::extract`]. A file of the cache that cannot be read or written is none.
    pub fn extract(
        &self,
        extractor: &dyn Extractor,
        samples: &Samples,
        progress: &mut dyn FnMut(usize),
    ) -> Result<KeptFeatures, EvaluationError> {
        let (width, classes, rows) = (extractor.width(), extractor.classes(), samples.rows());
        let folder = self.folder.join(short(extractor.checksum()));
        let mut values = Vec::with_capacity(rows * width);
        let mut probabilities = classes.map(|classes| Vec::with_capacity(rows * classes));
        let (mut reused, mut unkept) = (0, None);
        let mut written = 0;
        for start in (0..rows).step_by(PIECE) {
            let range = start..(start + PIECE).min(rows);
            let count = range.len();
            let path = folder.join(format!("{}.npz", short(Checksum::of_samples(samples, range.clone()))));
            let piece = if let Some(piece) = read(&path, count, width, classes) {
                reused += count;
                piece
            } else {
                let piece = part(samples, range);
                let piece = extractor.extract(&piece, &mut |done| progress(start + done))?;
                if unkept.is_none() {
                    unkept = keep(&path, &piece).err();
                    written += piece.bytes();
                    self.enforce_while(&mut written);
                }
                piece
            };
            values.extend_from_slice(&piece.values.values);
            if let (Some(all), Some(some)) = (&mut probabilities, piece.probabilities) {
                all.extend_from_slice(&some.values);
            }
            progress(start + count);
        }
        if let Some(limit) = &self.limit {
            limit.enforce();
        }
        let probabilities = probabilities.zip(classes).map(|(values, classes)| Matrix::new(values, classes));
        Ok(KeptFeatures { features: Features { values: Matrix::new(values, width), probabilities }, reused, unkept })
    }

    /// Enforces the limit whenever a part of it has been written.
    fn enforce_while(&self, written: &mut u64) {
        if let Some(limit) = self.limit.as_ref().filter(|limit| *written > limit.bytes / LIMITED_EVERY) {
            limit.enforce();
            *written = 0;
        }
    }
}

/// The start of a checksum, as part of a name.
fn short(checksum: Checksum) -> String {
    checksum.to_string()[..LETTERS].to_owned()
}

/// The samples at `range`.
fn part(samples: &Samples, range: std::ops::Range<usize>) -> Samples {
    let features = samples.shape.features();
    let range = range.start * features..range.end * features;
    let values = match &samples.values {
        Values::Bytes(bytes) => Values::Bytes(bytes[range].to_vec()),
        Values::Floats(floats) => Values::Floats(floats[range].to_vec()),
    };
    Samples::new(values, samples.shape)
}

/// The features in a file; `None` where it is not there, is damaged, or holds others.
fn read(path: &Path, rows: usize, width: usize, classes: Option<usize>) -> Option<Features> {
    if !path.is_file() {
        return None;
    }
    let matrix = |key: &str, columns: usize| {
        let found = read_npz_doubles(path, key).ok()?;
        let values: Vec<f32> = found.values.iter().map(|value| *value as f32).collect();
        (found.shape == [rows, columns]).then(|| Matrix::new(values, columns))
    };
    let values = matrix("features", width)?;
    let probabilities = match classes {
        Some(classes) => Some(matrix("probabilities", classes)?),
        None => None,
    };
    note_use(path);
    Some(Features { values, probabilities })
}

/// Keeps features in a file, which takes its place once it is whole.
fn keep(path: &Path, features: &Features) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        let unwritable = |reason| FileError::Unwritable { path: folder.to_owned(), reason };
        std::fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let values = &features.values;
    let shape = [values.rows(), values.features];
    let mut arrays = vec![("features", NpzArray::Floats { values: &values.values, shape: &shape })];
    let shape = features.probabilities.as_ref().map(|found| [found.rows(), found.features]);
    if let (Some(found), Some(shape)) = (&features.probabilities, &shape) {
        arrays.push(("probabilities", NpzArray::Floats { values: &found.values, shape }));
    }
    let own = own_name_beside(path);
    write_npz(&own, &arrays)?;
    std::fs::rename(&own, path).map_err(|reason| {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&own);
        FileError::Unwritable { path: path.to_owned(), reason }
    })
}
