//! Files as options describe them, and what is written for them.

use std::path::Path;

use ganymede_files::{Column, LabelColumn, ReadOptions, write_csv, write_npy, write_npy_labels};
use ganymede_samples::Matrix;
use npyz::WriterBuilder;

use crate::bytes::{doubles, npy, npy_text, singles};
use crate::{file, read_labels, read_samples, read_with};

#[test]
fn arrays_are_read_in_every_accepted_layout() {
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0_f32];
    let wide: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    let columns = [1.0, 3.0, 5.0, 2.0, 4.0, 6.0_f32];
    let big: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    let big_wide: Vec<u8> = wide.iter().flat_map(|value| value.to_be_bytes()).collect();
    let version = |version: u8| {
        let header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n";
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([version, 0]);
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header);
        bytes.extend(singles(&values));
        bytes
    };
    let cases = [
        ("float32", npy("'<f4'", false, "(3, 2)", &singles(&values))),
        ("float64", npy("'<f8'", false, "(3, 2)", &doubles(&wide))),
        ("big-endian float32", npy("'>f4'", false, "(3, 2)", &big)),
        ("big-endian float64", npy("'>f8'", false, "(3, 2)", &big_wide)),
        ("native order", npy("'=f4'", false, "(3, 2)", &singles(&values))),
        ("Fortran order", npy("'<f4'", true, "(3, 2)", &singles(&columns))),
        ("Python 2", npy("'<f4'", false, "(3L, 2L)", &singles(&values))),
        (
            "other quotes, spaces and order",
            npy_text(r#" { "shape":(3,2,) ,"fortran_order" :False,"descr":"<f4" } "#, &singles(&values)),
        ),
        ("version 2.0", version(2)),
        ("version 3.0", version(3)),
    ];
    for (name, bytes) in cases {
        let (_folder, path) = file("points.NPY", bytes);
        let batch = read_samples(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((batch.samples.features, batch.samples.values), (2, values.to_vec()), "{name}");
        assert_eq!(batch.labels, None);
    }
}

#[test]
fn tables_are_read_with_and_without_names_and_labels() {
    let name = |name: &str| LabelColumn::Is(Column::Name(name.to_owned()));
    let place = |index| LabelColumn::Is(Column::Index(index));
    let none = || LabelColumn::ByName;
    let cases = [
        ("plain", "1,2\n3,4\n", none(), None, None),
        ("no newline at the end", "1,2\n3,4", none(), None, None),
        ("Windows lines", "1,2\r\n3,4\r\n", none(), None, None),
        ("empty lines", "\n1,2\n\n\n3,4\n\n", none(), None, None),
        ("spaces, signs and exponents", " 1 ,\t2e0\n+3.0, .4e1 \n", none(), None, None),
        ("quotes", "\"1\",\"2\"\n\"3\",4\n", none(), None, None),
        ("quoted names", "\"x, mm\",y\n1,2\n3,4\n", none(), None, None),
        ("names", "x,y\n1,2\n3,4\n", none(), None, None),
        ("byte order mark", "\u{feff}1,2\n3,4\n", none(), None, None),
        ("comment for names", "# x, y\n1,2\n3,4\n", none(), None, None),
        ("numbers for names", "0,1\n1,2\n3,4\n", none(), Some(true), None),
        ("names, told so", "x,7\n1,2\n3,4\n", none(), Some(true), None),
        ("tabs", "1\t2\n3\t4\n", none(), None, None),
        ("semicolons", "x;y\n1;2\n3;4\n", none(), None, None),
        ("decimal commas", "\"x, mm\";y\n1,0;2,00\n3;4,0\n", none(), None, None),
        ("quoted decimal commas", "\"1,0\",2\n3,\"4,0\"\n", none(), None, None),
        ("spaces", "1 2\n3  4\n", none(), None, None),
        ("blank lines of a spreadsheet", "x;y\n1;2\n;\n3;4\n;\n", none(), None, None),
        ("a line that names the separator", "sep=|\nx|y\n1|2\n3|4\n", none(), None, None),
        ("old Macintosh lines", "x,y\r1,2\r3,4\r", none(), None, None),
        ("row numbers of pandas", ",x,y\n0,1,2\n1,3,4\n", none(), None, None),
        ("texts as labels", "x,y,class\n1,2,dog\n3,4,cat\n", none(), None, Some(vec![1, 0])),
        ("labels by name", "x,y,class\n1,2,1\n3,4,0\n", name("class"), None, Some(vec![1, 0])),
        ("labels by name with a mark", "\u{feff}class,x,y\n1,1,2\n0,3,4\n", name("class"), None, Some(vec![1, 0])),
        ("labels by quoted name", "x,\" class\" , y\n1,1,2\n3,0,4\n", name("class"), None, Some(vec![1, 0])),
        ("labels by place", "1,0,2\n3,1,4\n", place(1), None, Some(vec![0, 1])),
        ("labels by place under names", "x,class,y\n1,0,2\n3,1,4\n", place(1), None, Some(vec![0, 1])),
        ("labels as floats", "1.0,2.0,1.000e+00\n3.0,4.0,0.0\n", place(2), None, Some(vec![1, 0])),
        ("one class", "1,2,0\n3,4,0\n", place(2), Some(false), Some(vec![0, 0])),
    ];
    for (name, text, label_column, header, labels) in cases {
        let (_folder, path) = file("points.csv", text);
        let batch = read_with(&path, &ReadOptions { label_column, header, ..ReadOptions::default() });
        let batch = batch.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((batch.samples.features, batch.samples.values), (2, vec![1.0, 2.0, 3.0, 4.0]), "{name}");
        assert_eq!(batch.labels, labels, "{name}");
    }
}

#[test]
fn written_samples_read_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let values = vec![0.1, -0.0, f32::MIN_POSITIVE, f32::MAX, -1.5e-42, 1.0 / 3.0];
    for features in [1, 2, 3, 6] {
        let samples = Matrix::new(values.clone(), features);
        let labels: Vec<usize> = (0..samples.rows()).rev().collect();
        let path = |name: &str| folder.path().join(name);
        write_npy(&path("points.npy"), &samples).unwrap();
        write_npy_labels(&path("labels.npy"), &labels).unwrap();
        write_csv(&path("points.csv"), &samples, Some(&labels)).unwrap();
        write_csv(&path("plain.csv"), &samples, None).unwrap();

        let mut array = read_samples(&path("points.npy")).unwrap();
        let rows = samples.rows();
        array.labels = Some(read_labels(&path("labels.npy"), rows).unwrap());
        let table = read_samples(&path("points.csv")).unwrap();
        let plain = read_samples(&path("plain.csv")).unwrap();
        assert_eq!(plain.labels, None);
        for batch in [array, table] {
            assert_eq!(batch.labels.as_ref(), Some(&labels));
            for samples in [&batch.samples, &plain.samples] {
                assert_eq!(samples.features, features);
                let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&samples.values), bits(&values));
            }
        }
    }
}

