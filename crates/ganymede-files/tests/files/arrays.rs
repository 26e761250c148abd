//! `.npy` files of any type and rank.

use ganymede_files::{PictureLayout, ReadOptions};
use ganymede_samples::Shape;

use crate::bytes::{doubles, integers, npy, npy_text, points, singles};
use crate::{check_refused, file, read, read_with};

#[test]
fn every_type_is_read() {
    let halves: Vec<u8> = [0x3c00_u16, 0xc000, 0x3800].iter().flat_map(|half| half.to_le_bytes()).collect();
    let big = |values: &[i32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let cases: &[(&str, Vec<u8>, [f32; 3])] = &[
        ("'<f2'", halves, [1.0, -2.0, 0.5]),
        ("'<f4'", singles(&[1.0, -2.0, 0.5]), [1.0, -2.0, 0.5]),
        ("'<f8'", doubles(&[1.0, -2.0, 0.5]), [1.0, -2.0, 0.5]),
        ("'|u1'", vec![0, 255, 51], [-1.0, 1.0, -0.6]),
        ("'|i1'", vec![0, 255, 127], [0.0, -1.0, 127.0]),
        ("'|b1'", vec![0, 1, 7], [0.0, 1.0, 1.0]),
        ("'<u2'", vec![0, 1, 255, 255, 2, 0], [256.0, 65_535.0, 2.0]),
        ("'>u2'", vec![0, 1, 255, 255, 2, 0], [1.0, 65_535.0, 512.0]),
        ("'>i4'", big(&[7, -7, 1 << 24]), [7.0, -7.0, 16_777_216.0]),
        ("'<i8'", integers(&[3, -1, 0]), [3.0, -1.0, 0.0]),
        ("'<u8'", integers(&[3, i64::MAX, 0]), [3.0, 9.223_372e18, 0.0]),
    ];
    for (descr, data, expected) in cases {
        let set = read("samples.npy", npy(descr, false, "(3,)", data)).unwrap();
        assert_eq!((set.samples.values.as_slice(), set.samples.features), (&expected[..], 1), "{descr}");
        assert_eq!((set.rows(), set.labels, set.shape), (3, None, Shape::point(1)), "{descr}");
    }
}

#[test]
fn every_rank_is_flattened_and_may_be_a_picture() {
    let (first, last) = (Some(PictureLayout::ChannelsFirst), Some(PictureLayout::ChannelsLast));
    let picture = |channels, height, width| Shape { channels, height, width };
    // Sizes, the layout that is asked for, the shape, and whether the channels have to be moved.
    let cases: &[(&[usize], Option<PictureLayout>, Shape, bool)] = &[
        (&[2], None, Shape::point(1), false),
        (&[4, 2], None, Shape::point(2), false),
        (&[2, 3, 2], None, picture(1, 3, 2), false),
        (&[2, 3, 1], None, picture(1, 3, 1), false),
        (&[2, 1, 3, 2], None, picture(1, 3, 2), false),
        (&[2, 4, 2, 1], None, picture(1, 4, 2), false),
        (&[2, 4, 2, 1], first, picture(4, 2, 1), true),
        (&[2, 4, 5, 6], None, picture(4, 5, 6), true),
        (&[2, 3, 4, 5], None, picture(3, 4, 5), true),
        (&[2, 4, 5, 3], last, picture(3, 4, 5), false),
        (&[2, 6, 5, 3], None, picture(3, 6, 5), false),
        (&[2, 6, 5, 4], None, picture(4, 6, 5), false),
        (&[2, 3, 2, 3], None, picture(3, 2, 3), true),
        (&[2, 3, 2, 3], last, picture(3, 3, 2), false),
        (&[2, 2, 5, 7], None, Shape::point(70), false),
        (&[2, 2, 5, 7], first, picture(2, 5, 7), true),
        (&[2, 3, 4, 5, 6], None, Shape::point(360), false),
        (&[1, 1, 1, 1, 1, 1], None, Shape::point(1), false),
    ];
    for (sizes, layout, shape, moved) in cases {
        let values: Vec<f32> = (0..sizes.iter().product()).map(|value: usize| value as f32).collect();
        let text = format!("({},)", sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", "));
        for fortran_order in [false, true] {
            let stored = if fortran_order { transposed(&values, sizes) } else { values.clone() };
            let (_folder, path) = file("samples.npy", npy("'<f4'", fortran_order, &text, &singles(&stored)));
            let set = read_with(&path, &ReadOptions { layout: *layout, ..ReadOptions::default() }).unwrap();
            let mut expected = Vec::new();
            for row in values.chunks(shape.features()) {
                let place = |(pixel, channel)| channel * shape.pixels() + pixel;
                let pixels =
                    (0..shape.pixels()).flat_map(|pixel| (0..shape.channels).map(move |channel| (pixel, channel)));
                if *moved { expected.extend(pixels.map(|pixel| row[place(pixel)])) } else { expected.extend(row) }
            }
            assert_eq!(set.samples.values, expected, "{sizes:?} {layout:?} {fortran_order}");
            assert_eq!((set.rows(), set.shape), (sizes[0], *shape), "{sizes:?} {layout:?}");
            assert_eq!(set.report.iter().any(|line| line.contains("channels were moved")), *moved, "{sizes:?}");
        }
    }
}

