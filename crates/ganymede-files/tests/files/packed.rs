//! Zip archives of pictures: read as the folder that was packed, by the same rules.

use ganymede_files::{Crop, ReadOptions};
use image::{GrayImage, ImageFormat, Luma, RgbImage};

use crate::bytes::{ZipEntry, picture, zip};
use crate::{Flat, check_error, file, read_samples, read_with};

fn grey(value: u8) -> Vec<u8> {
    picture(GrayImage::from_pixel(2, 3, Luma([value])), ImageFormat::Png)
}

fn stored(name: &str, data: &[u8]) -> ZipEntry {
    ZipEntry { name: name.to_owned(), ..ZipEntry::stored("", data) }
}

fn deflated(name: &str, data: &[u8]) -> ZipEntry {
    ZipEntry { name: name.to_owned(), ..ZipEntry::deflated("", data) }
}

/// Writes files into a folder `tree` and into an archive `tree.zip` beside it.
fn twice(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let entries: Vec<ZipEntry> = files
        .iter()
        .enumerate()
        .map(|(index, (name, data))| if index % 2 == 0 { stored(name, data) } else { deflated(name, data) })
        .collect();
    let (folder, path) = file("tree.zip", zip(&entries));
    for (name, data) in files {
        let path = path.with_extension("").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, data).unwrap();
    }
    folder
}

/// What both ways of keeping the files give, without their paths.
#[track_caller]
fn read_twice(files: &[(&str, Vec<u8>)], options: &ReadOptions) -> Result<Flat, String> {
    let folder = twice(files);
    let [packed, plain] = ["tree.zip", "tree"].map(|name| {
        let path = folder.path().join(name);
        let without = |text: String| text.replace(&path.display().to_string(), "ROOT");
        read_with(&path, options)
            .map(|set| Flat { report: set.report.into_iter().map(without).collect(), ..set })
            .map_err(|error| error.to_string().replace(&path.display().to_string(), "ROOT"))
    });
    assert_eq!(packed, plain, "{files:?}", files = files.iter().map(|(name, _)| name).collect::<Vec<_>>());
    packed
}

fn classes(set: &Flat) -> Option<(Vec<usize>, Vec<&str>)> {
    set.labels.clone().map(|labels| (labels, set.names.iter().map(String::as_str).collect()))
}

