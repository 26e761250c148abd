//! `.npz` files.

use std::path::PathBuf;

use crate::bytes::{ZipEntry, labels, npy, points, singles, zip};
use crate::{check_error, check_refused, file, read, read_labels, read_samples};

/// An archive of arrays by these names: labels for a name of labels, points for any other.
fn archive(names: &[&str]) -> Vec<u8> {
    let contents = |name: &str| if name.contains("label") || name.starts_with('y') { labels() } else { points() };
    zip(&names.iter().map(|name| ZipEntry::stored(name, &contents(name))).collect::<Vec<_>>())
}

fn with_key(path: &std::path::Path, key: &str) -> PathBuf {
    format!("{}:{key}", path.display()).into()
}

#[test]
fn the_array_of_samples_is_found() {
    let cases: &[(&[&str], bool)] = &[
        (&["samples"], false),
        (&["images", "labels"], true),
        (&["x", "y"], true),
        (&["label", "data"], true),
        (&["arr_0"], false),
        (&["anything"], false),
        (&["anything", "labels"], true),
        (&["test", "images", "more", "y"], true),
    ];
    for (names, labelled) in cases {
        let set = read("samples.npz", archive(names)).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        assert_eq!((set.samples.features, set.samples.values), (2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), "{names:?}");
        assert_eq!(set.labels, labelled.then(|| vec![2, 0, 1]), "{names:?}");
    }
}

#[test]
fn stored_and_deflated_arrays_are_read() {
    let values: Vec<f32> = (0..50_000).map(|value| (value % 7) as f32).collect();
    let array = npy("'<f4'", true, "(500, 4, 25)", &singles(&values));
    let plain = read("samples.npy", &array).unwrap();
    for entry in [ZipEntry::stored("x", &array), ZipEntry::deflated("x", &array)] {
        let other = ZipEntry { name: "notes.txt".to_owned(), ..ZipEntry::stored("notes", b"not an array") };
        let set = read("samples.NPZ", zip(&[other, entry])).unwrap();
        assert_eq!(set, plain);
    }
}

#[test]
fn a_key_behind_the_path_picks_an_array() {
    let (folder, path) = file("set.npz", archive(&["one", "two", "labels"]));
    let set = read_samples(&with_key(&path, "two")).unwrap();
    assert_eq!((set.rows(), set.labels), (3, None));
    assert_eq!(read_labels(&with_key(&path, "labels"), 3).unwrap(), [2, 0, 1]);

    let place = with_key(&path, "three");
    check_error(
        "no such key",
        read_samples(&place),
        &path,
        &["no array \"three\"; it has \"one\", \"two\", \"labels\""],
    );
    check_error("no key", read_samples(&with_key(&path, "")), &path, &["no array \"\"; it has \"one\""]);
    let missing = folder.path().join("other.npz:two");
    check_error("no such file", read_samples(&missing), &missing, &["no such file"]);

    let whole = folder.path().join("set.npz:two.npy");
    std::fs::write(&whole, npy("'<f4'", false, "(1,)", &singles(&[9.0]))).unwrap();
    assert_eq!(read_samples(&whole).unwrap().samples.values, [9.0], "a file of that whole name comes first");
}