/// Values in C order, put into Fortran order: the last index, slowest there, is peeled off first.
fn transposed(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let Some((last, others)) = shape.split_last() else { return values.to_vec() };
    let slice = |index: usize| values[index..].iter().step_by(*last).copied().collect::<Vec<f32>>();
    (0..*last).flat_map(|index| transposed(&slice(index), others)).collect()
}

#[test]
fn bad_arrays_are_refused() {
    let good = points();
    let values = singles(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let shaped = |shape: &str| npy("'<f4'", false, shape, &values);
    let typed = |descr: &str, bytes: usize| npy(descr, false, "(3, 2)", &vec![0; 6 * bytes]);
    let holding = |index: usize, value: f32, fortran_order| {
        let mut values = [0.0; 8];
        values[index] = value;
        npy("'<f4'", fortran_order, "(2, 2, 2)", &singles(&values))
    };
    let accepted = "floats of 16 to 64 bits, integers of 8 to 64 bits or bools: ";
    let deep = format!("({})", "1, ".repeat(65));
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("empty file", Vec::new(), &["not a valid .npy file", "numpy.save"]),
        ("wrong magic", b"PK\x03\x04 archive".to_vec(), &["does not start with the bytes \\x93NUMPY"]),
        ("cut in the header", good[..40].to_vec(), &["ends within its header"]),
        ("cut in the data", good[..good.len() - 1].to_vec(), &["shape (3, 2)", "24 bytes", "23 bytes", "truncated"]),
        ("trailing bytes", [&good[..], b"more"].concat(), &["28 bytes follow", "one array to a file"]),
        ("float128", typed("'<f16'", 16), &["float128", accepted]),
        ("complex", typed("'<c8'", 8), &["complex64", accepted, "save array.real"]),
        ("text", typed("'<U5'", 20), &["text (\"<U5\")", accepted]),
        ("objects", typed("'|O'", 8), &["Python objects (\"|O\")", accepted]),
        ("structured", typed("[('x', '<f4'), ('y', '<f4')]", 8), &["a structured array", accepted]),
        ("integer of 3 bytes", typed("'<i3'", 3), &["int24", accepted]),
        ("no dimension", shaped("()"), &["has shape ()", "one to 64 dimensions"]),
        ("too many dimensions", npy("'<f4'", false, &deep, &[0; 4]), &["has shape (1, 1", "one to 64 dimensions"]),
        ("no rows", npy("'<f4'", false, "(0, 2)", &[]), &["holds no points"]),
        ("no columns", npy("'<f4'", false, "(3, 0)", &[]), &["holds no points"]),
        ("no columns of many", npy("'<f4'", false, "(1000000000, 0, 7)", &[]), &["holds no points"]),
        ("10^9 rows", shaped("(1000000000, 2)"), &["8000000000 bytes, but 24 bytes follow", "truncated"]),
        ("10^18 rows", shaped("(1000000000000000000,)"), &["4000000000000000000 bytes, but 24", "truncated"]),
        ("product beyond 64 bits", shaped("(1000000000000000000, 1000000000000000000)"), &["truncated"]),
        ("product beyond 128 bits", shaped("(18446744073709551615, 18446744073709551615, 8)"), &["truncated"]),
        ("length beyond 64 bits", shaped("(99999999999999999999, 2)"), &["not a tuple of lengths"]),
        ("no shape", npy_text("{'descr': '<f4', 'fortran_order': False}", &values), &["lacks the key \"shape\""]),
        ("NaN", holding(6, f32::NAN, false), &["index [1, 1, 0]: the value NaN is not finite", "repair"]),
        ("NaN in Fortran order", holding(6, f32::NAN, true), &["index [0, 1, 1]: the value NaN"]),
        ("infinity", holding(1, f32::NEG_INFINITY, false), &["index [0, 0, 1]: the value -inf"]),
        ("half infinity", npy("'<f2'", false, "(1,)", &[0, 0x7c]), &["index [0]: the value inf"]),
        ("too large", npy("'<f8'", false, "(1, 2)", &doubles(&[1.0, 1e39])), &["index [0, 1]: the value 1e39 "]),
    ];
    for (name, bytes, parts) in cases {
        check_refused(name, "samples.npy", bytes, parts);
    }
}
