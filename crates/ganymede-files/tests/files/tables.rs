//! `.csv` files without a configuration.

use ganymede_samples::Shape;

use crate::{check_refused, read};

#[test]
fn a_named_column_of_labels_is_no_feature() {
    let labels = Some(vec![1, 0]);
    let cases = [
        ("no names", "1,2\n3,4\n", None),
        ("names", "x,y\n1,2\n3,4\n", None),
        ("labels last", "x0,x1,label\n1,2,7\n3,4,0\n", labels.clone()),
        ("labels first", "labels,x0,x1\n7,1,2\n0,3,4\n", labels.clone()),
        ("capitals and quotes", "x0,\" Label \",x1\r\n1,7,2\r\n\r\n3,0,4\r\n", labels.clone()),
        ("another name of labels", "x0,Target,x1\n1,7,2\n3,0,4\n", labels.clone()),
        ("texts", "x0,class,x1\n1,dog,2\n3,cat,4\n", labels.clone()),
        ("negative labels", "x0,class,x1\n1,0,2\n3,-1,4\n", labels.clone()),
        ("a column that only sounds so", "labelled,y\n1,2\n3,4\n", None),
    ];
    for (name, text, labels) in cases {
        let set = read("samples.csv", text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((set.samples.values, set.labels), (vec![1.0, 2.0, 3.0, 4.0], labels), "{name}");
        assert_eq!(set.shape, Shape::point(2), "{name}");
    }
}

#[test]
fn bad_tables_are_refused() {
    let cases: &[(&str, &[u8], &[&str])] = &[
        ("empty", b"", &["holds no points"]),
        ("names alone", b"x,y\n", &["holds no points"]),
        ("labels alone", b"label\n0\n1\n", &["holds no points"]),
        ("ragged", b"1,2\n3\n", &["line 2 has 1 fields where the first row has 2; give every row the same number"]),
        ("text", b"1,2\n3,abc\n", &["line 2, column 2: \"abc\" is not a number; expected a number such as 0.5"]),
        ("names mixed with numbers", b"x,2\n1,2\n", &["line 1, column 1: \"x\"", "name all columns in it, or none"]),
        ("not text", b"1,2\n3,\xff\xfe\n", &["line 2, column 2", "is not a number"]),
        ("NaN", b"1,2\n3,nan\n", &["line 2, column 2: the value nan is not finite"]),
        ("infinity", b"x,y\n-inf,2\n", &["line 2, column 1: the value -inf is not finite"]),
        ("no label", b"x,label\n1,0\n2,\n", &["line 3, column 2: \"\" is not a label; expected a class in every row"]),
        ("NaN as label", b"x,label\n1,0\n2,nan\n", &["line 3, column 2: \"nan\" is not a label"]),
        (
            "a column of texts",
            b"x,city\n1,Bonn\n2,Ulm\n",
            &["the column \"city\" holds texts such as \"Bonn\"", "drop = [\"city\"]"],
        ),
        ("an empty field", b"x,y\n1,\n2,3\n", &["line 2, column 2: \"\" is not a number; a field without a value"]),
        ("thousands", b"999,15\n\"1,234\",2\n", &["line 2, column 1", "without separators of thousands"]),
        ("negative thousands", b"\"-12,500\",2\n3,4\n", &["line 1, column 1", "without separators of thousands"]),
        ("two kinds of decimals", b"1,5;2\n1.5;2\n", &["line 2, column 1", "write all with a point"]),
        (
            "two columns of labels",
            b"x,label,labels\n1,2,3\n",
            &["no label column that is the only one", "\"label\", \"labels\": choose one with"],
        ),
        ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", &["holds texts such as", "leave it out with drop"]),
    ];
    for (name, bytes, parts) in cases {
        check_refused(name, "samples.csv", bytes, parts);
    }
}
