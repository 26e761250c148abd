//! Classifiers from the command line: trained, shown, used by runs, refused.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::Workplace;

/// Twelve steps of a small DCGAN on glyphs, or on what stands behind it.
const GLYPHS: &str = "\
steps = 12
batch_size = 8

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

/// Grey glyphs of 16 x 16.
const GREY: &str = "[data]\nkind = \"glyphs\"\nside = 16\nsamples = 100\n";

/// Stacks of three of them.
const STACKED: &str =
    "[data]\nkind = \"stacked\"\nsamples = 1_000\n[data.of]\nkind = \"glyphs\"\nside = 16\nsamples = 100\n";

/// With a folder `glyphs` of 40 pictures of two classes, and `ones` of one class.
fn workplace() -> Workplace {
    let workplace = Workplace::new();
    for index in 0..40_u32 {
        let class = index % 2;
        let picture = image::GrayImage::from_fn(8, 8, |x, y| {
            let line = if class == 0 { x } else { y };
            image::Luma([if (line + index / 8) % 4 < 2 { 220 } else { 20 + (index % 7) as u8 }])
        });
        for folder in [["glyphs/across", "glyphs/along"][class as usize], "ones/only"] {
            let path = workplace.path(&format!("{folder}/{index:02}.png"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            picture.save(path).unwrap();
        }
    }
    workplace
}

/// Runs the program with a cache of the workplace's own.
fn run(workplace: &Workplace, words: &str) -> crate::support::Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    workplace.ended(command.env("GANYMEDE_CACHE", workplace.path("cache")).args(words.split_whitespace()))
}

#[track_caller]
fn assert_holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in {text}");
    }
}

#[test]
fn a_classifier_is_trained_shown_and_used() {
    let workplace = workplace();
    let words = "classifier train glyphs --steps 60 --seed 2 --out stripes.safetensors";
    let ended = workplace.succeed(words);
    let parts = [
        "stripes.safetensors: 2 classes of samples of 8 x 8 x 1; ",
        "of 4 held-out samples right",
        "recognisable: from a confidence of ",
        "40 rows, checksum ",
        "36 of them learnt from in 60 updates",
        "across ",
        "use it with [evaluation] classifier = \"stripes.safetensors\"",
    ];
    assert_holds(&ended.stdout, &parts);
    assert_holds(&ended.stderr, &["step: 60/60  loss 0."]);
    let first = workplace.bytes("stripes.safetensors");
    let ended = workplace.succeed(&format!("{words} --quiet"));
    assert_eq!((first == workplace.bytes("stripes.safetensors"), ended.stderr.as_str()), (true, ""));
    let shown = workplace.succeed("classifier show stripes.safetensors");
    assert_holds(&shown.stdout, &parts[..3]);
    let ended = workplace.succeed("classifier train glyphs --test glyphs --steps 60 --quiet --out tested.safetensors");
    assert_holds(&ended.stdout, &["of 40 test samples right", "40 of them learnt from"]);
}

/// A program that begins while another trains its classifier, which is this test, waits for it.
fn takes_what_another_program_trains(workplace: &Workplace, kept: &str) {
    let turn = File::create(workplace.path(kept).with_extension("lock")).unwrap();
    turn.lock().unwrap();
    let whole = workplace.bytes(kept);
    std::fs::remove_file(workplace.path(kept)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    command.env("GANYMEDE_CACHE", workplace.path("cache")).args(["train", "grey.toml", "--out", "waited"]);
    command.current_dir(workplace.path("")).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let mut lines = BufReader::new(program.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("waiting for another program")));
    workplace.write(kept, &whole);
    drop(turn);
    let rest: Vec<String> = lines.collect();
    assert!(matches!(program.wait().unwrap().code(), Some(0 | 5)), "{rest:?}");
    assert!(!rest.iter().any(|line| line.contains("classifier of the data")), "it was trained once more: {rest:?}");
    assert_eq!(workplace.timeless_summary("waited"), workplace.timeless_summary("grey"));
}

