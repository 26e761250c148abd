//! Files of labels alone.

use ganymede_files::read_labels;

use crate::bytes::{ZipEntry, integers, labels, npy, points, singles, tensors, zip};
use crate::{check_error, file};

#[test]
fn labels_are_found_in_every_kind_of_file() {
    let tensor = |name: &str| tensors(&[(name, "U8", "[3]", &[2, 0, 1]), ("x", "F32", "[0]", &[])]);
    let cases: &[(&str, &str, Vec<u8>)] = &[
        ("an array", "labels.npy", labels()),
        ("an array of bytes", "labels.npy", npy("'|u1'", false, "(3,)", &[2, 0, 1])),
        ("an array, other bytes", "labels.npy", npy("'>i2'", true, "(3,)", &[0, 2, 0, 0, 0, 1])),
        ("an archive", "set.npz", zip(&[ZipEntry::stored("y", &labels()), ZipEntry::stored("x", &points())])),
        ("an archive of one", "set.npz", zip(&[ZipEntry::deflated("anything", &labels())])),
        ("tensors", "set.safetensors", tensor("label")),
        ("a column", "labels.csv", b"2\n0\n1\n".to_vec()),
        ("a named column", "labels.csv", b"class\n2\n0\n1\n".to_vec()),
        ("floats that are integers", "labels.csv", b"2.0\n\n0e0\n1\n".to_vec()),
        ("a column among others", "labels.csv", b"name,label\na,2\nb,0\nc,1\n".to_vec()),
    ];
    for (name, file_name, bytes) in cases {
        let (_folder, path) = file(file_name, bytes);
        let labels = read_labels(&path, 3).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(labels, [2, 0, 1], "{name}");
    }
}

#[test]
fn classes_may_outnumber_the_samples_up_to_a_limit() {
    let highest = ganymede_files::MAXIMUM_LABEL;
    let (_folder, path) = file("labels.npy", npy("'<i8'", false, "(1,)", &integers(&[highest as i64])));
    assert_eq!(read_labels(&path, 1).unwrap(), [highest]);
    let (_folder, path) = file("labels.csv", format!("{highest}\n"));
    assert_eq!(read_labels(&path, 1).unwrap(), [highest]);
}

#[test]
fn bad_labels_are_refused() {
    let cases: &[(&str, &str, Vec<u8>, &[&str])] = &[
        (
            "too few",
            "labels.npy",
            npy("'|u1'", false, "(2,)", &[0, 1]),
            &["2 labels for 3 samples; expected one for each"],
        ),
        ("negative", "labels.npy", npy("'|i1'", false, "(3,)", &[0, 255, 1]), &["index [1]: \"-1\"", "0 to 1048575:"]),
        ("high", "labels.npy", npy("'<i8'", false, "(3,)", &integers(&[0, 0, 1 << 20])), &["index [2]: \"1048576\""]),
        ("floats", "labels.npy", npy("'<f4'", false, "(3,)", &singles(&[0.0; 3])), &["float32", "astype('int64')"]),
        ("one-hot", "labels.npy", npy("'|u1'", false, "(3, 2)", &[0; 6]), &["has shape (3, 2)", "labels.argmax(1)"]),
        ("10^18", "labels.npy", npy("'|u1'", false, "(1000000000000000000,)", &[0]), &["truncated"]),
        ("too few lines", "labels.csv", b"0\n1\n".to_vec(), &["holds 2 labels for 3 samples"]),
        ("no lines", "labels.csv", b"\n".to_vec(), &["holds no points"]),
        ("fractions", "labels.csv", b"0\n0.5\n1\n".to_vec(), &["line 2, column 1: \"0.5\" is not a label"]),
        ("text", "labels.csv", b"0\ncat\n1\n".to_vec(), &["line 2, column 1: \"cat\" is not a number"]),
        (
            "columns",
            "labels.csv",
            b"a,b\n0,1\n".to_vec(),
            &["no label column \"label\"; it has \"a\", \"b\" in line 1"],
        ),
        ("numbers", "labels.csv", b"0,1\n".to_vec(), &["no label column \"label\"; it has \"0\", \"1\" in line 1"]),
    ];
    for (name, file_name, bytes, parts) in cases {
        let (_folder, path) = file(file_name, bytes);
        check_error(name, read_labels(&path, 3), &path, parts);
    }
    let folder = tempfile::tempdir().unwrap();
    check_error(
        "a folder",
        read_labels(folder.path(), 3),
        folder.path(),
        &["not a file; expected the path of an .npy"],
    );
}
