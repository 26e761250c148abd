//! IDX files, plain and compressed.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use ganymede_files::ReadOptions;
use ganymede_samples::{Shape, Values};

use crate::bytes::{gzip, idx};
use crate::{file, read, read_labels, read_samples};

#[test]
fn every_type_is_read() {
    let singles: Vec<u8> = [1.0, -2.0, 0.5_f32].iter().flat_map(|value| value.to_be_bytes()).collect();
    let doubles: Vec<u8> = [1.0, -2.0, 0.5_f64].iter().flat_map(|value| value.to_be_bytes()).collect();
    let wide: Vec<u8> = [7, -7, 1 << 24].iter().flat_map(|value: &i32| value.to_be_bytes()).collect();
    let cases: &[(u8, Vec<u8>, [f32; 3])] = &[
        (0x08, vec![0, 255, 51], [-1.0, 1.0, -0.6]),
        (0x09, vec![0, 255, 127], [0.0, -1.0, 127.0]),
        (0x0b, vec![0, 1, 255, 254, 127, 255], [1.0, -2.0, 32_767.0]),
        (0x0c, wide, [7.0, -7.0, 16_777_216.0]),
        (0x0d, singles, [1.0, -2.0, 0.5]),
        (0x0e, doubles, [1.0, -2.0, 0.5]),
    ];
    for (element, data, expected) in cases {
        let plain = idx(*element, &[3], data);
        for bytes in [gzip(&plain), plain] {
            let (_folder, path) = file("samples.idx", bytes);
            let set = read_samples(&path).unwrap();
            assert_eq!((set.samples.values.as_slice(), set.samples.features), (&expected[..], 1), "{element:#04x}");
            assert_eq!((set.rows(), set.labels, set.shape), (3, None, Shape::point(1)), "{element:#04x}");
        }
    }
}

#[test]
fn every_rank_is_flattened_and_may_be_a_picture() {
    let cases: &[(&[u32], Shape)] = &[
        (&[2], Shape::point(1)),
        (&[2, 5], Shape::point(5)),
        (&[4, 2, 3], Shape { channels: 1, height: 2, width: 3 }),
        (&[1, 2, 3, 3], Shape { channels: 3, height: 2, width: 3 }),
        (&[1, 1, 1, 1, 2], Shape::point(2)),
    ];
    for (sizes, shape) in cases {
        let count = sizes.iter().product::<u32>() as u8;
        let data: Vec<u8> = (0..count).collect();
        let set = read("pictures-idx3-ubyte", idx(0x09, sizes, &data)).unwrap();
        assert_eq!(set.samples.values, data.iter().map(|value| f32::from(*value)).collect::<Vec<_>>(), "{sizes:?}");
        assert_eq!((set.rows(), set.samples.features), (sizes[0] as usize, shape.features()), "{sizes:?}");
        assert_eq!(set.shape, *shape, "{sizes:?}");
    }
    let highest: Vec<u32> = [3].into_iter().chain([1; 63]).collect();
    assert_eq!(read("samples.idx", idx(0x08, &highest, &[0; 3])).unwrap().shape, Shape::point(1));
}

#[test]
fn names_tell_the_format_and_contents_the_compression() {
    let cases: &[(&str, bool)] = &[
        ("train-images-idx3-ubyte", true),
        ("train-images-idx3-ubyte.gz", true),
        ("t10k-labels.idx1-ubyte", true),
        ("EMNIST-LETTERS-IDX3-UBYTE.GZ", true),
        ("x.idx", true),
        ("x.IDX.gz", true),
        ("x-idx3.npy", false),
        ("x.idx1.csv", false),
        ("x.gz", false),
        ("idx3", false),
        ("x-idx-ubyte", false),
        ("x.idx.txt", false),
        ("x.idx.zip", false),
    ];
    let plain = idx(0x08, &[1, 2], &[0, 255]);
    for (name, is_idx) in cases {
        for bytes in [&plain, &gzip(&plain)] {
            let set = read(name, bytes).map(|set| set.samples.values);
            assert_eq!(set.is_ok_and(|values| values == [-1.0, 1.0]), *is_idx, "{name}");
        }
    }
}

