//! IDX files that are refused: one line that names the file, what is wrong with it, and the remedy.

use crate::bytes::{gzip, idx, labels};
use crate::{check_error, file, read_labels, read_samples};

#[test]
fn samples_are_refused() {
    let good = idx(0x08, &[3, 2], &[1, 2, 3, 4, 5, 6]);
    let cut = |length: usize| good[..length].to_vec();
    let with = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        bytes
    };
    let singles = |values: &[f32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<_>>();
    let billion = idx(0x08, &[1_000_000_000, 784], &[0; 24]);
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("empty file", Vec::new(), &["not a valid IDX file: it ends within its header", "write or download it again"]),
        ("cut in the magic", cut(3), &["ends within its header"]),
        ("cut in the sizes", cut(11), &["ends within its header"]),
        ("no data", cut(12), &["declares shape (3, 2), which takes 6 bytes, but 0 bytes follow", "truncated"]),
        ("cut in the data", cut(17), &["takes 6 bytes, but 5 bytes follow", "truncated"]),
        ("trailing bytes", [&good[..], b"more"].concat(), &["10 bytes follow", "save one array to a file"]),
        (
            "an error page",
            b"<!DOCTYPE html>".to_vec(),
            &["starts with the bytes 0x3c 0x21, neither two zero bytes nor"],
        ),
        ("an array", labels(), &["starts with the bytes 0x93 0x4e"]),
        ("another byte order", with(1, 8), &["starts with the bytes 0x00 0x08"]),
        ("type 0x00", with(2, 0), &["its type 0x00 is unknown", "0x08, 0x09, 0x0b"]),
        ("type 0x0a", with(2, 0x0a), &["its type 0x0a is unknown"]),
        ("type 0x0f", with(2, 0x0f), &["its type 0x0f is unknown"]),
        ("no dimension", idx(0x08, &[], &[7]), &["has shape ()", "one to 64 dimensions"]),
        ("65 dimensions", idx(0x08, &[1; 65], &[7]), &["has shape (1, 1", "one to 64 dimensions"]),
        ("255 dimensions", with(3, 255), &["ends within its header"]),
        ("sizes of the other byte order", with(4, 3), &["declares shape (50331651, 2)", "truncated"]),
        ("no rows", idx(0x08, &[0, 28, 28], &[]), &["holds no points"]),
        ("no columns", idx(0x08, &[u32::MAX, u32::MAX, 0], &[]), &["holds no points"]),
        (
            "10^9 rows",
            billion.clone(),
            &["(1000000000, 784), which takes 784000000000 bytes, but 24 bytes", "truncated"],
        ),
        ("a product beyond 64 bits", idx(0x0e, &[u32::MAX; 3], &[0; 24]), &["but 24 bytes follow", "truncated"]),
        ("a product beyond 128 bits", idx(0x0e, &[u32::MAX; 64], &[0; 24]), &["but 24 bytes follow", "truncated"]),
        ("NaN", idx(0x0d, &[2, 2], &singles(&[0.0, 0.0, f32::NAN, 0.0])), &["index [1, 0]: the value NaN", "repair"]),
        ("infinity", idx(0x0d, &[1], &singles(&[f32::INFINITY])), &["index [0]: the value inf"]),
        ("beyond single precision", idx(0x0e, &[1], &1e39_f64.to_be_bytes()), &["is not finite in single precision"]),
    ];
    let compressed = gzip(&good);
    let cut = |length: usize| compressed[..length].to_vec();
    let with = |place: usize, change: u8| {
        let mut bytes = compressed.clone();
        bytes[place] ^= change;
        bytes
    };
    let end = compressed.len();
    let more = gzip(&[&good[..], b"more"].concat());
    let compressed_cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("compressed: empty", gzip(&[]), &["not a valid IDX file: it ends within its header"]),
        ("compressed: magic alone", cut(2), &["ends within its header"]),
        ("compressed: cut in the sizes", gzip(&good[..11]), &["ends within its header"]),
        ("compressed: cut in the data", gzip(&good[..17]), &["takes 6 bytes, but 5 bytes follow", "truncated"]),
        ("compressed: trailing bytes", more, &["more than the 6 bytes that it declares follow its header"]),
        ("compressed: text", gzip(b"1,2\n3,4\n"), &["starts with the bytes 0x31 0x2c"]),
        ("compressed: compressed twice", gzip(&compressed), &["starts with the bytes 0x1f 0x8b"]),
        ("compressed: 10^9 rows", gzip(&billion), &["bytes cannot inflate to the 784000000000 that it declares"]),
        ("compressed: NaN", gzip(&idx(0x0d, &[1], &singles(&[f32::NAN]))), &["index [0]: the value NaN"]),
        ("another method", with(2, 1), &["its header cannot be read: invalid gzip header"]),
        ("reserved flags", with(3, 0xe0), &["invalid gzip header"]),
        ("no deflate", with(10, 0x06), &["corrupt deflate stream"]),
        ("wrong checksum", with(end - 8, 1), &["not a valid gzip file: corrupt gzip stream", "matching checksum"]),
        ("wrong length", with(end - 1, 1), &["not a valid gzip file: corrupt gzip stream"]),
        ("no checksum", cut(end - 8), &["not a valid gzip file: unexpected end of file", "write or download it again"]),
        ("half a checksum", cut(end - 3), &["unexpected end of file"]),
        ("text behind", [&compressed[..], b"some trailing text"].concat(), &["not a valid gzip file: invalid gzip"]),
        ("a zero behind", [&compressed[..], b"\0"].concat(), &["not a valid gzip file: unexpected end of file"]),
        ("a second array", [&compressed[..], &compressed].concat(), &["more than the 6 bytes"]),
    ];
    for (name, bytes, parts) in cases.iter().chain(compressed_cases) {
        let (_folder, path) = file("points-idx2-ubyte", bytes);
        check_error(name, read_samples(&path), &path, parts);
    }
}

