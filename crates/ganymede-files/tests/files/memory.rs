//! What reading costs: every allocation of this thread is counted, those of the libraries below too.

use std::path::Path;

use allocation_counter::measure;
use ganymede_files::{ReadOptions, read_labels};

use crate::bytes::{ZipEntry, gzip, idx, integers, npy, picture, singles, tensors, zip};
use crate::{Flat, file};

/// What a reader may use for its buffers, whatever the file: pieces, inflation, and a decoder's tables.
const FIXED: u64 = 2 << 20;

/// Bytes that may be held for each byte of the file: a byte becomes a number of four, a list that grows is held twice, a
/// line of a table is kept as text, and a label of one digit and a newline becomes a class and its line.
pub(crate) const FACTOR: u64 = 24;

/// Bytes that deflate can make of one byte.
pub(crate) const INFLATION: u64 = 1032;

/// The most bytes that were held at a time while `path` was read as samples and as labels, of which there are 3.
pub(crate) fn peak(path: &Path) -> (u64, Result<Flat, String>) {
    let mut set = Err(String::new());
    let options = ReadOptions::default();
    let samples = measure(|| set = ganymede_files::read_samples(path, &options).map_err(|error| error.to_string()));
    let labels = measure(|| drop(read_labels(path, 3)));
    (samples.bytes_max.max(labels.bytes_max), set.map(Flat::from))
}

/// The most that may be held for a file of `length` bytes, of which deflate may have made more.
pub(crate) fn allowed(length: usize, inflates: bool) -> u64 {
    FIXED + FACTOR * length as u64 * if inflates { INFLATION } else { 1 }
}

#[test]
fn honest_files_cost_a_small_multiple_of_their_size() {
    let rows = 200_000;
    let singles = singles(&vec![0.5; rows * 2]);
    let shape = format!("({rows}, 2)");
    let array = |fortran_order| npy("'<f4'", fortran_order, &shape, &singles);
    let bytes = npy("'|u1'", false, &format!("({rows},)"), &vec![9; rows]);
    let noise: Vec<u8> = (0..rows as u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let pixels = idx(0x08, &[rows as u32], &noise);
    let noise = npy("'|u1'", false, &format!("({rows},)"), &noise);
    let cases: &[(&str, Vec<u8>, u64)] = &[
        ("samples.npy", array(false), 1),
        ("samples.npy", array(true), 2),
        ("samples.npy", bytes.clone(), 4),
        ("samples.npz", zip(&[ZipEntry::stored("x", &array(false))]), 1),
        ("samples.npz", zip(&[ZipEntry::deflated("x", &noise)]), 5),
        ("samples.safetensors", tensors(&[("x", "F32", &format!("[{rows}, 2]"), &singles)]), 1),
        ("samples.idx", idx(0x0d, &[rows as u32, 2], &singles), 1),
        ("samples.idx", pixels.clone(), 4),
        ("samples.idx.gz", gzip(&pixels), 5),
        ("samples.csv", "0,0\n".repeat(rows).into_bytes(), 6),
        ("samples.csv", format!("x,label\n{}", "0,0\n".repeat(rows)).into_bytes(), 12),
        ("samples.csv", vec![b','; rows], 3),
        ("samples.csv", vec![b'"'; rows], 3),
        ("labels.csv", "0\n".repeat(rows).into_bytes(), 20),
        ("samples.npz", zip(&vec![ZipEntry::stored("", &[]); 60_000]), 6),
    ];
    for (name, bytes, factor) in cases {
        let (_folder, path) = file(name, bytes);
        let (peak, _) = peak(&path);
        let allowed = FIXED + factor * bytes.len() as u64;
        assert!(peak <= allowed, "{name} of {} bytes took {peak}, more than {allowed}", bytes.len());
    }
}

#[test]
fn files_that_lie_about_their_size_cost_nothing() {
    let declaring = |descr: &str, shape: &str| npy(descr, false, shape, &[0; 24]);
    let billion = declaring("'<f4'", "(1000000000, 2)");
    let inflating = |size: u32, data: &[u8]| zip(&[ZipEntry { size, ..ZipEntry::deflated("x", data) }]);
    let with_bad_end = |mut bytes: Vec<u8>| {
        let checksum = bytes.len() - 8;
        bytes[checksum] ^= 1;
        bytes
    };
    let zeros = vec![0; 8_000_000];
    let rows = 4_000_000_000;
    let bomb = declaring("'|u1'", &format!("({rows},)"));
    let agreeing = inflating(bomb.len() as u32 - 24 + rows, &bomb);
    let header = |shape: &str, end: &str| {
        let text = format!("{{\"x\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,{end}]}}}}");
        crate::bytes::tensors_text(&text, &[0; 8])
    };
    let cases: &[(&str, Vec<u8>)] = &[
        ("samples.npy", billion.clone()),
        ("samples.npy", declaring("'|u1'", "(1000000000000000000,)")),
        ("samples.npy", declaring("'<f8'", "(3, 18446744073709551615, 18446744073709551615)")),
        ("samples.npy", [&b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..], &[b' '; 24]].concat()),
        ("samples.npz", zip(&[ZipEntry::stored("x", &billion)])),
        ("samples.npz", zip(&[ZipEntry::deflated("x", &billion)])),
        ("samples.npz", inflating(u32::MAX, &billion)),
        ("samples.npz", agreeing),
        ("samples.npz", inflating(8_000_000, &billion)),
        ("samples.idx", idx(0x0e, &[1_000_000_000], &[0; 24])),
        ("samples.idx", idx(0x08, &[u32::MAX; 64], &[0; 24])),
        ("samples.idx.gz", gzip(&idx(0x08, &[1_000_000_000], &[0; 24]))),
        ("samples.idx.gz", gzip(&idx(0x08, &[40_000], &[0; 24]))),
        ("samples.idx.gz", gzip(&idx(0x08, &[8_000_000], &zeros[..1_000_000]))),
        ("samples.idx.gz", gzip(&idx(0x08, &[8], &zeros))),
        ("samples.idx.gz", with_bad_end(gzip(&idx(0x08, &[8_000_000], &zeros)))),
        ("samples.safetensors", header("[1000000000]", "4000000000")),
        ("samples.safetensors", header("[18446744073709551615, 18446744073709551615]", "8")),
        ("samples.safetensors", [&u64::MAX.to_le_bytes()[..], &[b'{'; 24]].concat()),
    ];
    for (name, bytes) in cases {
        let (_folder, path) = file(name, bytes);
        let (peak, set) = peak(&path);
        assert!(set.is_err() && peak <= FIXED, "{name}: {peak} bytes, {set:?}");
    }
}

