//! Reports of real runs, opened in a browser without a window: a ring that collapses, one that is cured, five seeds, digits.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Workplace;

/// The most bytes of a page.
const MOST_BYTES: usize = 3_000_000;

/// What a user does on a page.
const PROBE: &str = include_str!("../../../ganymede-report/tests/probe.js");

fn left_out(what: &str) {
    std::io::stderr().write_all(format!("LEFT OUT: {what}\n").as_bytes()).unwrap();
}

/// The browser of this machine.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let works = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    let found = names.into_iter().find(works);
    if found.is_none() {
        left_out("no chromium here, so no report of a run was opened in a browser");
    }
    found
}

fn configs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(name)
}

/// Reports runs, opens the page, and gives its text after everything on it was tried.
fn opened(workplace: &Workplace, browser: &str, runs: &[&str]) -> String {
    workplace.succeed(&format!("report {} --out page.html", runs.join(" ")));
    let page = workplace.read("page.html");
    assert!(page.len() < MOST_BYTES, "{runs:?}: {} bytes", page.len());
    workplace.write("probed.html", page.replace("</body>", &format!("<script>{PROBE}</script></body>")));
    let mut command = Command::new(browser);
    command.args("--headless --no-sandbox --disable-gpu --disable-dev-shm-usage".split(' '));
    command
        .args("--enable-logging=stderr --v=0 --dump-dom --virtual-time-budget=5000 --window-size=1200,900".split(' '));
    command.arg(format!("--user-data-dir={}", workplace.path("profile").display()));
    let output = command.arg(format!("file://{}", workplace.path("probed.html").display())).output().unwrap();
    let (dom, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!log.contains("CONSOLE"), "{runs:?}: {log}");
    let title = dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
    let found: Vec<&str> = title.split('|').collect();
    assert_eq!(found.len(), 6, "{runs:?}: {title}");
    let [_, step, drawn, widths, wide, readout] = found[..] else { unreachable!() };
    assert_eq!((step, drawn, wide), ("0", "true", "false"), "{runs:?}: {title}");
    assert!(widths.split(',').all(|width| width != "0"), "every picture is there: {title}");
    assert!(readout.starts_with("step "), "the keyboard reads a chart: {title}");
    dom.into_owned()
}

#[test]
fn collapsed_and_cured_rings_are_shown_in_a_browser() {
    let Some(browser) = browser() else { return };
    let workplace = Workplace::new();
    for (config, steps, run) in [("ring.toml", 600, "collapsed"), ("packing.toml", 1_200, "cured")] {
        let config = configs(config).display().to_string();
        let words = format!("train {config} --quiet --set data.std=0.2 --out {run} --steps {steps}");
        workplace.run(&words);
    }
    let summary = workplace.json("cured/summary.json");
    assert_eq!(summary["modes_covered"], 8, "{summary}");
    assert_ne!(summary["verdict"], "collapsed", "{summary}");
    let collapsed = opened(&workplace, browser, &["collapsed"]);
    for part in ["Collapsed", "Ended after 600 of 600 steps."] {
        assert!(collapsed.contains(part), "no {part}");
    }
    let cured = opened(&workplace, browser, &["cured"]);
    assert!(cured.contains("8/8") || cured.contains("8 of 8"), "all modes");
    let both = opened(&workplace, browser, &["collapsed", "cured"]);
    assert!(both.contains("packing"), "what differs is told");
}

#[test]
fn five_seeds_are_shown_in_a_browser_as_one_line_with_its_spread() {
    let Some(browser) = browser() else { return };
    let workplace = Workplace::new();
    let runs: Vec<String> = (0..5).map(|seed| format!("seed-{seed}")).collect();
    for (seed, run) in runs.iter().enumerate() {
        workplace.succeed(&format!("train tiny.toml --quiet --seed {seed} --out {run} --set detector.every=5"));
    }
    let names: Vec<&str> = runs.iter().map(String::as_str).collect();
    let page = opened(&workplace, browser, &names);
    assert!(page.contains("5 runs") && names.iter().all(|name| page.contains(name)), "all are there");
}

#[test]
fn digits_are_shown_in_a_browser() {
    let Some(browser) = browser() else { return };
    let Some(data) = std::env::var_os("GANYMEDE_DATA").map(|data| Path::new(&data).join("mnist")) else {
        left_out("GANYMEDE_DATA is not set, so no report of digits was opened in a browser");
        return;
    };
    let images = data.join("t10k-images-idx3-ubyte.gz");
    if !images.exists() {
        left_out("GANYMEDE_DATA has no MNIST, so no report of digits was opened in a browser");
        return;
    }
    let workplace = Workplace::new();
    let config = configs("mnist.toml").display().to_string();
    workplace.run_arguments(&[
        "train",
        &config,
        "--quiet",
        "--out=digits",
        "--steps=6",
        "--set=evaluation.every=3",
        "--set=evaluation.samples=100",
        &format!("--set=data.path={}", images.display()),
    ]);
    assert!(workplace.path("digits/summary.json").exists());
    let page = opened(&workplace, browser, &["digits"]);
    assert!(page.contains("real samples") || page.contains("Real samples"), "beside real digits");
}