#[test]
fn every_truncation_is_refused() {
    let good = idx(0x0b, &[3, 2], &[7; 12]);
    for bytes in [gzip(&good), good] {
        for length in 0..bytes.len() {
            let (_folder, path) = file("points.idx", &bytes[..length]);
            assert!(read_samples(&path).is_err(), "{:?} cut to {length}", &bytes[..2]);
        }
    }
}

#[test]
fn labels_are_refused() {
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("too few", idx(0x08, &[2], &[0, 1]), &["holds 2 labels for 3 samples; expected one for each"]),
        ("too many", idx(0x08, &[4], &[0; 4]), &["holds 4 labels for 3 samples"]),
        ("none", idx(0x08, &[0], &[]), &["holds 0 labels for 3 samples"]),
        ("fractions", idx(0x0d, &[1], &0.5_f32.to_be_bytes()), &["holds 1 labels"]),
        (
            "a fraction",
            idx(0x0e, &[3], &[[0; 8], [0; 8], 0.5_f64.to_be_bytes()].concat()),
            &["index [2]: \"0.5\" is not a label"],
        ),
        (
            "pictures",
            idx(0x08, &[3, 28, 28], &[0; 3 * 784]),
            &["has shape (3, 28, 28); expected one label for each sample"],
        ),
        ("no dimension", idx(0x08, &[], &[0]), &["has shape ()"]),
        ("10^9 labels", idx(0x08, &[1_000_000_000], &[0; 3]), &["1000000000 bytes, but 3 bytes follow", "truncated"]),
        ("cut", idx(0x08, &[3], &[0; 2]), &["truncated"]),
        ("an .npy array", labels(), &["starts with the bytes 0x93 0x4e"]),
    ];
    for (name, plain, parts) in cases {
        let (_folder, path) = file("labels-idx1-ubyte", plain);
        check_error(name, read_labels(&path, 3), &path, parts);
    }
    let (_folder, path) = file("labels.idx.gz", gzip(&idx(0x0c, &[3], &[0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 1])));
    check_error("samples", read_labels(&path, 4), &path, &["holds 3 labels for 4 samples"]);
    let (_folder, path) = file("labels.idx.gz", gzip(&idx(0x08, &[1_000_000_000], &[0; 3])));
    check_error("10^9 labels", read_labels(&path, 3), &path, &["cannot inflate to the 1000000000"]);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folder.idx");
    std::fs::create_dir(&path).unwrap();
    check_error("a folder", read_labels(&path, 3), &path, &["not a file; expected the path of an .npy"]);
    let path = folder.path().join("points.gz");
    std::fs::write(&path, gzip(b"1,2\n")).unwrap();
    check_error("another name", read_samples(&path), &path, &["unknown kind of file"]);
}
