//! Folders of pictures.

use std::path::Path;

use ganymede_files::{Folders, ReadOptions};
use ganymede_samples::Shape;
use image::{GrayAlphaImage, GrayImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use crate::bytes::picture;
use crate::{Flat, check_error, read_samples, read_with};

/// Writes files below a folder, whose sub-folders are made.
fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn grey(value: u8) -> Vec<u8> {
    picture(GrayImage::from_pixel(2, 3, image::Luma([value])), ImageFormat::Png)
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 200]));
    picture(pixels, ImageFormat::Jpeg)
}

/// A set's values as bytes.
fn bytes(set: &Flat) -> Vec<u8> {
    set.samples.values.iter().map(|value| ((value + 1.0) * 127.5).round() as u8).collect()
}

fn says(set: &Flat, part: &str) -> bool {
    set.report.iter().any(|line| line.contains(part))
}

#[test]
fn pictures_come_sorted_by_name_and_channels_last() {
    let color = RgbImage::from_fn(2, 2, |x, y| Rgb([(x * 255) as u8, (y * 255) as u8, 51]));
    let shade = RgbaImage::from_fn(2, 2, |x, y| Rgba([(y * 255) as u8, (x * 255) as u8, 255, 255]));
    let folder = folder(&[
        ("b.PNG", picture(shade.clone(), ImageFormat::Png)),
        ("a.png", picture(color.clone(), ImageFormat::Png)),
        (".hidden", b"not a picture".to_vec()),
    ]);
    let set = read_samples(folder.path()).unwrap();
    let opaque: Vec<u8> = shade.pixels().flat_map(|pixel| pixel.0[..3].to_vec()).collect();
    assert_eq!(bytes(&set), [color.into_raw(), opaque].concat());
    assert_eq!((set.shape, &set.labels), (Shape { channels: 3, height: 2, width: 2 }, &None));
    assert!(says(&set, "1 of 2 pictures had alpha that is opaque everywhere; it was dropped"), "{:?}", set.report);
}

#[test]
fn every_format_gives_the_same_pixels() {
    let color = RgbImage::from_fn(7, 5, |x, y| Rgb([(x * 30) as u8, (y * 40) as u8, 51]));
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Tiff] {
        let folder = folder(&[("picture", picture(color.clone(), format))]);
        let set = read_samples(folder.path()).unwrap();
        assert_eq!((bytes(&set), set.shape), (color.clone().into_raw(), Shape { channels: 3, height: 5, width: 7 }));
    }
}

#[test]
fn every_depth_of_grey_is_scaled() {
    let deep: ImageBuffer<Luma<u16>, Vec<u16>> = ImageBuffer::from_vec(3, 1, vec![0, 13_107, 65_535]).unwrap();
    let cases = [
        ("8 bits", picture(GrayImage::from_vec(3, 1, vec![0, 51, 255]).unwrap(), ImageFormat::Png)),
        ("16 bits", picture(deep, ImageFormat::Png)),
        ("alpha", picture(GrayAlphaImage::from_vec(3, 1, vec![0, 255, 51, 255, 255, 255]).unwrap(), ImageFormat::Png)),
    ];
    for (name, bytes) in &cases {
        let folder = folder(&[("only.png", bytes.clone())]);
        let set = read_samples(folder.path()).unwrap();
        let close = set.samples.values.iter().zip([-1.0, -0.6, 1.0]).all(|(found, value)| (found - value).abs() < 1e-6);
        assert!(close && set.shape == Shape { channels: 1, height: 1, width: 3 }, "{name}: {set:?}");
    }
    let all: Vec<(&str, Vec<u8>)> = ["a", "b", "c"].into_iter().zip(cases.map(|(_, bytes)| bytes)).collect();
    let folder = folder(&all);
    let set = read_samples(folder.path()).unwrap();
    let close =
        set.samples.values.iter().zip([-1.0, -0.6, 1.0].repeat(3)).all(|(found, value)| (found - value).abs() < 1e-6);
    assert!(close && set.rows() == 3 && says(&set, "16 bits"), "{set:?}");
}

