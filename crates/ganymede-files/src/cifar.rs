//! CIFAR-10 and CIFAR-100 in their binary version: records of a label and a picture.
//!
//! A record of CIFAR-10 is one byte, the class, and 3,072 bytes of pixels: 1,024 of red, then green, then blue, row after row.
//! One of CIFAR-100 has two bytes before the pixels, the coarse class and the fine one. (Source: "The CIFAR-10 dataset" and "The
//! CIFAR-100 dataset", www.cs.toronto.edu/~kriz/cifar.html, the sections on the binary version.)

use std::io::Read;
use std::path::{Path, PathBuf};

use ganymede_samples::{Labels, Samples, Shape, Values};

use crate::error::{FileError, unreadable};
use crate::gzip;
use crate::path::{name, open, refused};
use crate::set::{Numbers, SampleSet};

const SHAPE: Shape = Shape { channels: 3, height: 32, width: 32 };

/// A version of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    name: &'static str,
    /// For each byte before the pixels, the number of classes that it counts. The last is the one that is read.
    classes: &'static [u8],
    /// The file beside the records that names the classes.
    names: &'static str,
}

const VERSIONS: [Version; 2] = [
    Version { name: "CIFAR-10", classes: &[10], names: "batches.meta.txt" },
    Version { name: "CIFAR-100", classes: &[20, 100], names: "fine_label_names.txt" },
];

impl Version {
    fn record(self) -> usize {
        self.classes.len() + SHAPE.features()
    }

    /// Whether the bytes are records of this version.
    fn fits(self, bytes: &[u8]) -> bool {
        let label_fits = |record: &[u8]| record.iter().zip(self.classes).all(|(label, classes)| label < classes);
        !bytes.is_empty()
            && bytes.len().is_multiple_of(self.record())
            && bytes.chunks_exact(self.record()).all(label_fits)
    }

    fn class_count(self) -> usize {
        self.classes.last().map_or(0, |classes| usize::from(*classes))
    }
}

/// Whether a file's name ends as those of the binary version do.
pub(crate) fn is_file(path: &Path) -> bool {
    let name = lower_name(path);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Path::new(name).extension().is_some_and(|extension| extension == "bin")
}

/// Whether a folder is the binary version as it is published.
pub(crate) fn is_folder(path: &Path) -> bool {
    batches(path).is_ok_and(|batches| !batches.is_empty())
}

/// The training batches of a folder, in order: `data_batch_1.bin` and so on of CIFAR-10, `train.bin` of CIFAR-100.
fn batches(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = std::fs::read_dir(path).map_err(|reason| refused(path, reason))?;
    let mut batches = Vec::new();
    for entry in entries {
        let file = entry.map_err(|reason| refused(path, reason))?.path();
        let name = lower_name(&file);
        let is_training = name.starts_with("data_batch_") || name == "train.bin" || name == "train.bin.gz";
        if is_training && is_file(&file) {
            batches.push(file);
        }
    }
    batches.sort();
    Ok(batches)
}

/// Reads a file of records, or the training batches of a folder of them.
pub(crate) fn read_samples(path: &Path) -> Result<SampleSet, FileError> {
    let (files, folder) =
        if path.is_dir() { (batches(path)?, Some(path)) } else { (vec![path.to_owned()], path.parent()) };
    let (mut pixels, mut classes) = (Vec::new(), Vec::new());
    let mut version = None;
    for file in &files {
        let bytes = read_bytes(file)?;
        let found = VERSIONS.into_iter().find(|version| version.fits(&bytes)).ok_or_else(|| malformed(file, &bytes))?;
        if *version.get_or_insert(found) != found {
            let problem = format!("it holds {}, and another file beside it does not", found.name);
            return Err(FileError::Unfit { path: file.clone(), problem, remedy: "name one of the files" });
        }
        let records = bytes.chunks_exact(found.record());
        pixels.reserve_exact(records.len() * SHAPE.features());
        for record in records {
            let (labels, values) = record.split_at(found.classes.len());
            classes.extend(labels.last().map(|label| usize::from(*label)));
            pixels.extend_from_slice(values);
        }
    }
    let Some(version) = version else { return Err(FileError::NoPictures { path: path.to_owned() }) };
    let mut values = Values::Bytes(pixels);
    values.reorder(&SHAPE.channels_first());
    let mut set = SampleSet::new(Samples::new(values, SHAPE), Numbers::Bytes);
    let names = folder.and_then(|folder| class_names(&folder.join(version.names), version.class_count()));
    let names = names.unwrap_or_else(|| (0..version.class_count()).map(|class| class.to_string()).collect());
    set.contents.labels = Some(Labels { classes, names });
    set.report = vec![
        format!("{} in its binary version: bytes were taken for pixels, 0 to 255 became -1 to 1", version.name),
        format!(
            "{} files of it were read: {}",
            files.len(),
            files.iter().map(|file| name(file)).collect::<Vec<_>>().join(", ")
        ),
    ];
    if version.classes.len() > 1 {
        set.report.push("the classes are the fine ones".to_owned());
    }
    Ok(set)
}

/// The bytes of a file, plain or compressed with gzip.
fn read_bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    let (mut file, length) = open(path, "a file of CIFAR's binary version")?;
    let mut bytes = Vec::new();
    if gzip::is_gzip(&mut file, path)? {
        let length = gzip::inflated_length(&mut file, length, path)?;
        bytes.reserve_exact(length as usize);
        gzip::inflate(&mut file, path)?.read_to_end(&mut bytes).map_err(|error| gzip::broken(path, error))?;
    } else {
        bytes.reserve_exact(length as usize);
        file.read_to_end(&mut bytes).map_err(unreadable(path))?;
    }
    Ok(bytes)
}

/// The names of the classes, one a line, if their number is right.
fn class_names(path: &Path, count: usize) -> Option<Vec<String>> {
    const LONGEST: u64 = 1 << 16;
    let mut text = String::new();
    open(path, "a file of names").ok()?.0.take(LONGEST).read_to_string(&mut text).ok()?;
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    (names.len() == count).then_some(names)
}

fn malformed(path: &Path, bytes: &[u8]) -> FileError {
    let records: Vec<String> =
        VERSIONS.iter().map(|version| format!("{} of {}", version.record(), version.name)).collect();
    FileError::Malformed {
        path: path.to_owned(),
        format: ".bin",
        problem: format!(
            "its {} bytes are no whole number of records ({}) with known classes",
            bytes.len(),
            records.join(", ")
        ),
        remedy: "download CIFAR's binary version again; of any other data save an array with numpy.save",
    }
}

fn lower_name(path: &Path) -> String {
    name(path).to_ascii_lowercase()
}
