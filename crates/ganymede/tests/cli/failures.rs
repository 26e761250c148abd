//! Runs that fail on the way.

use std::process::Command;

use crate::support::{TINY, Workplace};

#[test]
fn a_loss_that_is_no_longer_a_number_stops_the_run_and_keeps_what_was_saved() {
    let wild = TINY.to_owned()
        + "\n[objective]\nkind = \"wasserstein\"\n\n[optimizer.generator]\nkind = \"sgd\"\nlearning_rate = 1e30\n\n\
           [optimizer.discriminator]\nkind = \"sgd\"\nlearning_rate = 1e30\n";
    let workplace = Workplace::new();
    workplace.write("wild.toml", wild);
    let ended = workplace.run("train wild.toml --quiet --out run");
    let fragments = ["wild.toml: step ", "the loss `objective` of the ", "lower the learning rate", "saved is in run"];
    ended.assert_error(1, &fragments, "wild");
    assert!(ended.stderr.contains("discriminator became") || ended.stderr.contains("generator became"), "{ended:?}");
    for file in ["config.toml", "stats.jsonl", "samples-000000.png", "generator.safetensors"] {
        assert!(workplace.path(&format!("run/{file}")).exists(), "{file} is kept");
    }
    assert!(!workplace.path("run/summary.json").exists(), "there is no result");
    let records = workplace.read("run/stats.jsonl");
    let last: serde_json::Value = serde_json::from_str(records.lines().last().unwrap()).unwrap();
    assert!(last["stopped"].as_str().unwrap().contains("the loss `objective`"), "{records}");

    workplace.succeed("sample run --count 50 --out kept.csv");
    let kept = workplace.read("kept.csv");
    assert!(!kept.contains("NaN") && !kept.contains("inf"), "the generator that is kept works: {kept}");
}

/// Runs the program under a limit on the size of files, as a full disk would stop it.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_named() {
    let workplace = Workplace::new();
    workplace
        .write("large.toml", TINY.replace("samples = 200", "samples = 200_000").replace("every = 10", "every = 0"));
    let script = "trap '' XFSZ; ulimit -f 1000; exec \"$0\" train large.toml --quiet --out run";
    let ended = workplace.ended(Command::new("sh").args(["-c", script, env!("CARGO_BIN_EXE_ganymede")]));
    ended.assert_error(1, &["run/samples.npy", "cannot be written"], "full disk");
    assert!(workplace.path("run/generator.safetensors").exists(), "what was written before is kept");
    assert!(!workplace.path("run/summary.json").exists());
    assert!(workplace.listing().iter().all(|name| !name.contains(".partial")), "{:?}", workplace.listing());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_a_draw() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run");
    std::os::unix::fs::symlink("/dev/full", workplace.path("full.npy")).unwrap();
    workplace.run("sample run --count 9 --out full.npy").assert_error(1, &["full.npy", "space"], "/dev/full");
}
