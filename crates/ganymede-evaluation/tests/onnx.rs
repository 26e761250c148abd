//! Models in ONNX files: what is taken of them, what is refused, and features equal to ONNX Runtime's.
#![cfg(feature = "onnx")]

use std::io::Write;
use std::path::{Path, PathBuf};

use ganymede_evaluation::{EvaluationError, Extractor, Features, ModelSettings, OnnxExtractor};
use ganymede_files::{ReadOptions, read_samples};
use ganymede_metrics::{KernelDistanceOptions, MatrixView, frechet_distance, inception_score, kernel_distance};
use ganymede_samples::{Samples, Shape, Values};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A copy of a fixture in a folder of its own, with settings beside it.
fn beside(model: &str, settings: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(model);
    std::fs::copy(fixture(model), &path).expect("a copy");
    if !settings.is_empty() {
        std::fs::write(path.with_extension("toml"), settings).expect("settings");
    }
    (folder, path)
}

fn open(model: &str, settings: &str) -> Result<OnnxExtractor, EvaluationError> {
    let (_folder, path) = beside(model, settings);
    OnnxExtractor::open(&path, &ModelSettings::beside(&path, &[])?)
}

/// Pictures of one colour each, whose channels are known after any resizing.
fn plain(shape: Shape, colours: &[&[u8]]) -> Samples {
    let bytes = colours.iter().flat_map(|colour| colour.iter().copied().cycle().take(shape.features())).collect();
    Samples::new(Values::Bytes(bytes), shape)
}

fn extract(model: &str, settings: &str, samples: &Samples) -> Features {
    let extractor = open(model, settings).unwrap_or_else(|error| panic!("{model} with {settings}: {error}"));
    let mut seen = Vec::new();
    let features = extractor.extract(samples, &mut |done| seen.push(done)).expect("features");
    assert!(seen.is_sorted() && seen.last() == Some(&samples.rows()), "{seen:?}");
    assert_eq!(features.values.features, extractor.width());
    features
}

fn close(found: &[f32], expected: &[f32]) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-5)
}

const COLOURS: [&[u8]; 5] = [&[0, 51, 255], &[255, 0, 102], &[204, 204, 204], &[0, 0, 0], &[10, 20, 30]];

#[test]
fn pictures_of_any_size_become_features_in_the_range_that_is_asked_for() {
    let colours = Shape { channels: 3, height: 5, width: 9 };
    let samples = plain(colours, &COLOURS);
    // Each model gives the means of the channels, from which range, mean and std can be read.
    for (model, settings, of) in [
        ("means.onnx", "", (|_, unit| unit) as fn(usize, f32) -> f32),
        ("means.onnx", "range = [-1, 1]", |_, unit| 2.0 * unit - 1.0),
        ("means.onnx", "range = [0, 255]", |_, unit| 255.0 * unit),
        ("means.onnx", "mean = 0.5\nstd = 0.25", |_, unit| (unit - 0.5) / 0.25),
        ("means.onnx", "mean = [0.1, 0.2, 0.3]\nstd = [1, 2, 4]", |channel, unit| {
            (unit - 0.1 * (channel + 1) as f32) / (1 << channel) as f32
        }),
        ("means.onnx", "resize = \"bicubic\"\nlayout = \"nchw\"\ninput = \"image\"\nsize = [6, 8]", |_, unit| unit),
        ("channels_last.onnx", "size = 7", |_, unit| unit),
        ("channels_last.onnx", "size = [3, 30]\nlayout = \"nhwc\"", |_, unit| unit),
        ("two_outputs.onnx", "features = \"second\"", |_, unit| unit),
    ] {
        let features = extract(model, settings, &samples);
        for (row, colour) in COLOURS.iter().enumerate() {
            let expected: Vec<f32> =
                colour.iter().enumerate().map(|(channel, byte)| of(channel, f32::from(*byte) / 255.0)).collect();
            let found = features.values.row(row);
            let tolerance = if settings.contains("255") { 1e-3 } else { 1e-5 };
            let fits = found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < tolerance);
            assert!(fits, "{model} {settings}: {found:?} against {expected:?}");
        }
    }
}

#[test]
fn grey_pictures_are_repeated_and_a_fixed_batch_is_filled_up() {
    let grey = Shape { channels: 1, height: 6, width: 8 };
    let samples = plain(grey, &[&[0], &[51], &[102], &[153], &[204], &[255]]);
    let unit = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    let features = extract("means.onnx", "", &samples);
    for (row, value) in unit.iter().enumerate() {
        assert!(close(features.values.row(row), &[*value; 3]), "{row}");
    }
    // Batches of four: six pictures are one whole batch and a half.
    assert!(close(&extract("fours.onnx", "", &samples).values.values, &unit));
}

