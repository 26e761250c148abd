//! What is refused of files that options describe: one line that names the file, the place, the value and the remedy.

use ganymede_files::{Column, LabelColumn, ReadOptions, write_csv, write_npy};
use ganymede_samples::Matrix;

use crate::bytes::{doubles, npy, npy_text, points, singles};
use crate::{check_error, file, read_samples, read_with};

#[test]
fn arrays_are_refused() {
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0_f32];
    let good = points();
    let cut = |length: usize| good[..length].to_vec();
    let change = |index: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[index] = byte;
        bytes
    };
    let typed = |descr: &str, bytes: usize| npy(descr, false, "(3, 2)", &vec![0; 6 * bytes]);
    let shaped = |shape: &str| npy("'<f4'", false, shape, &singles(&values));
    let valued = |index: usize, value: f32, fortran_order| {
        let mut changed = values;
        changed[index] = value;
        npy("'<f4'", fortran_order, "(3, 2)", &singles(&changed))
    };
    let wide = npy("'<f8'", false, "(1, 2)", &doubles(&[1.0, 1e39]));
    let header = |text: &str| npy_text(text, &singles(&values));
    let long = [&b"\x93NUMPY\x02\x00\xff\xff\xff\xff"[..], &good].concat();
    let mut text = npy_text("{'descr': '<f4', }", &[]);
    text[12] = 0xff;

    let float = "floats of 16 to 64 bits, integers of 8 to 64 bits or bools: ";
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("empty file", cut(0), &["not a valid .npy file", "numpy.save"]),
        ("cut in the magic", cut(5), &["not a valid .npy file", "first 8 bytes"]),
        ("cut in the length", cut(9), &["ends within its header"]),
        ("cut in the header", cut(40), &["ends within its header"]),
        ("cut in the data", cut(good.len() - 1), &["shape (3, 2)", "24 bytes", "23 bytes", "truncated"]),
        ("no data", cut(good.len() - 24), &["but 0 bytes follow", "truncated"]),
        ("trailing bytes", [&good[..], b"more"].concat(), &["28 bytes follow", "one array to a file"]),
        ("wrong magic", change(0, b'P'), &["does not start with the bytes \\x93NUMPY"]),
        ("a zip archive", b"PK\x03\x04 npz archive".to_vec(), &["does not start with"]),
        ("version 0", change(6, 0), &["version 0.0 is unknown", "1.0, 2.0, 3.0"]),
        ("version 4", change(6, 4), &["version 4.0 is unknown"]),
        ("version 1.7", change(7, 7), &["version 1.7 is unknown"]),
        ("header of 4 GiB", long, &["claims 4294967295 bytes"]),
        ("header not text", text, &["header is not text"]),
        ("header not a dictionary", header("[1, 2]"), &["\"[1, 2]\\n\" where \"{\" belongs"]),
        ("empty dictionary", header("{}"), &["lacks the key \"descr\""]),
        ("no order", header("{'descr': '<f4', 'shape': (3, 2)}"), &["lacks the key \"fortran_order\""]),
        ("no shape", header("{'descr': '<f4', 'fortran_order': False}"), &["lacks the key \"shape\""]),
        ("unknown key", header("{'descr': '<f4', 'color': 3}"), &["unknown key \"color\""]),
        ("unclosed quote", header("{'descr"), &["unclosed quote"]),
        ("unclosed dictionary", header("{'descr': '<f4'"), &["where \"}\" belongs"]),
        ("no comma", header("{'descr': '<f4' 'shape': (1, 1)}"), &["where \"}\" belongs"]),
        ("text behind", header("{'descr': '<f4'} 7"), &["has text after the closing brace"]),
        ("order not a bool", header("{'descr': '<f4', 'fortran_order': 1}"), &["\"False\" belongs"]),
        ("unknown type", header("{'descr': '?!'}"), &["type \"?!\" is unknown"]),
        ("no type", header("{'descr': ''}"), &["type \"\" is unknown"]),
        ("shape not a tuple", shaped("6"), &["where \"(\" belongs"]),
        ("shape with text", shaped("(three, 2)"), &["not a tuple of lengths"]),
        ("negative shape", shaped("(-3, 2)"), &["not a tuple of lengths"]),
        ("fractional shape", shaped("(3.5, 2)"), &["where \")\" belongs"]),
        ("shape beyond 64 bits", shaped("(99999999999999999999, 2)"), &["not a tuple of lengths"]),
        ("shape unclosed", shaped("(3, 2"), &["not a tuple of lengths"]),
        ("float128", typed("'<f16'", 16), &["float128", float]),
        ("complex", typed("'<c8'", 8), &["complex64", float]),
        ("text", typed("'<U5'", 20), &["text (\"<U5\")", float]),
        ("dates", typed("'<M8[ns]'", 8), &["dates or times (\"<M8[ns]\")", float]),
        ("objects", typed("'|O'", 8), &["Python objects (\"|O\")", float]),
        ("structured", typed("[('x', '<f4'), ('y', '<f4')]", 8), &["a structured array", float]),
        ("no dimension", shaped("()"), &["has shape ()", "one to 64 dimensions"]),
        ("no rows", npy("'<f4'", false, "(0, 2)", &[]), &["holds no points"]),
        ("no columns", npy("'<f4'", false, "(1000000000, 0)", &[]), &["holds no points"]),
        ("a billion rows", shaped("(1000000000, 2)"), &["8000000000 bytes", "24 bytes follow", "truncated"]),
        ("product beyond 64 bits", shaped("(9000000000000000000, 9000000000000000000)"), &["truncated"]),
        ("product beyond 128 bits", shaped("(18446744073709551615, 18446744073709551615)"), &["truncated"]),
        ("NaN", valued(3, f32::NAN, false), &["index [1, 1]: the value NaN is not finite", "repair"]),
        ("infinity", valued(4, f32::INFINITY, false), &["index [2, 0]: the value inf is not finite"]),
        ("NaN in Fortran order", valued(4, f32::NAN, true), &["index [1, 1]: the value NaN"]),
        ("too large for single precision", wide, &["index [0, 1]: the value 1e39"]),
    ];
    for (name, bytes, parts) in cases {
        let (_folder, path) = file("points.npy", bytes);
        check_error(name, read_samples(&path), &path, parts);
    }
}

