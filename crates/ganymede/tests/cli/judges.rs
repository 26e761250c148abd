//! What a run is judged by besides its own data: a network on whose features is measured, a classifier; known again on resume.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::equality::assert_same;
use crate::support::{Ended, Workplace};

/// Twelve steps of a small DCGAN on grey glyphs of 16 x 16, whose evaluation ends the text.
const GLYPHS: &str = "\
steps = 12
batch_size = 8

[data]
kind = \"glyphs\"
side = 16
samples = 700

[latent]
size = 4

[generator]
kind = \"dcgan\"
channels = 4

[discriminator]
kind = \"dcgan\"
channels = 4

[detector]
every = 0

[evaluation]
every = 6
samples = 300
";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ganymede-evaluation/tests/fixtures").join(name)
}

/// With `net.onnx`, which makes the means of three channels, and a configuration that measures on these.
fn workplace() -> Workplace {
    let workplace = Workplace::new();
    std::fs::copy(fixture("means.onnx"), workplace.path("net.onnx")).unwrap();
    workplace.write("net.toml", "name = \"means\"\n");
    workplace.write("run.toml", format!("{GLYPHS}features = \"net.onnx\"\n"));
    workplace
}

/// Runs the program with a cache of the workplace's own.
fn run(workplace: &Workplace, words: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    workplace.ended(command.env("GANYMEDE_CACHE", workplace.path("cache")).args(words.split_whitespace()))
}

