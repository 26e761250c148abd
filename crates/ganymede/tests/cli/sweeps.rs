//! Sweeps of the program's own runs: made once, killed, stopped, refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use ganymede_sweep::FIGURES;

use crate::equality::assert_same;
use crate::support::Workplace;

/// Runs of a few moments each, saved often.
const SWEEP: &str = "base = \"tiny.toml\"\nout = \"out\"\nseeds = 2\nfigures = [\"modes_covered\", \"reverse_kl\"]\n[engine]\njobs = 2\n\
                     [set]\ncheckpoint.every = 2\n[grid]\noptimizer.generator.learning_rate = [1e-3, 1e-4]\n";

/// A workplace with this sweep.
fn workplace(sweep: &str) -> Workplace {
    let workplace = Workplace::new();
    workplace.write("sweep.toml", sweep);
    workplace
}

/// The cells of `out`.
fn cells(workplace: &Workplace) -> Vec<String> {
    let entries = fs::read_dir(workplace.path("out/cells")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The bytes of every summary in `out`.
fn summaries(workplace: &Workplace) -> BTreeMap<String, Vec<u8>> {
    let summary =
        |name: String| Some((name.clone(), fs::read(workplace.path(&format!("out/cells/{name}/summary.json"))).ok()?));
    cells(workplace).into_iter().filter_map(summary).collect()
}

fn start(workplace: &Workplace) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ganymede"));
    command.args(["sweep", "sweep.toml", "--quiet"]).current_dir(workplace.path("."));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_sweep_makes_the_runs_that_train_makes_and_none_twice() {
    let workplace = workplace(SWEEP);
    let listed = workplace.succeed("sweep sweep.toml --dry-run").stdout;
    assert_eq!(listed.lines().filter(|line| line.starts_with("waiting ")).count(), 4, "{listed}");
    assert!(listed.contains("4 runs of 2 variants: 4 waiting"), "{listed}");
    assert!(!workplace.path("out").exists(), "--dry-run creates nothing");

    let made = workplace.succeed("sweep sweep.toml");
    for fragment in
        ["| learning_rate=0.001 ", "| learning_rate=0.0001 ", "modes_covered", "4 runs of 2 variants: 4 done"]
    {
        assert!(made.stdout.contains(fragment), "`{fragment}` is missing in {}", made.stdout);
    }
    let name = cells(&workplace).into_iter().find(|name| name.starts_with("learning_rate=0.0001-s1-")).unwrap();
    workplace.succeed(
        "train tiny.toml --quiet --seed 1 --set optimizer.generator.learning_rate=1e-4 --set checkpoint.every=2 --out whole",
    );
    assert_same(&workplace, "whole", &format!("out/cells/{name}"), "a cell is the run that train makes");

    let page = fs::read_to_string(workplace.path("out/report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains(&name), "the report shows every run");

    let before = summaries(&workplace);
    let again = workplace.succeed("sweep sweep.toml");
    assert_eq!(again.stdout, made.stdout);
    assert_eq!(summaries(&workplace), before);
    let listed = workplace.succeed("sweep sweep.toml --dry-run").stdout;
    assert!(listed.contains("4 runs of 2 variants: 4 done"), "{listed}");
}

#[test]
fn every_figure_has_its_place_in_a_summary() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run");
    let summary = workplace.json("run/summary.json");
    // These are of pictures that a classifier names.
    let classified = ["modes_kept", "modes_recognised", "modes_recognised_kept", "recognisable"];
    for figure in FIGURES.iter().filter(|figure| !classified.contains(&figure.name)) {
        let above = figure.pointer.rsplit_once('/').unwrap().0;
        let there =
            summary.pointer(figure.pointer).is_some() || summary.pointer(above).is_some_and(serde_json::Value::is_null);
        assert!(there, "{}", figure.name);
    }
}

/// What ends the processes that train in `out`, which a killed sweep has left behind.
#[cfg(target_os = "linux")]
fn kill_runs(workplace: &Workplace) {
    let out = workplace.path("out/").canonicalize().unwrap_or_default();
    let trains = |process: &Path| {
        let words = fs::read(process.join("cmdline")).unwrap_or_default();
        !out.as_os_str().is_empty() && String::from_utf8_lossy(&words).contains(&out.display().to_string())
    };
    for process in fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()).filter(|path| trains(path)) {
        let id = process.file_name().unwrap().to_string_lossy().into_owned();
        let _ = Command::new("sh").args(["-c", &format!("kill -9 {id}")]).stderr(Stdio::null()).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_sweep_loses_no_finished_run_and_goes_on_with_the_others() {
    use std::os::unix::fs::MetadataExt;

    let long = "[set]\nsteps = 1_500\nevaluation.every = 500\n";
    let sweep = SWEEP.replace("[set]\n", long).replace("checkpoint.every = 2", "checkpoint.every = 20");
    let whole = workplace(&sweep);
    whole.succeed("sweep sweep.toml --quiet");
    let killed = workplace(&sweep);
    let has_saved = |name: &String| {
        let entries =
            fs::read_dir(killed.path(&format!("out/cells/{name}/checkpoints"))).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .any(|path| path.extension().is_some_and(|extension| extension == "safetensors"))
    };
    let folder =
        |name: &String| fs::metadata(killed.path(&format!("out/cells/{name}"))).map(|metadata| metadata.ino()).ok();
    let unfinished =
        || cells(&killed).into_iter().filter(|name| has_saved(name) && !summaries(&killed).contains_key(name));
    let (mut finished, mut begun) = (BTreeMap::new(), BTreeMap::new());
    let mut interrupted = 0;
    for round in 0..5_u64 {
        let mut sweep = start(&killed);
        while unfinished().next().is_none() && sweep.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(150 * round));
        sweep.kill().unwrap();
        sweep.wait().unwrap();
        // Every other time the runs outlive the sweep.
        if round % 2 == 0 {
            kill_runs(&killed);
        }
        interrupted += unfinished().count();
        for (name, bytes) in &finished {
            assert_eq!(summaries(&killed).get(name), Some(bytes), "{name} was finished and is not made again");
        }
        for (name, place) in &begun {
            assert_eq!(folder(name), *place, "{name} had a checkpoint and goes on from it");
        }
        finished = summaries(&killed);
        begun = cells(&killed).into_iter().filter(has_saved).map(|name| (name.clone(), folder(&name))).collect();
    }
    assert!(interrupted > 0, "some kill came between a run's checkpoint and its end");
    killed.succeed("sweep sweep.toml --quiet");
    assert_eq!(cells(&killed), cells(&whole));
    for name in cells(&whole) {
        let run = format!("out/cells/{name}");
        assert_eq!(whole.timeless_summary(&run), killed.timeless_summary(&run), "{name}");
        assert_eq!(
            whole.bytes(&format!("{run}/generator.safetensors")),
            killed.bytes(&format!("{run}/generator.safetensors"))
        );
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_the_runs_and_a_second_sweep_waits_its_turn() {
    let sweep = SWEEP.replace("[set]\n", "[set]\nsteps = 100_000\n");
    let workplace = workplace(&sweep);
    let mut running = start(&workplace);
    let saved = |name: &String| {
        let checkpoints = fs::read_dir(workplace.path(&format!("out/cells/{name}/checkpoints")));
        checkpoints.is_ok_and(|entries| entries.count() > 0)
    };
    while cells(&workplace).iter().filter(|name| saved(name)).count() < 2 {
        assert!(running.try_wait().unwrap().is_none(), "it is not done");
        thread::sleep(Duration::from_millis(20));
    }
    let second = workplace.run("sweep sweep.toml");
    second.assert_error(
        2,
        &["out: another sweep is working in this folder; wait until it has ended, or stop it"],
        "two",
    );
    Command::new("sh").args(["-c", &format!("kill -INT {}", running.id())]).status().unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130));
    for name in cells(&workplace) {
        let log = workplace.read(&format!("out/logs/{name}.log"));
        assert!(!log.contains("panicked"), "{log}");
        assert!(workplace.path(&format!("out/cells/{name}/generator.safetensors")).exists(), "{name} was saved: {log}");
    }
    assert_eq!(cells(&workplace).len(), 2, "nothing more was begun");
}

#[test]
fn bad_sweeps_are_refused_before_the_first_run() {
    let base = "base = \"tiny.toml\"\nout = \"out\"\n";
    for (text, fragments) in [
        (
            "[grid]\noptimizer.generator.lerning_rate = [1e-3, 1e-4]\n",
            vec!["sweep.toml:4: ", "lerning_rate", "did you mean"],
        ),
        ("[grid]\nsteps = [10, -1]\n", vec!["sweep.toml:4: --set steps=-1", "steps"]),
        ("[set]\ndata.kind = \"rings\"\n", vec!["sweep.toml:4: ", "data.kind", "ring"]),
        ("[strategies]\nlist = [\"paking\"]\n", vec!["sweep.toml:4: ", "paking", "packing"]),
        ("[random]\ncount = 3\n[random.keys]\nbatch_size = [0]\n", vec!["sweep.toml:6: ", "batch_size"]),
        ("[set]\nevaluation.classifier = \"gone.safetensors\"\n", vec!["sweep.toml:4: ", "gone.safetensors"]),
        ("device = \"abacus\"\n", vec!["sweep.toml:3: ", "abacus", "flex"]),
        ("figures = [\"beauty\"]\n", vec!["sweep.toml:3: ", "no such figure"]),
        (
            "[halving]\nevery = 99_999\nkeep = 0.5\nfigure = \"lost\"\n",
            vec!["sweep.toml:4: halving.every = 99999: ", "expected fewer steps than the"],
        ),
        ("[grid]\nsteps = []\n", vec!["sweep.toml:4: ", "the list is empty"]),
    ] {
        let workplace = workplace(&format!("{base}{text}"));
        let before = workplace.listing();
        workplace.run("sweep sweep.toml").assert_error(2, &fragments, text);
        assert_eq!(workplace.listing(), before, "{text}: nothing is created");
    }
    let gone = workplace("base = \"gone.toml\"\n");
    gone.run("sweep sweep.toml").assert_error(
        2,
        &["sweep.toml:1: ", "gone.toml", "relative to the sweep's file"],
        "base",
    );
    let plain = workplace(base);
    plain.run("sweep sweep.toml --out tiny.toml/out").assert_error(
        2,
        &["tiny.toml/out", "--out"],
        "a folder in a file",
    );
    plain.succeed("train tiny.toml --quiet --out run");
    plain.run("sweep sweep.toml --out run").assert_error(2, &["the folder of a run", "--out"], "a run's folder");
}

/// Four variants of one seed: two go on at step 4, one at step 8, to the end at step 12.
const HALVED: &str = "base = \"tiny.toml\"\nout = \"out\"\n[set]\nsteps = 12\ncheckpoint.every = 2\n[engine]\njobs = 2\n[grid]\n\
                      optimizer.generator.learning_rate = [1e-2, 1e-3, 1e-4, 1e-5]\n\
                      [halving]\nevery = 4\nkeep = 0.5\nfigure = \"sliced_wasserstein\"\n";

#[test]
fn a_halved_sweep_judges_its_runs_and_goes_on_with_the_better_ones_after_a_kill() {
    let whole = workplace(HALVED);
    let listed = whole.succeed("sweep sweep.toml --dry-run").stdout;
    assert!(
        listed.contains("halving by sliced_wasserstein: of 4 variants 4 to step 4, 2 to step 8, 1 to step 12"),
        "{listed}"
    );
    let made = whole.succeed("sweep sweep.toml").stdout;
    assert!(made.contains("stopped at step") && made.contains("4 runs of 4 variants: 1 done, 3 stopped"), "{made}");
    let results = whole.json("out/results.json");
    let first = results["halving"][0]["standings"].as_array().unwrap();
    let means: Vec<f64> = first.iter().map(|standing| standing["mean"].as_f64().unwrap()).collect();
    assert!(means.is_sorted(), "the nearest comes first: {means:?}");
    let ends: Vec<u64> = cells(&whole)
        .iter()
        .map(|name| whole.json(&format!("out/cells/{name}/summary.json"))["steps"].as_u64().unwrap())
        .collect();
    assert_eq!(ends.iter().filter(|end| **end == 12).count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| **end == 4).count(), 2, "{ends:?}");
    assert!(whole.succeed("sweep sweep.toml --dry-run").stdout.contains("1 done, 3 stopped"));

    // What was judged and trained before a kill is kept, whenever it comes.
    let killed = workplace(HALVED);
    for round in 0..4_u64 {
        let mut sweep = start(&killed);
        thread::sleep(Duration::from_millis(100 + 150 * round));
        sweep.kill().unwrap();
        sweep.wait().unwrap();
    }
    killed.succeed("sweep sweep.toml --quiet");
    assert_eq!(killed.json("out/results.json")["halving"], results["halving"]);
    for name in cells(&whole) {
        let run = format!("out/cells/{name}");
        assert_eq!(whole.timeless_summary(&run), killed.timeless_summary(&run), "{name}");
        let weights = format!("{run}/generator.safetensors");
        assert_eq!(whole.bytes(&weights), killed.bytes(&weights), "{name}");
    }
    let changed = HALVED.replace("keep = 0.5", "keep = 0.9");
    whole.write("sweep.toml", &changed);
    whole.run("sweep sweep.toml").assert_error(2, &["out: its runs were judged before", "--out"], "another share");
}

#[test]
fn the_sweeps_that_come_along_can_be_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/sweeps");
    let workplace = Workplace::new();
    let mut seen = 0;
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let listed = workplace.succeed(&format!("sweep {} --dry-run", path.display()));
        assert!(listed.stdout.contains("waiting"), "{}: {}", path.display(), listed.stdout);
        assert!(!listed.stdout.contains("/../"), "paths are clean: {}", listed.stdout);
        seen += 1;
    }
    assert!(seen > 0);
}
