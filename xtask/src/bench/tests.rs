//! The whole of `bench` with a stand-in program that writes what its configuration tells it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use clap::Parser;
use serde_json::Value;
use tempfile::TempDir;

use super::{Options, executable, run};

/// Behaves as `ganymede train`: modes are 5 + seed, speed is the `speed` of the configuration, it fails at `fails`, and a
/// run of another seed than 0 collapses half way, which its detector sees at once.
const FAKE: &str = r#"#!/bin/sh
[ "$1" = train ] && config=$2
shift 2
overrides=
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=$2; shift 2 ;;
        --seed) seed=$2; shift 2 ;;
        --out) out=$2; shift 2 ;;
        --set) overrides="$overrides $2"; shift 2 ;;
        --quiet) shift ;;
        *) exit 2 ;;
    esac
done
echo "$config $seed $RAYON_NUM_THREADS$overrides" >> calls.log
number() { sed -n "s/^$1 = //p" "$config"; }
steps=$(number steps)
case $overrides in *steps=*) steps=${overrides##*steps=}; steps=${steps%% *} ;; esac
mkdir -p "$out"
if [ "$(number fails)" = "$seed" ]; then
    echo "the loss became NaN" >&2
    exit 1
fi
metrics="\"modes_total\": 8, \"modes_covered\": $((5 + seed)), \"modes_covered_20\": $((6 + seed)), \"high_quality\": 0.9,
    \"reverse_kl\": 0.$seed, \"jensen_shannon\": 0.1, \"std\": 0.01, \"std_ratio\": null"
echo "{\"steps\": $steps, \"seconds\": 2.0, \"steps_per_second\": $(number speed),
    \"evaluation_seconds\": 0.1, \"device\": \"$device\",
    \"strategies\": [], $metrics, \"oracle\": {$metrics}}" > "$out/summary.json"
lost=0; verdict=healthy
for look in 1 2 3 4; do
    [ $look -gt 2 ] && [ "$seed" != 0 ] && { lost=0.9; verdict=collapsed; }
    echo "{\"step\": $look, \"metrics\": {\"lost_share\": $lost, \"std_ratio\": 1}, \"detector\": {\"verdict\": \"$verdict\"}}"
done > "$out/stats.jsonl"
"#;

/// A workspace with the stand-in.
pub(super) struct Bench {
    folder: TempDir,
}

impl Bench {
    /// A workspace of a baseline at 100 steps a second, `fast` at 200 and `slow` at 25.
    pub(super) fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let program = bench.root().join("fake");
        fs::write(&program, FAKE).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        bench.write(
            "crates/ganymede-strategies/Cargo.toml",
            "[features]\nfast = [\"dep:ganymede-fast\"]\nslow = [\"dep:ganymede-slow\"]\n",
        );
        bench.write("configs/ring.toml", "steps = 50\nspeed = 100\n");
        bench.write("configs/pacgan-ring.toml", "steps = 400\nspeed = 10\n");
        for (name, speed) in [("fast", 200), ("slow", 25)] {
            let text = format!("steps = 50\nspeed = {speed}\n[[strategy]]\nname = \"{name}\"\nk = 5\n");
            bench.write(&format!("configs/{name}.toml"), &text);
        }
        bench
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn out(&self) -> PathBuf {
        self.root().join("out")
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        crate::workspace::write(&self.root().join(file), text).unwrap();
    }

    pub(super) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root().join(file)).unwrap()
    }

    pub(super) fn results(&self) -> Value {
        serde_json::from_str(&self.read("out/results.json")).unwrap()
    }

    /// Runs `bench` and returns its outcome with the lines that the stand-in left about its calls.
    pub(super) fn run(&self, arguments: &[&str]) -> (bool, Vec<String>) {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            options: Options,
        }
        let log = self.root().join("calls.log");
        fs::write(&log, "").unwrap();
        let (program, out) = (self.root().join("fake"), self.out());
        let fixed = ["bench", "--program", program.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let line = Line::parse_from(fixed.iter().chain(arguments));
        let succeeded = run(self.root(), &line.options).unwrap();
        (succeeded, fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect())
    }
}

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap_or(f64::NAN);
    assert!((value - expected).abs() < 1e-9, "{value} instead of {expected}");
}

#[test]
fn every_cell_runs_seed_by_seed_with_one_thread() {
    let bench = Bench::new();
    let (succeeded, calls) = bench.run(&["--seeds", "2", "--jobs", "1"]);
    assert!(succeeded);
    let expected = ["ring.toml 0", "fast.toml 0", "slow.toml 0", "ring.toml 1", "fast.toml 1", "slow.toml 1"];
    assert_eq!(calls, expected.map(|call| format!("configs/{call} 1")));
    assert!(!bench.out().join("partial").exists(), "what served the runs is removed");
}