#[track_caller]
fn assert_ends(ended: &Ended) {
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn evaluations_and_summary_have_the_figures_on_features() {
    let workplace = workplace();
    let checked = run(&workplace, "check run.toml");
    let cost = "features: means sees pictures of 6 x 8 x 3 and makes 3 features; it takes about ";
    assert!(checked.code == Some(0) && checked.stdout.contains(cost), "{checked:?}");

    let ended = run(&workplace, "train run.toml --out run");
    assert_ends(&ended);
    assert!(ended.stderr.contains(cost), "{}", ended.stderr);
    let summary = workplace.json("run/summary.json");
    let (fake, real) = (&summary["features"], &summary["oracle"]["features"]);
    assert_eq!((&fake["extractor"], &real["extractor"]), (&Value::from("means"), &Value::from("means")));
    let keys = ["frechet", "frechet_extrapolated", "kernel_distance", "inception_score"];
    for key in keys.iter().chain(&["precision", "recall", "density", "coverage"]) {
        assert!(number(&fake[*key]).is_finite() && number(&real[*key]).is_finite(), "{key}: {summary}");
    }
    // The kernel distance is that of all samples, of which there is one.
    for key in ["frechet_extrapolated", "inception_score"] {
        assert!(number(&fake[format!("{key}_error")]) >= 0.0, "{key}: {summary}");
    }
    // Twelve steps have learnt nothing, and other real samples are like the real ones.
    assert!(number(&fake["frechet"]) > 10.0 * number(&real["frechet"]), "{summary}");
    for name in ["FD (means)", "FD-infinity (means)", "KD (means)", "IS (means)", "recall (means)"] {
        let line = ended.stdout.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        assert_eq!(line.strip_prefix(name).unwrap_or_default().split_whitespace().count(), 2, "{name}: {ended:?}");
    }
    // Before the first step, after six and after twelve.
    let records = workplace.read("run/stats.jsonl");
    let lines = records.lines().filter(|line| line.contains("\"features\":{\"extractor\":\"means\",\"frechet\":"));
    assert_eq!(lines.count(), 3, "{records}");

    // The diagnosis of the run says the same, and finds the real samples' features in the cache.
    let model = workplace.path("net.onnx").display().to_string();
    let diagnosed = run(&workplace, &format!("diagnose --fake run --json --features {model}"));
    let answer: Value =
        serde_json::from_str(&diagnosed.stdout).unwrap_or_else(|error| panic!("{error}: {diagnosed:?}"));
    for figure in answer["features"]["figures"].as_array().unwrap() {
        let (key, value) = (figure["key"].as_str().unwrap(), number(&figure["value"]));
        assert!((number(&fake[key]) - value).abs() <= 1e-9 * value.abs(), "{key}: {fake} against {answer}");
    }
    let note = "features of 300 of the 300 real samples were kept from before";
    let notes = answer["features"]["notes"].as_array().unwrap();
    assert!(notes.iter().any(|found| found == note), "{notes:?}");

    // Where the data holds no second set the column of real samples is empty.
    workplace.write("few.toml", workplace.read("run.toml").replace("samples = 700", "samples = 400"));
    let few = run(&workplace, "train few.toml --out few --quiet");
    assert_ends(&few);
    let line = few.stdout.lines().find(|line| line.starts_with("FD (means)")).unwrap_or_default();
    assert!(line.ends_with(" -"), "{few:?}");
    assert!(workplace.json("few/summary.json")["oracle"].get("features").is_none());
}

#[test]
fn a_run_that_goes_on_is_judged_by_the_same_files() {
    let workplace = workplace();
    workplace.write("named.toml", format!("{GLYPHS}features = \"net.onnx\"\nclassifier = \"glyphs.safetensors\"\n"));
    workplace.write("auto.toml", format!("{GLYPHS}classifier = \"auto\"\n"));
    assert_ends(&run(&workplace, "train auto.toml --quiet --out auto"));
    let is_kept = |name: &String| name.starts_with("cache/classifiers/") && name.ends_with(".safetensors");
    let kept = workplace.listing().into_iter().find(is_kept).unwrap();
    std::fs::copy(workplace.path(&kept), workplace.path("glyphs.safetensors")).unwrap();

    assert_ends(&run(&workplace, "train named.toml --quiet --out run"));
    assert_ends(&run(&workplace, "train named.toml --quiet --out goes-on"));
    assert_ends(&run(&workplace, "train --resume goes-on --quiet --steps 18"));
    assert_ends(&run(&workplace, "train goes-on/config.toml --quiet --out whole"));
    assert_same(&workplace, "whole", "goes-on", "a run with a classifier and features");

    // Another file under the old name, or another setting beside it.
    let files = ["net.onnx", "net.toml", "glyphs.safetensors"].map(|name| (name, workplace.bytes(name)));
    std::fs::create_dir(workplace.path("moved")).unwrap();
    for (name, bytes) in &files {
        workplace.write(&format!("moved/{name}"), bytes);
    }
    assert_ends(&run(&workplace, "train auto.toml --quiet --set data.samples=300 --out other"));
    let other = workplace.listing().into_iter().find(|name| is_kept(name) && *name != kept).unwrap();
    // The same network with the version of whoever has made it.
    let (other, again) = (workplace.bytes(&other), [workplace.bytes("net.onnx"), b"\x1a\x01x".to_vec()].concat());
    let rows: [(&str, &[u8], &[&str]); 4] = [
        ("net.onnx", &again, &["evaluation.features: ", "net.onnx is not what this run was begun with", "checksum "]),
        (
            "net.toml",
            b"name = \"means\"\nmean = 0.5\n",
            &["evaluation.features: ", "mean = 0.5 instead of no settings"],
        ),
        (
            "glyphs.safetensors",
            &other,
            &["evaluation.classifier: ", "glyphs.safetensors is not what", "instead of 10 classes"],
        ),
        ("glyphs.safetensors", b"no tensors", &["evaluation.classifier", "not a safetensors file"]),
    ];
    for (name, bytes, parts) in rows {
        workplace.write(name, bytes);
        let before = workplace.bytes("run/summary.json");
        run(&workplace, "train --resume run --quiet --steps 18").assert_error(2, parts, name);
        assert_eq!(before, workplace.bytes("run/summary.json"), "{name}: a refusal changes nothing");
        for (name, bytes) in &files {
            workplace.write(name, bytes);
        }
    }
    // A name does not change figures.
    workplace.write("net.toml", "name = \"other\"\n");

    // The same files elsewhere may be named anew; one that was not there cannot be added.
    for (name, _) in &files {
        std::fs::remove_file(workplace.path(name)).unwrap();
    }
    run(&workplace, "train --resume run --quiet --steps 18").assert_error(2, &["no such file"], "gone");
    let moved = "--set evaluation.features=moved/net.onnx --set evaluation.classifier=moved/glyphs.safetensors";
    assert_ends(&run(&workplace, &format!("train --resume run --quiet --steps 18 {moved}")));
    assert_eq!(workplace.timeless_summary("run"), workplace.timeless_summary("whole"));
    // What was trained on the run's own data is known by these, and is the same as its file.
    let named = "--set evaluation.classifier=moved/glyphs.safetensors";
    assert_ends(&run(&workplace, &format!("train --resume auto --quiet --steps 18 {named}")));
    run(&workplace, "train --resume auto --quiet --steps 24 --set evaluation.features=moved/net.onnx").assert_error(
        2,
        &["evaluation.features = ", " is new"],
        "added",
    );
}

#[test]
fn a_network_that_does_not_fit_is_refused_before_the_first_step() {
    let workplace = workplace();
    for name in ["fours.onnx", "means.onnx"] {
        std::fs::copy(fixture(name), workplace.path(name)).unwrap();
    }
    workplace.write("text.onnx", "this is no model");
    workplace.write("means.toml", "szie = 3\n");
    let features = |name: &str| format!("{GLYPHS}features = {name}\n");
    let colours = GLYPHS
        .replace("kind = \"glyphs\"", "kind = \"file\"")
        .replace("side = 16\nsamples = 700", "path = \"four.npy\"");
    let bytes: Vec<u8> = (0..40 * 16 * 16 * 4).map(|at| (at * 31 % 251) as u8).collect();
    workplace.write("four.npy", crate::support::npy("|u1", "(40, 16, 16, 4)", &bytes));
    let points = GLYPHS
        .replace("kind = \"glyphs\"\nside = 16\nsamples = 700", "kind = \"ring\"")
        .replace("kind = \"dcgan\"\nchannels = 4", "hidden = [8]");
    let place = "bad.toml:26: evaluation.features: ";
    let rows: &[(&str, String, &[&str])] = &[
        ("a missing file", features("\"gone.onnx\""), &[place, "gone.onnx", "no such file"]),
        ("no model", features("\"text.onnx\""), &[place, "text.onnx: cannot be loaded"]),
        ("a key that is none", features("\"means.onnx\""), &[place, "means.toml:1", "szie", "expected one of `name`"]),
        ("no path", features("\"\""), &["evaluation.features = \"\"", "expected the path of a model"]),
        ("no text", features("5"), &["bad.toml:26", "features"]),
        (
            "four channels",
            format!("{colours}features = \"net.onnx\"\n"),
            &[
                "evaluation.features",
                "net.onnx",
                "pictures of 1 or 3 channels",
                "channels = 3 in [data]",
                "16 x 16 x 4",
            ],
        ),
        (
            "points",
            format!("{points}features = \"net.onnx\"\n"),
            &["evaluation.features", "pictures of 1 or 3 channels"],
        ),
    ];
    for (what, text, parts) in rows {
        workplace.write("bad.toml", text);
        run(&workplace, "train bad.toml --out bad --quiet").assert_error(2, parts, what);
        run(&workplace, "check bad.toml").assert_error(2, parts, what);
        assert!(!workplace.path("bad").exists(), "{what}: nothing is begun");
    }
}
