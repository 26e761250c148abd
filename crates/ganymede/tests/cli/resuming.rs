//! `train --resume`: what it continues, what it refuses, and what signals do.

use std::process::{Command, Stdio};
use std::time::Duration;

use ganymede_core::store::TensorFile;

use crate::equality::{assert_same, checkpoints, safetensors};
use crate::support::{TINY, Workplace};

/// A run of `tiny.toml` in `run`, saved after every fifth step.
fn finished() -> Workplace {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run --set checkpoint.every=5");
    workplace
}

#[test]
fn a_run_that_is_prolonged_equals_one_that_was_never_shorter() {
    let kinds = [
        "",
        "evaluation.every=7",
        "detector.every=3",
        "optimizer.generator.schedule={factor=0.1}",
        "strategy=[{name=\"instance-noise\"}]",
        "strategy=[{name=\"weight-noise\"},{name=\"replay\",schedule={factor=0.5}}]",
    ];
    for kind in kinds {
        let workplace = Workplace::new();
        let set = if kind.is_empty() { String::new() } else { format!(" --set {kind}") };
        workplace.succeed(&format!("train tiny.toml --quiet --out short{set}"));
        workplace.succeed("train --resume short --steps 33 --quiet");
        // The defaults that depend on the number of steps are those of the run that was begun.
        let resolved = workplace.read("short/config.toml").replace("steps = 33", "steps = 20");
        workplace.write("resolved.toml", resolved);
        workplace.succeed("train resolved.toml --quiet --out long --steps 33");
        assert_same(&workplace, "long", "short", kind);
    }
}

#[test]
fn the_latest_checkpoints_are_kept_and_can_be_read_by_others() {
    let workplace = finished();
    assert_eq!(
        checkpoints(&workplace, "run"),
        ["run/checkpoints/00000015.safetensors", "run/checkpoints/00000020.safetensors"]
    );
    let (header, metadata, _) = safetensors(&workplace.bytes("run/checkpoints/00000020.safetensors"));
    for tensor in ["generator.layers.0.weight", "discriminator.layers.0.bias", "generator_optimizer.1.layers.0.weight"]
    {
        assert!(header[tensor]["shape"].is_array(), "{tensor} in {header}");
    }
    assert!(metadata["checksum"].is_string());
    workplace.succeed("train tiny.toml --quiet --out one --set checkpoint.every=1 --set checkpoint.keep=1");
    assert_eq!(checkpoints(&workplace, "one").len(), 1);
    workplace.succeed("train tiny.toml --quiet --out none --set checkpoint.every=0");
    assert_eq!(checkpoints(&workplace, "none"), ["none/checkpoints/00000020.safetensors"], "at the end in any case");
}

#[test]
fn a_finished_run_stays_as_it_is() {
    let workplace = finished();
    let before = workplace.read("run/summary.json");
    let ended = workplace.succeed("train --resume run");
    assert!(ended.stdout.contains("has made its 20 steps") && ended.stdout.contains("--steps N"), "{ended:?}");
    assert_eq!(workplace.read("run/summary.json"), before);
}

#[test]
fn a_run_without_a_checkpoint_begins_again() {
    let workplace = finished();
    workplace.succeed("train tiny.toml --quiet --out again --set checkpoint.every=5");
    std::fs::remove_dir_all(workplace.path("again/checkpoints")).unwrap();
    std::fs::remove_file(workplace.path("again/summary.json")).unwrap();
    let ended = workplace.succeed("train --resume again");
    assert!(ended.stderr.contains("no checkpoint yet"), "{ended:?}");
    assert_same(&workplace, "run", "again", "from nothing");
}

