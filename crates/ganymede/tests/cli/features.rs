//! Diagnoses by the features of a network, from the outside.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ganymede_files::{ReadOptions, read_samples};
use serde_json::Value;

use crate::schema::departures;
use crate::support::{Ended, Workplace};

/// A model whose features are the means of the three channels, and what a model gives that takes grey pictures only.
fn model(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ganymede-evaluation/tests/fixtures");
    folder.join(name).display().to_string()
}

/// Runs the program with a cache of the workplace's own.
fn run(workplace: &Workplace, words: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    workplace.ended(command.args(words.split_whitespace()).env("GANYMEDE_CACHE", workplace.path("cache")))
}

/// Pictures of bytes, `[rows, height, width, channels]`, as numpy writes them.
fn pictures(workplace: &Workplace, name: &str, shape: [usize; 4], bytes: &[u8]) {
    let [rows, height, width, channels] = shape;
    let header =
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, {height}, {width}, {channels}), }}");
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((length as u16).to_le_bytes());
    file.extend(format!("{header:<width$}\n", width = length - 1).bytes());
    file.extend(bytes);
    workplace.write(name, file);
}

/// Plain pictures in colours that are drawn by a number.
fn colours(rows: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..rows).flat_map(|_| [next(), next(), next()].repeat(12)).collect()
}

const SHAPE: [usize; 3] = [3, 4, 3];

fn workplace() -> Workplace {
    let workplace = Workplace::new();
    for (name, rows, seed) in [("real.npy", 600, 1), ("fake.npy", 500, 2)] {
        pictures(&workplace, name, [rows, SHAPE[0], SHAPE[1], SHAPE[2]], &colours(rows, seed));
    }
    workplace
}

#[test]
fn a_report_says_first_whose_features_it_is_of() {
    let workplace = workplace();
    let words = format!("diagnose --fake fake.npy --real real.npy --features {}", model("means.onnx"));
    let ended = run(&workplace, &words);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("healthy"), "{}", ended.stdout);
    assert_eq!(lines[1], "by the 3 features that means makes of pictures of 6 x 8");
    for start in ["FD (means): ", "FD-infinity (means): ", "KD (means): ", "IS (means): "] {
        assert!(lines.iter().any(|line| line.starts_with(start)), "{start}: {}", ended.stdout);
    }
    assert!(ended.stderr.contains("features: ") && !ended.stdout.contains("kept from before"), "{ended:?}");

    // The second time nothing has to be made, and the answer is the same.
    let again = run(&workplace, &words);
    for (count, which) in [(600, "real"), (500, "fake")] {
        let note = format!("note: features of {count} of the {count} {which} samples were kept from before");
        assert!(again.stdout.contains(&note), "{note}: {}", again.stdout);
    }
    assert_eq!(figures(&ended), figures(&again));

    // A name of one's own.
    let named = run(&workplace, &format!("{words} --features-set name=other --features-set mean=0.5"));
    assert!(named.stdout.contains("FD (other): ") && !named.stdout.contains("means"), "{}", named.stdout);
}

/// The figures on the features of `means` in a report.
fn figures(ended: &Ended) -> Vec<String> {
    ended.stdout.lines().filter(|line| line.contains("(means)")).map(ToOwned::to_owned).collect()
}

/// How many files of features the cache holds.
fn kept_pieces(workplace: &Workplace) -> usize {
    workplace.listing().iter().filter(|name| Path::new(name).extension().is_some_and(|end| end == "npz")).count()
}

#[test]
fn features_outlast_a_kill_and_serve_two_programs_at_once() {
    let workplace = workplace();
    pictures(&workplace, "many.npy", [40_000, SHAPE[0], SHAPE[1], SHAPE[2]], &colours(40_000, 3));
    let words = format!("diagnose --fake many.npy --features {}", model("means.onnx"));
    let in_cache = |cache: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
        command.args(words.split_whitespace()).env("GANYMEDE_CACHE", workplace.path(cache));
        command.current_dir(workplace.path("."));
        command
    };
    let kept = || kept_pieces(&workplace);
    let mut killed = in_cache("cache").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while kept() == 0 && killed.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!((1..157).contains(&kept()), "{} of 157 pieces were kept", kept());

    // What was kept is used, by two programs at once, and all come to what one comes to that was never killed.
    let pair = [0; 2].map(|_| in_cache("cache").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let whole = workplace.ended(&mut in_cache("other"));
    assert!(matches!(whole.code, Some(3 | 5)), "{whole:?}");
    for child in pair {
        let output = child.wait_with_output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        let ended = Ended { code: output.status.code(), stdout, stderr };
        assert_eq!((ended.code, figures(&ended)), (whole.code, figures(&whole)), "{ended:?}");
        assert!(ended.stdout.contains("of the 40000 fake samples were kept from before"), "{ended:?}");
        assert!(!ended.stderr.contains("warning"), "{ended:?}");
    }
}

