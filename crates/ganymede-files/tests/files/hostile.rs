//! Arbitrary bytes, and good files with a few bytes changed or cut off: no panic, no more memory than the file accounts
//! for, and errors of one line.

use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::bytes::{ZipEntry, labels, npy, npy_text, picture, points, tensors, tensors_text, zip};
use crate::memory::{allowed, peak};
use crate::{file, read_samples};

/// Reads bytes as a file of this name; what comes out is sound, and bounded by what went in.
fn try_file(name: &str, bytes: &[u8]) -> Result<(), TestCaseError> {
    let (_folder, path) = file(name, bytes);
    let (peak, set) = peak(&path);
    let allowed = allowed(bytes.len(), ["set.npz", "set.zip"].contains(&name));
    prop_assert!(peak <= allowed, "{} bytes took {}, more than {}", bytes.len(), peak, allowed);
    match set {
        Ok(set) => {
            prop_assert!(set.rows() > 0 && set.samples.features > 0);
            prop_assert_eq!(set.shape.features(), set.samples.features);
            prop_assert_eq!(set.rows() * set.samples.features, set.samples.values.len());
            prop_assert!(set.samples.values.iter().all(|value| value.is_finite()));
            prop_assert!(set.labels.is_none_or(|labels| labels.len() == set.samples.rows()));
        }
        Err(message) => prop_assert!(!message.contains('\n'), "{}", message),
    }
    Ok(())
}

/// A damaged WebP or TIFF file may declare more than it holds: what its decoder allows itself by default, 256 MiB in the `tiff`
/// crate.
const TRUSTED: u64 = 256 << 20;

/// Reads bytes as the only picture of a folder.
fn try_picture(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (folder, _) = file("picture.png", bytes);
    let mut set = None;
    let peak = allocation_counter::measure(|| set = Some(read_samples(folder.path()))).bytes_max;
    let packs_one_color = [&b"RIFF"[..], b"II*", b"MM\0*"].iter().any(|magic| bytes.starts_with(magic));
    let allowed = allowed(bytes.len(), true) + if packs_one_color { TRUSTED } else { 0 };
    prop_assert!(peak <= allowed, "{} bytes took {}, more than {}", bytes.len(), peak, allowed);
    match set.unwrap() {
        Ok(set) => prop_assert!(set.samples.values.iter().all(|value| (-1.0..=1.0).contains(value))),
        Err(error) => prop_assert!(!error.to_string().contains('\n'), "{}", error),
    }
    Ok(())
}

/// Good files of every kind.
fn good_files() -> Vec<(&'static str, Vec<u8>)> {
    let wide = tensors(&[("labels", "I64", "[3]", &[0; 24]), ("x", "F32", "[3,2]", &[0; 24])]);
    vec![
        ("set.npy", points()),
        ("set.npy", labels()),
        ("set.npz", zip(&[ZipEntry::deflated("x", &points()), ZipEntry::stored("y", &labels())])),
        ("set.csv", b"x,y,label\n1,2,0\n3,4,1\n5,6,2\n".to_vec()),
        ("set.safetensors", wide),
    ]
}

/// Good pictures of every kind.
fn good_pictures() -> Vec<Vec<u8>> {
    let grey = GrayImage::from_fn(5, 4, |x, y| Luma([(x * y * 9) as u8]));
    let color = RgbImage::from_fn(17, 9, |x, y| Rgb([x as u8, y as u8, 7]));
    vec![
        picture(grey.clone(), ImageFormat::Png),
        picture(grey, ImageFormat::Jpeg),
        picture(color.clone(), ImageFormat::Png),
        picture(color.clone(), ImageFormat::Jpeg),
        picture(color.clone(), ImageFormat::WebP),
        picture(color.clone(), ImageFormat::Tiff),
        picture(color, ImageFormat::Bmp),
    ]
}

/// An archive of two pictures and their labels.
fn packed() -> Vec<u8> {
    let entry = |name: &str, bytes: &[u8]| ZipEntry { name: name.to_owned(), ..ZipEntry::deflated("", bytes) };
    let grey = picture(GrayImage::from_pixel(5, 4, Luma([7])), ImageFormat::Png);
    let labels = br#"{"labels": [["0/a.png", 1], ["0/b.png", 0]]}"#;
    zip(&[entry("0/a.png", &grey), entry("0/b.png", &grey), entry("dataset.json", labels)])
}

/// Changes some bytes and cuts the end off.
fn mutate(mut bytes: Vec<u8>, changes: &[(Index, u8)], end: Option<Index>) -> Vec<u8> {
    for (index, byte) in changes {
        let place = index.index(bytes.len());
        bytes[place] ^= byte;
    }
    if let Some(end) = end {
        bytes.truncate(end.index(bytes.len()));
    }
    bytes
}

