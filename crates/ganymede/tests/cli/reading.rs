//! What people bring, as they bring it: read right and said, or refused with a remedy that works.
#![expect(clippy::format_push_string, clippy::format_collect, reason = "these texts are small")]

use std::fs;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};

use crate::support::{Ended, TINY, Workplace, floats, npy};

/// Numbers on 0 to 1, the same in each run.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Nearly normal: mean 0, variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// An 8 x 8 picture of a class: bars of its own, and noise.
fn digit(class: u32, draw: &mut Draw) -> GrayImage {
    let shift = (draw.next() * 60.0) as u8;
    GrayImage::from_fn(8, 8, |x, y| {
        let on = (x * (class + 1) + y * (7 - class % 7)) % 5 < 2;
        Luma([if on { 190 } else { 20 } + shift / 2 + (draw.next() * 30.0) as u8])
    })
}

/// Writes a picture, and the folders above it.
fn put(workplace: &Workplace, name: &str, picture: impl Into<DynamicImage>) {
    let path = workplace.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    picture.into().save_with_format(path, ImageFormat::Png).unwrap();
}

#[track_caller]
fn assert_says(ended: &Ended, code: i32, parts: &[&str], what: &str) {
    assert_eq!(ended.code, Some(code), "{what}: {ended:?}");
    for part in parts {
        assert!(ended.stdout.contains(part), "{what}: `{part}` is missing in {}", ended.stdout);
    }
}

#[test]
fn numbers_mean_the_same_in_every_type() {
    let workplace = Workplace::new();
    let mut draw = Draw(1);
    let bytes: Vec<u8> = (0..4_000).map(|_| (draw.next() * 21.0) as u8).collect();
    let longs: Vec<u8> = bytes.iter().flat_map(|byte| i64::from(*byte).to_le_bytes()).collect();
    let singles: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte)).collect();
    workplace.write("u8.npy", npy("|u1", "(1000, 4)", &bytes));
    workplace.write("i64.npy", npy("<i8", "(1000, 4)", &longs));
    workplace.write("f32.npy", npy("<f4", "(1000, 4)", &floats(&singles)));
    let same = workplace.run("diagnose --fake i64.npy --real u8.npy --verbose");
    assert!(same.stdout.contains("the fake integers were taken for pixels, as the other set holds bytes"), "{same:?}");
    assert!(same.stdout.contains("copies of the training data") && same.code != Some(4), "{same:?}");
    let doubtful = workplace.run("diagnose --fake f32.npy --real u8.npy --verbose");
    let parts =
        ["inconclusive: the fake values lie in [0, 20] and the real ones in [-1, -0.8", "save pixels of both as uint8"];
    assert!(parts.iter().all(|part| doubtful.stdout.contains(part)), "{doubtful:?}");

    let far: Vec<f64> = (0..2_000).map(|_| 1e9 + draw.normal()).collect();
    workplace.write("far.npy", npy("<f8", "(1000, 2)", &doubles(&far)));
    workplace.write("one.npy", npy("<f8", "(1000, 2)", &doubles(&[1e9; 2_000])));
    let ended = workplace.run("diagnose --fake one.npy --real far.npy --verbose");
    assert_says(&ended, 4, &["read: real: columns were centred", "collapsed"], "a normal far from 0");
}

#[test]
fn alpha_is_looked_at() {
    let workplace = Workplace::new();
    let mut draw = Draw(2);
    let white = |alpha: &GrayImage| RgbaImage::from_fn(8, 8, |x, y| Rgba([255, 255, 255, alpha.get_pixel(x, y).0[0]]));
    let first = digit(0, &mut draw);
    for index in 0..200 {
        put(&workplace, &format!("real/{index}.png"), white(&digit(index % 10, &mut draw)));
        put(&workplace, &format!("fake/{index}.png"), white(&first));
    }
    let ended = workplace.run("diagnose --fake fake --real real --verbose");
    assert_says(&ended, 4, &["read: fake: alpha was kept as the last channel", "read: real: alpha was kept"], "alpha");
}