#[test]
fn the_cache_has_a_limit() {
    let workplace = workplace();
    let words = format!("diagnose --fake fake.npy --real real.npy --features {}", model("means.onnx"));
    let within = |limit: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
        command.args(words.split_whitespace()).env("GANYMEDE_CACHE", workplace.path("cache"));
        workplace.ended(command.env("GANYMEDE_CACHE_LIMIT", limit))
    };
    let kept = || kept_pieces(&workplace);
    // Five pieces of at most 256 samples, some kilobytes each.
    let rows = [("", 5), ("1GB", 5), ("9kB", 1), ("0", 0)];
    for (limit, files) in rows {
        let ended = within(limit);
        assert_eq!((ended.code, kept()), (Some(0), files), "{limit}: {ended:?}");
    }
    within("lots").assert_error(2, &["GANYMEDE_CACHE_LIMIT=lots", "such as 500MB or 2GB"], "no size");
}

#[test]
fn the_answer_for_programs_has_the_features_and_their_figures() {
    let workplace = workplace();
    let words = format!("diagnose --fake fake.npy --real real.npy --json --features {}", model("means.onnx"));
    let ended = run(&workplace, &format!("{words} --save-reference real.npz"));
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(departures(&answer), Vec::<String>::new());
    let features = &answer["features"];
    assert_eq!((features["extractor"].as_str(), features["width"].as_u64()), (Some("means"), Some(3)));
    assert_eq!(features["input"], serde_json::json!([6, 8, 3]));
    let figure = |answer: &Value, key: &str| {
        let figures = answer["features"]["figures"].as_array().unwrap();
        figures.iter().find(|figure| figure["key"] == key).map(|figure| figure["value"].as_f64().unwrap())
    };
    assert!(figure(&answer, "frechet_to_reference").is_none());

    // Statistics that were written are read again: the distance to them is that to the samples.
    let ended = run(&workplace, &format!("{words} --reference real.npz"));
    let with_reference: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(departures(&with_reference), Vec::<String>::new());
    let (to_reference, frechet) = (figure(&with_reference, "frechet_to_reference"), figure(&answer, "frechet"));
    assert!((to_reference.unwrap() - frechet.unwrap()).abs() < 1e-9, "{to_reference:?} {frechet:?}");

    let plain = run(&workplace, "diagnose --fake fake.npy --real real.npy --json");
    let plain: Value = serde_json::from_str(&plain.stdout).unwrap();
    assert_eq!((departures(&plain), &plain["features"]), (Vec::new(), &Value::Null));
}

#[test]
fn features_alone_have_no_scale_to_be_judged_by() {
    let workplace = workplace();
    let words = format!("diagnose --fake fake.npy --features {} --features-set range=[0,1e-3]", model("means.onnx"));
    let ended = run(&workplace, &words);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.stdout.contains("only a total collapse could be told"), "{ended:?}");
}

