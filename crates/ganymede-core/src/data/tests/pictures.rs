//! Sets of pictures: read, mirrored, stacked.

use std::path::Path;

use crate::config::{Document, Experiment};
use crate::data::{DataConfig, Dataset, Shape};
use crate::random::Streams;

/// A folder with `digits.idx`: 2 x 3 pixels, of which picture `p` has the values `10 p` to `10 p + 5`, and `labels.idx`.
fn folder(pictures: u8, classes: u8) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pixels: Vec<u8> = (0..pictures).flat_map(|picture| (0..6).map(move |pixel| 10 * picture + pixel)).collect();
    let digits = [&[0, 0, 8, 3, 0, 0, 0, pictures, 0, 0, 0, 2, 0, 0, 0, 3], &pixels[..]].concat();
    std::fs::write(folder.path().join("digits.idx"), digits).unwrap();
    let labels: Vec<u8> = (0..pictures).map(|picture| picture % classes).collect();
    std::fs::write(folder.path().join("labels.idx"), [&[0, 0, 8, 1, 0, 0, 0, pictures], &labels[..]].concat()).unwrap();
    std::fs::write(folder.path().join("points.csv"), "x,y\n1,2\n3,4\n").unwrap();
    folder
}

/// The `[data]` of a configuration, built.
fn build(text: &str, folder: &Path, seed: u64) -> Result<Dataset, String> {
    let document = Document::parse(text, "test.toml", folder).map_err(|error| error.to_string())?;
    let (experiment, _) = Experiment::read(&document).map_err(|error| error.to_string())?;
    experiment.data.build(folder, Streams::new(seed)).map_err(|error| error.to_string())
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().map(|value| ((value + 1.0) * 127.5).round() as u8).collect()
}

const STACKED: &str =
    "[data]\nkind = \"stacked\"\nsamples = 500\n[data.of]\nkind = \"images\"\npath = \"digits.idx\"\n";

#[test]
fn each_picture_comes_once_as_it_is_and_once_mirrored_in_an_epoch() {
    let folder = folder(7, 2);
    let text = "[data]\nkind = \"images\"\npath = \"digits.idx\"\nlabels = \"labels.idx\"\nflips = true\n";
    let data = build(text, folder.path(), 3).unwrap();
    assert_eq!((data.rows(), data.class_weights()), (Some(14), Some(vec![4.0 / 7.0, 3.0 / 7.0])));
    let mut seen = Vec::new();
    for step in 0..7 {
        let batch = data.batch(Streams::new(3), "real", step, 2);
        for row in 0..2 {
            let found = bytes(batch.samples.row(row));
            assert_eq!(batch.labels.as_ref().unwrap()[row], usize::from(found[1] / 10 % 2));
            seen.push(found);
        }
    }
    seen.sort();
    let mut expected: Vec<Vec<u8>> = (0..7)
        .flat_map(|picture| {
            [[0, 1, 2, 3, 4, 5], [2, 1, 0, 5, 4, 3]].map(|order| order.map(|p| 10 * picture + p).to_vec())
        })
        .collect();
    expected.sort();
    assert_eq!(seen, expected);
    let plain = build(&text.replace("flips = true", ""), folder.path(), 3).unwrap();
    assert_eq!(plain.fingerprint(), data.fingerprint(), "the same data are looked at in another way");
}

#[test]
fn a_stack_is_three_grey_pictures_and_its_class_counts_theirs() {
    let folder = folder(10, 5);
    let text = format!("{STACKED}labels = \"labels.idx\"\n");
    let data = build(&text, folder.path(), 1).unwrap();
    assert_eq!((data.rows(), data.shape()), (Some(500), Shape { channels: 3, height: 2, width: 3 }));
    let weights = data.class_weights().unwrap();
    assert!(weights.len() == 125 && weights.iter().all(|weight| (weight - 0.008).abs() < 1e-12));
    assert_eq!(data.names()[0].map(|names| names[2 * 25 + 4 * 5 + 1].as_str()), Some("241"));

    let (mut first, mut classes) = (vec![0_usize; 10], std::collections::BTreeSet::new());
    for step in 0..50 {
        let batch = data.batch(Streams::new(1), "real", step, 10);
        for row in 0..10 {
            let sample = bytes(batch.samples.row(row));
            let pictures: Vec<usize> = (0..3).map(|channel| usize::from(sample[channel] / 10)).collect();
            for pixel in 0..6 {
                let expected: Vec<u8> = pictures.iter().map(|picture| 10 * *picture as u8 + pixel).collect();
                assert_eq!(sample[3 * usize::from(pixel)..][..3], expected);
            }
            let class = pictures.iter().fold(0, |class, picture| 5 * class + picture % 5);
            assert_eq!(batch.labels.as_ref().unwrap()[row], class);
            first[pictures[0]] += 1;
            classes.insert(class);
        }
    }
    // 500 draws of 10: 50 each, with a standard deviation of 7; and all but 125 (1 - 1/125)^500 = 2 of the classes.
    assert!(first.iter().all(|count| (20..80).contains(count)) && classes.len() > 110, "{first:?} {}", classes.len());
}

