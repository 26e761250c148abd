//! What a configuration says about files reaches their reader, and its errors keep the words that belong to a
//! configuration.

use std::path::Path;

use crate::data::{
    DataConfig, DataError, FileConfig, LabelColumn, Matrix, Shape, Values, write_csv, write_npy, write_npy_labels,
};
use crate::random::Streams;

/// A folder with the same three points in every kind of file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let samples = Matrix::new(vec![1.0, 2.0, 3.0], 1);
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
        assert_eq!((dataset.rows(), dataset.classes(), dataset.shape()), (Some(3), Some(3), Shape::point(1)));
        assert!(dataset.mixture().is_none());
        let oracle = dataset.oracle(Streams::new(0), 3);
        for (value, label) in oracle.samples.values.iter().zip(oracle.labels.unwrap()) {
            assert_eq!(label, [2, 0, 1][*value as usize - 1], "{config:?}");
        }
    }
    let unlabelled = config("points.npy").read(folder.path()).unwrap().contents;
    assert_eq!((unlabelled.samples.values, unlabelled.labels), (Values::Floats(vec![1.0, 2.0, 3.0]), None));
}

#[test]
fn pixels_stay_bytes_and_keep_their_shape() {
    let folder = tempfile::tempdir().unwrap();
    let digits =
        [&[0, 0, 0x08, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2][..], &[0, 51, 255, 0, 255, 255, 51, 51]].concat();
    std::fs::write(folder.path().join("digits-idx3-ubyte"), digits).unwrap();
    let config = config("digits-idx3-ubyte");
    let read = config.read(folder.path()).unwrap().contents.samples;
    assert_eq!(read.values, Values::Bytes(vec![0, 51, 255, 0, 255, 255, 51, 51]));
    let dataset = DataConfig::File(config).build(folder.path(), Streams::new(0)).unwrap();
    assert_eq!(dataset.shape(), Shape { channels: 1, height: 2, width: 2 });
    let batch = dataset.oracle(Streams::new(0), 2).samples;
    let first = usize::from(batch.row(0)[0] >= 0.0);
    assert_eq!((batch.row(first), batch.row(1 - first)), (&[-1.0, -0.6, 1.0, -1.0][..], &[1.0, 1.0, -0.6, -0.6][..]));
}

#[test]
fn data_are_known_again_by_their_contents() {
    let folder = folder();
    write_csv(&folder.path().join("other.csv"), &Matrix::new(vec![1.0, 2.5, 3.0], 1), Some(&[2, 0, 1])).unwrap();
    write_csv(&folder.path().join("classes.csv"), &Matrix::new(vec![1.0, 2.0, 3.0], 1), Some(&[2, 1, 0])).unwrap();
    write_csv(&folder.path().join("more.csv"), &Matrix::new(vec![0.0; 8], 2), None).unwrap();
    let fingerprint = |path: &str| {
        let dataset = DataConfig::File(config(path)).build(folder.path(), Streams::new(0)).unwrap();
        dataset.fingerprint().unwrap().clone()
    };
    let before = fingerprint("points.csv");
    let labels = FileConfig { labels: Some("labels.npy".into()), ..config("points.npy") };
    let moved = DataConfig::File(labels).build(folder.path(), Streams::new(0)).unwrap();
    assert_eq!(moved.fingerprint().unwrap().difference(&before), None, "the same from another file");
    let cases = [
        ("points.csv", None),
        ("other.csv", Some("other values, or the same in another order")),
        ("classes.csv", Some("other classes")),
        ("points.npy", Some("no classes any more")),
        (
            "more.csv",
            Some("4 rows instead of 3 and samples of 1 x 1 x 2 values (height, width, channels) instead of 1 x 1 x 1"),
        ),
    ];
    for (path, difference) in cases {
        assert_eq!(fingerprint(path).difference(&before).as_deref(), difference, "{path}");
    }
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
    std::fs::write(folder.path().join("points.txt"), "1\n").unwrap();
    std::fs::create_dir(folder.path().join("folder.npy")).unwrap();
    let from_configuration = "no such file; relative paths start at the folder of the configuration";
    let labels = |path: &str| FileConfig { labels: Some(path.into()), ..config("points.npy") };
    let cases: &[(FileConfig, &str, &[&str])] = &[
        (config("missing.npy"), "missing.npy", &[from_configuration]),
        (config("points.csv/points.npy"), "points.csv/points.npy", &[from_configuration]),
        (labels("missing.npy"), "missing.npy", &[from_configuration]),
        (config("folder.npy"), "folder.npy", &["holds no pictures"]),
        (config("points.txt"), "points.txt", &["unknown kind of file; expected the path of"]),
        (labels("few.npy"), "few.npy", &["holds 2 labels for 3 samples; expected one for each"]),
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