fn mutations() -> impl Strategy<Value = (Vec<(Index, u8)>, Option<Index>)> {
    (vec((any::<Index>(), any::<u8>()), 0..5), any::<Option<Index>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        for name in ["set.npy", "set.npz", "set.csv", "set.safetensors", "set.zip", "set.bin"] {
            try_file(name, &bytes)?;
        }
        try_picture(&bytes)?;
    }

    #[test]
    fn any_bytes_behind_a_magic(version in 0_u8..5, length in 0_u8..=255, bytes in vec(any::<u8>(), 0..300)) {
        try_file("set.npy", &[b"\x93NUMPY", &[version, 0][..], &bytes].concat())?;
        for name in ["set.npz", "set.zip"] {
            try_file(name, &[b"PK\x03\x04", &bytes[..], b"PK\x05\x06", &bytes].concat())?;
        }
        try_picture(&[b"RIFF\xff\0\0\0WEBPVP8L", &bytes[..]].concat())?;
        try_picture(&[b"II*\0\x08\0\0\0", &bytes[..]].concat())?;
        try_picture(&[b"BM\xff\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", &bytes[..]].concat())?;
        try_file("set.safetensors", &[&u64::from(length).to_le_bytes()[..], &bytes].concat())?;
        try_picture(&[b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &bytes[..]].concat())?;
        try_picture(&[b"\xff\xd8\xff", &bytes[..], b"\xff\xda\xff\xd9"].concat())?;
    }

    #[test]
    fn any_text_for_an_array_header(text in "[{}()\\[\\]',:0-9a-z<>|\\\\ \"LTrueFalse\u{e9}\u{feff}]{0,80}") {
        try_file("set.npy", &npy_text(&text, &[0; 24]))?;
        try_file("set.npy", &npy_text(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {text}"), &[0; 24]))?;
        let typed = format!("{{'descr': '{text}', 'fortran_order': False, 'shape': (3,)}}");
        try_file("set.npy", &npy_text(&typed, &[0; 24]))?;
    }

    #[test]
    fn any_shape_and_type(
        shape in vec(prop_oneof![0_u64..7, any::<u64>()], 0..5),
        descr in "[<>|=]?[fiucbOSUMV](1|2|4|8|16|99999999999999999999|)",
        dtype in "(F|BF|I|U|C)(8|16|32|64)|BOOL|F4|F8_E4M3",
        fortran_order: bool,
        data in vec(any::<u8>(), 0..200),
    ) {
        let lengths = shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let array = npy(&format!("'{descr}'"), fortran_order, &format!("({lengths},)"), &data);
        try_file("set.npy", &array)?;
        try_file("set.npz", &zip(&[ZipEntry::stored("x", &array)]))?;
        try_file("set.npz", &zip(&[ZipEntry::deflated("y", &array)]))?;
        try_file("set.safetensors", &tensors(&[("x", &dtype, &format!("[{lengths}]"), &data)]))?;
    }

    #[test]
    fn any_entry_of_an_archive(
        stored in prop_oneof![0_u32..400, any::<u32>()],
        size in prop_oneof![0_u32..200_000, any::<u32>()],
        method in prop_oneof![Just(0_u16), Just(8), any::<u16>()],
        data in vec(any::<u8>(), 0..200),
    ) {
        let entry = ZipEntry { method, size, stored, data, ..ZipEntry::stored("x", &[]) };
        try_file("set.npz", &zip(&[entry]))?;
        let lying = ZipEntry { size, ..ZipEntry::deflated("x", &points()) };
        try_file("set.npz", &zip(&[lying]))?;
    }

    #[test]
    fn any_table_like_text(text in "[0-9a.,;\"\n\r e+-]{0,120}", header in "(label|labels|x,label|)") {
        try_file("set.csv", text.as_bytes())?;
        try_file("set.csv", format!("{header}\n{text}").as_bytes())?;
    }

    #[test]
    fn any_json_like_header(text in "[{}\\[\\]\":,0-9.eE+a-zA-Z\\\\]{0,120}") {
        try_file("set.safetensors", &tensors_text(&text, &[0; 8]))?;
        try_file("set.safetensors", &tensors_text(&format!("{{\"x\":{{{text}}}}}"), &[0; 8]))?;
    }

    #[test]
    fn good_files_with_changes((changes, end) in mutations()) {
        for (name, bytes) in good_files() {
            try_file(name, &mutate(bytes, &changes, end))?;
        }
        try_file("set.zip", &mutate(packed(), &changes, end))?;
    }

    #[test]
    fn tables_in_utf_16_with_changes((changes, end) in mutations(), big: bool) {
        let text = "\u{feff}größe;class\r\n1,5;ä\r\n2,5;\u{1f600}\r\n";
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        let table: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        try_file("set.csv", &mutate(table, &changes, end))?;
    }

    #[test]
    fn good_pictures_with_changes((changes, end) in mutations()) {
        for bytes in good_pictures() {
            try_picture(&mutate(bytes, &changes, end))?;
        }
    }
}

#[test]
fn every_single_truncation_is_refused() {
    for (name, bytes) in good_files().into_iter().filter(|(name, _)| *name != "set.csv") {
        for length in 0..bytes.len() {
            let (_folder, path) = file(name, &bytes[..length]);
            assert!(read_samples(&path).is_err(), "{name} cut to {length}");
        }
    }
    for bytes in good_pictures() {
        // A PNG's last chunk holds nothing.
        for length in 0..bytes.len() - 12 {
            try_picture(&bytes[..length]).unwrap();
            let (folder, _) = file("picture", &bytes[..length]);
            assert!(read_samples(folder.path()).is_err(), "{:?} cut to {length}", &bytes[..4]);
        }
    }
    let archive = packed();
    for length in 0..archive.len() {
        let (_folder, path) = file("set.zip", &archive[..length]);
        assert!(read_samples(&path).is_err(), "an archive cut to {length}");
    }
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for bracket in ["(", "[", "{", "[('a', ", "{\"x\":"] {
        let text = bracket.repeat(60_000 / bracket.len());
        for header in [&text, &format!("{{'descr': {text}"), &format!("{{'shape': {text}")] {
            try_file("set.npy", &npy_text(header, &[])).unwrap();
            try_file("set.safetensors", &tensors_text(header, &[])).unwrap();
        }
    }
    try_file("set.csv", "\"".repeat(100_001).as_bytes()).unwrap();
}