#[test]
fn alpha_that_says_something_is_kept_or_laid_over_white_as_asked() {
    let clear = |alpha: u8| picture(RgbaImage::from_pixel(1, 2, Rgba([0, 100, 255, alpha])), ImageFormat::Png);
    let opaque = picture(RgbImage::from_pixel(1, 2, Rgb([0, 100, 255])), ImageFormat::Png);
    let asked = |channels| ReadOptions { channels: Some(channels), ..ReadOptions::default() };
    let both = folder(&[("a.png", clear(255)), ("b.png", clear(51))]);
    let set = read_samples(both.path()).unwrap();
    let (first, second) = ([0, 100, 255, 255], [0, 100, 255, 51]);
    assert_eq!(bytes(&set), [first, first, second, second].concat());
    assert!(set.shape.channels == 4 && says(&set, "alpha was kept as the last channel"), "{set:?}");
    let set = read_with(both.path(), &asked(3)).unwrap();
    assert_eq!(bytes(&set)[6..9], [204, 224, 255]);
    assert!(says(&set, "1 of 2 pictures had alpha and were laid over white"), "{:?}", set.report);
    let set = read_with(both.path(), &asked(1)).unwrap();
    assert_eq!((set.shape.channels, set.samples.features), (1, 2));

    let mixed = folder(&[("a.png", opaque), ("b.png", clear(51))]);
    let parts = ["1 of 2 have alpha, and 1 of them are not opaque", "--channels 4", "channels = 4", "3 lays"];
    check_error("alpha in some", read_samples(mixed.path()), mixed.path(), &parts);
    let set = read_with(mixed.path(), &asked(4)).unwrap();
    assert_eq!(bytes(&set), [first, first, second, second].concat());
}