#[test]
fn aggregates_are_those_by_hand() {
    let bench = Bench::new();
    bench.run(&["--seeds", "3", "--jobs", "2"]);
    let results = bench.results();
    let slow = &results["aggregates"][2];
    assert_eq!(slow["strategy"], "slow");
    // 5, 6, 7: mean 6, standard deviation 1, error 1 / sqrt 3; reverse KL 0.0, 0.1, 0.2.
    close(&slow["modes_covered"]["mean"], 6.0);
    close(&slow["modes_covered"]["standard_error"], 1.0 / 3.0_f64.sqrt());
    close(&slow["modes_covered"]["n"], 3.0);
    close(&slow["modes_covered_20"]["mean"], 7.0);
    close(&slow["runs_with_all_modes_20"], 1.0);
    close(&slow["reverse_kl"]["mean"], 0.1);
    close(&slow["reverse_kl"]["standard_error"], 0.1 / 3.0_f64.sqrt());
    close(&slow["high_quality_percent"]["mean"], 90.0);
    close(&slow["cost"]["mean"], 4.0);
    close(&results["aggregates"][1]["cost"]["mean"], 0.5);
    close(&results["aggregates"][0]["cost"]["mean"], 1.0);
    close(&results["oracle"]["modes_covered"]["mean"], 6.0);
    assert!(slow["std_ratio"].is_null());
    assert_eq!(results["rows"].as_array().unwrap().len(), 9);

    let page = bench.read("out/results.md");
    for part in ["| 6.00 ± 0.58 ", "| 4.00 ± 0.00 ", "real samples (oracle)", "9 runs of 50 steps each.", "one sitting"]
    {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert_eq!(bench.read("out/results.csv").lines().count(), 10);
    for picture in ["modes.svg", "reverse-kl.svg", "cost.svg"] {
        assert!(bench.read(&format!("out/{picture}")).starts_with("<svg"));
    }
}

#[test]
fn what_is_done_is_not_run_again() {
    let bench = Bench::new();
    bench.run(&["--seeds", "1"]);
    let (_, again) = bench.run(&["--seeds", "1"]);
    assert!(again.is_empty(), "{again:?}");

    let (_, more) = bench.run(&["--seeds", "2", "--jobs", "1"]);
    assert_eq!(more, ["ring.toml 1", "fast.toml 1", "slow.toml 1"].map(|call| format!("configs/{call} 1")));
    // Both seeds have a baseline in their own sitting, so both have a cost.
    close(&bench.results()["aggregates"][2]["cost"]["n"], 2.0);
    assert!(bench.read("out/results.md").contains("2 sittings"));
}

#[test]
fn a_changed_configuration_or_an_incomplete_folder_runs_again() {
    let bench = Bench::new();
    bench.run(&["--seeds", "1"]);
    bench.write("configs/slow.toml", "steps = 50\nspeed = 20\n[[strategy]]\nname = \"slow\"\n");
    for entry in fs::read_dir(bench.out().join("cells")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.file_name().unwrap().to_string_lossy().starts_with("fast") {
            fs::write(folder.join("summary.json"), "{\"steps\": 50").unwrap();
        }
    }
    let (_, calls) = bench.run(&["--seeds", "1", "--jobs", "1"]);
    assert_eq!(calls, ["configs/fast.toml 0 1", "configs/slow.toml 0 1"]);
    // Their baseline is of another sitting: no cost rather than one across sittings.
    let results = bench.results();
    assert!(results["aggregates"][2]["cost"].is_null());
    close(&results["aggregates"][2]["steps_per_second"]["mean"], 20.0);

    bench.run(&["--seeds", "2"]);
    assert!(bench.read("out/results.md").contains("| 5.00 (n 1) "), "the second seed has its baseline beside it");
}

#[test]
fn shorter_runs_leave_long_ones_alone() {
    let bench = Bench::new();
    bench.run(&["--seeds", "1"]);
    let (_, calls) = bench.run(&["--seeds", "1", "--steps", "7", "--jobs", "1"]);
    assert_eq!(calls.len(), 3);
    assert_eq!(calls[0], "configs/ring.toml 0 1 steps=7");
    let page = bench.read("out/results.md");
    assert!(page.contains("**Shortened: 3 runs of 7 steps each instead of the protocol's 50.**"), "{page}");
    let (_, again) = bench.run(&["--seeds", "1"]);
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn a_failed_run_is_reported_and_the_rest_continues() {
    let bench = Bench::new();
    bench.write("configs/fast.toml", "steps = 50\nspeed = 200\nfails = 1\n[[strategy]]\nname = \"fast\"\n");
    let (succeeded, calls) = bench.run(&["--seeds", "2"]);
    assert!(!succeeded);
    assert_eq!(calls.len(), 6);
    let results = bench.results();
    assert_eq!(results["failed"][0]["strategy"], "fast");
    assert_eq!(results["failed"][0]["seed"], 1);
    assert_eq!(results["failed"][0]["last_lines"][0], "the loss became NaN");
    close(&results["aggregates"][1]["n"], 1.0);
    assert!(bench.read("out/results.md").contains("fast seed 1"));

    bench.write("configs/fast.toml", "steps = 50\nspeed = 200\n[[strategy]]\nname = \"fast\"\n");
    let (succeeded, _) = bench.run(&["--seeds", "2"]);
    assert!(succeeded);
}

#[test]
fn a_protocol_is_joined_by_the_strategy_tables() {
    let bench = Bench::new();
    let (_, calls) = bench.run(&["--suite", "ring", "--strategies", "slow", "--seeds", "1", "--jobs", "1"]);
    let joined = calls[1].strip_prefix("configs/pacgan-ring.toml 0 1 strategy=").unwrap();
    let read_back: toml::Table = format!("strategy = {joined}").parse().unwrap();
    assert_eq!(read_back["strategy"][0]["name"].as_str(), Some("slow"));
    assert_eq!(read_back["strategy"][0]["k"].as_integer(), Some(5));
    let page = bench.read("out/results.md");
    for part in ["Reported elsewhere", "PacGAN2", "7.9 ± 0.1", "VEEGAN's run"] {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

#[test]
fn pacgans_table_is_repeated_row_by_row() {
    let bench = Bench::new();
    let (succeeded, calls) = bench.run(&["--suite", "pacgan-ring", "--seeds", "2", "--steps", "40", "--jobs", "1"]);
    assert!(succeeded);
    let row = |samples: u32| {
        let (batch, points) = (100 * samples, 100_000 * samples);
        format!(
            "configs/pacgan-ring.toml 0 1 strategy=[{{ name = \"packing\", samples = {samples} }}] batch_size={batch} \
             data.samples={points} steps=40"
        )
    };
    assert_eq!(calls.len(), 8);
    assert_eq!(calls[..4], ["configs/pacgan-ring.toml 0 1 steps=40".to_owned(), row(2), row(3), row(4)]);
    let page = bench.read("out/results.md");
    // The stand-in covers 5 modes with seed 0 and 6 with seed 1.
    let parts = [
        "**Shortened: 8 runs of 40 steps each instead of the protocol's 400.**",
        "| baseline  | GAN          | 5.5 ± 0.5 | 6.3 ± 0.5 |",
        "| packing-2 | PacGAN2      | 5.5 ± 0.5 | 7.9 ± 0.1 |",
        "| packing-3 | -            | 5.5 ± 0.5 | -         |",
        "| packing-4 | PacGAN4      | 5.5 ± 0.5 | 7.8 ± 0.1 |",
    ];
    for part in parts {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert_eq!(bench.results()["counterparts"][1]["modes"], "7.9 ± 0.1");
}

#[test]
fn pacgans_rows_can_be_chosen_and_nothing_else() {
    let bench = Bench::new();
    bench.write("configs/pacgan-grid.toml", "steps = 400\nspeed = 10\n");
    let (_, calls) = bench.run(&["--suite", "pacgan-grid", "--strategies", "packing-3", "--seeds", "1", "--jobs", "1"]);
    assert_eq!(calls.len(), 2);
    assert!(calls[1].starts_with("configs/pacgan-grid.toml 0 1 strategy=") && calls[1].contains("samples = 3"));
    assert!(bench.read("out/results.md").contains("17.3 ± 0.8"));
    let options = Options {
        suite: &super::grid::PACKINGS,
        strategies: Some(vec!["fast".to_owned()]),
        seeds: Some(1),
        first_seed: 0,
        jobs: None,
        device: "flex".to_owned(),
        out: Some(bench.out()),
        steps: None,
        data: None,
        program: None,
    };
    let error = run(bench.root(), &options).unwrap_err().to_string();
    assert!(error.contains("\"fast\"") && error.contains("baseline, packing-2, packing-3, packing-4"), "{error}");
}

#[test]
fn the_detector_is_held_against_the_truth() {
    let bench = Bench::new();
    let groups = ["--suite", "detector", "--strategies", "ring-baseline,ring-hasty-baseline", "--jobs", "1"];
    let (succeeded, calls) = bench.run(&[groups.as_slice(), &["--seeds", "2", "--steps", "400"]].concat());
    assert!(succeeded);
    assert_eq!(calls.len(), 4);
    for part in
        ["configs/ring.toml 0 1", "steps=400", "detector.every=4", "evaluation.every=4", "on_collapse=\"ignore\""]
    {
        assert!(calls[0].contains(part), "no {part} in {}", calls[0]);
    }
    assert!(calls[1].contains("optimizer.generator.learning_rate=2e-2"), "{}", calls[1]);
    let rows = &bench.results()["rows"];
    let labels: Vec<&Value> = rows.as_array().unwrap().iter().map(|row| &row["label"]).collect();
    assert_eq!(labels, ["healthy", "collapsed", "healthy", "collapsed"]);
    assert_eq!((&rows[1]["onset"], &rows[1]["found"], &rows[1]["wrong_alarms"]), (&3.into(), &true.into(), &0.into()));
    let page = bench.read("out/results.md");
    assert!(page.contains("| **all** | 4 | 2 | 2 | 2 | 0 % | 2 | 0 | 0 |"), "{page}");
}

#[test]
fn a_step_costs_the_median_over_the_baselines_and_a_penalty_is_timed_in_each_kind() {
    let bench = Bench::new();
    bench.write(
        "crates/ganymede-strategies/Cargo.toml",
        "[features]\nfast = [\"dep:ganymede-fast\"]\ngradient-penalty = [\"dep:ganymede-gradient-penalty\"]\n",
    );
    bench.write("configs/gradient-penalty.toml", "steps = 50\nspeed = 50\n[[strategy]]\nname = \"gradient-penalty\"\n");
    let (succeeded, calls) = bench.run(&["--suite", "cost", "--seeds", "2", "--steps", "20"]);
    assert!(succeeded);
    assert_eq!(calls.len(), 2 * 7, "the baseline, fast and five kinds of the penalty");
    let bare = "evaluation.every=1000000000 detector.every=0";
    assert_eq!(calls[0], format!("configs/ring.toml 0 1 {bare} steps=20"));
    assert_eq!(calls[2], format!("configs/gradient-penalty.toml 0 1 {bare} strategy.0.kind=\"wgan-gp\" steps=20"));
    let rows = &bench.results()["rows"];
    close(&rows[0]["cost"]["median"], 1.0);
    close(&rows[1]["milliseconds"]["median"], 5.0);
    close(&rows[1]["cost"]["most"], 0.5);
    close(&rows[6]["cost"]["median"], 2.0);
    assert!(bench.read("out/results.md").contains("| gradient-penalty-r1-r2   | 2 | 20.000"));
}

#[test]
fn suites_have_names_of_their_own_and_say_what_they_are() {
    let names: std::collections::BTreeSet<&str> = super::SUITES.iter().map(|suite| suite.name).collect();
    assert_eq!(names.len(), super::SUITES.len(), "{names:?}");
    for suite in super::SUITES {
        assert!(!suite.title.is_empty() && !suite.about.is_empty(), "{}", suite.name);
    }
}

#[test]
fn seeds_can_start_anywhere() {
    let bench = Bench::new();
    let (_, calls) = bench.run(&["--strategies", "fast", "--seeds", "1", "--first-seed", "7", "--jobs", "1"]);
    assert_eq!(calls, ["configs/ring.toml 7 1", "configs/fast.toml 7 1"]);
}

#[test]
fn an_unknown_strategy_is_refused_with_the_known_ones() {
    let bench = Bench::new();
    let options = Options {
        suite: &super::quick::SUITE,
        strategies: Some(vec!["quick".to_owned()]),
        seeds: Some(1),
        first_seed: 0,
        jobs: None,
        device: "flex".to_owned(),
        out: Some(bench.out()),
        steps: None,
        data: None,
        program: None,
    };
    let error = run(bench.root(), &options).unwrap_err().to_string();
    assert!(error.contains("\"quick\"") && error.contains("baseline, fast, slow"), "{error}");
    assert!(!bench.out().exists());
}

#[test]
fn the_program_is_found_in_what_cargo_says() {
    let line = |name: &str, kind: &str, path: &str| {
        format!(
            "{{\"reason\":\"compiler-artifact\",\"target\":{{\"name\":\"{name}\",\"kind\":[\"{kind}\"]}},\"executable\":{path}}}"
        )
    };
    let messages = [
        line("ganymede", "custom-build", "\"/t/build\""),
        line("ganymede", "bin", "\"/t/release/ganymede\""),
        line("ganymede", "lib", "null"),
        "not JSON".to_owned(),
    ];
    assert_eq!(executable(&messages.join("\n")), Some(PathBuf::from("/t/release/ganymede")));
}
