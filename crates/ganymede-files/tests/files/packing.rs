//! Sets that are packed into archives, and what is read of them.

use std::path::Path;

use ganymede_files::{ReadOptions, SampleSet, encode_png, write_zip};
use ganymede_samples::{LabelledSamples, Labels, Samples, Shape, Values};

use crate::{check_error, read_samples};

fn set(shape: Shape, rows: usize, names: Option<&[&str]>) -> LabelledSamples {
    let values = (0..rows * shape.features()).map(|value| (value * 37 % 251) as u8).collect();
    let labels = names.map(|names| Labels {
        classes: (0..rows).map(|row| row % names.len()).collect(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    });
    LabelledSamples { samples: Samples::new(Values::Bytes(values), shape), labels, columns: None }
}

fn read(path: &Path) -> SampleSet {
    ganymede_files::read_samples(path, &ReadOptions::default()).unwrap()
}

#[test]
fn what_is_packed_reads_back_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.zip");
    let (grey, color) = (Shape { channels: 1, height: 5, width: 4 }, Shape { channels: 3, height: 4, width: 4 });
    let cases = [
        set(grey, 3, None),
        set(color, 2_500, None),
        set(color, 20, Some(&["ant", "bee", "cat"])),
        set(grey, 24, Some(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"])),
    ];
    for before in cases {
        write_zip(&path, &before).unwrap();
        let first = std::fs::read(&path).unwrap();
        assert_eq!(read(&path).contents, before);
        write_zip(&path, &before).unwrap();
        assert!(first == std::fs::read(&path).unwrap(), "the same set makes the same bytes");
    }
}

#[test]
fn the_archive_is_laid_out_as_stylegans() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.zip");
    let shape = Shape { channels: 3, height: 2, width: 2 };
    write_zip(&path, &set(shape, 1_001, Some(&["a", "b"]))).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let archive = rawzip::ZipArchive::from_file(file, &mut buffer).unwrap();
    let mut names = Vec::new();
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().unwrap() {
        assert_eq!(entry.compression_method(), rawzip::CompressionMethod::STORE);
        names.push(String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned());
    }
    assert_eq!(names.len(), 1_002);
    assert_eq!([&names[0], &names[1_000]], ["00000/img00000000.png", "00001/img00001000.png"]);
    assert_eq!(names[1_001], "dataset.json");
}

#[test]
fn what_are_no_pictures_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.zip");
    let floats = LabelledSamples::unlabelled(Samples::new(
        Values::Floats(vec![0.5; 8]),
        Shape { channels: 1, height: 2, width: 2 },
    ));
    let cases: &[(LabelledSamples, &[&str])] = &[
        (set(Shape::point(3), 4, None), &["samples of 3 features are points, not pictures"]),
        (set(Shape { channels: 4, height: 2, width: 2 }, 1, None), &["4 channels", "--channels 3 makes them RGB"]),
        (floats, &["no bytes", "save them as uint8"]),
    ];
    for (set, parts) in cases {
        check_error("pack", write_zip(&path, set), &path, parts);
        assert!(!path.exists());
    }
    let missing = folder.path().join("no/set.zip");
    check_error(
        "no folder",
        write_zip(&missing, &set(Shape { channels: 1, height: 1, width: 2 }, 1, None)),
        &missing,
        &["cannot be written"],
    );
    assert!(encode_png(&[0; 10], Shape { channels: 5, height: 1, width: 2 }).is_err());
    assert!(encode_png(&[0; 3], Shape { channels: 1, height: 2, width: 2 }).is_err());
}

#[test]
fn every_kind_of_pixel_is_encoded() {
    let folder = tempfile::tempdir().unwrap();
    for channels in 1..=4 {
        let shape = Shape { channels, height: 3, width: 2 };
        let pixels: Vec<u8> = (0..shape.features()).map(|value| 10 * value as u8).collect();
        std::fs::write(folder.path().join("a.png"), encode_png(&pixels, shape).unwrap()).unwrap();
        let found = read_samples(folder.path()).unwrap();
        let bytes: Vec<u8> = found.samples.values.into_iter().map(ganymede_samples::byte).collect();
        assert_eq!((bytes, found.shape), (pixels, shape));
    }
}
