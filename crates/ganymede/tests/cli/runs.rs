//! What a finished run leaves behind.

use crate::support::{TINY, Workplace, floats, npy, read_floats};

const FILES: [&str; 14] = [
    ".lock",
    "best.safetensors",
    "checkpoints",
    "checkpoints/00000018.safetensors",
    "checkpoints/00000020.safetensors",
    "config.toml",
    "generator.safetensors",
    "samples-000000.png",
    "samples-000010.png",
    "samples-000020.png",
    "samples.npy",
    "samples.png",
    "stats.jsonl",
    "summary.json",
];

#[test]
fn a_run_writes_all_its_files_into_a_numbered_folder() {
    let workplace = Workplace::new();
    let ended = workplace.succeed("train tiny.toml");
    let expected: Vec<String> = ["runs".to_owned(), "runs/00001-tiny".to_owned()]
        .into_iter()
        .chain(FILES.map(|file| format!("runs/00001-tiny/{file}")))
        .chain(["tiny.toml".to_owned()])
        .collect();
    assert_eq!(workplace.listing(), expected);
    for text in ["modes", "high quality", "reverse KL", "std ratio", "generated", "real", "runs/00001-tiny"] {
        assert!(ended.stdout.contains(text), "{text}: {}", ended.stdout);
    }
    assert!(ended.stderr.contains("step 20/20"), "{}", ended.stderr);

    workplace.succeed("train tiny.toml --quiet");
    assert!(workplace.path("runs/00002-tiny/summary.json").exists(), "numbered upwards");
}

#[test]
fn the_summary_has_every_key_and_the_oracle_the_same_metrics() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --out run --seed 5 --device flex");
    let summary = workplace.json("run/summary.json");
    let metrics = [
        "modes_total",
        "modes_covered",
        "modes_covered_20",
        "high_quality",
        "mode_spread_least",
        "mode_spread_median",
        "mode_offset_median",
        "mode_offset_largest",
        "reverse_kl",
        "jensen_shannon",
        "mean",
        "std",
        "mean_pairwise_distance",
        "std_ratio",
        "distance_ratio",
        "lost_share",
        "sliced_wasserstein",
        "samples",
    ];
    let general = [
        "verdict",
        "headline",
        "reasons",
        "missing_parts",
        "watched",
        "events",
        "best",
        "steps",
        "steps_made",
        "seconds",
        "steps_per_second",
        "evaluation_seconds",
        "peak_memory",
        "device",
        "strategies",
        "seed",
        "oracle",
        "version",
    ];
    for key in metrics.iter().chain(&general) {
        // Twenty steps make no sample of high quality, so no mode has a shape to tell; its keys are there, as null.
        assert!(summary.get(*key).is_some(), "{key}: {summary}");
        let of_shape = key.starts_with("mode_spread") || key.starts_with("mode_offset");
        assert_eq!(summary[key].is_null(), of_shape, "{key}: {summary}");
    }
    assert_eq!(summary["high_quality"], serde_json::json!(0.0));
    for key in metrics {
        assert!(summary["oracle"][key].is_number(), "oracle.{key}: {summary}");
    }
    assert_eq!(summary["steps"], 20);
    assert_eq!(summary["seed"], 5);
    assert_eq!(summary["device"], "flex");
    assert_eq!(summary["strategies"], serde_json::json!([]));
    assert_eq!(summary["oracle"]["modes_covered"], 8);
    assert_eq!(summary["oracle"]["std_ratio"], 1.0);
    // 25 samples a mode.
    let oracle = |key: &str| summary["oracle"][key].as_f64().unwrap();
    assert!((0.85..1.1).contains(&oracle("mode_spread_median")) && oracle("mode_spread_least") > 0.6, "{summary}");
    assert!(oracle("mode_offset_median") < 0.3 && oracle("mode_offset_largest") < 0.6, "{summary}");
    assert_eq!(read_floats(&workplace.bytes("run/samples.npy")).len(), 400, "200 points in the plane");
}

