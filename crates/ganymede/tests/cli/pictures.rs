//! Pictures from the command line: looked at, packed, trained on, drawn.

use std::fs;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};

use crate::support::Workplace;

/// Ten steps of a small DCGAN on `[data]`.
const TINY_PICTURES: &str = "\
steps = 10
batch_size = 8

[latent]
size = 4

[generator]
kind = \"dcgan\"
channels = 4

[discriminator]
kind = \"dcgan\"
channels = 4

[evaluation]
every = 10
samples = 100

[data]
";

/// A photograph of a class: a size of its own, colours of the class, and something that differs.
fn photograph(class: u32, index: u32) -> RgbImage {
    let (width, height) = (20 + index * 7 % 23, 18 + index * 5 % 17);
    RgbImage::from_fn(width, height, |x, y| {
        let wave = ((x * (class + 2) + y * 3 + index * 11) % 97) as u8;
        Rgb([wave.wrapping_mul(2), 60 * class as u8, 255 - wave])
    })
}

fn put(workplace: &Workplace, name: &str, picture: impl Into<DynamicImage>, format: ImageFormat) {
    let path = workplace.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    picture.into().save_with_format(path, format).unwrap();
}

/// A folder `photos` with two classes of 60 photographs in several formats, and a stray file.
fn with_photos() -> Workplace {
    let workplace = Workplace::new();
    let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Tiff];
    for index in 0..120 {
        let class = index % 2;
        let name = format!("photos/{}/{index:03}.{}", ["ant", "bee"][class as usize], index % 7);
        put(&workplace, &name, photograph(class, index), formats[index as usize % 5]);
    }
    workplace.write("photos/ant/Thumbs.db", "no picture");
    workplace
}

#[track_caller]
fn assert_holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in {text}");
    }
}

#[test]
fn photographs_are_looked_at_packed_and_trained_on() {
    let workplace = with_photos();
    workplace.run("data inspect photos").assert_error(
        2,
        &["photos: holds pictures of several kinds", "--size", "size = ["],
        "several sizes",
    );
    let ended = workplace.succeed("data inspect photos --size 8 --crop center --out grid.png");
    let parts = [
        "photos: 120 pictures of 8 x 8 x 3 (height, width, channels)",
        "values: bytes, ",
        "classes: 2: \"ant\" 60, \"bee\" 60",
        "read: 120 of 120 pictures were resized to 8 x 8",
        "read: 1 of 121 files are no pictures and were skipped: ant/Thumbs.db",
    ];
    assert_holds(&ended.stdout, &parts);
    let grid = image::load_from_memory(&workplace.bytes("grid.png")).unwrap();
    assert_eq!((grid.width(), grid.height()), (10 * 50 + 2, 2 * 50 + 2), "a row for each class");

    let ended = workplace.succeed("data pack photos --size 8 --crop center --out photos.zip");
    assert_holds(&ended.stdout, &["packed: photos.zip, "]);
    let ended = workplace.succeed("data inspect photos.zip");
    let parts = ["photos.zip: 120 pictures of 8 x 8 x 3", "\"ant\" 60, \"bee\" 60", "those of dataset.json"];
    assert_holds(&ended.stdout, &parts);

    // The folder, its archive and mirror images of it train; the first two to the same bit.
    let folder = "kind = \"images\"\npath = \"photos\"\nsize = 8\ncrop = \"center\"\n";
    let archive = "kind = \"images\"\npath = \"photos.zip\"\n";
    for (name, data) in
        [("folder", folder.to_owned()), ("archive", archive.to_owned()), ("flips", format!("{archive}flips = true\n"))]
    {
        workplace.write(&format!("{name}.toml"), format!("{TINY_PICTURES}{data}"));
        let ended = workplace.run(&format!("train {name}.toml --out {name}"));
        assert!(matches!(ended.code, Some(0 | 5)), "{name}: {ended:?}");
    }
    let [folder, archive, flips] =
        ["folder", "archive", "flips"].map(|run| workplace.bytes(&format!("{run}/samples.npy")));
    assert!(folder == archive && archive != flips);

    workplace.write(
        "stacked.toml",
        format!(
            "{TINY_PICTURES}kind = \"stacked\"\n[data.of]\n{}channels = 1\n",
            "kind = \"images\"\npath = \"photos.zip\"\n"
        ),
    );
    let ended = workplace.succeed("check stacked.toml");
    assert_holds(&ended.stdout, &["ok: stacked of 8 x 8 x 3", "8 classes", "100000 pictures"]);
    let ended = workplace.run("train stacked.toml --out stacked");
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    // The run's own folder is no longer the configuration's: paths are absolute.
    assert!(
        workplace
            .read("stacked/config.toml")
            .contains(&format!("path = \"{}\"", workplace.path("photos.zip").display()))
    );
    workplace.succeed("data pack photos --size 9 --out photos.zip");
    let parts = ["it was trained on other data", "samples of 9 x 9 x 1 values"];
    workplace.run("train --resume stacked --steps 20 --quiet").assert_error(2, &parts, "other grey pictures");
    workplace.succeed("data pack photos --size 8 --crop center --out elsewhere.zip");
    let ended = workplace.run("train --resume stacked --steps 20 --set data.of.path=elsewhere.zip");
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
}