#[test]
fn another_implementation_reads_what_we_write_and_writes_what_we_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.npy");
    for rows in [1, 3, 1_000] {
        let samples = Matrix::new((0..rows * 2).map(|value| value as f32 / 7.0).collect(), 2);
        write_npy(&path, &samples).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((bytes.len() - samples.values.len() * 4) % 64, 0, "the data is aligned");
        let array = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!((array.shape(), array.order()), (&[rows as u64, 2][..], npyz::Order::C));
        assert_eq!(array.into_vec::<f32>().unwrap(), samples.values);

        for order in [npyz::Order::C, npyz::Order::Fortran] {
            write_with_npyz(&path, &samples, order);
            assert_eq!(read_samples(&path).unwrap().samples, samples);
        }
    }
}

fn write_with_npyz(path: &Path, samples: &Matrix, order: npyz::Order) {
    let (rows, columns) = (samples.rows(), samples.features);
    let mut writer = npyz::WriteOptions::<f64>::new()
        .default_dtype()
        .order(order)
        .shape(&[rows as u64, columns as u64])
        .writer(std::fs::File::create(path).unwrap())
        .begin_nd()
        .unwrap();
    for index in 0..rows * columns {
        let (row, column) = match order {
            npyz::Order::C => (index / columns, index % columns),
            npyz::Order::Fortran => (index % rows, index / rows),
        };
        writer.push(&f64::from(samples.row(row)[column])).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn tables_in_utf_16_are_read() {
    let text = "größe;class\r\n1,5;ä\r\n2,5;b\r\n";
    let units: Vec<u16> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for bytes in [little, big] {
        let (_folder, path) = file("points.csv", bytes);
        let set = ganymede_files::read_samples(&path, &ReadOptions::default()).unwrap();
        assert_eq!(set.contents.columns, Some(vec!["größe".to_owned()]));
        assert!(set.report.iter().any(|line| line.contains("UTF-16")), "{:?}", set.report);
        let labels = set.contents.labels.clone().unwrap();
        assert_eq!((labels.classes, labels.names), (vec![1, 0], vec!["b".to_owned(), "ä".to_owned()]));
        assert_eq!(crate::Flat::from(set).samples.values, [1.5, 2.5]);
    }
}

#[test]
fn columns_are_left_out_as_asked() {
    let cases: &[(&str, &[&str], &[f32])] = &[
        ("city,x,y\nBonn,1,2\nUlm,3,4\n", &["city"], &[1.0, 2.0, 3.0, 4.0]),
        ("1,2,9\n3,4,9\n", &["2"], &[1.0, 2.0, 3.0, 4.0]),
    ];
    for (text, drop, values) in cases {
        let (_folder, path) = file("points.csv", text);
        let drop = drop.iter().map(|name| (*name).to_owned()).collect();
        let set = read_with(&path, &ReadOptions { drop, ..ReadOptions::default() }).unwrap();
        assert_eq!(set.samples.values, *values, "{text}");
    }
}

#[test]
fn columns_keep_their_digits_beside_a_large_offset() {
    let values: Vec<f64> = (0..100).map(|value| 1e9 + f64::from(value % 7) / 8.0).collect();
    let lines: Vec<String> = values.iter().map(|value| format!("{value},{}\n", value - 1e9)).collect();
    let text = lines.concat();
    let rows: Vec<f64> = values.iter().flat_map(|value| [*value, value - 1e9]).collect();
    for (name, bytes) in [
        ("points.npy", npy("'<f8'", false, "(100, 2)", &doubles(&rows))),
        ("points.csv", format!("time,x\n{text}").into_bytes()),
    ] {
        let (_folder, path) = file(name, bytes);
        let set = ganymede_files::read_samples(&path, &ReadOptions::default()).unwrap();
        assert_eq!(set.offsets, [1e9 + 3.0 / 8.0, 0.0], "{name}");
        assert!(set.report.iter().any(|line| line.contains("were centred")), "{:?}", set.report);
        let found = crate::Flat::from(set.clone()).samples;
        let centred: Vec<f32> = (0..100).map(|row| found.row(row)[0]).collect();
        let expected: Vec<f32> = values.iter().map(|value| (value - set.offsets[0]) as f32).collect();
        assert_eq!((centred, &found.row(3)[1..]), (expected, &[3.0 / 8.0][..]), "{name}");

        // Another set is brought beside it by the same offsets.
        let given = ReadOptions { offsets: Some(vec![1e9, 0.0]), ..ReadOptions::default() };
        let found = read_with(&path, &given).unwrap().samples;
        assert_eq!(found.row(3), [3.0 / 8.0, 3.0 / 8.0], "{name}");
    }
}