#[test]
fn what_does_not_fit_is_refused() {
    let workplace = finished();
    let config = workplace.read("run/config.toml");
    let edited = |from: &str, to: &str| {
        assert!(config.contains(from), "{from} in {config}");
        workplace.write("run/config.toml", config.replacen(from, to, 1));
    };
    std::fs::create_dir(workplace.path("empty")).unwrap();
    let rows: [(&str, &str, &str, &[&str]); 11] = [
        ("", "", "--resume nowhere", &["nowhere", "no run was begun here", "config.toml"]),
        ("", "", "--resume empty", &["empty", "no run was begun here"]),
        ("", "", "--resume run --steps 10", &["steps = 10", "has made 20 steps", "expected at least 20"]),
        ("", "", "--resume run --set batch_size=4", &["--set batch_size=4", "steps, evaluation.every"]),
        ("", "", "--resume run --set evaluation.samples=9", &["--set evaluation.samples=9"]),
        ("", "", "--resume run --set detector.every=1", &["--set detector.every=1"]),
        ("", "", "--resume run --steps -3", &["-3"]),
        (
            "batch_size = 16",
            "batch_size = 32",
            "--resume run --steps 30",
            &["run/config.toml", "batch_size was 16 and is 32", "undo"],
        ),
        ("beta1 = 0.5", "beta1 = 0.25", "--resume run --steps 30", &["optimizer.generator.beta1 was 0.5 and is 0.25"]),
        ("steps = 20", "steps = 30", "--resume run", &["steps was 20 and is 30"]),
        ("steps = 20", "steps = twenty", "--resume run", &["run/config.toml", "TOML"]),
    ];
    for (from, to, arguments, fragments) in rows {
        if from.is_empty() {
            workplace.write("run/config.toml", &config);
        } else {
            edited(from, to);
        }
        let before = (workplace.bytes("run/stats.jsonl"), workplace.bytes("run/summary.json"), workplace.listing());
        let ended = workplace.run(&format!("train {arguments}"));
        assert_eq!(ended.code, Some(2), "{arguments}: {ended:?}");
        for fragment in fragments {
            assert!(ended.stderr.contains(fragment), "{arguments}: `{fragment}` is missing in {}", ended.stderr);
        }
        let after = (workplace.bytes("run/stats.jsonl"), workplace.bytes("run/summary.json"), workplace.listing());
        assert!(before == after || workplace.path("run/.lock").exists(), "{arguments}: a refusal changes nothing");
        assert_eq!((before.0, before.1), (after.0, after.1), "{arguments}: a refusal changes nothing");
    }
    workplace.write("run/config.toml", config.replacen("steps = 20", "steps = 30", 1));
    workplace.succeed("train --resume run --set steps=30 --quiet");
}

#[test]
fn checkpoints_of_another_format_are_refused_by_name() {
    let workplace = finished();
    for name in checkpoints(&workplace, "run") {
        let mut file = TensorFile::from_bytes(&workplace.bytes(&name)).unwrap();
        let record = file.metadata.get_mut("ganymede").unwrap();
        *record = record.replacen("\"format\":2", "\"format\":0", 1).replacen("\"version\":\"", "\"version\":\"9.", 1);
        workplace.write(&name, file.to_bytes().unwrap());
    }
    let fragments = ["00000020.safetensors", "format 0", "ganymede 9.", "reads format 2"];
    workplace.run("train --resume run --steps 30").assert_error(2, &fragments, "another format");
}

#[cfg(unix)]
#[test]
fn the_first_signal_saves_and_the_run_goes_on_from_there() {
    let endless = TINY.replace("steps = 20", "steps = 200_000").replace("every = 10", "every = 100_000");
    for signal in ["INT", "TERM"] {
        let workplace = Workplace::new();
        workplace.write("long.toml", format!("{endless}\n[detector]\nevery = 0\n"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
        command.args(["train", "long.toml", "--out", "run"]).current_dir(workplace.path("."));
        let child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // Once records are written the run listens.
        while !workplace.path("run/stats.jsonl").exists() || workplace.read("run/stats.jsonl").lines().count() < 2 {
            std::thread::sleep(Duration::from_millis(5));
        }
        // While it runs nobody else can.
        let second = workplace.run("train --resume run");
        second.assert_error(2, &["run", "another process is training in this folder"], "a second process");
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(130), "{signal}: {told}");
        assert!(told.contains("interrupted and saved after step") && told.contains("--resume run"), "{told}");
        let made: u64 = {
            let name = checkpoints(&workplace, "run").pop().unwrap();
            name.trim_start_matches("run/checkpoints/").trim_end_matches(".safetensors").parse().unwrap()
        };
        workplace.succeed("sample run --count 10 --out now.npy");
        assert!(!workplace.path("run/summary.json").exists(), "it has not come to its end");
        let steps = made + 50;
        let ended = workplace.run(&format!("train --resume run --quiet --steps {steps}"));
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let resolved = workplace.read("run/config.toml");
        workplace.write("resolved.toml", resolved);
        workplace.succeed("train resolved.toml --quiet --out whole");
        assert_same(&workplace, "whole", "run", signal);
    }
}