/// Photographs of more pixels than can be compared pair by pair: they are reduced before anything is done with them, and the
/// report says so.
#[test]
fn large_photographs_are_reduced_first() {
    let workplace = Workplace::new();
    // Stripes of a direction and width of its own, as in no other; of the collapsed ones nearly always the same.
    let photograph = |index: u32, collapsed: bool| {
        let (wide, tall) = if collapsed { (5, 5) } else { (1 + index % 6, 1 + index / 6) };
        RgbImage::from_fn(720, 700, |x, y| {
            let wave = |pixels: u32, count: u32| ((pixels * count) as f32 / 700.0 * std::f32::consts::TAU).sin();
            let value = 127.0 + 60.0 * wave(x, wide) + 60.0 * wave(y, tall);
            Rgb([value as u8, 255 - value as u8, (index * 7 % 64) as u8])
        })
    };
    for index in 0..24 {
        for (folder, first, collapsed) in [("real", 0, false), ("fake", 24, false), ("one", 0, true)] {
            let name = format!("{folder}/{index:02}.jpg");
            put(&workplace, &name, photograph(first + index, collapsed), ImageFormat::Jpeg);
        }
    }
    let reduced = "pictures of 700 x 720 pixels were resized to 62 x 64";
    for (fake, codes) in [("fake", [0, 5]), ("one", [4, 4])] {
        let ended = workplace.run(&format!("diagnose --fake {fake} --real real --verbose"));
        assert!(ended.code.is_some_and(|code| codes.contains(&code)), "{fake}: {ended:?}");
        assert_holds(&ended.stdout, &[&format!("fake: {reduced}"), &format!("real: {reduced}")]);
    }
    let data = "kind = \"images\"\npath = \"real\"\nsize = 64\n";
    workplace.write("photographs.toml", format!("{TINY_PICTURES}{data}").replace("every = 10", "every = 0"));
    let ended = workplace.run("train photographs.toml --set detector.every=0 --steps 2 --out run");
    assert!(ended.code.is_some_and(|code| [0, 5].contains(&code)), "{ended:?}");
    assert_holds(&ended.stderr, &["24 of 24 pictures were resized to 64 x 64"]);
}