#[test]
fn logits_become_probabilities() {
    let shape = Shape { channels: 3, height: 6, width: 8 };
    let features = extract("means.onnx", "", &plain(shape, &[&[255, 0, 0], &[0, 0, 0]]));
    let probabilities = features.probabilities.expect("the output called logits");
    let powers = [8.0_f32, 0.0, 1.0, 2.0].map(f32::exp);
    let sum: f32 = powers.iter().sum();
    assert!(close(probabilities.row(0), &powers.map(|power| power / sum)), "{:?}", probabilities.row(0));
    assert!(close(probabilities.row(1), &[0.25; 4]));
    // They may be all that there is, and are features then too.
    let alone = extract("only_logits.onnx", "", &plain(shape, &[&[255, 0, 0], &[0, 0, 0]]));
    assert!(close(&alone.values.values, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    assert!(close(alone.probabilities.expect("of the features").row(1), &[1.0 / 3.0; 3]));
    // Where nothing is called so, none are taken.
    assert!(extract("two_outputs.onnx", "features = \"first\"", &plain(shape, &[&[1, 2, 3]])).probabilities.is_none());
}

#[test]
fn names_come_from_the_settings_or_from_the_file() {
    for (file, assignment, name) in [
        ("means.onnx", None, "means"),
        ("net-features.onnx", None, "net"),
        ("net_features.onnx", None, "net"),
        ("-features.onnx", None, "-features"),
        ("means.onnx", Some("name=mobilenet_v2"), "mobilenet_v2"),
        ("means.onnx", Some("name = \"two words\""), "two words"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        std::fs::copy(fixture("means.onnx"), &path).unwrap();
        let assignments: Vec<String> = assignment.into_iter().map(str::to_owned).collect();
        let settings = ModelSettings::beside(&path, &assignments).unwrap();
        let extractor = OnnxExtractor::open(&path, &settings).unwrap();
        assert_eq!((extractor.name(), extractor.network()), (name, None), "{file} {assignment:?}");
    }
}

#[test]
fn what_changes_the_features_changes_the_checksum_and_nothing_else_does() {
    let of = |settings: &str| open("means.onnx", settings).unwrap().checksum();
    assert_eq!(of(""), of("name = \"other\""));
    for settings in ["range = [-1, 1]", "mean = 0.5", "std = 0.5", "resize = \"bicubic\"", "logits = \"logits\""] {
        assert_ne!(of(""), of(settings), "{settings}");
    }
    assert_ne!(of(""), open("maps.onnx", "").map_or(of("mean = 1"), |model| model.checksum()));
}

#[test]
fn flags_go_before_the_file() {
    let (_folder, path) = beside("means.onnx", "range = [0, 255]\nname = \"file\"");
    let of = |assignments: &[&str]| {
        let assignments: Vec<String> = assignments.iter().map(|text| (*text).to_owned()).collect();
        ModelSettings::beside(&path, &assignments).unwrap()
    };
    let settings = of(&["range=[-1, 1]", "size=[6,8]", "features=features"]);
    assert_eq!(settings.range, Some([-1.0, 1.0]));
    assert_eq!(settings.name.as_deref(), Some("file"));
    assert_eq!(settings.size.map(ganymede_evaluation::Size::sides), Some([6, 8]));
    assert_eq!(of(&["size=6"]).size.map(ganymede_evaluation::Size::sides), Some([6, 6]));
}

#[test]
fn settings_that_cannot_be_meant_are_refused_with_their_place() {
    for (settings, expected) in [
        ("name = \"x\"\nszie = 224", "means.toml:2: unknown field `szie`, expected one of `name`, `network`"),
        ("size = \"big\"", "means.toml:1: expected a number of pixels, or [height, width]"),
        ("size = 0", "means.toml: size must be from 1 to 4096 pixels"),
        ("size = [32, 5000]", "means.toml: size must be from 1 to 4096 pixels"),
        ("size = 64", "its input \"image\" takes 6 pixels where the settings say 64; leave size out"),
        ("range = [1, 0]", "means.toml: range must be two finite numbers in rising order"),
        ("range = [0, inf]", "means.toml: range must be two finite numbers in rising order"),
        ("std = 0", "means.toml: std must be finite and above 0"),
        ("std = [1, 1, -1]", "means.toml: std must be finite and above 0"),
        ("mean = nan", "means.toml: mean must be finite"),
        ("mean = [1, 2]", "its input \"image\" takes 3 channels; mean must be one number, or one for each of them"),
        ("resize = \"nearest\"", "unknown variant `nearest`, expected `bilinear` or `bicubic`"),
        ("layout = \"hwc\"", "unknown variant `hwc`, expected `nchw` or `nhwc`"),
        ("network = \"inception\"", "unknown variant `inception`, expected `inception-2015`"),
        ("name = \"\"", "means.toml: name must not be empty"),
        ("probabilities = \"logits\"\nlogits = \"logits\"", "only one of probabilities and logits can be taken"),
        ("features = \"pool\"", "it has no output \"pool\"; say features = one of \"features\", \"logits\""),
        ("logits = \"pool\"", "it has no output \"pool\"; say logits = one of \"features\", \"logits\""),
        ("network = \"inception-2015\"", "it makes 3 features, and inception-2015 2048; take the layer"),
        ("layout = \"nhwc\"", "has 8 channels by the layout of the settings; leave layout out"),
        ("input = \"picture\"", "it has no input \"picture\"; say input = one of \"image\""),
        ("= 3", "means.toml:1: "),
    ] {
        let error = open("means.onnx", settings).expect_err(settings).to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{settings}: {error}");
    }
    let (_folder, path) = beside("means.onnx", "");
    for (assignment, expected) in [
        ("size", "--features-set size: expected KEY=VALUE, such as size=224"),
        ("colour=1", "--features-set colour=1: unknown field `colour`"),
        ("size=6\nstd=2", "--features-set size=6 std=2: it holds more than one key"),
        ("std=-1", "--features-set std=-1: std must be finite and above 0"),
        ("size=large", "--features-set size=large: expected a number of pixels"),
    ] {
        let error = ModelSettings::beside(&path, &[assignment.to_owned()]).expect_err(assignment).to_string();
        assert!(error.starts_with(expected), "{assignment}: {error}");
    }
}

#[test]
fn models_that_cannot_be_used_are_refused_with_a_remedy() {
    for (model, expected) in [
        (
            "maps.onnx",
            "its output \"maps\" has shape [1, 3, 6, 8] for 1 pictures; expected (pictures, features): pool over",
        ),
        ("two_inputs.onnx", "it has 2 inputs; expected one, or input = one of \"image\", \"other\""),
        (
            "two_outputs.onnx",
            "it has 2 outputs, and none is called \"features\"; say features = one of \"first\", \"second\"",
        ),
        ("channels_last.onnx", "its input \"image\" does not say its height and width; say size = [height, width]"),
        ("integers.onnx", "its input \"image\" does not take floats; export it with a float input"),
        ("flat.onnx", "its input \"rows\" has 2 dimensions; expected 4: pictures, channels, height, width"),
        ("beside.onnx", "its features of a picture depend on the pictures beside it; export it as it is used"),
        ("make_fixtures.py", "cannot be loaded: "),
    ] {
        let error = open(model, "").expect_err(model).to_string();
        assert!(error.contains(expected) && error.contains(model) && !error.contains('\n'), "{model}: {error}");
    }
    let gone = OnnxExtractor::open(Path::new("no/such.onnx"), &ModelSettings::default()).unwrap_err().to_string();
    assert!(
        gone.ends_with("no/such.onnx: no such file or folder; relative paths start at the current folder"),
        "{gone}"
    );
    let folder = tempfile::tempdir().unwrap();
    let error = OnnxExtractor::open(folder.path(), &ModelSettings::default()).unwrap_err().to_string();
    assert!(error.ends_with("not a file; expected an ONNX model"), "{error}");
}

#[test]
fn damaged_models_are_errors_and_nothing_worse() {
    let bytes = std::fs::read(fixture("means.onnx")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.onnx");
    let mut refused = 0;
    let cut = (0..bytes.len()).step_by(7).map(|length| bytes[..length].to_vec());
    let changed = (0..bytes.len()).step_by(5).map(|place| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x55;
        bytes
    });
    for damaged in cut.chain(changed) {
        std::fs::write(&path, damaged).unwrap();
        if let Err(error) = OnnxExtractor::open(&path, &ModelSettings::default()) {
            assert!(!error.to_string().contains('\n'), "{error}");
            refused += 1;
        }
    }
    assert!(refused > 30, "{refused}");
}

#[test]
fn samples_that_do_not_fit_are_refused_with_a_remedy() {
    let of = |channels, height, width| {
        let shape = Shape { channels, height, width };
        Samples::new(Values::Bytes(vec![7; shape.features()]), shape)
    };
    for (model, samples, expected) in [
        (
            "means.onnx",
            of(4, 6, 8),
            "means takes pictures of 1 or 3 channels (read them with --channels 3, or channels = 3 in [data]), and the samples are 6 x 8 x 4",
        ),
        (
            "fours.onnx",
            of(3, 6, 8),
            "fours takes pictures of 1 channel (read them with --channels 1, or channels = 1 in [data]), and the samples are 6 x 8 x 3",
        ),
        (
            "means.onnx",
            of(784, 1, 1),
            "means takes pictures of 1 or 3 channels (save them as an array of samples, height",
        ),
    ] {
        let error = open(model, "").unwrap().extract(&samples, &mut |_| ()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let shape = Shape { channels: 3, height: 6, width: 8 };
    let error =
        open("logarithms.onnx", "").expect("a model").extract(&plain(shape, &[&[9, 9, 9], &[9, 0, 9]]), &mut |_| ());
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("logarithms makes -inf of sample 1, and features must be finite"), "{error}");
}

/// The features and probabilities of test pictures of Fashion-MNIST by a network of 1,280 features, with what float64 formulas
/// say of them.
#[test]
fn features_of_a_network_and_their_figures_equal_those_of_onnx_runtime() {
    let Some(data) = std::env::var_os("GANYMEDE_DATA").map(PathBuf::from) else {
        // Unlike `eprintln!`, this is shown for tests that pass, too.
        let line = b"LEFT OUT: GANYMEDE_DATA is not set; set it to a folder that holds fashion-mnist/ and features/\n";
        std::io::stderr().write_all(line).unwrap();
        return;
    };
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("mobilenet.json")).unwrap()).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let rows = number(&json["rows"]) as usize;
    let set = read_samples(&data.join("fashion-mnist/t10k-images-idx3-ubyte.gz"), &ReadOptions::default()).unwrap();
    let samples = set.contents.samples;
    let Values::Bytes(bytes) = samples.values else { panic!("pixels are bytes") };
    let size = samples.shape.features();
    let samples = Samples::new(Values::Bytes(bytes[..rows * size].to_vec()), samples.shape);

    let path = data.join("features/mobilenet_v2-features.onnx");
    let extractor = OnnxExtractor::open(&path, &ModelSettings::default()).unwrap();
    assert_eq!((extractor.name(), extractor.width(), extractor.classes()), ("mobilenet_v2", 1280, Some(1000)));
    let features = extractor.extract(&samples, &mut |_| ()).unwrap();
    let probabilities = features.probabilities.unwrap();

    let known =
        |name: &str| read_samples(&fixture(name), &ReadOptions::default()).unwrap().contents.samples.into_matrix();
    let (expected, expected_probabilities) = (known("mobilenet_features.npy"), known("mobilenet_probabilities.npy"));
    for (place, row) in json["chosen"].as_array().unwrap().iter().enumerate() {
        let row = row.as_u64().unwrap() as usize;
        for (found, expected) in [
            (features.values.row(row), expected.row(place)),
            (probabilities.row(row), expected_probabilities.row(place)),
        ] {
            let furthest = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest < 1e-4, "row {row}: {furthest}");
        }
    }

    let equal = |what: &str, found: f64, expected: f64, scale: f64| {
        assert!((found - expected).abs() < 1e-4 * scale, "{what}: {found} against {expected}");
    };
    for (index, power) in [1, 2].into_iter().enumerate() {
        let sum: f64 = features.values.values.iter().map(|value| f64::from(*value).powi(power)).sum();
        let expected = number(&json["sums"][index]);
        equal("sums", sum, expected, expected);
    }
    let half = rows / 2;
    let width = extractor.width();
    let view = |from: usize, to: usize| {
        MatrixView::new(&features.values.values[from * width..to * width], to - from, width).unwrap()
    };
    let (real, fake) = (view(0, half), view(half, rows));
    for (key, fake) in [("frechet", fake), ("frechet_of_fewer", view(half, half + rows / 4))] {
        let found = frechet_distance(real, fake).unwrap();
        for formula in ["torch_fidelity", "pytorch_fid"] {
            let expected = number(&json[key][formula]);
            equal(formula, found.distance, expected, expected);
        }
        assert!(found.rank_deficient());
    }
    let found = kernel_distance(real, fake, &KernelDistanceOptions::default()).unwrap().distance;
    // The distance of alike sets is a small difference of large means, whose size is the scale of its rounding.
    equal("kernel distance", found, number(&json["kernel_distance"]), number(&json["kernel_distance"]).abs());
    let view = MatrixView::new(&probabilities.values, rows, 1000).unwrap();
    for splits in [1, 10] {
        let found = inception_score(view, splits).unwrap();
        let expected = &json[format!("inception_score_of_{splits}")];
        equal("Inception Score", found.score, number(&expected[0]), number(&expected[0]));
        equal("its deviation", found.std, number(&expected[1]), number(&expected[0]));
    }
}
