//! Files that are written: `.npz` archives, and how any file takes its place.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use ganymede_files::{NpzArray, write_csv, write_npy, write_npy_labels, write_npz};
use ganymede_samples::{Matrix, Shape};

use crate::{read_labels, read_samples};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn at(path: &Path, key: &str) -> PathBuf {
    format!("{}:{key}", path.display()).into()
}

#[test]
fn written_archives_read_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    let values: Vec<f32> = (0..40_000).map(|value| value as f32 / 7.0 - 9.0).collect();
    let extremes = [0.1, -0.0, f32::MIN_POSITIVE, f32::MAX, -1.5e-42, f32::MIN];
    let labels: Vec<usize> = (0..400).rev().collect();
    let text = "kind = \"ring\" # Ganymède, Юпитер\n";
    let arrays = [
        ("samples", NpzArray::Floats { values: &values, shape: &[400, 10, 10] }),
        ("labels", NpzArray::Labels(&labels)),
        ("extremes", NpzArray::Floats { values: &extremes, shape: &[6] }),
        ("config/text", NpzArray::Text(text)),
        ("größe ~", NpzArray::Floats { values: &[7.0], shape: &[1, 1] }),
        ("nothing", NpzArray::Floats { values: &[], shape: &[0, 3] }),
        ("one", NpzArray::Floats { values: &[7.0], shape: &[] }),
    ];
    write_npz(&path, &arrays).unwrap();
    let bytes = fs::read(&path).unwrap();

    let set = read_samples(&path).unwrap();
    assert_eq!(
        (set.samples.values, set.shape, set.labels),
        (values.clone(), Shape { channels: 1, height: 10, width: 10 }, Some(labels.clone()))
    );
    assert_eq!(read_labels(&at(&path, "labels"), 400).unwrap(), labels);
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read_samples(&at(&path, "extremes")).unwrap().samples.values), bits(&extremes));
    assert_eq!(read_samples(&at(&path, "größe ~")).unwrap().shape, Shape::point(1));
    let bytes_of_text: Vec<u8> = read_samples(&at(&path, "config/text"))
        .unwrap()
        .samples
        .values
        .iter()
        .map(|pixel| ((pixel + 1.0) * 127.5).round() as u8)
        .collect();
    assert_eq!(String::from_utf8(bytes_of_text).unwrap(), text);
    assert!(read_samples(&at(&path, "nothing")).unwrap_err().to_string().contains("holds no points"));
    assert!(read_samples(&at(&path, "one")).unwrap_err().to_string().contains("has shape ()"));

    write_npz(&path, &arrays).unwrap();
    assert_eq!(fs::read(&path).unwrap(), bytes, "the same arrays make the same file");
    write_npz(&path, &[]).unwrap();
    assert!(read_samples(&path).unwrap_err().to_string().contains("it has none"));
}

