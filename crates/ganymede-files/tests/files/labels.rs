//! Files of labels alone.

use crate::bytes::{ZipEntry, integers, labels, npy, points, singles, tensors, zip};
use crate::{check_error, file, read_labels};

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
fn labels_of_any_form_become_classes_with_names() {
    let texts = |text: &str| text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect::<Vec<u8>>();
    let one_hot = singles(&[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let cases: &[(&str, &str, Vec<u8>, &[&str])] = &[
        ("from 1", "labels.npy", npy("'<i8'", false, "(3,)", &integers(&[3, 1, 2])), &["1", "2", "3"]),
        (
            "gaps",
            "labels.npy",
            npy("'<i8'", false, "(3,)", &integers(&[1 << 40, -1, 7])),
            &["-1", "7", "1099511627776"],
        ),
        ("floats", "labels.npy", npy("'<f4'", false, "(3,)", &singles(&[2.0, 0.0, 1.0])), &["0", "1", "2"]),
        ("letters", "labels.npy", npy("'<U2'", false, "(3,)", &texts("c\0ä\0b\0")), &["ä", "b", "c"]),
        ("bytes", "labels.npy", npy("'|S2'", false, "(3,)", b"czaxb\0"), &["ax", "b", "cz"]),
        ("one-hot", "labels.npy", npy("'<f4'", false, "(3, 3)", &one_hot), &["0", "1", "2"]),
        ("a column of one", "labels.npy", npy("'|u1'", false, "(3, 1)", &[2, 0, 1]), &["0", "1", "2"]),
        ("texts", "labels.csv", b"dog\nant\ncat\n".to_vec(), &["ant", "cat", "dog"]),
        ("named texts", "labels.csv", b"class\ndog\nant\ncat\n".to_vec(), &["ant", "cat", "dog"]),
        ("one-hot columns", "labels.csv", b"ant,cat,dog\n0,0,1\n1,0,0\n0,1,0\n".to_vec(), &["ant", "cat", "dog"]),
    ];
    for (name, file_name, bytes, names) in cases {
        let (_folder, path) = file(file_name, bytes);
        let labels = ganymede_files::read_labels(&path, 3).unwrap_or_else(|error| panic!("{name}: {error}"));
        let order: Vec<&str> = labels.names.iter().map(String::as_str).collect();
        // Numbers sort by value, texts by their bytes.
        let expected: &[usize] = if *name == "letters" { &[1, 2, 0] } else { &[2, 0, 1] };
        let sorted: &[&str] = if *name == "letters" { &["b", "c", "ä"] } else { names };
        assert_eq!((labels.classes.as_slice(), order.as_slice()), (expected, sorted), "{name}");
    }
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
        (
            "fractions",
            "labels.npy",
            npy("'<f4'", false, "(3,)", &singles(&[0.0, 0.5, 1.0])),
            &["index [1]: \"0.5\"", "round"],
        ),
        ("objects", "labels.npy", npy("'|O'", false, "(3,)", &[0; 24]), &["Python objects", "labels.astype(str)"]),
        (
            "two hot",
            "labels.npy",
            npy("'|u1'", false, "(3, 2)", &[1, 0, 1, 1, 0, 1]),
            &["index [1, 1]: \"1\"", "argmax(1)"],
        ),
        (
            "none hot",
            "labels.npy",
            npy("'|u1'", false, "(3, 2)", &[1, 0, 0, 0, 0, 1]),
            &["index [1, 0]: \"no 1 in this row\""],
        ),
        (
            "cut texts",
            "labels.npy",
            npy("'<U2'", false, "(3,)", &[0; 20]),
            &["shape (3,), which takes 24 bytes, but 20"],
        ),
        ("texts of texts", "labels.npy", npy("'<U1'", false, "(3, 1)", &[0; 12]), &["has shape (3, 1)", "ravel()"]),
        ("10^18", "labels.npy", npy("'|u1'", false, "(1000000000000000000,)", &[0]), &["truncated"]),
        ("too few lines", "labels.csv", b"0\n1\n".to_vec(), &["holds 2 labels for 3 samples"]),
        ("no lines", "labels.csv", b"\n".to_vec(), &["holds no points"]),
        ("fractions", "labels.csv", b"0\n0.5\n1\n".to_vec(), &["line 2, column 1: \"0.5\" is not a label"]),
        ("blank", "labels.csv", b"0\n\"\"\n1\n".to_vec(), &["holds 2 labels for 3 samples"]),
        (
            "columns",
            "labels.csv",
            b"a,b\n0,2\n".to_vec(),
            &["no label column \"label\"; it has \"a\", \"b\" in line 1"],
        ),
        ("numbers", "labels.csv", b"0,2\n".to_vec(), &["no label column \"label\"; it has \"0\", \"2\" in line 1"]),
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
