//! Two sets brought under one rule.

use std::path::PathBuf;

use ganymede_files::{Doubt, Paired, PictureLayout, ReadOptions, SampleSet, pair, read_samples};
use ganymede_samples::{Labels, Shape};
use tempfile::TempDir;

use crate::bytes::{doubles, integers, npy, picture, singles};

/// A folder with files by these names.
fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// Reads the real set and the fake one beside it, as a diagnosis does.
fn read(real: PathBuf, fake: PathBuf) -> (SampleSet, SampleSet) {
    let real = read_samples(&real, &ReadOptions::default()).unwrap();
    let beside = ReadOptions {
        offsets: Some(real.offsets.clone()),
        offset_columns: real.contents.columns.clone(),
        ..ReadOptions::default()
    };
    (real, read_samples(&fake, &beside).unwrap())
}

fn values(set: &SampleSet) -> Vec<f32> {
    set.contents.samples.clone().into_matrix().values
}

#[test]
fn integers_are_pixels_where_the_other_set_holds_bytes() {
    let numbers = [0, 51, 255, 20, 7, 30];
    let bytes: Vec<u8> = numbers.iter().map(|number| *number as u8).collect();
    let floats: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
    let mut beyond = numbers;
    beyond[0] = 256;
    let files = folder(&[
        ("u8.npy", npy("'|u1'", false, "(3, 2)", &bytes)),
        ("i64.npy", npy("'<i8'", false, "(3, 2)", &integers(&numbers))),
        ("table.csv", b"0,51\n255,20\n7,30\n".to_vec()),
        ("beyond.npy", npy("'<i8'", false, "(3, 2)", &integers(&beyond))),
        ("f32.npy", npy("'<f4'", false, "(3, 2)", &singles(&floats))),
        ("ones.npy", npy("'|u1'", false, "(3, 2)", &[0, 1, 1, 0, 0, 1])),
        ("whites.npy", npy("'|u1'", false, "(3, 2)", &[0, 255, 255, 0, 255, 255])),
        ("unit.npy", npy("'<f4'", false, "(3, 2)", &singles(&[0.0, 0.2, 1.0, 0.1, 0.0, 0.1]))),
        ("signed.npy", npy("'<f4'", false, "(3, 2)", &singles(&[-1.0, -0.6, 1.0, -0.8, -0.9, -0.7]))),
    ]);
    let at = |name: &str| files.path().join(name);
    for (first, second, is_doubtful) in
        [("ones.npy", "whites.npy", true), ("whites.npy", "ones.npy", true), ("ones.npy", "u8.npy", false)]
    {
        let (mut real, mut fake) = read(at(first), at(second));
        let paired = pair(&mut fake, &mut real, None).unwrap();
        assert_eq!(matches!(paired.doubts[..], [Doubt::Scale { .. }]), is_doubtful, "{first} {second}: {paired:?}");
    }
    for (fake, is_same, is_doubtful) in [
        ("i64.npy", true, false),
        ("table.csv", true, false),
        ("beyond.npy", false, true),
        ("f32.npy", false, true),
        ("unit.npy", false, false),
        ("signed.npy", false, false),
    ] {
        for swapped in [false, true] {
            let (first, second) = if swapped { (fake, "u8.npy") } else { ("u8.npy", fake) };
            let (mut real, mut fake_set) = read(at(first), at(second));
            let paired = pair(&mut fake_set, &mut real, None).unwrap();
            assert_eq!(values(&fake_set) == values(&real), is_same, "{fake} {swapped}");
            assert_eq!(paired.notes.iter().any(|note| note.contains("were taken for pixels")), is_same, "{paired:?}");
            let doubted = matches!(paired.doubts[..], [Doubt::Scale { .. }]);
            assert_eq!(doubted, is_doubtful, "{fake} {swapped}: {paired:?}");
        }
    }
}

#[test]
fn pictures_on_two_scales_are_doubted() {
    let rows = |low: f32, high: f32| {
        let values: Vec<f32> = (0..64).map(|index| if index % 3 == 0 { low } else { high }).collect();
        npy("'<f4'", false, "(4, 4, 4)", &singles(&values))
    };
    let files = folder(&[
        ("unit.npy", rows(0.0, 1.0)),
        ("signed.npy", rows(-1.0, 1.0)),
        ("byte.npy", rows(0.0, 255.0)),
        ("bright.npy", rows(0.85, 0.95)),
    ]);
    let at = |name: &str| files.path().join(format!("{name}.npy"));
    for (real, fake, doubted) in [
        ("unit", "signed", true),
        ("byte", "signed", true),
        ("byte", "unit", true),
        ("unit", "unit", false),
        ("signed", "signed", false),
        // Bright pictures alone are no scale of their own.
        ("signed", "bright", false),
        ("byte", "bright", true),
    ] {
        let (mut real_set, mut fake_set) = read(at(real), at(fake));
        let paired = pair(&mut fake_set, &mut real_set, None).unwrap();
        assert_eq!(paired.doubts.len(), usize::from(doubted), "{real} {fake}: {paired:?}");
        assert!(
            paired.doubts.iter().all(|doubt| doubt.to_string().contains("as if they had two scales")),
            "{paired:?}"
        );
    }
}

