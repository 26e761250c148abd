//! Diagnoses whose classes are those that a classifier names, from the outside.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use ganymede_files::{ReadOptions, read_samples};
use serde_json::Value;

use crate::schema::departures;
use crate::support::{Ended, Workplace, npy};

/// Runs the program with a cache of the workplace's own.
fn run(workplace: &Workplace, words: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    workplace.ended(command.env("GANYMEDE_CACHE", workplace.path("cache")).args(words.split_whitespace()))
}

/// Numbers that a seed draws, 0 to 255.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 56) as u8
    }
}

/// Side of a picture.
const SIDE: usize = 8;

/// A picture of class 0 (stripes across), 1 (along) or 2 (a plain square), with a phase, a brightness and noise of its own.
fn picture(class: usize, draws: &mut Draws) -> Vec<u8> {
    let [phase, bright] = [usize::from(draws.next()) % 4, 160 + usize::from(draws.next()) / 4];
    let at = |row: usize, column: usize| match class {
        0 => (row + phase) % 4 < 2,
        1 => (column + phase) % 4 < 2,
        _ => (1..=3 + phase).contains(&row) && (1..=3 + phase).contains(&column),
    };
    let mut pixels = Vec::with_capacity(SIDE * SIDE);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let noise = usize::from(draws.next()) / 16;
            pixels.push((if at(row, column) { bright } else { 20 } + noise) as u8);
        }
    }
    pixels
}

const NAMES: [&str; 3] = ["across", "along", "square"];

/// Writes pictures of these classes in turn, and a table of their names.
fn write(workplace: &Workplace, name: &str, rows: usize, classes: &[usize], seed: u64) {
    let mut draws = Draws(seed);
    let chosen: Vec<usize> = (0..rows).map(|row| classes[row % classes.len()]).collect();
    let pixels: Vec<u8> = chosen.iter().flat_map(|class| picture(*class, &mut draws)).collect();
    write_pixels(workplace, name, &pixels);
    let table = chosen.iter().map(|class| format!("{}\n", NAMES[*class]));
    workplace.write(&format!("{name}.csv"), std::iter::once("label\n".to_owned()).chain(table).collect::<String>());
}

fn write_pixels(workplace: &Workplace, name: &str, pixels: &[u8]) {
    let rows = pixels.len() / (SIDE * SIDE);
    workplace.write(&format!("{name}.npy"), npy("|u1", &format!("({rows}, {SIDE}, {SIDE})"), pixels));
}

fn workplace() -> Workplace {
    let workplace = Workplace::new();
    write(&workplace, "learnt", 600, &[0, 1, 2], 1);
    write(&workplace, "real", 300, &[0, 1, 2], 2);
    write(&workplace, "alike", 300, &[0, 1, 2], 3);
    write(&workplace, "two", 300, &[0, 1], 4);
    write(&workplace, "one-of-each", 3, &[0, 1, 2], 5);
    let one = workplace.bytes("one-of-each.npy");
    let repeated = one[one.len() - 3 * SIDE * SIDE..].repeat(100);
    write_pixels(&workplace, "repeated", &repeated);
    let mut draws = Draws(6);
    let smudges: Vec<u8> = (0..300 * SIDE * SIDE).map(|_| 80 + draws.next() / 4).collect();
    write_pixels(&workplace, "smudges", &smudges);
    let words = "classifier train learnt.npy --labels learnt.csv --steps 150 --quiet --out shapes.safetensors";
    workplace.succeed(words);
    workplace
}