#[test]
fn what_cannot_be_used_is_refused_with_a_remedy() {
    let workplace = workplace();
    pictures(&workplace, "deep.npy", [9, 4, 4, 4], &colours(9, 3)[..9 * 36].repeat(4)[..9 * 64]);
    workplace.write("points.csv", "1,2\n3,4\n5,6\n");
    workplace.write("net.onnx", "this is no model");
    workplace.write("old.npz", "statistics");
    let means = model("means.onnx");
    for (words, fragments) in [
        ("--fake fake.npy --real real.npy --features gone.onnx".to_owned(), ["gone.onnx", "no such file"]),
        ("--fake fake.npy --real real.npy --features net.onnx".to_owned(), ["net.onnx", "cannot be loaded"]),
        (format!("--fake fake.npy --features {means} --features-set szie=3"), ["szie", "expected one of `name`"]),
        (
            format!("--fake fake.npy --features {means} --features-set features=pool"),
            ["no output \"pool\"", "say features ="],
        ),
        (
            format!("--fake fake.npy --features {means} --features-set network=inception-2015"),
            ["makes 3 features, and inception-2015 2048", "leave network out"],
        ),
        (format!("--fake points.csv --features {means}"), ["points.csv", "takes pictures of 1 or 3 channels"]),
        (format!("--fake deep.npy --features {means}"), ["deep.npy", "--channels 3"]),
        (format!("--fake fake.npy --features {means} --reference gone.npz"), ["gone.npz", "no such file"]),
        (format!("--fake fake.npy --features {means} --reference fake.npy"), ["fake.npy", "not a valid .npz"]),
        (
            format!("--fake fake.npy --real real.npy --features {means} --save-reference real.npy"),
            ["--save-reference real.npy", "ends in .npz"],
        ),
        (
            format!("--fake fake.npy --real real.npy --features {means} --save-reference no/such.npz"),
            ["--save-reference no/such.npz", "create it first"],
        ),
        (
            format!(
                "--fake fake.npy --real real.npy --features {means} --reference old.npz --save-reference ./old.npz"
            ),
            ["--save-reference ./old.npz", "would be lost"],
        ),
    ] {
        let ended = run(&workplace, &format!("diagnose {words}"));
        assert_eq!(ended.code, Some(2), "{words}: {ended:?}");
        let error = ended.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
        for fragment in fragments {
            assert!(error.contains(fragment), "{words}: `{fragment}` is missing in {:?}", ended.stderr);
        }
    }
    assert_eq!(run(&workplace, "diagnose --fake fake.npy --features-set size=3").code, Some(2));
}

/// Fashion-MNIST's test pictures with their classes, and the network; nothing where there is no data, which is said.
fn fashion() -> Option<(Vec<u8>, Vec<usize>, PathBuf)> {
    let Some(data) = std::env::var_os("GANYMEDE_DATA").map(PathBuf::from) else {
        let line = b"LEFT OUT: GANYMEDE_DATA is not set; set it to a folder that holds fashion-mnist/ and features/\n";
        std::io::stderr().write_all(line).unwrap();
        return None;
    };
    let labels = Some(data.join("fashion-mnist/t10k-labels-idx1-ubyte.gz"));
    let options = ReadOptions { labels, ..ReadOptions::default() };
    let set = read_samples(&data.join("fashion-mnist/t10k-images-idx3-ubyte.gz"), &options).unwrap().contents;
    let bytes =
        set.samples.into_matrix().values.into_iter().map(|value| ((value + 1.0) * 127.5).round() as u8).collect();
    Some((bytes, set.labels.unwrap().classes, data.join("features/mobilenet_v2-features.onnx")))
}

/// Pictures of which one half is the real set and the other the fakes.
const ROWS: usize = 1_000;

const PIXELS: usize = 784;

/// Pictures moved two pixels to the right, over black.
fn shifted(pictures: &[u8]) -> Vec<u8> {
    pictures.chunks_exact(28).flat_map(|row| [&[0, 0], &row[..26]].concat()).collect()
}

#[test]
fn a_shift_is_healthy_and_lost_variety_is_found_on_features() {
    let Some((all, classes, network)) = fashion() else { return };
    let workplace = Workplace::new();
    let rows = |chosen: Vec<usize>| -> Vec<u8> {
        chosen.into_iter().flat_map(|row| &all[row * PIXELS..(row + 1) * PIXELS]).copied().collect()
    };
    let (half, count) = (ROWS / 2, ROWS);
    let held_out: Vec<usize> = (half..count).collect();
    let sets = [
        ("real.npy", rows((0..half).collect())),
        ("shifted.npy", shifted(&rows(held_out.clone()))),
        ("repeated.npy", rows((0..half).map(|row| half + row % 64).collect())),
        ("nine.npy", rows(held_out.into_iter().filter(|row| classes[*row] != 7).collect())),
    ];
    for (name, bytes) in &sets {
        pictures(&workplace, name, [bytes.len() / PIXELS, 28, 28, 1], bytes);
    }
    let network = network.display();
    for (fake, expected) in [("shifted.npy", [0, 0]), ("repeated.npy", [4, 4]), ("nine.npy", [3, 4])] {
        let ended = run(&workplace, &format!("diagnose --fake {fake} --real real.npy --features {network}"));
        assert!(expected.contains(&ended.code.unwrap()), "{fake}: {ended:?}");
        assert!(ended.stdout.contains("\nby the 1280 features that mobilenet_v2 makes of pictures of 224 x 224\n"));
    }
    // On the values themselves the shift looks like a loss.
    assert_ne!(run(&workplace, "diagnose --fake shifted.npy --real real.npy").code, Some(0));
}
