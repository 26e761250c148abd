//! `.safetensors` files.

use ganymede_samples::Shape;

use crate::bytes::{doubles, integers, singles, tensors, tensors_text};
use crate::{check_error, check_refused, file, read, read_labels, read_samples};

#[test]
fn every_type_is_read() {
    let cases: &[(&str, Vec<u8>, [f32; 2])] = &[
        ("F32", singles(&[1.5, -2.0]), [1.5, -2.0]),
        ("F64", doubles(&[1.5, -2.0]), [1.5, -2.0]),
        ("F16", vec![0x00, 0x3e, 0x00, 0xc0], [1.5, -2.0]),
        ("BF16", vec![0xc0, 0x3f, 0x00, 0xc0], [1.5, -2.0]),
        ("U8", vec![0, 255], [-1.0, 1.0]),
        ("I8", vec![1, 255], [1.0, -1.0]),
        ("U16", vec![1, 0, 255, 255], [1.0, 65_535.0]),
        ("I16", vec![1, 0, 255, 255], [1.0, -1.0]),
        ("U32", vec![1, 0, 0, 0, 0, 1, 0, 0], [1.0, 256.0]),
        ("I32", vec![1, 0, 0, 0, 255, 255, 255, 255], [1.0, -1.0]),
        ("U64", integers(&[1, 2]), [1.0, 2.0]),
        ("I64", integers(&[1, -2]), [1.0, -2.0]),
        ("BOOL", vec![1, 0], [1.0, 0.0]),
    ];
    for (dtype, data, expected) in cases {
        let bytes = tensors(&[("labels", "I64", "[2]", &integers(&[1, 0])), ("latents", dtype, "[2,1]", data)]);
        let set = read("samples.safetensors", bytes).unwrap_or_else(|error| panic!("{dtype}: {error}"));
        assert_eq!((set.samples.values.as_slice(), set.samples.features), (&expected[..], 1), "{dtype}");
        assert_eq!((set.labels, set.shape), (Some(vec![1, 0]), Shape::point(1)), "{dtype}");
    }
}

#[test]
fn keys_pick_tensors_as_in_archives() {
    let data = singles(&[1.0, 2.0]);
    let bytes =
        tensors(&[("a", "F32", "[2]", &data), ("b", "F32", "[1,2]", &data), ("c", "I64", "[1]", &integers(&[4]))]);
    let (folder, path) = file("set.safetensors", bytes);
    let with_key = |key: &str| folder.path().join(format!("set.safetensors:{key}"));
    assert_eq!(read_samples(&with_key("b")).unwrap().shape, Shape::point(2));
    assert_eq!(ganymede_files::read_labels(&with_key("c"), 1).unwrap().names, ["4"]);
    check_error(
        "no such key",
        read_samples(&with_key("d")),
        &path,
        &["has no array \"d\"; it has \"a\", \"b\", \"c\""],
    );
    let parts = ["several arrays that could be meant: \"a\", \"b\", \"c\"", "as in", "set.safetensors:a"];
    check_error("no key", read_samples(&path), &path, &parts);
    check_error("no labels", read_labels(&path, 1), &path, &["has no array labels or label or y; it has \"a\""]);
}

#[test]
fn bad_files_are_refused() {
    let data = singles(&[1.0, 2.0]);
    let good = tensors(&[("x", "F32", "[2]", &data)]);
    let header = |text: &str| tensors_text(text, &data);
    let tensor = |dtype: &str, shape: &str, offsets: &str| {
        header(&format!("{{\"x\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}"))
    };
    let long = [&(1_u64 << 21).to_le_bytes()[..], &vec![b' '; 1 << 21]].concat();
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("empty file", Vec::new(), &["not a valid .safetensors file", "first 8 bytes", "write or copy it again"]),
        ("cut in the length", good[..7].to_vec(), &["first 8 bytes"]),
        ("cut in the header", good[..20].to_vec(), &["claims", "but 12 follow"]),
        ("cut in the data", good[..good.len() - 1].to_vec(), &["declares 8 bytes of data, but 7 follow"]),
        ("trailing bytes", [&good[..], b"more"].concat(), &["declares 8 bytes of data, but 12 follow"]),
        ("header of 2^64 bytes", vec![0xff; 100], &["claims 18446744073709551615 bytes, but 92 follow"]),
        ("long header", long, &["claims 2097152 bytes, more than 1048576"]),
        ("header not text", tensors_text("{\u{0}}", &[]), &["not a valid .safetensors file"]),
        ("header not an object", header("[1, 2]"), &["not a valid .safetensors file"]),
        ("nested header", header(&"[".repeat(100_000)), &["not a valid .safetensors file"]),
        ("no tensors", tensors_text("{}", &[]), &["has no array samples or", "it has none"]),
        ("unknown type", tensor("F99", "[2]", "[0,8]"), &["not a valid .safetensors file", "F99"]),
        ("size beside shape", tensor("F32", "[3]", "[0,8]"), &["not a valid .safetensors file"]),
        ("10^9 rows", tensor("F32", "[1000000000]", "[0,8]"), &["not a valid .safetensors file"]),
        (
            "10^9 rows by offsets",
            tensor("F32", "[1000000000]", "[0,4000000000]"),
            &["4000000000 bytes", "but 8 follow"],
        ),
        ("overflow", tensor("F32", "[4294967296,4294967296,16]", "[0,8]"), &["not a valid .safetensors file"]),
        ("offsets backwards", tensor("F32", "[2]", "[8,0]"), &["not a valid .safetensors file"]),
        ("a gap", tensor("F32", "[1]", "[4,8]"), &["not a valid .safetensors file"]),
    ];
    for (name, bytes, parts) in cases {
        check_refused(name, "set.safetensors", bytes, parts);
    }
    let nan = singles(&[1.0, f32::NAN]);
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("no dimension", tensors(&[("x", "F64", "[]", &data)]), &["has shape ()", "one to 64 dimensions"]),
        ("no rows", tensors(&[("x", "F32", "[0,7]", &[])]), &["holds no points"]),
        ("NaN", tensors(&[("x", "F32", "[1,2]", &nan)]), &["index [0, 1]: the value NaN"]),
    ];
    for (name, bytes, parts) in cases {
        let (folder, path) = file("set.safetensors", bytes);
        let place = folder.path().join("set.safetensors:x");
        check_error(name, read_samples(&path), &place, parts);
    }
}