#[test]
fn exif_turns_pictures() {
    // The first 8 bytes of TIFF data, one entry: the orientation, a short, 6: the right side is the top.
    let exif = [&b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"[..]].concat();
    let plain = jpeg(32, 16);
    let segment = [&[0xff, 0xe1][..], &(exif.len() as u16 + 2).to_be_bytes(), &exif].concat();
    let turned = [&plain[..2], &segment, &plain[2..]].concat();
    let (plain, turned) = (folder(&[("a.jpg", plain)]), folder(&[("a.jpg", turned)]));
    let (plain, turned) = (read_samples(plain.path()).unwrap(), read_samples(turned.path()).unwrap());
    assert_eq!((plain.shape.height, plain.shape.width), (16, 32));
    assert_eq!((turned.shape.height, turned.shape.width), (32, 16));
    assert!(says(&turned, "1 of 1 pictures were turned as their EXIF entry says") && !says(&plain, "turned"));
    for (row, column) in [(0, 0), (15, 31), (3, 20)] {
        let value = |set: &Flat, row, column| set.samples.row(0)[set.shape.index(row, column, 0)];
        assert_eq!(value(&plain, row, column).to_bits(), value(&turned, column, 15 - row).to_bits());
    }
}

#[test]
fn sizes_and_channels_are_brought_together_as_asked() {
    let checks = GrayImage::from_fn(64, 64, |x, y| Luma([if (x + y) % 2 == 0 { 255 } else { 0 }]));
    let set = folder(&[
        ("a.png", picture(checks, ImageFormat::Png)),
        ("b.png", picture(RgbImage::from_pixel(16, 8, Rgb([9, 9, 9])), ImageFormat::Png)),
    ]);
    let parts = [
        "1 of 8 x 16 pixels in RGB such as b.png, 1 of 64 x 64 pixels in grey such as a.png",
        "--size 8x16 (or size = [8, 16] in [data]) with --channels 3 (or channels = 3 in [data]) brings them together",
    ];
    check_error("mixed", read_samples(set.path()), set.path(), &parts);
    let options = ReadOptions { size: Some([8, 16]), channels: Some(3), ..ReadOptions::default() };
    let found = read_with(set.path(), &options).unwrap();
    assert_eq!((found.rows(), found.shape), (2, Shape { channels: 3, height: 8, width: 16 }));
    // A fine pattern becomes grey rather than another pattern.
    assert!(bytes(&found)[..384].iter().all(|byte| (100..156).contains(byte)), "{:?}", bytes(&found));
    assert!(says(&found, "1 of 2 pictures were resized to 8 x 16") && says(&found, "1 of 2 pictures were given 3"));

    let small = ReadOptions { longest_side: Some(8), ..ReadOptions::default() };
    let large = folder(&[("a.png", black(1024, 512))]);
    let found = read_with(large.path(), &small).unwrap();
    assert_eq!(found.shape, Shape { channels: 1, height: 4, width: 8 });
    assert!(says(&found, "pictures of 512 x 1024 pixels were resized to 4 x 8"), "{:?}", found.report);
}

#[test]
fn jpegs_are_read_by_what_they_hold() {
    let folder = folder(&[("picture.png", jpeg(20, 10))]);
    let set = read_samples(folder.path()).unwrap();
    assert_eq!((set.rows(), set.shape), (1, Shape { channels: 3, height: 10, width: 20 }));
    for (row, column) in [(0, 0), (9, 19), (5, 5)] {
        let blue = set.samples.row(0)[set.shape.index(row, column, 2)];
        assert!((blue - (200.0 / 127.5 - 1.0)).abs() < 0.1, "{blue}");
    }
}

/// Files, what is asked for, the classes and their names, and what the report says.
type FolderCase<'case> =
    (&'case [(&'case str, u8)], Option<Folders>, Option<(&'case [usize], &'case [&'case str])>, &'case str);

#[test]
fn sub_folders_are_classes_unless_they_are_shards() {
    let cases: &[FolderCase] = &[
        (&[("1.png", 0), ("2.png", 1)], None, None, ""),
        (
            &[("birds/1.png", 0), ("cats/1.png", 1), ("cats/2.png", 2), (".cache/1.png", 9), ("dogs/0.png", 3)],
            None,
            Some((&[0, 1, 1, 2], &["birds", "cats", "dogs"])),
            "the 3 sub-folders are classes",
        ),
        (&[("2/a.png", 0), ("10/a.png", 1)], None, Some((&[0, 1], &["2", "10"])), "2 sub-folders are classes"),
        (&[("a/x/1.png", 0), ("a/y/1.png", 1), ("b/1.png", 2)], None, Some((&[0, 0, 1], &["a", "b"])), "2 sub-folders"),
        (
            &[("00000/1.png", 0), ("00001/2.png", 1)],
            None,
            None,
            "the 2 sub-folders are shards, not classes, as all names",
        ),
        (
            &[("00000/1.png", 0), ("00001/1.png", 1)],
            None,
            Some((&[0, 1], &["00000", "00001"])),
            "2 sub-folders are classes",
        ),
        (
            &[("00000/1.png", 0), ("00001/2.png", 1)],
            Some(Folders::Classes),
            Some((&[0, 1], &["00000", "00001"])),
            "sub-folders are classes",
        ),
        (&[("a/1.png", 0), ("b/1.png", 1)], Some(Folders::Shards), None, "are shards, not classes, as asked"),
        (&[("all/1.png", 0), ("all/2.png", 1)], None, None, "the pictures are those of its only sub-folder"),
        (
            &[("a/1.png", 0), ("b/1.png", 1), ("c/.keep", 9)],
            None,
            Some((&[0, 1], &["a", "b"])),
            "\"c\" holds no pictures",
        ),
    ];
    for (files, folders, classes, line) in cases {
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, value)| (*name, grey(*value))).collect();
        let folder = folder(&files);
        let set = read_with(folder.path(), &ReadOptions { folders: *folders, ..ReadOptions::default() }).unwrap();
        let firsts: Vec<u8> = bytes(&set).chunks(6).map(|values| values[0]).collect();
        assert_eq!(firsts, (0..firsts.len() as u8).collect::<Vec<_>>(), "{files:?}");
        let names: Vec<&str> = set.names.iter().map(String::as_str).collect();
        let expected = classes.map(|(labels, names)| (labels.to_vec(), names.to_vec()));
        assert_eq!(set.labels.clone().map(|labels| (labels, names)), expected, "{files:?}");
        assert!(says(&set, line) || line.is_empty(), "{line}: {:?}", set.report);
    }
}

