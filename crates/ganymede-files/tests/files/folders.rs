//! Folders of pictures.

use std::path::Path;

use ganymede_files::{Picture, PictureLayout, read_samples};
use image::{GrayAlphaImage, GrayImage, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, RgbaImage};

use crate::bytes::picture;
use crate::check_error;

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

#[test]
fn pictures_come_sorted_by_name_and_channels_first() {
    let color = RgbImage::from_fn(2, 2, |x, y| Rgb([(x * 255) as u8, (y * 255) as u8, 51]));
    let shade = RgbaImage::from_fn(2, 2, |x, y| image::Rgba([(y * 255) as u8, (x * 255) as u8, 255, 9]));
    let folder = folder(&[
        ("b.PNG", picture(shade, ImageFormat::Png)),
        ("a.png", picture(color, ImageFormat::Png)),
        (".hidden", b"not a picture".to_vec()),
    ]);
    let set = read_samples(folder.path()).unwrap();
    let (low, high) = (-1.0, 1.0);
    let expected = [
        [low, high, low, high, low, low, high, high, -0.6, -0.6, -0.6, -0.6],
        [low, low, high, high, low, high, low, high, high, high, high, high],
    ];
    assert_eq!(set.samples.values, expected.concat());
    assert_eq!((set.shape, set.labels), (vec![3, 2, 2], None));
    let picture = Picture { channels: 3, height: 2, width: 2, layout: PictureLayout::ChannelsFirst };
    assert_eq!(set.picture, Some(picture));
}

#[test]
fn every_depth_of_grey_is_scaled() {
    let deep: ImageBuffer<Luma<u16>, Vec<u16>> = ImageBuffer::from_vec(3, 1, vec![0, 13_107, 65_535]).unwrap();
    let cases = [
        ("8 bits", picture(GrayImage::from_vec(3, 1, vec![0, 51, 255]).unwrap(), ImageFormat::Png)),
        ("16 bits", picture(deep, ImageFormat::Png)),
        ("alpha", picture(GrayAlphaImage::from_vec(3, 1, vec![0, 1, 51, 2, 255, 3]).unwrap(), ImageFormat::Png)),
    ];
    for (name, bytes) in cases {
        let folder = folder(&[("only.png", bytes)]);
        let set = read_samples(folder.path()).unwrap();
        let close = set.samples.values.iter().zip([-1.0, -0.6, 1.0]).all(|(found, value)| (found - value).abs() < 1e-6);
        assert!(close && set.shape == [1, 1, 3], "{name}: {set:?}");
    }
}

#[test]
fn jpegs_are_read_by_what_they_hold() {
    let folder = folder(&[("picture.png", jpeg(20, 10))]);
    let set = read_samples(folder.path()).unwrap();
    assert_eq!((set.rows(), set.shape.as_slice()), (1, &[3, 10, 20][..]));
    let picture = set.picture.unwrap();
    for (row, column) in [(0, 0), (9, 19), (5, 5)] {
        let blue = set.samples.row(0)[picture.index(2, row, column)];
        assert!((blue - (200.0 / 127.5 - 1.0)).abs() < 0.1, "{blue}");
    }
}

#[test]
fn sub_folders_are_classes() {
    let folder = folder(&[
        ("cats/2.png", grey(2)),
        ("cats/1.png", grey(1)),
        ("birds/1.png", grey(0)),
        (".cache/1.png", grey(9)),
        ("dogs/0.png", grey(3)),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("dogs", folder.path().join("wolves")).unwrap();
    let set = read_samples(folder.path()).unwrap();
    let firsts: Vec<f32> = set.samples.values.chunks(6).map(|values| ((values[0] + 1.0) * 127.5).round()).collect();
    let links = cfg!(unix);
    assert_eq!(firsts, if links { vec![0.0, 1.0, 2.0, 3.0, 3.0] } else { vec![0.0, 1.0, 2.0, 3.0] });
    assert_eq!(set.labels.unwrap(), if links { vec![0, 1, 1, 2, 3] } else { vec![0, 1, 1, 2] });
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
    let mut wide = photograph.clone();
    let frame = wide.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap();
    wide[frame + 5..frame + 9].fill(0xff);
    let name = "not a picture that can be read";
    let cases: &[Case] = &[
        ("empty", &[], "", &["holds no pictures; expected PNG or JPEG files, or one sub-folder"]),
        ("hidden files alone", &[(".a.png", grey(1))], "", &["holds no pictures"]),
        ("an empty class", &[("a/1.png", grey(1)), ("b/.keep", vec![])], "b", &["holds no pictures"]),
        (
            "text",
            &[("a.png", grey(1)), ("b.txt", b"text".to_vec())],
            "b.txt",
            &[name, "neither PNG nor JPEG", "remove it"],
        ),
        ("an empty file", &[("a.png", vec![])], "a.png", &[name, "neither PNG nor JPEG"]),
        ("another format", &[("a.gif", b"GIF89a\x01\x00\x01\x00".to_vec())], "a.gif", &["neither PNG nor JPEG"]),
        ("mixed", &[("a.png", grey(1)), ("b/1.png", grey(1))], "b", &["a folder beside pictures", "pictures alone"]),
        ("deep", &[("a/b/1.png", grey(1))], "a/b", &["a folder beside pictures"]),
        ("magic alone", &[("a.png", cut(&png, 8))], "a.png", &[name]),
        ("cut in the header", &[("a.png", cut(&png, 20))], "a.png", &[name]),
        ("cut in the data", &[("a.png", cut(&png, 45))], "a.png", &[name]),
        ("JPEG magic alone", &[("a.jpg", cut(&photograph, 4))], "a.jpg", &[name, "truncated"]),
        ("cut JPEG", &[("a.jpg", cut(&photograph, photograph.len() * 3 / 4))], "a.jpg", &[name, "truncated"]),
        (
            "two sizes",
            &[("a.png", black(2, 3)), ("b.png", black(3, 2))],
            "b.png",
            &["is grey of 3 x 2 pixels where", "a.png is grey of 2 x 3 pixels; give all"],
        ),
        (
            "grey and color",
            &[("a.png", black(9, 8)), ("b.jpg", jpeg(9, 8))],
            "b.jpg",
            &["is RGB of 9 x 8", "is grey of 9 x 8"],
        ),
        ("no pixels", &[("a.png", declaring(0, 3))], "a.png", &[name]),
        ("4 x 10^9 squared", &[("a.png", declaring(0x7fff_ffff, 0x7fff_ffff))], "a.png", &[name]),
        ("10^4 squared", &[("a.png", declaring(10_000, 10_000))], "a.png", &[name, "more than the 33554432 values"]),
        ("10^3 squared", &[("a.png", declaring(1_000, 1_000))], "a.png", &[name, "cannot hold the 1000 x 1000 pixels"]),
        ("JPEG of 65535 squared", &[("a.jpg", wide)], "a.jpg", &[name, "more than the 33554432 values"]),
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
    check_error("a picture", read_samples(&path), &path, &["unknown kind of file", "a folder of PNG or JPEG pictures"]);
    check_error(
        "beside it",
        read_samples(Path::new("no/such/folder")),
        &std::path::absolute("no/such/folder").unwrap(),
        &["no such file or folder; relative paths start at the current folder"],
    );
}