#[test]
fn classes_and_columns_are_matched_by_name() {
    let workplace = Workplace::new();
    let mut draw = Draw(3);
    for index in 0..600 {
        let class = index % 10;
        put(&workplace, &format!("real/{}/{index}.png", class + 1), digit(class, &mut draw));
        put(&workplace, &format!("shards/{:05}/{index}.png", index / 100), digit(class, &mut draw));
        if class != 9 {
            put(&workplace, &format!("fake/{}/{index}.png", class + 1), digit(class, &mut draw));
        }
        if index < 300 {
            put(&workplace, &format!("half/{:05}/{index}.png", index / 100), digit(class, &mut draw));
        }
    }
    let ended = workplace.run("diagnose --fake fake --real real --json");
    let answer: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let classes = answer["per_class"].as_array().unwrap();
    let missing: Vec<bool> = classes.iter().map(|class| class["missing"].as_bool().unwrap()).collect();
    assert_eq!(missing, [&[false; 9][..], &[true]].concat(), "10 alone is lacking: {answer}");
    assert!(ended.stdout.contains("classes of the real set alone: \\\"10\\\""), "{ended:?}");
    assert!(ended.stdout.contains("10 classes, numbered from 0: 0 is \\\"1\\\""), "{ended:?}");

    for words in ["", " --verbose"] {
        let ended = workplace.run(&format!("diagnose --fake fake --real real{words}"));
        assert!(ended.stdout.contains("\nclasses missing: 1 of 10: 10\n"), "{words}: {ended:?}");
    }

    let ended = workplace.run("diagnose --fake half --real shards --verbose");
    assert!(ended.stdout.contains("read: real: the 6 sub-folders are shards, not classes"), "{ended:?}");
    assert!(!ended.stdout.contains("classes missing") && ended.code != Some(4), "{ended:?}");

    let mut tables = ["x,time,class\n".to_owned(), "class;time;x\n".to_owned()];
    for index in 0..800 {
        let class = ["ant", "bee"][index % 2];
        let [x, time] = [draw.normal(), 1.7e9 + 100.0 * draw.normal()];
        tables[0] += &format!("{x},{time},{class}\n");
        let [x, time] = [draw.normal(), 1.7e9 + 100.0 * draw.normal()];
        tables[1] += &format!("{class};{};{}\n", time.to_string().replace('.', ","), x.to_string().replace('.', ","));
    }
    workplace.write("real.csv", &tables[0]);
    workplace.write("fake.csv", &tables[1]);
    let parts = [
        "the fake columns were brought into the order of the real ones",
        "read: fake: fields are separated by semicolons",
        "read: fake: numbers have decimal commas",
        "read: real: columns were centred, as single precision would have lost their digits: 1",
        "2 classes, numbered from 0: 0 is \"ant\", 1 is \"bee\"",
    ];
    assert_says(&workplace.run("diagnose --fake fake.csv --real real.csv --verbose"), 0, &parts, "tables");
}

#[test]
fn training_reads_what_diagnose_reads() {
    let workplace = Workplace::new();
    let mut draw = Draw(4);
    let bytes: Vec<u8> = (0..2_400).map(|_| (draw.next() * 255.0) as u8).collect();
    let longs: Vec<u8> = bytes.iter().flat_map(|byte| i64::from(*byte).to_le_bytes()).collect();
    let halves: Vec<u8> = bytes.iter().flat_map(|byte| [*byte, 0x38]).collect();
    let singles: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) / 255.0).collect();
    for (name, element, shape, data) in [
        ("bytes.npy", "|u1", "(600, 4)", bytes.clone()),
        ("pictures.npy", "|u1", "(600, 2, 2)", bytes.clone()),
        ("longs.npy", "<i8", "(600, 4)", longs),
        ("halves.npy", "<f2", "(600, 4)", halves),
        ("cubes.npy", "<f4", "(600, 2, 2)", floats(&singles)),
        ("bools.npy", "|b1", "(600, 4)", bytes.iter().map(|byte| byte % 2).collect()),
    ] {
        workplace.write(name, npy(element, shape, &data));
    }
    for index in 0..60 {
        put(&workplace, &format!("folder/{}/{index}.png", index % 3), digit(index % 3, &mut draw));
    }
    let table: String =
        (0..600).map(|index| format!("{},{},{}\n", draw.normal(), draw.normal(), 2 + index % 2)).collect();
    workplace.write("table.csv", format!("x,y,label\n{table}"));
    let mut reported = 0;
    for name in
        ["bytes.npy", "pictures.npy", "longs.npy", "halves.npy", "cubes.npy", "bools.npy", "folder", "table.csv"]
    {
        let file = format!("kind = \"file\"\npath = {name:?}");
        workplace.write("file.toml", TINY.replace("kind = \"ring\"\nsamples = 1_000", &file));
        let ended = workplace.run("train file.toml --out run");
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        reported += usize::from(ended.stderr.contains("data: "));
        // The run's samples and the file they came from are of one kind.
        let ended = workplace.run(&format!("diagnose --fake run --real {name}"));
        assert!(matches!(ended.code, Some(0 | 3 | 4 | 5)), "{name}: {ended:?}");
        fs::remove_dir_all(workplace.path("run")).unwrap();
    }
    assert!(reported >= 3, "pixels, folders and labels are reported while training");
}