/// Name, contents, the column of labels, and what the message must hold.
type Case<'case> = (&'case str, &'case [u8], Option<Column>, &'case [&'case str]);

#[test]
fn tables_are_refused() {
    let name = || Some(Column::Name("class".to_owned()));
    let place = |index| Some(Column::Index(index));
    let long = format!("1,{}", "z".repeat(5_000));
    let cases: &[Case] = &[
        ("empty", b"", None, &["holds no points"]),
        ("empty lines", b"\n\n", None, &["holds no points"]),
        ("names alone", b"x,y\n", None, &["holds no points"]),
        ("labels alone", b"0\n1\n", place(0), &["holds no points"]),
        ("short row", b"1,2\n3\n", None, &["line 2 has 1 fields where the first row has 2"]),
        ("Windows lines", b"1,2\r\n\r\n3,4\r\n5\r\n", None, &["line 4 has 1 fields"]),
        ("names, then a short row", b"\nx,y\n3\n", None, &["line 3 has 1 fields"]),
        ("long row", b"x,y\n1,2\n\n3,4,5\n", None, &["line 4 has 3 fields", "first row has 2"]),
        ("text", b"1,2\n3,abc\n", None, &["line 2, column 2: \"abc\" is not a number", "such as 0.5"]),
        ("text behind names", b"x,y\n1,2\nabc,4\n", None, &["line 3, column 1: \"abc\" is not a number"]),
        ("names mixed with numbers", b"x,2\n1,2\n", None, &["line 1, column 1: \"x\"", "header = true"]),
        ("empty field", b"1,2\n3,\n", None, &["line 2, column 2: \"\" is not a number"]),
        ("not text", b"1,2\n3,\xff\xfe\n", None, &["line 2, column 2", "is not a number"]),
        ("a line break in a field", b"1,2\n3,\"4\n5\"\n", None, &["line 2, column 2: \"\\\"4\" is not"]),
        ("an array", b"\x93NUMPY\x01\x00v\x00{}\n1\n2,3", None, &["line 3 has 2 fields"]),
        ("long text", long.as_bytes(), None, &["\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\" is not a number"]),
        ("NaN", b"1,2\n3,nan\n", None, &["line 2, column 2: the value nan is not finite"]),
        ("infinity", b"x,y\n-inf,2\n", None, &["line 2, column 1: the value -inf is not finite"]),
        ("too large", b"1,2\n3,1e39\n", None, &["line 2, column 2: the value 1e39 is not finite", "single precision"]),
        ("fractional label", b"1,0\n2,0.5\n", place(1), &["line 2, column 2: \"0.5\" is not a label"]),
        ("NaN label", b"1,nan\n2,0\n", place(1), &["line 1, column 2: \"nan\" is not a label"]),
        ("no such column", b"1,0\n2,1\n", place(2), &["no label column 2", "the columns 0 to 1"]),
        ("no such name", b"x,klass\n1,0\n", name(), &["no label column \"class\"", "\"x\", \"klass\" in line 1"]),
        ("name without names", b"1,0\n2,1\n", name(), &["no label column \"class\"", "\"1\", \"0\" in line 1"]),
    ];
    for (name, bytes, label_column, parts) in cases {
        let (_folder, path) = file("points.csv", bytes);
        let label_column = label_column.clone().map_or(LabelColumn::ByName, LabelColumn::Is);
        check_error(name, read_with(&path, &ReadOptions { label_column, ..ReadOptions::default() }), &path, parts);
    }
    let (_folder, path) = file("points.csv", "x,y\n1,2\n");
    let options = ReadOptions { header: Some(false), ..ReadOptions::default() };
    check_error("names denied", read_with(&path, &options), &path, &["line 1, column 1: \"x\"", "header = true"]);
    let options = ReadOptions { drop: vec!["z".to_owned()], ..ReadOptions::default() };
    check_error("no such column", read_with(&path, &options), &path, &["has no column \"z\"; it has \"x\", \"y\""]);
}

#[test]
fn what_cannot_be_written_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let samples = Matrix::new(vec![1.0, 2.0], 2);
    let path = folder.path().join("missing/points.npy");
    for error in [write_npy(&path, &samples).unwrap_err(), write_csv(&path, &samples, None).unwrap_err()] {
        let message = error.to_string();
        assert!(message.starts_with(&format!("{}: cannot be written: ", path.display())), "{message}");
        assert!(message.ends_with("check that the folder exists, is writable and has space"), "{message}");
    }
}