#[test]
fn classes_come_from_a_classifier_and_have_their_say() {
    let workplace = workplace();
    let by = "--classifier shapes.safetensors";
    let rows: [(&str, &[i32], &[&str]); 4] = [
        ("alike", &[0], &["recognisable: ", "modes of all samples: 3 (real: 3) of 3, 3 (real: 3) with 20 or more"]),
        ("two", &[3, 4], &["parts of the data are lost", "classes missing: 1 of 3: square"]),
        ("repeated", &[4], &["collapsed: "]),
        ("smudges", &[3, 4], &["of the fake samples can be recognised", "(real: 3) of 3"]),
    ];
    for (name, codes, parts) in rows {
        // Without labels of either set.
        let ended = run(&workplace, &format!("diagnose --fake {name}.npy --real real.npy {by} --verbose"));
        assert!(codes.contains(&ended.code.unwrap()), "{name}: {ended:?}");
        let json = run(&workplace, &format!("diagnose --fake {name}.npy --real real.npy {by} --json"));
        let answer: Value = serde_json::from_str(&json.stdout).unwrap_or_else(|error| panic!("{error}: {json:?}"));
        assert_eq!(departures(&answer), Vec::<String>::new(), "{name}");
        let told = format!("{}{}", ended.stdout, answer["reasons"]);
        for part in parts {
            assert!(told.contains(part), "{name}: `{part}` is missing in {told}");
        }
        assert_eq!(answer["classified"]["modes"], serde_json::json!(NAMES));
        assert_eq!(answer["classified"]["real"]["modes_covered"], 3, "{answer}");
        assert!(answer["per_class"].as_array().unwrap().len() == 3, "{answer}");
    }
    // Labels that are given do not matter: the classifier names the classes.
    let words = format!("diagnose --fake two.npy --real real.npy --fake-labels alike.csv --real-labels real.csv {by}");
    assert!(run(&workplace, &words).stdout.contains("classes missing: 1 of 3: square"));
    // Without real samples it only counts.
    let alone = run(&workplace, &format!("diagnose --fake two.npy {by}"));
    assert!(alone.code == Some(5) && alone.stdout.contains("modes among these: 2 of 3"), "{alone:?}");
    // The same pixels on another scale are the same pictures.
    for name in ["real", "alike"] {
        let file = workplace.bytes(&format!("{name}.npy"));
        let pixels = &file[file.len() - 300 * SIDE * SIDE..];
        let values: Vec<f32> = pixels.iter().map(|byte| f32::from(*byte) / 255.0).collect();
        workplace.write(&format!("{name}-unit.npy"), npy("<f4", "(300, 8, 8)", &crate::support::floats(&values)));
    }
    let unit = run(&workplace, &format!("diagnose --fake alike-unit.npy --real real-unit.npy {by}"));
    assert!(unit.code == Some(0) && unit.stdout.contains("modes of all samples: 3 (real: 3) of 3"), "{unit:?}");
}

#[test]
fn a_classifier_learns_the_real_samples_classes_once() {
    let workplace = workplace();
    let words = "diagnose --fake two.npy --real learnt.npy --real-labels learnt.csv --classifier auto";
    let first = run(&workplace, words);
    assert!(matches!(first.code, Some(3 | 4)), "{first:?}");
    assert!(first.stderr.contains("classifier: 3 classes of samples of 8 x 8 x 1"), "{first:?}");
    assert!(first.stdout.contains("classes missing: 1 of 3: square"), "{first:?}");
    let again = run(&workplace, words);
    assert_eq!((again.stdout, again.stderr.as_str()), (first.stdout, ""));
}

