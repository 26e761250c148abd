//! What a configuration says about files reaches their reader, and its errors keep the words that belong to a
//! configuration.

use std::path::Path;

use crate::data::{
    DataConfig, DataError, FileConfig, LabelColumn, SampleShape, Samples, read_points, write_csv, write_npy,
    write_npy_labels,
};
use crate::random::Streams;

/// A folder with the same three points in every kind of file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Samples::new(vec![1.0, 2.0, 3.0], 1);
    write_npy(&folder.path().join("points.npy"), &samples).unwrap();
    write_npy_labels(&folder.path().join("labels.npy"), &[2, 0, 1]).unwrap();
    write_csv(&folder.path().join("points.csv"), &samples, Some(&[2, 0, 1])).unwrap();
    // IDX: two zeros, the type, the dimensions; big-endian sizes; big-endian values.
    let floats = [1.0_f32, 2.0, 3.0].map(f32::to_be_bytes).concat();
    let points = [&[0, 0, 0x0d, 2][..], &[0, 0, 0, 3], &[0, 0, 0, 1], &floats].concat();
    std::fs::write(folder.path().join("points.idx"), points).unwrap();
    std::fs::write(folder.path().join("labels-idx1-ubyte"), [0, 0, 0x08, 1, 0, 0, 0, 3, 2, 0, 1]).unwrap();
    std::fs::write(folder.path().join("numbers.csv"), "1,2\n2,0\n3,1\n").unwrap();
    std::fs::write(folder.path().join("titles.csv"), "x,7\n1,2\n2,0\n3,1\n").unwrap();
    folder
}

fn config(path: &str) -> FileConfig {
    FileConfig { path: path.into(), ..FileConfig::default() }
}

fn name(name: &str) -> LabelColumn {
    LabelColumn::Name(name.to_owned())
}

#[test]
fn a_configuration_finds_points_and_labels() {
    let folder = folder();
    let cases = [
        FileConfig { labels: Some("labels.npy".into()), ..config("points.npy") },
        FileConfig { labels: Some(folder.path().join("labels.npy")), ..config("./points.npy") },
        FileConfig { labels: Some("labels-idx1-ubyte".into()), ..config("points.idx") },
        FileConfig { labels: Some("labels-idx1-ubyte".into()), ..config("points.npy") },
        FileConfig { label_column: Some(name("label")), ..config("points.csv") },
        FileConfig { label_column: Some(LabelColumn::Index(1)), ..config("points.csv") },
        FileConfig { label_column: Some(LabelColumn::Index(1)), header: Some(false), ..config("numbers.csv") },
        FileConfig { label_column: Some(LabelColumn::Index(1)), header: Some(true), ..config("titles.csv") },
    ];
    for config in cases {
        let dataset = DataConfig::File(config.clone()).build(folder.path(), Streams::new(0)).unwrap();
        assert_eq!((dataset.rows(), dataset.classes(), dataset.shape()), (Some(3), Some(3), SampleShape::Points(1)));
        assert!(dataset.mixture().is_none());
        let oracle = dataset.oracle(Streams::new(0), 3);
        for (value, label) in oracle.samples.values.iter().zip(oracle.labels.unwrap()) {
            assert_eq!(label, [2, 0, 1][*value as usize - 1], "{config:?}");
        }
    }
    let unlabelled = config("points.npy").read(folder.path()).unwrap();
    assert_eq!(unlabelled, read_points(&folder.path().join("points.npy")).unwrap());
    assert_eq!(unlabelled.labels, None);
}

/// Reads the configuration's files in `folder`; the message must be one line and hold `path` and all `parts`.
fn check(folder: &Path, config: &FileConfig, path: &str, parts: &[&str]) {
    let message = match config.read(folder) {
        Ok(batch) => panic!("{config:?}: read {batch:?}"),
        Err(error) => error.to_string(),
    };
    let path = folder.join(path).display().to_string();
    assert!(message.starts_with(&format!("{path}: ")), "{config:?}: {message}");
    assert!(!message.contains('\n'), "{config:?}: {message}");
    for part in parts {
        assert!(message.contains(part), "{config:?}: {part:?} is not in: {message}");
    }
}

#[test]
fn errors_speak_of_the_configuration() {
    let folder = folder();
    write_npy_labels(&folder.path().join("few.npy"), &[0, 1]).unwrap();
    write_npy_labels(&folder.path().join("high.npy"), &[0, 3, 1]).unwrap();
    std::fs::create_dir(folder.path().join("folder.npy")).unwrap();
    let from_configuration = "no such file; relative paths start at the folder of the configuration";
    let labels = |path: &str| FileConfig { labels: Some(path.into()), ..config("points.npy") };
    let cases: &[(FileConfig, &str, &[&str])] = &[
        (config("missing.npy"), "missing.npy", &[from_configuration]),
        (config("points.csv/points.npy"), "points.csv/points.npy", &[from_configuration]),
        (labels("missing.npy"), "missing.npy", &[from_configuration]),
        (config("folder.npy"), "folder.npy", &["not a file; expected an .npy or .csv file"]),
        (labels("few.npy"), "few.npy", &["holds 2 labels for the 3 points of", "points.npy; expected one for each"]),
        (labels("high.npy"), "high.npy", &["index [1]: \"3\"", "from 0 to 2, one less than the rows: number the"]),
        (
            FileConfig { label_column: Some(name("class")), ..config("points.csv") },
            "points.csv",
            &["has no label column \"class\"; it has \"x0\", \"label\" in line 1; a number picks"],
        ),
        (
            FileConfig { header: Some(false), ..config("titles.csv") },
            "titles.csv",
            &["line 1, column 1: \"x\" is not a number", "set header = true"],
        ),
    ];
    for (config, path, parts) in cases {
        check(folder.path(), config, path, parts);
    }
    let missing = config("missing.npy").read(folder.path()).unwrap_err();
    assert!(matches!(missing, DataError::Missing { .. }), "{missing}");
}
