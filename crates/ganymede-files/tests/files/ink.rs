//! JPEG files for print: four inks, of which three are light filters before white and the fourth is black.
#![expect(clippy::format_push_string, reason = "a few digits")]

use crate::{file, read_samples};

/// A baseline JPEG file of 8 x 8 pixels of one colour, written byte by byte (ITU-T T.81): four components, one block each. With
/// Adobe's marker the inks are inverted, 255 being none.
fn cmyk(inks: [u8; 4]) -> Vec<u8> {
    let segment =
        |marker: u8, data: &[u8]| [&[0xff, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat();
    let mut bits = String::new();
    for ink in inks {
        // A block of one value has eight times that value as its first coefficient, and is quantised by 8.
        let level = i32::from(ink) - 128;
        let category = 32 - level.unsigned_abs().leading_zeros();
        let code = if level < 0 { level - 1 + (1 << category) } else { level };
        bits.push_str(&format!("{category:04b}"));
        if category > 0 {
            bits.push_str(&format!("{code:0width$b}", width = category as usize));
        }
        bits += "0";
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    let mut scan = Vec::new();
    for start in (0..bits.len()).step_by(8) {
        let byte = u8::from_str_radix(&bits[start..start + 8], 2).unwrap();
        scan.push(byte);
        if byte == 0xff {
            scan.push(0);
        }
    }
    let quantisation = [&[0][..], &[8; 64]].concat();
    let frame = [8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0];
    // Nine codes of four bits, for the categories; one code of one bit, for the end of a block.
    let first = [&[0, 0, 0, 0, 9][..], &[0; 12], &[0, 1, 2, 3, 4, 5, 6, 7, 8]].concat();
    let rest = [&[0x10, 1][..], &[0; 15], &[0]].concat();
    [
        vec![0xff, 0xd8],
        segment(0xee, b"Adobe\0\x64\0\0\0\0\0"),
        segment(0xdb, &quantisation),
        segment(0xc0, &frame),
        segment(0xc4, &first),
        segment(0xc4, &rest),
        segment(0xda, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]),
        scan,
        vec![0xff, 0xd9],
    ]
    .concat()
}

#[test]
fn inks_become_light() {
    for (inks, light) in [
        ([255, 255, 255, 255], [255, 255, 255]),
        ([0, 255, 255, 255], [0, 255, 255]),
        ([255, 128, 0, 255], [255, 128, 0]),
        ([255, 128, 64, 128], [128, 64, 32]),
        ([200, 100, 50, 0], [0, 0, 0]),
    ] {
        let (folder, _) = file("print.jpg", cmyk(inks));
        let set = read_samples(folder.path()).unwrap_or_else(|error| panic!("{inks:?}: {error}"));
        assert_eq!((set.shape.channels, set.shape.height), (3, 8), "{inks:?}");
        for pixel in set.samples.values.chunks_exact(3) {
            let found = pixel.iter().map(|value| (value + 1.0) * 127.5);
            let close = found.zip(light).all(|(found, light)| (found - f32::from(light as u8)).abs() <= 2.0);
            assert!(close, "{inks:?}: {pixel:?}, not {light:?}");
        }
    }
}
