//! The suite with a stand-in program, which is over at once, and with looks that are put into its runs' folders.

use std::fs;

use super::{super::tests::Bench, watch};

const SUITE: [&str; 4] = ["--suite", "memory", "--jobs", "1"];

/// Looks at every thousandth step of 100,000.
fn looks(resident_kib: impl Fn(u64) -> u64) -> String {
    let looks = (0..100_000).step_by(1_000).map(|step| {
        let resident_kib = resident_kib(step);
        serde_json::json!({ "step": step, "resident_kib": resident_kib })
    });
    let looks: Vec<_> = looks.collect();
    serde_json::json!({ "peak_kib": 65_536, "records_bytes": 250_000, "folder_bytes": 512_000, "looks": looks })
        .to_string()
}

/// Puts looks into the folder of the run of `strategy`.
fn put(bench: &Bench, strategy: &str, looks: &str) {
    let entries = fs::read_dir(bench.out().join("cells")).unwrap().map(|entry| entry.unwrap().path());
    let of_strategy = |folder: &std::path::PathBuf| folder.file_name().unwrap().to_string_lossy().starts_with(strategy);
    let folders: Vec<_> = entries.filter(of_strategy).collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    assert!(folders[0].join(watch::FILE).is_file(), "the run was watched");
    fs::write(folders[0].join(watch::FILE), looks).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn every_run_is_cheap_and_none_is_called_flat_unseen() {
    let bench = Bench::new();
    let (succeeded, calls) = bench.run(&[&SUITE[..], &["--strategies", "slow"]].concat());
    let cheap = "batch_size=16 generator.hidden=[16] discriminator.hidden=[16]";
    assert_eq!(calls, ["ring", "slow"].map(|name| format!("configs/{name}.toml 0 1 {cheap} steps=100000")));
    assert!(!succeeded, "the stand-in was not seen in any tenth");
    let page = bench.read("out/results.md");
    assert!(page.contains("too few to tell; give more --steps"), "{page}");
    assert_eq!(bench.results()["rows"][1]["verdict"], "unknown");

    let (_, more) = bench.run(&[&SUITE[..], &["--seeds", "2", "--strategies", "slow", "--steps", "300"]].concat());
    assert_eq!(more.len(), 4, "other steps are other runs, and more seeds are had for the asking: {more:?}");
    assert!(more.iter().all(|call| call.ends_with("discriminator.hidden=[16] steps=300")), "{more:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn kept_runs_are_judged_by_their_looks() {
    let bench = Bench::new();
    bench.run(&SUITE);
    put(&bench, "baseline", &looks(|_| 32 * 1024));
    put(&bench, "fast", &looks(|step| 32 * 1024 + step / 10_000 * 512));
    put(&bench, "slow", &looks(|step| 32 * 1024 + step / 10_000 * 2048));

    let (succeeded, calls) = bench.run(&SUITE);
    assert!(calls.is_empty(), "{calls:?}");
    assert!(!succeeded, "slow grows");
    let results = bench.results();
    let rows = results["rows"].as_array().unwrap();
    let verdicts: Vec<_> =
        rows.iter().map(|row| (row["strategy"].as_str().unwrap(), row["verdict"].as_str().unwrap())).collect();
    assert_eq!(verdicts, [("baseline", "flat"), ("fast", "flat"), ("slow", "grows")]);
    // 14 MiB over 70,000 steps.
    let page = bench.read("out/results.md");
    for part in [
        "| slow seed 0     | 100000 | 36.0      | 50.0     | +14.00     | +209.7       | **no** | 64.0 ",
        "| 33.0      | 36.5     | +3.50      | +52.4        | yes ",
        "| 2500                           | 500            | 4.8 %",
        "slow seed 0 grows by 14.0 MiB",
        "(resident.svg)",
        "a leak of 120 bytes a step",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert_eq!(bench.read("out/resident.svg").matches("<polyline").count(), 3);

    let (succeeded, calls) = bench.run(&[&SUITE[..], &["--strategies", "fast"]].concat());
    assert!(succeeded && calls.is_empty(), "those asked for are flat");
}

#[test]
#[cfg(target_os = "linux")]
fn a_failed_run_is_reported() {
    let bench = Bench::new();
    bench.write("configs/fast.toml", "steps = 50\nspeed = 200\nfails = 0\n[[strategy]]\nname = \"fast\"\n");
    bench.run(&SUITE);
    put(&bench, "baseline", &looks(|_| 32 * 1024));
    put(&bench, "slow", &looks(|_| 32 * 1024));
    let (succeeded, calls) = bench.run(&SUITE);
    assert!(!succeeded);
    assert_eq!(calls.len(), 1, "only what failed is made again: {calls:?}");
    assert!(bench.read("out/results.md").contains("- fast seed 0: "));
    assert_eq!(bench.results()["failed"][0]["last_lines"][0], "the loss became NaN");
}
