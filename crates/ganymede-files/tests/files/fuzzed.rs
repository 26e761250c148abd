//! Good files of every format, made up and then damaged, and arbitrary bytes, through every reader: none panics, none holds
//! more than the file accounts for, and what is accepted is finite, rectangular and labelled within bounds.

use std::io::Read;
use std::path::{Path, PathBuf};

use allocation_counter::measure;
use flate2::bufread::MultiGzDecoder;
use ganymede_files::{
    Column, FileError, LabelColumn, NpzArray, ReadOptions, SampleSet, read_labels, read_samples, write_npz,
};
use ganymede_samples::{Labels, Samples};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::bytes::{ZipEntry, gzip, idx, tensors, zip};
use crate::damage::{arrays, damaged, damages};
use crate::file;
use crate::memory::{FACTOR, INFLATION};

/// What a reader may hold beside a multiple of the file's size: pieces, buffers of lines, and the state of inflation. A
/// quarter of what honest files of any size may take.
const FIXED: u64 = 512 << 10;

/// What is read: samples or none, with labels or none.
type Found = (Option<Samples>, Option<Labels>);

/// Reads a path as samples or as the labels of so many rows.
type Reader = fn(&Path, usize) -> Result<Found, FileError>;

const READERS: &[(&str, Reader)] = &[
    ("read_samples", |path, _| read_samples(path, &ReadOptions::default()).map(parts)),
    ("read_samples of an array", |path, _| {
        read_samples(&PathBuf::from(format!("{}:x", path.display())), &ReadOptions::default()).map(parts)
    }),
    ("read_labels", |path, rows| Ok((None, Some(read_labels(path, rows)?)))),
    ("read_samples with a place", |path, _| labelled_by(path, Column::Index(0))),
    ("read_samples with a name", |path, _| labelled_by(path, Column::Name("label".to_owned()))),
    ("read_samples of another size", |path, _| {
        let options = ReadOptions { size: Some([3, 2]), channels: Some(3), ..ReadOptions::default() };
        read_samples(path, &options).map(parts)
    }),
];

fn labelled_by(path: &Path, column: Column) -> Result<Found, FileError> {
    read_samples(path, &ReadOptions { label_column: LabelColumn::Is(column), ..ReadOptions::default() }).map(parts)
}

fn parts(set: SampleSet) -> Found {
    (Some(set.contents.samples), set.contents.labels)
}

/// How many bytes the readers may hold for a file, by its format.
fn allowed(name: &str, bytes: &[u8]) -> u64 {
    let length = bytes.len() as u64;
    FIXED
        + FACTOR
            * match name {
                "set.npz" => length * INFLATION,
                "set.idx" => length + inflated_bytes(bytes),
                _ => length,
            }
}

/// How many bytes a file really inflates to, up to the first error.
fn inflated_bytes(bytes: &[u8]) -> u64 {
    let (mut contents, mut total) = (MultiGzDecoder::new(bytes), 0);
    while let Ok(count @ 1..) = contents.read(&mut [0; 4096]) {
        total += count as u64;
    }
    total
}