#[cfg(unix)]
#[test]
fn links_lead_to_folders() {
    let files = folder(&[("dogs/0.png", grey(3)), ("cats/0.png", grey(1))]);
    std::os::unix::fs::symlink("dogs", files.path().join("wolves")).unwrap();
    let set = read_samples(files.path()).unwrap();
    assert_eq!((set.labels, set.names.len()), (Some(vec![0, 1, 2]), 3));
    std::os::unix::fs::symlink(".", files.path().join("self")).unwrap();
    let error = read_samples(files.path()).unwrap_err().to_string();
    assert!(error.contains("more than 16 folders deep") && error.contains("a link may lead in a circle"), "{error}");
}

#[test]
fn a_few_bad_files_are_skipped_and_many_are_named() {
    let mut files: Vec<(String, Vec<u8>)> = (0..199).map(|index| (format!("{index:03}.png"), grey(index))).collect();
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    #[cfg(unix)]
    {
        let linked = folder(&named);
        std::os::unix::fs::symlink("nothing", linked.path().join("note.txt")).unwrap();
        std::fs::create_dir(linked.path().join("empty")).unwrap();
        let set = read_samples(linked.path()).unwrap();
        assert_eq!(set.rows(), 199);
        for line in ["skipped: note.txt (it is a link that leads nowhere)", "\"empty\" holds no pictures"] {
            assert!(says(&set, line), "{line}: {:?}", set.report);
        }
    }
    files.push(("Thumbs.db".to_owned(), b"no picture".to_vec()));
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let set = read_samples(folder(&named).path()).unwrap();
    assert_eq!(set.rows(), 199);
    assert!(
        says(&set, "1 of 200 files are no pictures and were skipped: Thumbs.db (it is neither"),
        "{:?}",
        set.report
    );

    let mut named = named;
    named[3].1.truncate(45);
    named[5].1.clear();
    let files = folder(&named);
    let parts = [
        "3 of 200 files cannot be read",
        "2 may be: 003.png (",
        "005.png (it is empty), Thumbs.db (",
        "--bad-files 0.015",
    ];
    check_error("too many", read_samples(files.path()), files.path(), &parts);
    let more = ReadOptions { bad_files: Some(0.015), ..ReadOptions::default() };
    assert_eq!(read_with(files.path(), &more).unwrap().rows(), 197);
}

/// A PNG of this size whose pixels are all black.
fn black(width: u32, height: u32) -> Vec<u8> {
    picture(GrayImage::new(width, height), ImageFormat::Png)
}

