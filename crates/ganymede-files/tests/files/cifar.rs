//! CIFAR-10 and CIFAR-100 in their binary version.

use std::path::Path;

use ganymede_samples::Shape;

use crate::bytes::gzip;
use crate::{check_refused, file, read_samples};

const PIXELS: usize = 1_024;

/// A record whose red, green and blue planes are the labels' last plus 0, 1 and 2, but for the first pixel of the second row.
fn record(labels: &[u8]) -> Vec<u8> {
    let class = *labels.last().unwrap();
    let mut record = labels.to_vec();
    for color in 0..3 {
        let start = record.len();
        record.extend([class + color; PIXELS]);
        record[start + 32] = 200 + color;
    }
    record
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn records_are_read_with_their_fine_classes() {
    let ten: Vec<u8> = [3_u8, 9, 0].iter().flat_map(|class| record(&[*class])).collect();
    let hundred: Vec<u8> = [[4, 99], [19, 0], [0, 7]].iter().flat_map(|labels| record(labels)).collect();
    let cases = [
        ("data_batch_1.bin", ten.clone(), 10, [3, 9, 0]),
        ("test_batch.bin.gz", gzip(&ten), 10, [3, 9, 0]),
        ("train.bin", hundred.clone(), 100, [99, 0, 7]),
        ("TEST.BIN.GZ", gzip(&hundred), 100, [99, 0, 7]),
    ];
    for (name, bytes, classes, labels) in cases {
        let (_folder, path) = file(name, bytes);
        let set = read_samples(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((set.shape, set.names.len()), (Shape { channels: 3, height: 32, width: 32 }, classes), "{name}");
        assert_eq!(set.labels, Some(labels.to_vec()), "{name}");
        for (row, class) in labels.into_iter().enumerate() {
            let value =
                |y, x, color| ((set.samples.row(row)[set.shape.index(y, x, color)] + 1.0) * 127.5).round() as usize;
            for color in 0..3 {
                assert_eq!(
                    [value(0, 0, color), value(31, 5, color), value(1, 0, color)],
                    [class + color, class + color, 200 + color]
                );
            }
        }
    }
}

#[test]
fn a_folder_is_its_training_batches_with_the_classes_names() {
    let folder = tempfile::tempdir().unwrap();
    for batch in 1..=5_u8 {
        write(folder.path(), &format!("data_batch_{batch}.bin"), &record(&[batch]));
    }
    write(folder.path(), "test_batch.bin", &record(&[0]));
    write(
        folder.path(),
        "batches.meta.txt",
        b"airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n",
    );
    write(folder.path(), "readme.html", b"<html>");
    let set = read_samples(folder.path()).unwrap();
    assert_eq!((set.labels, set.names[3].as_str()), (Some(vec![1, 2, 3, 4, 5]), "cat"));
    assert!(
        set.report.iter().any(|line| line.contains("5 files of it were read: data_batch_1.bin")),
        "{:?}",
        set.report
    );

    write(folder.path(), "data_batch_5.bin", &record(&[1, 5]));
    let error = read_samples(folder.path()).unwrap_err().to_string();
    assert!(error.contains("data_batch_5.bin: it holds CIFAR-100, and another file beside it does not"), "{error}");
}

#[test]
fn what_are_no_records_is_refused() {
    let whole = record(&[3]);
    let mut bad = gzip(&whole);
    let checksum = bad.len() - 8;
    bad[checksum] ^= 1;
    let rows: &[(&str, &str, Vec<u8>, &[&str])] = &[
        (
            "empty",
            "a.bin",
            vec![],
            &["not a valid .bin file: its 0 bytes are no whole number of records (3073 of CIFAR-10, 3074"],
        ),
        ("cut", "a.bin", whole[..3_000].to_vec(), &["its 3000 bytes are no whole number"]),
        ("no class", "a.bin", record(&[10]), &["with known classes; download CIFAR's binary version again"]),
        ("no coarse class", "a.bin", record(&[20, 5]), &["with known classes"]),
        ("weights", "weights.bin", vec![7; 50_000], &["of any other data save an array with numpy.save"]),
        ("a wrong checksum", "a.bin.gz", bad, &["not a valid gzip file"]),
        ("a cut stream", "a.bin.gz", gzip(&whole)[..30].to_vec(), &["not a valid gzip file"]),
    ];
    for (name, file_name, bytes, parts) in rows {
        check_refused(name, file_name, bytes, parts);
    }
}

#[test]
fn the_pictures_of_cifar_are_read() {
    let Some(data) = std::env::var_os("GANYMEDE_DATA") else {
        eprintln!("left out: GANYMEDE_DATA is not set, so there is no CIFAR-10 to read");
        return;
    };
    let set = read_samples(&Path::new(&data).join("cifar10/test_batch.bin.gz")).unwrap();
    let mut counts = vec![0; 10];
    set.labels.as_ref().unwrap().iter().for_each(|class| counts[*class] += 1);
    assert!(set.rows() == 2_000 && counts.iter().all(|count| (100..300).contains(count)), "{} {counts:?}", set.rows());
    // Neighbouring pixels are alike, and of one colour: planes were not taken for pixels.
    let (mut across, mut other) = (0.0, 0.0);
    for row in 0..100 {
        let sample = set.samples.row(row);
        let value = |y, x, color| sample[set.shape.index(y, x, color)];
        for (y, x) in (0..32).flat_map(|y| (0..31).map(move |x| (y, x))) {
            across += (value(y, x, 0) - value(y, x + 1, 0)).abs();
            other += (value(y, x, 0) - value((y + 16) % 32, (x + 16) % 32, 0)).abs();
        }
    }
    assert!(across < 0.3 * other, "{across} {other}");
}