#[test]
fn a_classifier_that_does_not_fit_is_refused() {
    let workplace = workplace();
    workplace.write("text.safetensors", "no tensors");
    workplace.write("points.csv", "1,2\n3,4\n5,6\n");
    let rows: &[(&str, &[&str])] = &[
        (
            "--fake alike.npy --real real.npy --classifier gone",
            &["--classifier gone: no such file", "classifier train"],
        ),
        ("--fake alike.npy --real real.npy --classifier text.safetensors", &["text.safetensors: not a safetensors"]),
        ("--fake alike.npy --real real.npy --classifier auto", &["--classifier auto: ", "--real-labels"]),
        ("--fake alike.npy --classifier auto", &["--classifier auto: ", "there are none"]),
        ("--fake points.csv --classifier shapes.safetensors", &["--classifier shapes.safetensors: ", "8 x 8 x 1"]),
        (
            "--fake alike.npy --real smudges.npy --classifier shapes.safetensors",
            &["--classifier shapes.safetensors: it recognises ", "95 % are due"],
        ),
        (
            "--fake alike.npy --real real.npy --real-labels shifted.csv --classifier shapes.safetensors",
            &["--classifier shapes.safetensors: it names ", "as their labels do"],
        ),
    ];
    // Each label is that of the picture before.
    let labels = workplace.read("real.csv");
    let (title, rest) = labels.split_once('\n').unwrap();
    workplace.write("shifted.csv", format!("{title}\nsquare\n{}", rest.trim_end().rsplit_once('\n').unwrap().0));
    for (words, parts) in rows {
        let ended = run(&workplace, &format!("diagnose {words}"));
        assert_eq!(ended.code, Some(2), "{words}: {ended:?}");
        for part in *parts {
            assert!(ended.stderr.contains(part), "{words}: `{part}` is missing in {}", ended.stderr);
        }
    }
}

/// Values of a picture of Fashion-MNIST.
const PIXELS: usize = 784;

#[test]
fn a_class_of_clothes_that_is_lost_is_found_without_labels() {
    let Some(data) = std::env::var_os("GANYMEDE_DATA").map(PathBuf::from) else {
        let line = b"LEFT OUT: GANYMEDE_DATA is not set; set it to a folder that holds fashion-mnist/\n";
        std::io::stderr().write_all(line).unwrap();
        return;
    };
    let labels = Some(data.join("fashion-mnist/t10k-labels-idx1-ubyte.gz"));
    let options = ReadOptions { labels, ..ReadOptions::default() };
    let set = read_samples(&data.join("fashion-mnist/t10k-images-idx3-ubyte.gz"), &options).unwrap().contents;
    let classes = set.labels.unwrap().classes;
    let all: Vec<u8> =
        set.samples.into_matrix().values.into_iter().map(|value| ((value + 1.0) * 127.5).round() as u8).collect();
    let workplace = Workplace::new();
    let write = |name: &str, chosen: &[usize]| {
        let bytes: Vec<u8> = chosen.iter().flat_map(|row| &all[row * PIXELS..(row + 1) * PIXELS]).copied().collect();
        workplace.write(name, npy("|u1", &format!("({}, 28, 28)", chosen.len()), &bytes));
    };
    // Learnt from 6,000 pictures; 1,000 real and 1,000 fake ones that it has never seen.
    write("learnt.npy", &(0..6_000).collect::<Vec<_>>());
    let table: Vec<String> = classes[..6_000].iter().map(ToString::to_string).collect();
    workplace.write("learnt.csv", format!("label\n{}\n", table.join("\n")));
    workplace.succeed("classifier train learnt.npy --labels learnt.csv --steps 350 --quiet --out clothes.safetensors");
    let fakes = 7_000..8_000;
    write("real.npy", &(6_000..7_000).collect::<Vec<_>>());
    write("alike.npy", &fakes.clone().collect::<Vec<_>>());
    write("repeated.npy", &fakes.clone().map(|row| 7_000 + row % 64).collect::<Vec<_>>());
    // Trousers are taken for nothing else; some pullovers, coats and shirts for each other.
    for lost in [1, 4] {
        write(&format!("without-{lost}.npy"), &fakes.clone().filter(|row| classes[*row] != lost).collect::<Vec<_>>());
    }
    let rows: [(&str, &[i32], &str); 4] = [
        ("alike", &[0], "no sign of collapse"),
        ("without-1", &[3, 4], "classes missing: 1 of 10: 1"),
        ("without-4", &[3, 4], "classes missing: 1 of 10: 4"),
        ("repeated", &[4], "the same samples come again and again"),
    ];
    for (name, codes, part) in rows {
        let words = format!("diagnose --fake {name}.npy --real real.npy --classifier clothes.safetensors");
        let ended = run(&workplace, &words);
        assert!(codes.contains(&ended.code.unwrap()) && ended.stdout.contains(part), "{name}: {}", ended.stdout);
    }
}