/// A PNG that declares another size than it has.
fn declaring(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = grey(0);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Name, files, where the error is, and what its message must hold.
type Case<'case> = (&'case str, &'case [(&'case str, Vec<u8>)], &'case str, &'case [&'case str]);

#[test]
fn bad_folders_are_refused() {
    let png = grey(7);
    let cut = |bytes: &[u8], length: usize| bytes[..length].to_vec();
    let photograph = jpeg(64, 64);
    let noise = GrayImage::from_fn(9, 9, |x, y| Luma([(x * 83 + y * 57 + x * y) as u8]));
    let [webp, bmp, tiff] =
        [ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff].map(|format| picture(noise.clone(), format));
    let mut wide = photograph.clone();
    let frame = wide.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    wide[frame + 5..frame + 9].fill(0xff);
    let name = "1 of 1 files cannot be read as pictures, and 0 may be: a.";
    let cases: &[Case] = &[
        ("empty", &[], "", &["holds no pictures; expected PNG, JPEG, BMP, WebP or TIFF files, or one sub-folder"]),
        ("hidden files alone", &[(".a.png", grey(1))], "", &["holds no pictures"]),
        ("empty classes", &[("a/.keep", vec![]), ("b/.keep", vec![])], "", &["holds no pictures"]),
        (
            "text",
            &[("a.png", grey(1)), ("b.txt", b"text".to_vec())],
            "",
            &[
                "1 of 2 files",
                "b.txt (it is neither PNG, JPEG, BMP, WebP nor TIFF); remove or repair",
                "--bad-files 0.5",
            ],
        ),
        ("an empty file", &[("a.png", vec![])], "", &[name, "it is empty"]),
        ("another format", &[("a.gif", b"GIF89a\x01\x00\x01\x00".to_vec())], "", &["it is a GIF: convert it to PNG"]),
        ("arrays", &[("a.npy", b"\x93NUMPY\x01".to_vec())], "", &["it is an array: name the file itself"]),
        (
            "an archive",
            &[("a.zip", b"PK\x03\x04".to_vec())],
            "",
            &["it is an archive: name the file itself, with .zip"],
        ),
        (
            "mixed",
            &[("a.png", grey(1)), ("b/1.png", grey(1))],
            "",
            &["pictures such as a.png beside sub-folders such as b", "move the pictures into a sub-folder"],
        ),
        (
            "a stray beside classes",
            &[("a.txt", vec![1]), ("b/1.png", grey(1)), ("c/1.png", grey(1))],
            "",
            &["1 of 3 files", "a.txt (it is no picture)"],
        ),
        ("magic alone", &[("a.png", cut(&png, 8))], "", &[name]),
        ("cut in the header", &[("a.png", cut(&png, 20))], "", &[name]),
        ("cut in the data", &[("a.png", cut(&png, 45))], "", &[name]),
        ("JPEG magic alone", &[("a.jpg", cut(&photograph, 4))], "", &[name, "truncated"]),
        ("cut JPEG", &[("a.jpg", cut(&photograph, photograph.len() * 3 / 4))], "", &[name, "truncated"]),
        ("cut WebP", &[("a.webp", cut(&webp, webp.len() - 3))], "", &[name, "truncated"]),
        ("cut BMP", &[("a.bmp", cut(&bmp, bmp.len() - 3))], "", &[name]),
        ("cut TIFF", &[("a.tif", cut(&tiff, tiff.len() / 2))], "", &[name]),
        (
            "two sizes",
            &[("a.png", black(2, 3)), ("b.png", black(3, 2)), ("c.png", black(3, 2))],
            "",
            &[
                "2 of 2 x 3 pixels in grey such as b.png, 1 of 3 x 2 pixels",
                "; --size 2x3 (or size = [2, 3] in [data])",
            ],
        ),
        (
            "grey and color",
            &[("a.png", black(9, 8)), ("b.jpg", jpeg(9, 8))],
            "",
            &["1 of 8 x 9 pixels in grey such as a.png", "--channels 3 (or channels = 3 in [data])"],
        ),
        ("no pixels", &[("a.png", declaring(0, 3))], "", &[name]),
        ("4 x 10^9 squared", &[("a.png", declaring(0x7fff_ffff, 0x7fff_ffff))], "", &[name]),
        ("10^4 squared", &[("a.png", declaring(10_000, 10_000))], "", &[name, "more than the 33554432 values"]),
        ("10^3 squared", &[("a.png", declaring(1_000, 1_000))], "", &[name, "cannot hold the 1000 x 1000 pixels"]),
        ("JPEG of 65535 squared", &[("a.jpg", wide)], "", &[name, "more than the 33554432 values"]),
    ];
    for (name, files, place, parts) in cases {
        let folder = folder(files);
        let place = if place.is_empty() { folder.path().to_owned() } else { folder.path().join(place) };
        check_error(name, read_samples(folder.path()), &place, parts);
    }
}

#[test]
fn a_picture_is_no_file_of_samples() {
    let folder = folder(&[("a.png", grey(1))]);
    let path = folder.path().join("a.png");
    check_error(
        "a picture",
        read_samples(&path),
        &path,
        &["unknown kind of file", "or of a folder or .zip of pictures"],
    );
    check_error(
        "beside it",
        read_samples(Path::new("no/such/folder")),
        &std::path::absolute("no/such/folder").unwrap(),
        &["no such file or folder; relative paths start at the current folder"],
    );
}