#[test]
fn bombs_cost_what_deflate_can_hold() {
    // A hundred thousand labels and samples inflate from some hundred bytes, which is their right.
    let labels = npy("'<i8'", false, "(100000,)", &integers(&vec![0; 100_000]));
    let honest = zip(&[ZipEntry::deflated("x", &labels), ZipEntry::deflated("y", &labels)]);
    let (_folder, path) = file("set.npz", &honest);
    let (cost, set) = peak(&path);
    assert_eq!(set.unwrap().rows(), 100_000);
    assert!(honest.len() < 4_000 && cost <= FIXED + 2 * labels.len() as u64, "{} bytes took {cost}", honest.len());

    let (_folder, path) = file("set.idx.gz", gzip(&idx(0x08, &[1_000_000], &vec![0; 1_000_000])));
    let (cost, set) = peak(&path);
    assert_eq!(set.unwrap().rows(), 1_000_000);
    assert!(cost <= FIXED + 4_000_000, "took {cost}");

    // Many megapixels of one colour lie in a few kilobytes; the first is within the limits, and the second is not.
    for (side, accepted) in [(2_000, true), (6_000, false)] {
        let folder = tempfile::tempdir().unwrap();
        let bytes = picture(image::GrayImage::new(side, side), image::ImageFormat::Png);
        std::fs::write(folder.path().join("black.png"), &bytes).unwrap();
        let mut set = None;
        let cost =
            measure(|| set = ganymede_files::read_samples(folder.path(), &ReadOptions::default()).ok()).bytes_max;
        assert_eq!(set.is_some(), accepted, "{side}");
        let values = if accepted { u64::from(side * side) } else { 0 };
        assert!(cost <= FIXED + 2 * bytes.len() as u64 + 6 * values, "{side}: {} bytes took {cost}", bytes.len());
    }
}