#[test]
fn keys_that_do_not_decide_are_refused() {
    let many: Vec<String> = (0..20).map(|index| format!("array{index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["has no array samples or images or x or data or arr_0; it has none"]),
        (&["labels"], &["has no array samples or", "it has \"labels\""]),
        (&["one", "two"], &["several arrays that could be meant: \"one\", \"two\"", "choose one, as in", "npz:one"]),
        (&["mu", "sigma"], &["holds statistics of features (\"mu\", \"sigma\"), not samples"]),
        (&["x", "images"], &["several arrays that could be meant: \"x\", \"images\""]),
        (&["x", "y", "labels"], &["several arrays that could be meant: \"y\", \"labels\""]),
        (&["x", "x"], &["several arrays that could be meant: \"x\", \"x\""]),
        (&many, &["\"array15\", 4 more; choose one"]),
        (&["a\nb", "c"], &["\"a\u{fffd}b\", \"c\"", "npz:a\u{fffd}b"]),
    ];
    for (names, parts) in cases {
        check_refused(&format!("{names:?}"), "set.npz", archive(names), parts);
    }
}

#[test]
fn bad_archives_are_refused() {
    let array = points();
    let good = zip(&[ZipEntry::deflated("x", &array)]);
    let entry = |change: &dyn Fn(&mut ZipEntry)| {
        let mut entry = ZipEntry::deflated("x", &array);
        change(&mut entry);
        zip(&[entry])
    };
    let mut more = good.clone();
    let count = more.len() - 14;
    more[count..count + 4].copy_from_slice(&[9, 0, 9, 0]);
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("empty file", Vec::new(), &["not a valid .npz file", "write it with numpy.savez"]),
        ("an array", array.clone(), &["not a valid .npz file"]),
        ("cut behind the data", good[..array.len()].to_vec(), &["not a valid .npz file"]),
        ("cut in the directory", good[..good.len() - 30].to_vec(), &["not a valid .npz file"]),
        ("cut in the last record", good[..good.len() - 1].to_vec(), &["not a valid .npz file"]),
        ("more files than listed", more, &["not a valid .npz file"]),
    ];
    for (name, bytes, parts) in cases {
        check_refused(name, "set.npz", bytes, parts);
    }
    let length = array.len() as u32;
    let longer = ZipEntry::deflated("x", &[&array[..], b"more"].concat());
    let longer = ZipEntry { checksum: ZipEntry::stored("x", &array).checksum, size: length, ..longer };
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("encrypted", entry(&|entry| entry.flags = 1), &["it is encrypted"]),
        ("another method", entry(&|entry| entry.method = 12), &["compression method", "stored and deflated are known"]),
        ("stored in other length", entry(&|entry| entry.method = 0), &["bytes are stored for", "savez"]),
        ("wrong checksum", entry(&|entry| entry.checksum ^= 1), &["checksum"]),
        ("data that is no deflate", entry(&|entry| entry.data.fill(0xff)), &["cannot be read: corrupt deflate stream"]),
        ("data that ends early", entry(&|entry| entry.data.truncate(20)), &["not a valid .np"]),
        ("beyond the file", entry(&|entry| entry.stored = 1 << 20), &["truncated: its 1048576 bytes reach beyond"]),
        ("too much for deflate", entry(&|entry| entry.size = 1 << 30), &["cannot inflate to the 1073741824"]),
        ("less than declared", entry(&|entry| entry.size = length + 8), &["declares shape (3, 2)", "32 bytes follow"]),
        ("more than declared", entry(&|entry| entry.size = length - 8), &["declares shape (3, 2)", "16 bytes follow"]),
        ("more than declared inflates", zip(&[longer]), &["not a valid .npz file: Invalid size"]),
        ("no array inside", zip(&[ZipEntry::stored("x", b"text")]), &["not a valid .npy file"]),
        ("objects", zip(&[ZipEntry::stored("x", &npy("'|O'", false, "(3,)", &[0; 24]))]), &["Python objects"]),
        ("NaN", zip(&[ZipEntry::stored("x", &npy("'<f4'", false, "(1,)", &singles(&[f32::NAN])))]), &["index [0]"]),
        ("10^9 rows", zip(&[ZipEntry::deflated("x", &npy("'|u1'", false, "(1000000000,)", &[0]))]), &["truncated"]),
    ];
    for (name, bytes, parts) in cases {
        let (_folder, path) = file("set.npz", bytes);
        check_error(name, read_samples(&path), &with_key(&path, "x"), parts);
    }
    let labelled = |labels: &[u8]| zip(&[ZipEntry::stored("x", &points()), ZipEntry::stored("y", labels)]);
    let objects = npy("'|O'", false, "(3,)", &[0; 24]);
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("few labels", npy("'|u1'", false, "(2,)", &[0, 1]), &["holds 2 labels for 3 samples; expected one for each"]),
        ("labels of points", points(), &["index [0, 1]: \"2\" is not a label", "labels.argmax(1)"]),
        ("labels of objects", objects, &["Python objects", "save labels.astype(str)"]),
    ];
    for (name, labels, parts) in cases {
        let (_folder, path) = file("set.npz", labelled(labels));
        check_error(name, read_samples(&path), &with_key(&path, "y"), parts);
    }
}
