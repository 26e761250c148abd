//! Points as a configuration describes them: [`read_points_with`] and [`read_point_labels`], and what is written for them.

use std::path::Path;

use ganymede_files::{
    CsvColumn, CsvOptions, Samples, read_point_labels, read_points, read_points_with, write_csv, write_npy,
    write_npy_labels,
};
use npyz::WriterBuilder;

use crate::bytes::{doubles, npy, npy_text, singles};
use crate::file;

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
        let batch = read_points(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((batch.samples.features, batch.samples.values), (2, values.to_vec()), "{name}");
        assert_eq!(batch.labels, None);
    }
}

#[test]
fn tables_are_read_with_and_without_names_and_labels() {
    let name = |name: &'static str| Some(CsvColumn::Name(name));
    let place = |index| Some(CsvColumn::Index(index));
    let cases = [
        ("plain", "1,2\n3,4\n", None, None, None),
        ("no newline at the end", "1,2\n3,4", None, None, None),
        ("Windows lines", "1,2\r\n3,4\r\n", None, None, None),
        ("empty lines", "\n1,2\n\n\n3,4\n\n", None, None, None),
        ("spaces, signs and exponents", " 1 ,\t2e0\n+3.0, .4e1 \n", None, None, None),
        ("quotes", "\"1\",\"2\"\n\"3\",4\n", None, None, None),
        ("quoted names", "\"x, mm\",y\n1,2\n3,4\n", None, None, None),
        ("names", "x,y\n1,2\n3,4\n", None, None, None),
        ("byte order mark", "\u{feff}1,2\n3,4\n", None, None, None),
        ("comment for names", "# x, y\n1,2\n3,4\n", None, None, None),
        ("numbers for names", "0,1\n1,2\n3,4\n", None, Some(true), None),
        ("names, told so", "x,7\n1,2\n3,4\n", None, Some(true), None),
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
        let batch = read_points_with(&path, CsvOptions { label_column, header });
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
        let samples = Samples::new(values.clone(), features);
        let labels: Vec<usize> = (0..samples.rows()).rev().collect();
        let path = |name: &str| folder.path().join(name);
        write_npy(&path("points.npy"), &samples).unwrap();
        write_npy_labels(&path("labels.npy"), &labels).unwrap();
        write_csv(&path("points.csv"), &samples, Some(&labels)).unwrap();
        write_csv(&path("plain.csv"), &samples, None).unwrap();

        let mut array = read_points(&path("points.npy")).unwrap();
        let rows = samples.rows();
        array.labels = Some(read_point_labels(&path("labels.npy"), &path("points.npy"), rows).unwrap());
        let options = CsvOptions { label_column: Some(CsvColumn::Name("label")), header: None };
        let table = read_points_with(&path("points.csv"), options).unwrap();
        let plain = read_points(&path("plain.csv")).unwrap();
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
        let samples = Samples::new((0..rows * 2).map(|value| value as f32 / 7.0).collect(), 2);
        write_npy(&path, &samples).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((bytes.len() - samples.values.len() * 4) % 64, 0, "the data is aligned");
        let array = npyz::NpyFile::new(&bytes[..]).unwrap();
        assert_eq!((array.shape(), array.order()), (&[rows as u64, 2][..], npyz::Order::C));
        assert_eq!(array.into_vec::<f32>().unwrap(), samples.values);

        for order in [npyz::Order::C, npyz::Order::Fortran] {
            write_with_npyz(&path, &samples, order);
            assert_eq!(read_points(&path).unwrap().samples, samples);
        }
    }
}

fn write_with_npyz(path: &Path, samples: &Samples, order: npyz::Order) {
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