#[test]
fn one_offset_is_taken_from_both_sets() {
    let far: Vec<f64> = (0..40).map(|index| 1e9 + f64::from(index % 9) - 4.0).collect();
    let files = folder(&[
        ("real.npy", npy("'<f8'", false, "(20, 2)", &doubles(&far))),
        ("fake.npy", npy("'<f8'", false, "(20, 2)", &doubles(&[1e9; 40]))),
    ]);
    let (real, fake) = read(files.path().join("real.npy"), files.path().join("fake.npy"));
    assert_eq!(real.offsets, [1e9, 1e9]);
    assert_eq!(values(&fake), [0.0; 40]);
    assert_eq!(values(&real)[..3], [-4.0, -3.0, -2.0]);
    assert!([real, fake].iter().all(|set| set.report.iter().any(|line| line.contains("were centred"))));
}

#[test]
fn columns_are_matched_by_name() {
    let files = folder(&[
        ("real.csv", b"x,time,class\n1,1000000001,b\n2,1000000002,a\n".to_vec()),
        ("fake.csv", b"class,time,more,x\nb,1000000001,7,1\na,1000000002,8,2\n".to_vec()),
        ("others.csv", b"u,v\n1,2\n3,4\n".to_vec()),
        ("folded.csv", b"Time ,X,CLASS\n1000000001,1,b\n1000000002,2,a\n".to_vec()),
        ("lacking.csv", b"x,class\n1,b\n2,a\n".to_vec()),
    ]);
    let at = |name: &str| files.path().join(name);
    let (mut real, mut fake) = read(at("real.csv"), at("fake.csv"));
    let paired = pair(&mut fake, &mut real, None).unwrap();
    assert_eq!((values(&fake), &fake.contents), (vec![1.0, -0.5, 2.0, 0.5], &real.contents));
    assert_eq!(fake.contents.columns, Some(vec!["x".to_owned(), "time".to_owned()]));
    let expected = [
        "columns of the fake table alone were left out: \"more\"",
        "the fake columns were brought into the order of the real ones",
    ];
    assert_eq!(paired, Paired { notes: expected.map(str::to_owned).to_vec(), doubts: Vec::new() });

    let (mut real, mut fake) = read(at("real.csv"), at("others.csv"));
    let paired = pair(&mut fake, &mut real, None).unwrap();
    assert!(paired.notes[0].starts_with("no column has the same name in both tables"), "{paired:?}");

    let (mut real, mut fake) = read(at("real.csv"), at("folded.csv"));
    let paired = pair(&mut fake, &mut real, None).unwrap();
    assert_eq!((values(&fake), &paired.doubts[..]), (vec![1.0, -0.5, 2.0, 0.5], &[][..]));
    assert!(paired.notes[0].contains("without regard to case and space: \"Time\", \"X\""), "{paired:?}");

    let (mut real, mut fake) = read(at("real.csv"), at("lacking.csv"));
    let paired = pair(&mut fake, &mut real, None).unwrap();
    assert_eq!(paired.doubts, [Doubt::Columns { lacking: vec!["time".to_owned()] }]);
    assert!(paired.doubts[0].to_string().contains("no column \"time\""), "{paired:?}");
    assert!(paired.doubts[0].to_string().contains("--drop"), "{paired:?}");
}