#[test]
fn the_records_hold_one_line_for_each_step_that_is_due() {
    let workplace = Workplace::new();
    workplace
        .succeed("train tiny.toml --out run --set steps=230 --set evaluation.every=150 --set detector.every=0 --quiet");
    let lines: Vec<serde_json::Value> =
        workplace.read("run/stats.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows: Vec<_> = lines
        .iter()
        .map(|line| (line["step"].as_u64().unwrap(), line["losses"].is_object(), line["metrics"].is_object()))
        .collect();
    let expected = [(0, false, true), (100, true, false), (150, true, true), (200, true, false), (230, true, true)];
    assert_eq!(rows, expected);
    assert!(
        lines[1]["losses"]["discriminator/objective"].is_number()
            && lines[1]["losses"]["generator/objective"].is_number()
    );
    let bytes = workplace.bytes("run/stats.jsonl").len();
    assert!(bytes < 2_500, "{bytes} bytes");
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let workplace = Workplace::new();
    for (out, seed) in [("first", 1), ("second", 1), ("third", 2)] {
        workplace.succeed(&format!("train tiny.toml --quiet --out {out} --seed {seed}"));
    }
    for file in ["generator.safetensors", "samples.npy", "samples.png", "samples-000000.png", "config.toml"] {
        assert_eq!(workplace.bytes(&format!("first/{file}")), workplace.bytes(&format!("second/{file}")), "{file}");
        assert_ne!(workplace.bytes(&format!("first/{file}")), workplace.bytes(&format!("third/{file}")), "{file}");
    }
    assert_eq!(workplace.timeless_summary("first"), workplace.timeless_summary("second"));
    assert_ne!(workplace.timeless_summary("first"), workplace.timeless_summary("third"));
}

#[test]
fn the_first_and_the_newest_pictures_over_the_run_stay() {
    let workplace = Workplace::new();
    let rows: [(usize, &[&str]); 4] = [
        (0, &["samples-000000.png"]),
        (1, &["samples-000000.png", "samples-000020.png"]),
        (3, &["samples-000000.png", "samples-000012.png", "samples-000016.png", "samples-000020.png"]),
        (
            9,
            &[
                "samples-000000.png",
                "samples-000004.png",
                "samples-000008.png",
                "samples-000012.png",
                "samples-000016.png",
                "samples-000020.png",
            ],
        ),
    ];
    for (keep, expected) in rows {
        let run = format!("kept-{keep}");
        let keys = format!("--set evaluation.every=4 --set evaluation.pictures={keep}");
        workplace.succeed(&format!("train tiny.toml --quiet --out {run} {keys}"));
        let prefix = format!("{run}/samples-");
        let found: Vec<String> = workplace.listing().into_iter().filter(|name| name.starts_with(&prefix)).collect();
        assert_eq!(found, expected.iter().map(|name| format!("{run}/{name}")).collect::<Vec<_>>());
        assert_eq!(workplace.bytes(&format!("{run}/samples-000000.png")), workplace.bytes("kept-0/samples-000000.png"));
    }
}

#[test]
fn the_resolved_configuration_repeats_the_run() {
    let workplace = Workplace::new();
    let points: Vec<f32> = (0..64).map(|index| (index % 7) as f32 / 3.0).collect();
    workplace.write("points.npy", npy("<f4", "(32, 2)", &floats(&points)));
    let file = TINY.replace("kind = \"ring\"\nsamples = 1_000", "kind = \"file\"\npath = \"points.npy\"");
    workplace.write("file.toml", file);
    let averaged = format!(
        "{TINY}\n[averaging]\ndecay = 0.9\n\n[optimizer.generator]\nkind = \"adam\"\n\
        learning_rate = 3e-4\n[optimizer.generator.schedule]\nkind = \"cosine\"\nfactor = 0.1\n"
    );
    workplace.write("averaged.toml", averaged);
    for name in ["tiny", "file", "averaged"] {
        workplace.succeed(&format!("train {name}.toml --quiet --out {name}-1 --seed 9 --set batch_size=8"));
        workplace.succeed(&format!("train {name}-1/config.toml --quiet --out {name}-2"));
        assert_eq!(workplace.timeless_summary(&format!("{name}-1")), workplace.timeless_summary(&format!("{name}-2")));
        for file in ["generator.safetensors", "config.toml"] {
            let of = |run: u8| workplace.bytes(&format!("{name}-{run}/{file}"));
            assert_eq!(of(1), of(2), "{name}: {file}");
        }
    }
}

#[test]
fn unknown_modes_are_null_and_the_rest_is_there() {
    let workplace = Workplace::new();
    let rows: Vec<String> = (0..50).map(|row| format!("{},{},{}", row, row * 2 % 5, row % 3)).collect();
    workplace.write("points.csv", rows.join("\n"));
    let config = TINY.replace("kind = \"ring\"\nsamples = 1_000", "kind = \"file\"\npath = \"points.csv\"");
    workplace.write("file.toml", config);
    let ended = workplace.succeed("train file.toml --out run");
    let summary = workplace.json("run/summary.json");
    let of_modes =
        ["modes_total", "modes_covered", "modes_covered_20", "high_quality", "mode_spread_median", "reverse_kl"];
    for key in of_modes.into_iter().chain(["jensen_shannon"]) {
        assert!(summary[key].is_null() && summary["oracle"][key].is_null(), "{key}: {summary}");
        assert!(summary.as_object().unwrap().contains_key(key), "{key} is there, as null");
    }
    assert!(summary["std_ratio"].is_number());
    assert_eq!(summary["oracle"]["samples"], 50, "as many as the file holds");
    assert!(!ended.stdout.contains("modes") && ended.stdout.contains("std ratio"), "{}", ended.stdout);
    assert!(workplace.path("run/samples.png").exists());
}

#[test]
fn data_of_one_dimension_of_many_and_without_spread_are_drawn_and_measured() {
    let workplace = Workplace::new();
    for (name, columns, value) in [("one", 1, None), ("many", 9, None), ("flat", 2, Some(1.5_f32))] {
        let values: Vec<f32> = (0..20 * columns).map(|index| value.unwrap_or((index % 5) as f32)).collect();
        workplace.write("points.npy", npy("<f4", &format!("(20, {columns})"), &floats(&values)));
        workplace.write(
            "file.toml",
            TINY.replace("kind = \"ring\"\nsamples = 1_000", "kind = \"file\"\npath = \"points.npy\""),
        );
        let ended = workplace.run(&format!("train file.toml --quiet --out {name}"));
        assert_eq!(ended.code, Some(if value.is_some() { 5 } else { 0 }), "{name}: {ended:?}");
        assert_eq!(workplace.json(&format!("{name}/summary.json"))["std_ratio"].is_null(), value.is_some(), "{name}");
        assert!(workplace.bytes(&format!("{name}/samples.png")).starts_with(b"\x89PNG"));
    }
}

#[test]
fn a_dry_run_prints_the_resolved_configuration_and_creates_nothing() {
    let workplace = Workplace::new();
    let ended = workplace.succeed("train tiny.toml --dry-run --set steps=7 --seed 3 --out run");
    assert_eq!(workplace.listing(), ["tiny.toml"]);
    for line in ["steps = 7", "seed = 3", "learning_rate = 0.001", "kind = \"non-saturating\"", "[optimizer.generator]"]
    {
        assert!(ended.stdout.contains(line), "{line}: {}", ended.stdout);
    }
    workplace.write("resolved.toml", &ended.stdout);
    assert_eq!(
        workplace.succeed("train resolved.toml --dry-run").stdout,
        ended.stdout,
        "resolving again changes nothing"
    );
}

#[test]
fn quiet_runs_say_nothing_but_the_result() {
    let workplace = Workplace::new();
    let ended = workplace.succeed("train tiny.toml --quiet --out deep/er/run");
    assert_eq!(ended.stderr, "");
    assert!(ended.stdout.contains("deep/er/run"));
}

#[test]
fn an_empty_folder_is_used_and_evaluation_at_the_end_alone_is_enough() {
    let workplace = Workplace::new();
    std::fs::create_dir(workplace.path("run")).unwrap();
    workplace.succeed("train tiny.toml --out run --set evaluation.every=0 --set detector.every=0");
    assert_eq!(workplace.read("run/stats.jsonl").lines().count(), 2, "before the first step and after the last");
}

#[test]
fn plain_progress_stays_short_however_long_the_run() {
    let workplace = Workplace::new();
    workplace.write("long.toml", TINY.replace("steps = 20", "steps = 400").replace("every = 10", "every = 1"));
    let ended = workplace.run("train long.toml --out run --set evaluation.samples=2 --set detector.every=0");
    assert_eq!(ended.code, Some(5), "too few rows to tell: {ended:?}");
    let lines = ended.stderr.lines().count();
    assert!((20..=50).contains(&lines), "{lines} lines:\n{}", ended.stderr);
}

/// What [`TINY`] is for strategies that need pictures.
const TINY_PICTURES: &str = "steps = 4\nbatch_size = 8\n[data]\nkind = \"glyphs\"\nside = 16\nsamples = 100\n\
                             [generator]\nkind = \"dcgan\"\nchannels = 4\n[discriminator]\nkind = \"dcgan\"\nchannels = 4\n\
                             [evaluation]\nsamples = 100\n";

/// Every strategy of this build on the tiny ring, alone, or on pictures where it refuses points: it trains, repeats itself,
/// and its resolved table is read back.
#[test]
fn every_strategy_trains_and_repeats_itself() {
    let workplace = Workplace::new();
    let listed: serde_json::Value = serde_json::from_str(&workplace.succeed("strategies --json").stdout).unwrap();
    for entry in listed.as_array().unwrap().iter().filter(|entry| entry["in_build"] == true) {
        let name = entry["name"].as_str().unwrap();
        let table = format!("\n[[strategy]]\nname = \"{name}\"\n");
        workplace.write(&format!("{name}.toml"), format!("{TINY}{table}"));
        let checked = workplace.run(&format!("check {name}.toml"));
        if checked.code != Some(0) {
            assert!(checked.stderr.contains("pictures"), "{name}: {checked:?}");
            workplace.write(&format!("{name}.toml"), format!("{TINY_PICTURES}{table}"));
        }
        workplace.succeed(&format!("train {name}.toml --quiet --out {name}-1"));
        workplace.succeed(&format!("train {name}-1/config.toml --quiet --out {name}-2"));
        assert_eq!(workplace.timeless_summary(&format!("{name}-1")), workplace.timeless_summary(&format!("{name}-2")));
        assert_eq!(workplace.json(&format!("{name}-1/summary.json"))["strategies"], serde_json::json!([name]));
        workplace.succeed(&format!("sample {name}-1 --count 9 --out {name}.npy"));
    }
}