/// Puts a file of `rows` samples through every reader, of which the first must accept it if it is `good`.
fn try_file(name: &str, bytes: &[u8], rows: usize, good: bool) -> Result<(), TestCaseError> {
    let (_folder, path) = file(name, bytes);
    let allowed = allowed(name, bytes);
    for (index, (reader, read)) in READERS.iter().enumerate() {
        let mut found = None;
        let peak = measure(|| found = Some(read(&path, rows))).bytes_max;
        prop_assert!(peak <= allowed, "{}: {} bytes took {}, more than {}", reader, bytes.len(), peak, allowed);
        let (samples, labels) = match found.expect("the reader has run") {
            Ok(found) => found,
            Err(error) => {
                let message = error.to_string();
                prop_assert!(!message.contains('\n') && message.contains(": "), "{}: {}", reader, message);
                prop_assert!(!good || index > 0, "{}: {}", reader, message);
                continue;
            }
        };
        let mut expected = rows;
        if let Some(samples) = samples {
            let features = samples.shape.features();
            prop_assert!(features > 0 && !samples.values.is_empty(), "{}: no values", reader);
            prop_assert!(samples.values.len().is_multiple_of(features), "{}: rows of {}", reader, features);
            expected = samples.rows();
            let values = samples.into_matrix().values;
            prop_assert!(values.iter().all(|value| value.is_finite()), "{}: not finite", reader);
            prop_assert!(!good || expected == rows, "{}: {} rows of {}", reader, expected, rows);
        }
        if let Some(Labels { classes, names }) = labels {
            prop_assert_eq!(classes.len(), expected, "{}", reader);
            prop_assert!(classes.iter().all(|class| *class < names.len()), "{}: {:?}", reader, classes);
            prop_assert!(names.len() <= expected.max(64), "{}: {} classes", reader, names.len());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn npy_files(array in arrays(), big_endian: bool, fortran_order: bool, damages in damages()) {
        let bytes = damaged(array.npy(big_endian, fortran_order), &damages);
        try_file("set.npy", &bytes, array.shape[0], damages.is_empty())?;
    }

    #[test]
    fn csv_files(array in arrays(), named: bool, damages in damages()) {
        let features = array.values.len() / array.shape[0];
        let mut lines = Vec::new();
        if named {
            lines.push("x,".repeat(features) + "label");
        }
        for row in array.values.chunks(features) {
            let fields: Vec<String> = row.iter().map(u8::to_string).chain(named.then(|| "0".to_owned())).collect();
            lines.push(fields.join(","));
        }
        let bytes = damaged(lines.join("\n").into_bytes(), &damages);
        try_file("set.csv", &bytes, array.shape[0], damages.is_empty())?;
    }

    #[test]
    fn idx_files(array in arrays(), damages in damages()) {
        try_file("set.idx", &damaged(array.idx(), &damages), array.shape[0], damages.is_empty())?;
    }

    #[test]
    fn compressed_idx_files(array in arrays(), contents in damages(), damages in damages()) {
        let good = contents.is_empty() && damages.is_empty();
        let bytes = damaged(gzip(&damaged(array.idx(), &contents)), &damages);
        try_file("set.idx", &bytes, array.shape[0], good)?;
    }

    #[test]
    fn npz_files(array in arrays(), deflated: [bool; 2], contents in damages(), damages in damages()) {
        let entry = |name: &str, deflated: bool, bytes: Vec<u8>| {
            if deflated { ZipEntry::deflated(name, &bytes) } else { ZipEntry::stored(name, &bytes) }
        };
        let x = entry("x", deflated[0], damaged(array.npy(false, false), &contents));
        let y = entry("y", deflated[1], damaged(array.labels().npy(true, false), &contents));
        let good = contents.is_empty() && damages.is_empty();
        try_file("set.npz", &damaged(zip(&[x, y]), &damages), array.shape[0], good)?;
    }

    #[test]
    fn safetensors_files(array in arrays(), damages in damages()) {
        let (labels, shape) = (array.labels(), format!("[{}]", array.lengths()));
        let all = [
            ("x", array.kind.1, &*shape, &*array.data(false)),
            ("y", labels.kind.1, &*format!("[{}]", labels.lengths()), &*labels.data(false)),
        ];
        try_file("set.safetensors", &damaged(tensors(&all), &damages), array.shape[0], damages.is_empty())?;
    }

    #[test]
    fn arbitrary_bytes(bytes in vec(any::<u8>(), 0..200), size in 0_u32..50, rows in 0_usize..5, form in 0..9) {
        let (name, bytes) = match form {
            0 => ("set.npy", bytes),
            1 => ("set.csv", bytes),
            2 => ("set.npz", bytes),
            3 => ("set.safetensors", bytes),
            4 => ("set.idx", bytes),
            5 => ("set.idx", gzip(&bytes)),
            6 => ("set.idx", idx(0x08, &[size], &bytes)),
            7 => ("set.idx", [&[0x1f, 0x8b, 8][..], &bytes].concat()),
            _ => ("set.idx", [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &bytes].concat()),
        };
        try_file(name, &bytes, rows, false)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn written_npz_files(array in arrays(), damages in damages()) {
        let values: Vec<f32> = array.values.iter().map(|value| f32::from(*value)).collect();
        let (_folder, path) = file("set.npz", "");
        let labels = NpzArray::Labels(&[0; 5][..array.shape[0]]);
        write_npz(&path, &[("y", labels), ("x", NpzArray::Floats { values: &values, shape: &array.shape })]).unwrap();
        let bytes = damaged(std::fs::read(&path).unwrap(), &damages);
        try_file("set.npz", &bytes, array.shape[0], damages.is_empty())?;
    }
}