#[test]
fn all_that_gzip_allows_is_read() {
    let plain = idx(0x0c, &[2, 2], &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]);
    let mut named = GzBuilder::new().filename("points.idx").comment("four").extra([7; 9]).mtime(1);
    named = named.operating_system(3);
    let mut named = named.write(Vec::new(), Compression::none());
    named.write_all(&plain).unwrap();
    let cases: &[(&str, Vec<u8>)] = &[
        ("two members", [gzip(&plain[..7]), gzip(&plain[7..])].concat()),
        ("members without contents", [gzip(&[]), gzip(&plain), gzip(&[])].concat()),
        ("names and other fields", named.finish().unwrap()),
    ];
    for (name, bytes) in cases {
        let set = read("points.idx.gz", bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((set.samples.values.as_slice(), set.shape), (&[1.0, 2.0, 3.0, 4.0][..], Shape::point(2)));
    }
}

#[test]
fn labels_are_read() {
    let cases: &[(&str, Vec<u8>)] = &[
        ("unsigned bytes", idx(0x08, &[3], &[2, 0, 1])),
        ("signed bytes", idx(0x09, &[3], &[2, 0, 1])),
        ("16 bits", idx(0x0b, &[3], &[0, 2, 0, 0, 0, 1])),
        ("32 bits", idx(0x0c, &[3], &[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1])),
    ];
    for (name, plain) in cases {
        for bytes in [plain, &gzip(plain)] {
            let (_folder, path) = file("labels-idx1-ubyte", bytes);
            assert_eq!(read_labels(&path, 3).unwrap(), [2, 0, 1], "{name}");
        }
    }
}

/// The pictures and labels of one split in the folder that `GANYMEDE_DATA` names; nothing when it is not set, and that is
/// said.
fn digits(split: &str) -> Option<[PathBuf; 2]> {
    let Some(folder) = std::env::var_os("GANYMEDE_DATA") else {
        // Unlike `eprintln!`, this is shown for tests that pass, too.
        let line = b"LEFT OUT: GANYMEDE_DATA is not set; set it to a folder whose mnist/ holds the digits\n";
        std::io::stderr().write_all(line).unwrap();
        return None;
    };
    let path = |kind: &str| Path::new(&folder).join("mnist").join(format!("{split}-{kind}-ubyte.gz"));
    Some([path("images-idx3"), path("labels-idx1")])
}

/// How many labels there are of each class.
fn counts(labels: &[usize]) -> Vec<usize> {
    (0..10).map(|class| labels.iter().filter(|label| **label == class).count()).collect()
}

#[test]
fn digits_are_read() {
    let (Some([pictures, classes]), Some([train_pictures, train_classes])) = (digits("t10k"), digits("train")) else {
        return;
    };
    let set = read_samples(&pictures).unwrap();
    assert_eq!((set.rows(), set.labels), (10_000, None));
    assert_eq!(set.shape, Shape { channels: 1, height: 28, width: 28 });
    let samples = set.samples;
    // What is known of the official test split.
    let mean = samples.values.iter().map(|value| f64::from(*value)).sum::<f64>() / samples.values.len() as f64;
    assert!((mean.midpoint(1.0) - 0.132_5).abs() < 1e-4, "{mean}");
    let labels = read_labels(&classes, 10_000).unwrap();
    assert_eq!(labels[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    assert_eq!(counts(&labels), [980, 1_135, 1_032, 1_010, 982, 892, 958, 1_028, 974, 1_009]);

    // The training split may be a part of the official one.
    let train = ganymede_files::read_samples(&train_pictures, &ReadOptions::default()).unwrap();
    let Values::Bytes(bytes) = &train.contents.samples.values else { panic!("pixels stay bytes") };
    assert_eq!(bytes.len(), train.rows() * 784);
    let train = crate::Flat::from(train);
    let range = |low: f32, value: &f32| if *value < low { *value } else { low };
    let (low, high) =
        (train.samples.values.iter().fold(0.0, range), train.samples.values.iter().copied().fold(0.0, f32::max));
    assert_eq!((train.samples.features, low, high), (784, -1.0, 1.0));
    let labels = read_labels(&train_classes, train.rows()).unwrap();
    let share = |count: usize| count as f64 / train.rows() as f64;
    assert!(counts(&labels).into_iter().all(|count| (0.08..0.12).contains(&share(count))), "{:?}", counts(&labels));
}
