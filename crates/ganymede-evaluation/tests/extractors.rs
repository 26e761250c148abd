//! What every extractor promises, and what the simple ones make.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ganymede_evaluation::{Checksum, Extractor, RandomProjection, ValuesThemselves};
use ganymede_samples::{Samples, Shape, Values};

const SHAPE: Shape = Shape { channels: 3, height: 2, width: 4 };

fn pictures(rows: usize) -> Samples {
    let bytes = (0..rows * SHAPE.features()).map(|index| (index * index * 31 % 251) as u8).collect();
    Samples::new(Values::Bytes(bytes), SHAPE)
}

fn extractors() -> Vec<Box<dyn Extractor>> {
    vec![
        Box::new(ValuesThemselves::new(SHAPE)),
        Box::new(RandomProjection::new(SHAPE, 5, 0).expect("a width above 0")),
        Box::new(RandomProjection::new(SHAPE, 5, 1).expect("a width above 0")),
        Box::new(RandomProjection::new(SHAPE, 6, 0).expect("a width above 0")),
    ]
}

#[test]
fn features_are_rows_of_the_width_that_was_promised_and_belong_to_their_sample_alone() {
    let samples = pictures(9);
    for extractor in extractors() {
        let mut seen = Vec::new();
        let features = extractor.extract(&samples, &mut |done| seen.push(done)).unwrap();
        assert_eq!((features.rows(), features.values.features), (9, extractor.width()), "{}", extractor.name());
        assert!(seen.is_sorted() && seen.last() == Some(&9), "{}: {seen:?}", extractor.name());
        assert_eq!(features.probabilities.map(|found| found.features), extractor.classes());
        for rows in [vec![3], vec![8, 0, 3]] {
            let Values::Bytes(bytes) = &samples.values else { unreachable!("bytes") };
            let chosen =
                rows.iter().flat_map(|row| &bytes[row * SHAPE.features()..][..SHAPE.features()]).copied().collect();
            let some = extractor.extract(&Samples::new(Values::Bytes(chosen), SHAPE), &mut |_| ()).unwrap();
            for (place, row) in rows.iter().enumerate() {
                assert_eq!(some.values.row(place), features.values.row(*row), "{}", extractor.name());
            }
        }
    }
}

#[test]
fn pixels_are_the_same_as_bytes_and_as_floats() {
    let bytes = pictures(4);
    let floats = Samples::new(Values::Floats(bytes.clone().into_matrix().values), SHAPE);
    for extractor in extractors() {
        let [left, right] = [&bytes, &floats].map(|samples| extractor.extract(samples, &mut |_| ()).unwrap());
        assert_eq!(left, right, "{}", extractor.name());
    }
}

#[test]
fn other_settings_have_another_checksum() {
    let sums: Vec<Checksum> = extractors().iter().map(|extractor| extractor.checksum()).collect();
    for (index, sum) in sums.iter().enumerate() {
        assert!(!sums[..index].contains(sum), "{index}");
    }
}

#[test]
fn samples_of_another_shape_are_refused_with_both_shapes() {
    let flat = Samples::new(Values::Bytes(vec![0; 24]), Shape::point(24));
    for extractor in extractors() {
        let error = extractor.extract(&flat, &mut |_| ()).unwrap_err().to_string();
        assert_eq!(error, format!("{} takes samples of 2 x 4 x 3, and the samples are 24 features", extractor.name()));
    }
    assert!(RandomProjection::new(SHAPE, 0, 0).unwrap_err().to_string().contains("width is 0; it must be at least 1"));
}
