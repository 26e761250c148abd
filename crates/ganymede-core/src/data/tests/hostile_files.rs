//! Arbitrary bytes: no panic, and no more memory than the file accounts for.
//!
//! A reader that believed a declared size would abort on the sizes drawn here, and so would one that recursed on
//! nested brackets.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{npy_file, npy_text};
use crate::data::file::LabelColumn;
use crate::data::npy;
use crate::data::table::{CsvOptions, read_table};

/// Reads the bytes as an array of points and as labels; what comes out cannot exceed what went in.
fn read_array(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (path, length) = (Path::new("/points.npy"), bytes.len() as u64);
    match npy::read_points(&mut &bytes[..], length, path) {
        Ok(samples) => {
            prop_assert!(samples.values.capacity() * 4 <= bytes.len());
            prop_assert!(samples.values.iter().all(|value| value.is_finite()));
            prop_assert_eq!(samples.rows() * samples.features, samples.values.len());
        }
        Err(error) => prop_assert!(!error.to_string().contains('\n'), "{}", error),
    }
    match npy::read_labels(&mut &bytes[..], length, path, path, 3) {
        Ok(labels) => prop_assert!(labels.len() == 3 && labels.iter().all(|label| *label < 3)),
        Err(error) => prop_assert!(!error.to_string().contains('\n'), "{}", error),
    }
    Ok(())
}

/// Reads the bytes as a table in all ways that a configuration can ask for.
fn read_csv(bytes: &[u8]) -> Result<(), TestCaseError> {
    let columns = [None, Some(LabelColumn::Index(0)), Some(LabelColumn::Index(1)), Some(LabelColumn::Name("a".into()))];
    for label_column in &columns {
        for header in [None, Some(false), Some(true)] {
            let options = CsvOptions { label_column: label_column.as_ref(), header };
            match read_table(&mut &bytes[..], Path::new("/points.csv"), options) {
                Ok(batch) => {
                    let rows = batch.rows();
                    prop_assert!(batch.samples.values.len() <= bytes.len() && rows > 0);
                    prop_assert!(batch.samples.values.iter().all(|value| value.is_finite()));
                    if let Some(labels) = &batch.labels {
                        prop_assert!(labels.len() == rows && labels.iter().all(|label| *label < rows));
                    }
                }
                Err(error) => prop_assert!(!error.to_string().contains('\n'), "{}", error),
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..300)) {
        read_array(&bytes)?;
        read_csv(&bytes)?;
    }

    #[test]
    fn any_bytes_behind_the_magic(version in 0_u8..5, bytes in vec(any::<u8>(), 0..300)) {
        read_array(&[b"\x93NUMPY", &[version, 0][..], &bytes].concat())?;
    }

    #[test]
    fn any_text_for_a_header(text in "[{}()\\[\\]',:0-9a-z<>|\\\\ \"LTrueFalse\u{e9}\u{feff}]{0,80}") {
        read_array(&npy_text(&text, &[0; 24]))?;
        read_array(&npy_text(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {text}"), &[0; 24]))?;
        read_array(&npy_text(&format!("{{'descr': '{text}', 'fortran_order': False, 'shape': (3,)}}"), &[0; 24]))?;
    }

    #[test]
    fn any_shape_and_type(
        shape in vec(prop_oneof![0_u64..7, any::<u64>()], 0..4),
        descr in "[<>|=]?[fiucbOSUMV](1|2|4|8|16|99999999999999999999|)",
        fortran_order: bool,
        data in vec(any::<u8>(), 0..200),
    ) {
        let lengths = shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        read_array(&npy_file(&format!("'{descr}'"), fortran_order, &format!("({lengths},)"), &data))?;
    }

    #[test]
    fn any_single_byte_changed(index in 0_usize..120, byte: u8) {
        let mut bytes = npy_file("'<f4'", false, "(3, 2)", &[0; 24]);
        let index = index % bytes.len();
        bytes[index] = byte;
        read_array(&bytes)?;
    }

    #[test]
    fn any_table_like_text(text in "[0-9a.,;\"\n\r e+-]{0,120}") {
        read_csv(text.as_bytes())?;
    }
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for bracket in ["(", "[", "{", "[('a', "] {
        let text = bracket.repeat(60_000 / bracket.len());
        for header in [&text, &format!("{{'descr': {text}"), &format!("{{'shape': {text}")] {
            read_array(&npy_text(header, &[])).unwrap();
        }
    }
    read_csv("\"".repeat(100_001).as_bytes()).unwrap();
}