#[test]
fn a_runs_pictures_are_judged_by_the_classes_of_its_data() {
    let workplace = workplace();
    for (name, data, modes) in [("grey", GREY, 10), ("stacked", STACKED, 1_000)] {
        workplace
            .write(&format!("{name}.toml"), format!("{GLYPHS}classifier = \"auto\"\nbest = \"reverse-kl\"\n{data}"));
        let ended = run(&workplace, &format!("train {name}.toml --out {name}"));
        assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
        assert_holds(&ended.stdout, &["recognisable", "one mode would make", &format!("/{modes}")]);
        // The stacks are judged by the classifier of the grey pictures, which is there by then.
        let trained = ended.stderr.contains("classifier: 10 classes of samples of 16 x 16 x 1");
        assert_eq!(trained, name == "grey", "{}", ended.stderr);
        let summary = workplace.json(&format!("{name}/summary.json"));
        assert_eq!(summary["modes_total"], modes);
        assert_eq!(summary["oracle"]["modes_total"], modes);
        assert_eq!(summary["high_quality"], Value::Null);
        assert_eq!(summary["best"]["by"], "reverse-kl");
        let real = summary["oracle"]["recognisable"].as_f64().unwrap();
        // Most of them are learnt from.
        assert!(real > 0.9, "{real}");
        assert!(summary["recognisable"].as_f64().unwrap() < 0.6, "{summary}");
        assert_holds(&ended.stdout, &["of these samples can be recognised", "smudge"]);
        let keys = ["mode_floor", "modes_kept", "modes_recognised", "modes_recognised_kept", "modes_invented"];
        assert!(keys.iter().all(|key| summary[key].is_number() && summary["oracle"][key].is_number()), "{summary}");
        assert!(summary["oracle"]["modes_invented"].as_f64().unwrap() >= 1.0);
        let records = workplace.read(&format!("{name}/stats.jsonl"));
        assert!(records.lines().any(|line| line.contains("\"recognisable\":")), "{records}");
    }
    // What is kept is whole, or is made anew.
    let is_kept = |path: &String| path.starts_with("cache/classifiers/") && path.ends_with(".safetensors");
    let kept: Vec<String> = workplace.listing().into_iter().filter(is_kept).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let whole = workplace.bytes(&kept[0]);
    workplace.write(&kept[0], &whole[..whole.len() / 2]);
    let again = run(&workplace, "train grey.toml --quiet --out again");
    assert!(matches!(again.code, Some(0 | 5)), "{again:?}");
    assert!(workplace.bytes(&kept[0]) == whole, "trained to the same bytes");
    assert_eq!(workplace.timeless_summary("again"), workplace.timeless_summary("grey"));
    takes_what_another_program_trains(&workplace, &kept[0]);

    // The same file by its name, from a configuration in another folder, and in the run's own configuration.
    std::fs::create_dir(workplace.path("configs")).unwrap();
    std::fs::copy(workplace.path(&kept[0]), workplace.path("configs/kept.safetensors")).unwrap();
    workplace.write("configs/named.toml", format!("{GLYPHS}classifier = \"kept.safetensors\"\n{GREY}"));
    let named = workplace.run("train configs/named.toml --quiet --out named");
    assert!(matches!(named.code, Some(0 | 5)), "{named:?}");
    assert_eq!(
        workplace.json("named/summary.json")["recognisable"],
        workplace.json("grey/summary.json")["recognisable"]
    );
    let path = workplace.path("configs/kept.safetensors").display().to_string();
    assert!(workplace.read("named/config.toml").contains(&path));
    let resumed = workplace.run("train --resume named --steps 18 --quiet");
    assert!(matches!(resumed.code, Some(0 | 5)), "{resumed:?}");
    workplace.succeed("export named --format npz --out out");
    assert_holds(&workplace.read("out/card.md"), &["share of recognisable samples"]);
}

#[test]
fn what_cannot_be_used_is_refused_with_place_and_remedy() {
    let workplace = workplace();
    workplace.succeed("classifier train glyphs --steps 20 --quiet --out stripes.safetensors");
    workplace.write("text.safetensors", "no tensors");
    let bytes = workplace.bytes("stripes.safetensors");
    workplace.write("half.safetensors", &bytes[..bytes.len() / 2]);
    std::fs::create_dir(workplace.path("taken.safetensors")).unwrap();
    workplace.run("train tiny.toml --quiet --out run");
    workplace.write("only.csv", "label\n".to_owned() + &"only\n".repeat(40));
    workplace.write("unlabelled.npy", crate::support::npy("<f4", "(20, 2)", &crate::support::floats(&[0.5; 40])));
    let rows: &[(&str, &[&str])] = &[
        ("classifier train nowhere --out a.safetensors", &["nowhere: no such file or folder"]),
        ("classifier train glyphs --out a.npz", &["--out a.npz", "ends in .safetensors"]),
        ("classifier train glyphs --out no/a.safetensors", &["--out no/a.safetensors", "create it first"]),
        ("classifier train glyphs --out taken.safetensors", &["--out taken.safetensors", "this is a folder"]),
        ("classifier train half.safetensors --out ./half.safetensors", &["./half.safetensors", "would be lost"]),
        ("classifier train glyphs --steps 0 --out a.safetensors", &["--steps = 0", "at least 1"]),
        (
            "classifier train ones --labels only.csv --out a.safetensors",
            &["ones: all 40 samples are of one class, \"only\""],
        ),
        (
            "classifier train unlabelled.npy --out a.safetensors",
            &["unlabelled.npy: the samples have no classes", "labels"],
        ),
        ("classifier train glyphs --labels unlabelled.npy --out a.safetensors", &["unlabelled.npy"]),
        (
            "classifier train glyphs --test ones --test-labels only.csv --out a.safetensors",
            &["ones: the test samples have a class \"only\"", "across, along"],
        ),
        (
            "classifier train glyphs --test unlabelled.npy --out a.safetensors",
            &["unlabelled.npy: the samples have no classes"],
        ),
        ("classifier show nowhere", &["nowhere: no such file", "ganymede classifier train"]),
        ("classifier show text.safetensors", &["text.safetensors: not a safetensors file"]),
        ("classifier show half.safetensors", &["half.safetensors: not a safetensors file"]),
        ("classifier show run/generator.safetensors", &["no classifier", "ganymede classifier train"]),
    ];
    for (words, parts) in rows {
        workplace
            .run(&format!("{words}{}", if words.contains("train") { " --quiet" } else { "" }))
            .assert_error(2, parts, words);
    }
}