#[test]
fn stray_files_are_counted_and_remedies_work() {
    let workplace = Workplace::new();
    let mut draw = Draw(5);
    for index in 0..200 {
        put(&workplace, &format!("real/{index:03}.png"), digit(index % 4, &mut draw));
        put(&workplace, &format!("fake/{index:03}.png"), digit(index % 4, &mut draw));
        let large = DynamicImage::from(digit(index % 4, &mut draw)).resize_exact(16, 16, image::imageops::Nearest);
        put(&workplace, &format!("large/{index:03}.png"), large.to_rgb8());
    }
    workplace.write("real/Thumbs.db", "no picture");
    let ended = workplace.run("diagnose --fake fake --real real --verbose");
    assert_says(&ended, 0, &["read: real: 1 of 201 files are no pictures and were skipped: Thumbs.db"], "a stray");
    for name in ["a.txt", "b.npy"] {
        workplace.write(&format!("real/{name}"), if name == "b.npy" { &b"\x93NUMPY"[..] } else { b"text" });
    }
    let parts = ["3 of 203 files", "Thumbs.db (", "b.npy (it is an array: name the file itself", "--bad-files 0.015"];
    workplace.run("diagnose --fake fake --real real --verbose").assert_error(2, &parts, "three strays");
    workplace.succeed("diagnose --fake fake --real real --bad-files 0.015");

    let parts = ["16 x 16 x 3", "8 x 8 x 1", "--size 8x8 --channels 3 brings both together"];
    workplace.run("diagnose --fake large --real fake --verbose").assert_error(2, &parts, "sizes");
    let ended = workplace.run("diagnose --fake large --real fake --size 8x8 --channels 3 --verbose");
    // Averaged noise varies less, which is found; that it was averaged is said.
    assert_says(&ended, 3, &["read: fake: 200 of 200 pictures were resized to 8 x 8"], "resized");

    workplace.write("cities.csv", "city,x\nBonn,1\nUlm,2\nKiel,4\n");
    let parts = ["the column \"city\" holds texts such as \"Bonn\"", "--drop \"city\""];
    workplace.run("diagnose --fake cities.csv --verbose").assert_error(2, &parts, "texts");
    assert_ne!(workplace.run("diagnose --fake cities.csv --drop city --verbose").code, Some(2));
    assert_ne!(workplace.run("diagnose --fake cities.csv --label-column city --verbose").code, Some(2));
}

#[test]
fn a_run_knows_its_data() {
    let workplace = Workplace::new();
    let mut draw = Draw(6);
    let values: Vec<f32> = (0..1_000).map(|_| draw.normal() as f32).collect();
    let other: Vec<f32> = values.iter().map(|value| 3.0 * value + 1.0).collect();
    workplace.write("a.npy", npy("<f4", "(500, 2)", &floats(&values)));
    let file = "kind = \"file\"\npath = \"a.npy\"";
    workplace.write("file.toml", TINY.replace("kind = \"ring\"\nsamples = 1_000", file));
    workplace.succeed("train file.toml --out run");

    workplace.write("a.npy", npy("<f4", "(500, 2)", &floats(&other)));
    let before = workplace.listing();
    let parts = ["it was trained on other data", "other values", "bring the data back"];
    workplace.run("train --resume run --steps 40").assert_error(2, &parts, "other values");
    workplace.write("a.npy", npy("<f4", "(400, 2)", &floats(&other[..800])));
    let parts = ["400 rows instead of 500"];
    workplace.run("train --resume run --steps 40").assert_error(2, &parts, "other rows");
    assert_eq!(workplace.listing(), before, "nothing is changed");

    fs::create_dir(workplace.path("moved")).unwrap();
    workplace.write("moved/b.npy", npy("<f4", "(500, 2)", &floats(&values)));
    workplace.succeed("train --resume run --steps 40 --set data.path=moved/b.npy");
    assert!(workplace.read("run/config.toml").contains("moved/b.npy"));
    workplace.succeed("train --resume run --steps 60");
}