#[test]
fn arrays_that_cannot_be_written_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    let (long, deep) = ("x".repeat(1025), [1; 65]);
    let floats = |shape| NpzArray::Floats { values: &[1.0; 6], shape };
    let good = ("x", floats(&[3, 2]));
    let cases: &[(&str, &[(&str, NpzArray<'_>)])] = &[
        ("too few values", &[("x", floats(&[4, 2]))]),
        ("too many values", &[("x", floats(&[2, 2]))]),
        ("values for no row", &[("x", floats(&[0, 2]))]),
        ("a shape beyond 64 bits", &[("x", floats(&[usize::MAX, 3]))]),
        ("65 dimensions", &[("x", NpzArray::Floats { values: &[1.0], shape: &deep })]),
        ("no name", &[("", floats(&[6]))]),
        ("a long name", &[(&long, floats(&[6]))]),
        ("a name twice", &[good, ("y", floats(&[6])), good]),
        ("a path out of the archive", &[("../x", floats(&[6]))]),
        ("a path from the root", &[("/x", floats(&[6]))]),
        ("a path with a gap", &[("x//y", floats(&[6]))]),
        ("a drive", &[("c:x", floats(&[6]))]),
        ("another separator", &[("x\\y", floats(&[6]))]),
    ];
    for (name, arrays) in cases {
        assert!(catch_unwind(|| write_npz(&path, arrays)).is_err(), "{name}");
        assert!(names(folder.path()).is_empty(), "{name}");
    }
    let missing = folder.path().join("missing/set.npz");
    let message = write_npz(&missing, &[good]).unwrap_err().to_string();
    assert!(message.starts_with(&format!("{}: cannot be written: ", missing.display())), "{message}");
}

#[test]
fn files_take_their_place_when_they_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    let samples = Matrix::new(vec![1.0, 2.0], 2);
    let write = |name: &str| {
        let path = folder.path().join(name);
        match name {
            "set.npz" => write_npz(&path, &[("x", NpzArray::Floats { values: &[1.0, 2.0], shape: &[1, 2] })]),
            "labels.npy" => write_npy_labels(&path, &[0]),
            "set.csv" => write_csv(&path, &samples, None),
            _ => write_npy(&path, &samples),
        }
    };
    let all = ["labels.npy", "set.csv", "set.npy", "set.npz"];
    for name in all {
        fs::write(folder.path().join(name), [7; 10_000]).unwrap();
        write(name).unwrap();
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() < 1_000, "{name}");
    }
    assert_eq!(names(folder.path()), all);

    // What cannot be replaced stays, and nothing is left beside it.
    for name in all {
        let path = folder.path().join(name);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let message = write(name).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{}: cannot be written: ", path.display())), "{message}");
    }
    assert_eq!(names(folder.path()), all);
}

#[cfg(unix)]
#[test]
fn links_keep_leading_where_they_lead() {
    let folder = tempfile::tempdir().unwrap();
    let samples = Matrix::new(vec![1.0, 2.0], 2);
    let (link, real) = (folder.path().join("link.npy"), folder.path().join("inner/real.npy"));
    fs::create_dir(folder.path().join("inner")).unwrap();
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink("inner/real.npy", &link).unwrap();
    write_npy(&link, &samples).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(read_samples(&real).unwrap().samples, samples);
    assert_eq!(names(&folder.path().join("inner")), ["real.npy"]);
}

#[test]
fn doubles_are_written_and_read_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("statistics.npz");
    let mu = [0.1, -0.0, f64::MIN_POSITIVE, f64::MAX, 1.0 / 3.0];
    let sigma: Vec<f64> = (0..25).map(|index| f64::from(index).sqrt()).collect();
    let arrays = [
        ("mu", NpzArray::Doubles { values: &mu, shape: &[5] }),
        ("sigma", NpzArray::Doubles { values: &sigma, shape: &[5, 5] }),
        ("single", NpzArray::Floats { values: &[0.5, 0.25], shape: &[2, 1] }),
        ("bad", NpzArray::Doubles { values: &[0.0, f64::NAN], shape: &[2] }),
    ];
    write_npz(&path, &arrays).unwrap();
    let read = |key: &str| ganymede_files::read_npz_doubles(&path, key);
    let found = read("mu").unwrap();
    assert_eq!((found.values.map_to_bits(), found.shape), (mu.to_vec().map_to_bits(), vec![5]));
    let found = read("sigma").unwrap();
    assert_eq!((found.values, found.shape), (sigma, vec![5, 5]));
    assert_eq!(read("single").unwrap().values, [0.5, 0.25]);
    for key in ["bad", "cov", ""] {
        let error = read(key).unwrap_err().to_string();
        assert!(error.contains("statistics.npz") && !error.contains('\n'), "{key}: {error}");
    }
    std::fs::write(&path, b"PK").unwrap();
    assert!(read("mu").is_err());
}

/// Bits tell 0 from -0.
trait Bits {
    fn map_to_bits(&self) -> Vec<u64>;
}

impl Bits for Vec<f64> {
    fn map_to_bits(&self) -> Vec<u64> {
        self.iter().map(|value| value.to_bits()).collect()
    }
}