#[test]
fn a_stack_depends_on_seed_and_row_alone() {
    let folder = folder(10, 5);
    let [one, again, other] = [1, 1, 2].map(|seed| build(STACKED, folder.path(), seed).unwrap());
    assert_eq!((one.classes(), one.names()), (None, [None, None]));
    let streams = Streams::new(9);
    assert_eq!(one.batch(streams, "real", 3, 16), again.batch(streams, "real", 3, 16));
    assert_ne!(one.batch(streams, "real", 3, 16), other.batch(streams, "real", 3, 16), "another run's stacks");
    let all = one.batch(streams, "real", 0, 500);
    let parts: Vec<f32> = (0..5).flat_map(|step| one.batch(streams, "real", step, 100).samples.values).collect();
    assert_eq!(all.samples.values, parts, "however many are asked for");
    assert_eq!(one.fingerprint(), other.fingerprint(), "the data are the grey pictures");
}

#[test]
fn glyphs_stack_without_a_file() {
    let text = "[data]\nkind = \"stacked\"\n[data.of]\nkind = \"glyphs\"\nsamples = 50\nside = 16\n";
    let data = build(text, Path::new("."), 0).unwrap();
    assert_eq!((data.classes(), data.shape()), (Some(1_000), Shape { channels: 3, height: 16, width: 16 }));
    assert_eq!(data.names()[0].map(|names| names[407].as_str()), Some("407"));
    let config = DataConfig::Stacked(crate::data::StackedConfig::default());
    let toml = toml::to_string(&config).unwrap();
    assert!(toml.contains("kind = \"stacked\"\nsamples = 100000\n\n[of]\nkind = \"glyphs\""), "{toml}");
}

#[test]
fn pictures_are_refused_with_the_remedy() {
    let folder = folder(40, 40);
    let images = "[data]\nkind = \"images\"\npath = \"digits.idx\"\n";
    let rows: &[(String, &[&str])] = &[
        (
            images.replace("digits.idx", "points.csv"),
            &["path = \"points.csv\": expected pictures", "kind = \"file\" reads"],
        ),
        (
            images.replace("images", "file").replace("digits.idx", "points.csv") + "flips = true",
            &["flips = true", "points"],
        ),
        (format!("{images}size = 0"), &["test.toml:4", "size = [0, 0]", "from 1 to 4096"]),
        (format!("{images}size = [1, 2, 3]"), &["test.toml:4", "as in [48, 64], or one number for both"]),
        (format!("{images}crop = \"middle\""), &["test.toml:4", "expected \"center\", or a height and a width"]),
        (format!("{images}crop = [3, 3]"), &["digits.idx: its pictures of 2 x 3 pixels are less than the 3 x 3"]),
        (format!("{images}header = true"), &["header = true: expected only with a .csv"]),
        (format!("{images}flip = true"), &["data.flip", "did you mean `flips`?"]),
        (STACKED.replace("images", "imagse"), &["data.of.kind", "did you mean `images`?"]),
        (format!("{STACKED}flips = true"), &["of.flips = true: expected false"]),
        (
            format!("{STACKED}channels = 3"),
            &["of = samples of 2 x 3 x 3: expected grey pictures, which of.channels = 1"],
        ),
        (format!("{STACKED}labels = \"labels.idx\""), &["of = 40 classes: expected at most 32 classes to stack"]),
        (STACKED.replace("samples", "rows"), &["data.rows"]),
    ];
    for (text, parts) in rows {
        let error = build(text, folder.path(), 0).unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)) && !error.contains('\n'), "{text}: {error}");
    }
    let data = build(&format!("{images}size = 4\ncrop = \"center\"\nchannels = 3"), folder.path(), 0).unwrap();
    assert_eq!(data.shape(), Shape { channels: 3, height: 4, width: 4 });
}