/// The files, with the values of their grey pictures or as a text; the classes and their names; what the report says.
type Case<'case> =
    (&'case str, &'case [(&'case str, u8)], &'case str, Option<(&'case [usize], &'case [&'case str])>, &'case str);

#[test]
fn an_archive_is_read_as_its_folder() {
    let shards: &[(&str, u8)] = &[("00000/img00000000.png", 0), ("00000/img00000001.png", 1), ("00001/img1.png", 2)];
    let dataset = |labels: &str| format!("{{\"labels\": {labels}}}");
    let three = |labels: [&str; 3]| {
        dataset(&format!(
            "[[\"00000/img00000000.png\", {}], [\"00001/img1.png\", {}], [\"00000/img00000001.png\", {}]]",
            labels[0], labels[2], labels[1]
        ))
    };
    let cases: &[Case] = &[
        ("plain", &[("a.png", 0), ("b.png", 1)], "", None, "pixels were scaled"),
        (
            "classes",
            &[("10/a.png", 1), ("2/a.png", 0), ("2/.hidden", 9)],
            "",
            Some((&[0, 1], &["2", "10"])),
            "2 sub-folders are classes",
        ),
        ("one folder", &[("all/a.png", 0), ("all/b.png", 1)], "", None, "those of its only sub-folder"),
        ("StyleGAN's, no labels", shards, &dataset("null"), None, "2 sub-folders are shards"),
        (
            "StyleGAN's",
            shards,
            &three(["7", "3", "7"]),
            Some((&[1, 0, 1], &["3", "7"])),
            "2 classes are those of dataset",
        ),
        (
            "StyleGAN's, one-hot",
            shards,
            &three(["[0, 1]", "[1, 0]", "[0, 1.0]"]),
            Some((&[1, 0, 1], &["0", "1"])),
            "classes are those of dataset.json",
        ),
        ("StyleGAN's, vectors", shards, &three(["[0.5]", "[1]", "[2]"]), None, "are vectors, not classes"),
        ("texts", shards, &three(["\"cat\"", "\"ant\"", "\"cat\""]), Some((&[1, 0, 1], &["ant", "cat"])), "2 classes"),
        (
            "names of classes",
            shards,
            "{\"labels\": [[\"00000/img00000000.png\", 1], [\"00000/img00000001.png\", 0], [\"00001/img1.png\", 1], \
             [\"gone.png\", 0]], \"classes\": [\"dog\", \"cat\"]}",
            Some((&[0, 1, 0], &["cat", "dog"])),
            "1 of its 4 labels belong to no picture here",
        ),
    ];
    for (name, pictures, text, expected, line) in cases {
        let mut files: Vec<(&str, Vec<u8>)> = pictures.iter().map(|(name, value)| (*name, grey(*value))).collect();
        if !text.is_empty() {
            files.push(("dataset.json", text.as_bytes().to_vec()));
        }
        let set = read_twice(&files, &ReadOptions::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let values: Vec<u8> =
            (0..set.rows()).map(|row| ((set.samples.row(row)[0] + 1.0) * 127.5).round() as u8).collect();
        assert_eq!(values, (0..set.rows() as u8).collect::<Vec<_>>(), "{name}");
        assert_eq!(classes(&set), expected.map(|(labels, names)| (labels.to_vec(), names.to_vec())), "{name}");
        assert!(set.report.iter().any(|report| report.contains(line)), "{name}: {:?}", set.report);
        let of_folders = set.report.iter().any(|report| report.contains("sub-folders"));
        assert!(
            !(of_folders && line.contains("dataset")),
            "the classes are in dataset.json, not in folders: {:?}",
            set.report
        );
    }
}

#[test]
fn a_file_of_labels_finds_pictures_by_their_names() {
    let folder = twice(&[("a.png", grey(0)), ("b.png", grey(1)), ("c.png", grey(2))]);
    let cases: &[(&str, &str, Option<&[usize]>)] = &[
        ("by.csv", "file,label\nc.png,x\na.png,y\nb.png,x\n", Some(&[1, 0, 0])),
        ("stems.csv", "label;image_id\n5;c\n4;a\n5;b\n4;zebra\n", Some(&[0, 1, 1])),
        ("bare.tsv", "c.png\t2\nb.png\t1\na.png\t0\n", Some(&[0, 1, 2])),
        ("by.json", "{\"labels\": [[\"c.png\", 1], [\"b.png\", 0], [\"a.png\", 1]]}", Some(&[1, 0, 1])),
        ("order.csv", "label\n1\n0\n1\n", Some(&[1, 0, 1])),
        ("few.csv", "file,label\nc.png,0\na.png,1\n", None),
        ("twice.csv", "file,label\nc.png,0\na.png,1\nb.png,1\nb.png,0\n", None),
        ("columns.csv", "file,hair,eyes\na.png,0,1\nb.png,0,1\nc.png,0,1\n", None),
        ("broken.json", "{\"labels\": [[\"c.png\"", None),
    ];
    for (name, text, expected) in cases {
        let labels = folder.path().join(name);
        std::fs::write(&labels, text).unwrap();
        for root in ["tree", "tree.zip"] {
            let options = ReadOptions { labels: Some(labels.clone()), ..ReadOptions::default() };
            let set = read_with(&folder.path().join(root), &options);
            match expected {
                Some(expected) => assert_eq!(set.unwrap().labels.as_deref(), Some(*expected), "{name}"),
                None => check_error(
                    name,
                    set,
                    &labels,
                    match *name {
                        "few.csv" => &["it has no label for the picture b.png; add a line for it"],
                        "twice.csv" => &["it gives \"b.png\" two labels, \"1\" and \"0\""],
                        "columns.csv" => &["no column of labels beside the names", "call one of them label"],
                        _ => &["not a valid .json file", "expected {\"labels\""],
                    },
                ),
            }
        }
    }
}

#[test]
fn pictures_are_cropped_before_they_are_resized() {
    // 4 x 10 pixels; the column is the value.
    let wide = picture(GrayImage::from_fn(10, 4, |x, _| Luma([20 * x as u8])), ImageFormat::Png);
    let options = |crop, size| ReadOptions { crop: Some(crop), size, ..ReadOptions::default() };
    let row = |set: &Flat| -> Vec<u8> {
        let first = &set.samples.row(0)[..set.shape.width];
        first.iter().map(|value| ((value + 1.0) * 127.5).round() as u8).collect()
    };
    let cases: &[(ReadOptions, &[u8])] = &[
        (options(Crop::Center, None), &[60, 80, 100, 120]),
        (options(Crop::Size([2, 3]), None), &[60, 80, 100]),
        (options(Crop::Center, Some([2, 2])), &[70, 110]),
        (options(Crop::Center, Some([2, 5])), &[10, 50, 90, 130, 170]),
    ];
    let array =
        crate::bytes::npy("'|u1'", false, "(2, 4, 10, 1)", &[0, 20, 40, 60, 80, 100, 120, 140, 160, 180].repeat(8));
    let (_folder, array) = file("wide.npy", array);
    for (options, expected) in cases {
        let set = read_twice(&[("a.png", wide.clone())], options).unwrap();
        let close = |found: Vec<u8>| {
            found.len() == expected.len() && found.iter().zip(*expected).all(|(a, b)| a.abs_diff(*b) <= 5)
        };
        assert!(close(row(&set)), "{options:?}: {:?}", row(&set));
        let set = read_with(&array, options).unwrap();
        assert!(close(row(&set)), "an array, {options:?}: {:?}", row(&set));
    }
    let small = options(Crop::Size([5, 5]), None);
    let error = read_twice(&[("a.png", wide)], &small).unwrap_err();
    assert!(
        error.contains("its 4 x 10 pixels are less than the 5 x 5 of the crop; crop less, or crop = \"center\""),
        "{error}"
    );
    check_error("an array", read_with(&array, &small), &array, &["its pictures of 4 x 10 pixels are less"]);
}

#[test]
fn bad_archives_are_refused_and_bad_files_in_them_counted() {
    let good: Vec<(String, Vec<u8>)> = (0..99).map(|index| (format!("{index:02}.png"), grey(index))).collect();
    let mut entries: Vec<ZipEntry> = good.iter().map(|(name, data)| stored(name, data)).collect();
    let bad = |entry: ZipEntry| zip(&[&entries[..], &[entry]].concat());
    let short = grey(7)[..40].to_vec();
    for (entry, problem) in [
        (stored("bad.png", &short), "bad.png ("),
        (ZipEntry { checksum: 1, ..stored("bad.png", &grey(7)) }, "checksum"),
        (ZipEntry { flags: 1, ..stored("bad.png", &grey(7)) }, "it is encrypted"),
        (ZipEntry { method: 12, ..stored("bad.png", &grey(7)) }, "its compression method"),
        (ZipEntry { size: u32::MAX - 1, ..deflated("bad.png", &grey(7)) }, "cannot inflate to the"),
        (stored("notes.txt", b"text"), "notes.txt (it is neither PNG"),
        (stored("bad.png", b""), "it is empty"),
    ] {
        let (_folder, path) = file("set.zip", bad(entry));
        let set = read_samples(&path).unwrap_or_else(|error| panic!("{problem}: {error}"));
        let says = |part: &str| set.report.iter().any(|line| line.to_lowercase().contains(&part.to_lowercase()));
        assert!(
            set.rows() == 99 && says("1 of 100 files are no pictures") && says(problem),
            "{problem}: {:?}",
            set.report
        );
    }
    entries.push(stored("00.png", &grey(1)));
    let whole = zip(&[stored("a.png", &grey(1))]);
    let cases: &[(&str, Vec<u8>, &[&str])] = &[
        ("the same name", zip(&entries), &["not a valid .zip file", "it holds \"00.png\" twice"]),
        (
            "a file that is a folder",
            zip(&[stored("a", &grey(1)), stored("a/b.png", &grey(2))]),
            &["beside sub-folders such as a"],
        ),
        ("cut", whole[..whole.len() - 9].to_vec(), &["not a valid .zip file", "ganymede data pack"]),
        ("no archive", b"no archive".to_vec(), &["not a valid .zip file"]),
        ("nothing", zip(&[]), &["holds no pictures"]),
        (
            "hidden files",
            zip(&[stored("__MACOSX/a.png", &grey(1)), stored(".a.png", &grey(1))]),
            &["holds no pictures"],
        ),
        (
            "a line's end in a name",
            zip(&[stored("a\nb.png", &grey(1)), stored("dataset.json", b"{\"labels\": [[\"c.png\", 1]]}")]),
            &["it has no label for the picture a\u{fffd}b.png; add a line for it"],
        ),
        ("arrays", zip(&[stored("x.npy", b"\x93NUMPY\x01")]), &["x.npy (it is an array: name the file itself"]),
        (
            "two sizes",
            zip(&[stored("a.png", &grey(1)), stored("b.png", &picture(RgbImage::new(4, 4), ImageFormat::Png))]),
            &["holds pictures of several kinds", "--size"],
        ),
    ];
    for (name, bytes, parts) in cases {
        let (_folder, path) = file("set.zip", bytes);
        let error = read_samples(&path).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()) && !error.contains('\n'), "{name}: {error}");
        assert!(parts.iter().all(|part| error.contains(part)), "{name}: {error}");
    }
}