#[test]
fn a_generators_pictures_come_as_grids_and_files() {
    let workplace = Workplace::new();
    let text = format!("{TINY_PICTURES}kind = \"glyphs\"\nsamples = 100\nside = 16\n");
    workplace.write("glyphs.toml", &text);
    workplace.write("classes.toml", format!("{text}\n[[strategy]]\nname = \"conditional\"\n"));
    for run in ["glyphs", "classes"] {
        let ended = workplace.run(&format!("train {run}.toml --quiet --out {run}"));
        assert!(matches!(ended.code, Some(0 | 3 | 4 | 5)), "{run}: {ended:?}");
    }
    // Pictures of 16 x 16 are enlarged to 48, with a margin of 2.
    for (words, rows, columns) in [("--grid 3x5", 3, 5), ("--grid 4", 4, 4), ("--grid 2x6 --interpolate", 2, 6)] {
        workplace.succeed(&format!("sample glyphs {words} --out grid.png"));
        let grid = image::load_from_memory(&workplace.bytes("grid.png")).unwrap();
        assert_eq!((grid.width(), grid.height()), (columns * 50 + 2, rows * 50 + 2), "{words}");
    }
    let tile = |name: &str, row: u32, column: u32| {
        let grid = image::load_from_memory(&workplace.bytes(name)).unwrap().to_luma8();
        let pixels =
            (0..48 * 48).map(|place| grid.get_pixel(2 + column * 50 + place % 48, 2 + row * 50 + place / 48).0[0]);
        pixels.map(f64::from).collect::<Vec<_>>()
    };
    let apart = |first: &[f64], second: &[f64]| first.iter().zip(second).map(|(a, b)| (a - b).abs()).sum::<f64>();
    // Neighbours on a path are nearer to each other than its ends are, and the ends are other draws for each row.
    let [first, second, last, other] =
        [(0, 0), (0, 1), (0, 5), (1, 0)].map(|(row, column)| tile("grid.png", row, column));
    assert!(apart(&first, &second) < 0.6 * apart(&first, &last), "{} {}", apart(&first, &second), apart(&first, &last));
    assert!(apart(&first, &other) > 0.0);

    workplace.succeed("sample glyphs --count 7 --seed 3 --out fakes/");
    assert_eq!(fs::read_dir(workplace.path("fakes")).unwrap().count(), 7);
    workplace.succeed("sample glyphs --count 7 --seed 3 --out fakes.npy");
    let values = crate::support::read_floats(&workplace.bytes("fakes.npy"));
    let picture = image::load_from_memory(&workplace.bytes("fakes/000006.png")).unwrap().to_luma8();
    for (value, pixel) in values[6 * 256..].iter().zip(picture.pixels()) {
        assert!((value - (f32::from(pixel.0[0]) / 127.5 - 1.0)).abs() <= 1.0 / 255.0, "{value} {pixel:?}");
    }
    workplace.succeed("sample classes --count 40 --out by-class/");
    let ended = workplace.succeed("data inspect by-class");
    assert_holds(&ended.stdout, &["40 pictures of 16 x 16 x 1", "classes: "]);
    assert!(!ended.stdout.contains("classes: none"), "{}", ended.stdout);

    let rows: &[(&str, &[&str])] = &[
        ("sample glyphs --grid 0x3 --out a.png", &["--grid 0x3", "as in 8x8"]),
        ("sample glyphs --grid 3xx --out a.png", &["--grid 3xx", "as in 8x8"]),
        ("sample glyphs --grid 999x999 --out a.png", &["at most 4096 pictures"]),
        ("sample glyphs --grid 3x3 --out a.npy", &["--grid 3x3", "name a .png"]),
        ("sample glyphs --count 3 --out fakes/", &["--out fakes/", "not empty"]),
        ("sample glyphs --count 3 --out glyphs.toml/", &["this is a file"]),
        ("data inspect nowhere", &["nowhere: no such file or folder"]),
        ("data inspect glyphs.toml", &["unknown kind of file"]),
        ("data inspect fakes --out a.jpg", &["--out a.jpg", "ends in .png"]),
        ("data inspect fakes --size 0", &["--size 0: expected 64, or 48x64"]),
        ("data inspect fakes --crop middle", &["--crop middle: expected center, 108, or 108x96"]),
        ("data inspect fakes --crop 40", &["its 16 x 16 pixels are less than the 40 x 40 of the crop"]),
        ("data pack fakes --out no/a.zip", &["--out no/a.zip", "create it first"]),
        ("data pack fakes --out a.tar", &["ends in .zip"]),
    ];
    for (words, parts) in rows {
        workplace.run(words).assert_error(2, parts, words);
    }
    workplace.succeed("train tiny.toml --quiet --out points");
    for words in ["sample points --grid 3x3 --out a.png", "sample points --count 9 --out points-of/"] {
        workplace.run(words).assert_error(2, &["makes points, not pictures"], words);
    }
    for words in [
        "sample glyphs --out a.png",
        "sample glyphs --count 3 --interpolate --out a.png",
        "sample glyphs --count 3 --grid 3x3 --out a.png",
    ] {
        assert_eq!(workplace.run(words).code, Some(2), "{words}");
    }
}

#[test]
fn points_are_looked_at_too() {
    let workplace = Workplace::new();
    workplace.write("table.csv", "x;y;class\n1,5;10;b\n2,5;20;a\n3,5;30;b\n");
    let ended = workplace.succeed("data inspect table.csv");
    let parts = [
        "table.csv: 3 points of 2 features",
        "values: numbers, 1.500000 to 30.000000, mean 11.2500, standard deviation 10.4",
        "columns: x, y",
        "classes: 2: \"a\" 1, \"b\" 2",
        "read: fields are separated by semicolons",
    ];
    assert_holds(&ended.stdout, &parts);
    workplace.run("data inspect table.csv --out a.png").assert_error(2, &["only pictures are drawn"], "a grid");
    workplace.run("data pack table.csv --out a.zip").assert_error(2, &["are points, not pictures"], "an archive");
}

#[test]
fn missing_parts_are_drawn() {
    let workplace = Workplace::new();
    let digit = |class: u32, index: u32| {
        GrayImage::from_fn(8, 8, |x, y| {
            Luma([if (x * (class + 1) + y) % 5 < 2 { 200 } else { (index * 13 % 40) as u8 }])
        })
    };
    for index in 0..300 {
        put(&workplace, &format!("real/{index:03}.png"), digit(index % 3, index), ImageFormat::Png);
        put(&workplace, &format!("fake/{index:03}.png"), digit(0, index), ImageFormat::Png);
    }
    let ended = workplace.run("diagnose --fake fake --real real --out drawn");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    let missing = image::load_from_memory(&workplace.bytes("drawn/missing.png")).unwrap();
    assert!(missing.width() > 48 && missing.height() >= 2 * 50, "{} x {}", missing.width(), missing.height());
}