#[test]
fn a_configurations_classifier_is_refused_before_the_run() {
    let workplace = workplace();
    workplace.succeed("classifier train glyphs --steps 20 --quiet --out stripes.safetensors");
    workplace.write("text.safetensors", "no tensors");
    workplace.run("train tiny.toml --quiet --out run");
    let glyphs = |classifier: &str, data: &str| format!("{GLYPHS}classifier = {classifier}\n{data}");
    let folder = "[data]\nkind = \"images\"\npath = \"glyphs\"\nchannels = 1\n";
    let points = "[data]\nkind = \"ring\"\n";
    let rows: &[(&str, String, &[&str])] = &[
        (
            "a missing file",
            glyphs("\"no.safetensors\"", GREY),
            &["bad.toml:21: evaluation.classifier", "no.safetensors: no such file"],
        ),
        (
            "another file",
            glyphs("\"text.safetensors\"", GREY),
            &["bad.toml:21: evaluation.classifier", "not a safetensors file"],
        ),
        ("a generator", glyphs("\"run/generator.safetensors\"", GREY), &["evaluation.classifier", "no classifier"]),
        (
            "another shape",
            glyphs("\"stripes.safetensors\"", GREY),
            &["bad.toml:21", "pictures of 8 x 8 x 1", "pictures of 16 x 16 x 1"],
        ),
        ("no text", glyphs("5", GREY), &["bad.toml:21", "classifier", "expected \"auto\", or the path"]),
        ("an empty path", glyphs("\"\"", GREY), &["evaluation.classifier = \"\"", "expected \"auto\""]),
        (
            "modes that are known",
            format!(
                "{}{points}",
                GLYPHS.replace("kind = \"dcgan\"\nchannels = 4", "hidden = [8]") + "classifier = \"auto\"\n"
            ),
            &["bad.toml:19: evaluation.classifier", "modes of this data are known"],
        ),
        (
            "no classes",
            glyphs("\"auto\"", "[data]\nkind = \"file\"\npath = \"plain.npy\"\n"),
            &["bad.toml:21: evaluation.classifier", "has none", "data.labels"],
        ),
        (
            "modes without a classifier",
            format!("{GLYPHS}best = \"reverse-kl\"\n{folder}"),
            &["evaluation.best = \"reverse-kl\"", "evaluation.classifier = \"auto\""],
        ),
        (
            "quality by a classifier",
            format!("{GLYPHS}classifier = \"auto\"\nbest = \"high-quality\"\n{GREY}"),
            &["evaluation.best = \"high-quality\"", "widths of the modes"],
        ),
    ];
    workplace.write(
        "plain.npy",
        crate::support::npy("|u1", "(20, 16, 16)", &(0..20 * 256).map(|at| (at * 7 % 251) as u8).collect::<Vec<_>>()),
    );
    for (what, text, parts) in rows {
        workplace.write("bad.toml", text);
        run(&workplace, "train bad.toml --out bad --quiet").assert_error(2, parts, what);
        run(&workplace, "check bad.toml").assert_error(2, parts, what);
    }
    // Trained on other values, it would call everything the same.
    let values: Vec<f32> = (0..64 * 400).map(|at| if (at * 31 / 64) % 3 == 0 { 4.0 } else { 9.0 }).collect();
    workplace.write("other.npy", crate::support::npy("<f4", "(400, 8, 8)", &crate::support::floats(&values)));
    let labels: String = std::iter::once("label\n".to_owned())
        .chain((0..400).map(|row| ["across\n", "along\n"][row % 2].to_owned()))
        .collect();
    workplace.write("labels.csv", labels);
    let data = "[data]\nkind = \"file\"\npath = \"other.npy\"\nlabels = \"labels.csv\"\n";
    workplace.write("bad.toml", glyphs("\"stripes.safetensors\"", data));
    let parts = ["evaluation.classifier", "of this data's own samples right", "are due"];
    run(&workplace, "train bad.toml --out bad --quiet").assert_error(2, &parts, "other values");
    assert!(!workplace.path("bad").exists());
}