/// Names of either set, the classes and whether the two may be counted differently.
type Case<'case> = (&'case [&'case str], &'case [&'case str], &'case [usize], bool);

#[test]
fn classes_are_matched_by_name() {
    let grey = |value: u8| picture(image::GrayImage::from_pixel(2, 2, image::Luma([value])), image::ImageFormat::Png);
    let named = |set: &str, names: &[&str]| {
        names
            .iter()
            .enumerate()
            .map(|(index, name)| (format!("{set}/{name}/0.png"), grey(index as u8)))
            .collect::<Vec<_>>()
    };
    let cases: &[Case] = &[
        (&["1", "2", "10"], &["1", "10"], &[0, 2], false),
        (&["ant", "bee"], &["bee", "cat"], &[1, 2], false),
        (&["0", "1", "2"], &["1", "2", "3"], &[1, 2, 3], true),
        (&["ant", "bee"], &["0", "1"], &[2, 3], true),
        (&["ant", "bee"], &["ant", "bee"], &[0, 1], false),
        (&["ant", "bee"], &["Ant", "bee "], &[0, 1], false),
        // With many classes of few samples each set has some for itself by chance.
        (&["0", "1", "2"], &["0", "2", "4"], &[0, 2, 3], false),
    ];
    for (real_names, fake_names, classes, doubted) in cases {
        let all = [named("real", real_names), named("fake", fake_names)].concat();
        let all: Vec<(&str, Vec<u8>)> = all.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        let files = folder(&all);
        let (mut real, mut fake) = read(files.path().join("real"), files.path().join("fake"));
        let paired = pair(&mut fake, &mut real, None).unwrap();
        let (real, fake) = (real.contents.labels.unwrap(), fake.contents.labels.unwrap());
        assert_eq!((fake.classes.as_slice(), &fake.names), (*classes, &real.names), "{real_names:?} {fake_names:?}");
        assert_eq!(matches!(paired.doubts[..], [Doubt::Classes { .. }]), *doubted, "{paired:?}");
        let has_fakes = |name: &str| fake_names.iter().any(|fake| fake.trim().eq_ignore_ascii_case(name));
        for name in real_names.iter().filter(|name| !has_fakes(name)) {
            let note = paired.notes.iter().find(|note| note.starts_with("classes of the real set alone: "));
            assert!(note.is_some_and(|note| note.contains(&format!("{name:?}"))), "{name}: {paired:?}");
        }
    }
}

/// The names of either set, the samples of each class in it, and whether the two may be counted differently.
type Counted<'case> = (&'case [&'case str], &'case [&'case str], [usize; 2], bool);

#[test]
fn classes_that_each_set_surely_has_for_itself_are_doubted() {
    let files = folder(&[("set.npy", npy("'<f4'", false, "(1, 2)", &singles(&[0.5, 1.0])))]);
    let cases: &[Counted] = &[
        (&["0", "1", "2"], &["0", "2", "4"], [40, 40], true),
        (&["0", "1", "2"], &["2", "3", "4"], [40, 10], true),
        (&["cat", "dog", "horse"], &["cat", "dog", "horses"], [40, 40], true),
        // A class that is lost is none that is counted differently, and neither is one more.
        (&["0", "1", "2"], &["0", "2"], [40, 40], false),
        (&["0", "2"], &["0", "1", "2"], [40, 40], false),
        (&["0", "1", "2"], &["0", "2", "4"], [3, 3], false),
        // Of many samples few in a class are chance.
        (&["0", "1", "2"], &["0", "2", "4"], [5, 400], false),
    ];
    for (real_names, fake_names, each, doubted) in cases {
        let path = || files.path().join("set.npy");
        let (mut real, mut fake) = read(path(), path());
        for (set, names, each) in [(&mut real, real_names, each[0]), (&mut fake, fake_names, each[1])] {
            let classes = (0..each * names.len()).map(|row| row % names.len()).collect();
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            set.contents.labels = Some(Labels { classes, names });
        }
        let paired = pair(&mut fake, &mut real, None).unwrap();
        assert_eq!(matches!(paired.doubts[..], [Doubt::Classes { .. }]), *doubted, "{each:?}: {paired:?}");
    }
}

#[test]
fn shapes_are_matched_or_refused_with_the_options_that_help() {
    let floats = |shape: &str, count: usize| npy("'<f4'", false, shape, &singles(&vec![0.5; count]));
    let flat: Vec<f32> = (0..24).map(|value| value as f32).collect();
    let files = folder(&[
        ("flat.npy", npy("'<f4'", false, "(2, 12)", &singles(&flat))),
        ("color.npy", floats("(2, 2, 2, 3)", 24)),
        ("grey.npy", floats("(2, 3, 4)", 24)),
        ("large.npy", floats("(2, 8, 6)", 96)),
        ("wide.npy", floats("(2, 5)", 10)),
    ]);
    let at = |name: &str| files.path().join(format!("{name}.npy"));
    for (layout, doubts) in [(None, 1), (Some(PictureLayout::ChannelsFirst), 0), (Some(PictureLayout::ChannelsLast), 0)]
    {
        let (mut real, mut fake) = read(at("color"), at("flat"));
        let paired = pair(&mut fake, &mut real, layout).unwrap();
        assert_eq!(fake.contents.samples.shape, Shape { channels: 3, height: 2, width: 2 });
        let is_layout = paired.doubts.iter().all(|doubt| matches!(doubt, Doubt::Layout { .. }));
        assert_eq!(
            (
                paired.doubts.iter().filter(|doubt| matches!(doubt, Doubt::Layout { .. })).count(),
                is_layout || doubts == 0
            ),
            (doubts, true)
        );
        let first = values(&fake)[..3].to_vec();
        assert_eq!(first, if layout == Some(PictureLayout::ChannelsFirst) { [0.0, 4.0, 8.0] } else { [0.0, 1.0, 2.0] });
    }
    let (mut real, mut fake) = read(at("grey"), at("flat"));
    assert!(pair(&mut fake, &mut real, None).is_ok(), "one channel has one order");
    for (real, fake, parts) in [
        ("grey", "large", &["8 x 6 x 1", "3 x 4 x 1", "; --size 3x4 brings both together"][..]),
        ("color", "grey", &["--size 2x2 --channels 3 brings both together"]),
        ("wide", "flat", &["12 features and the real ones 5", "must have the same width"]),
    ] {
        let (mut real_set, mut fake_set) = read(at(real), at(fake));
        let error = pair(&mut fake_set, &mut real_set, None).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}
