//! `cargo xtask ci`: what continuous integration runs, step by step.
//!
//! All steps build in the release profile and share its artefacts: the tensor library is built once for the tests and
//! checked once for clippy, the features and the documentation.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{registry, tidy, workspace};

/// Which steps.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave out these steps.
    #[arg(long, value_delimiter = ',', value_name = "STEP")]
    skip: Vec<String>,
    /// Run these steps only.
    #[arg(long, value_delimiter = ',', value_name = "STEP", conflicts_with = "skip")]
    only: Vec<String>,
    /// Print the steps and their commands without running them.
    #[arg(long)]
    list: bool,
}

/// The line in the README after which the code block with the test command stands.
const TEST_MARKER: &str = "<!-- test-command -->";

/// One step: lines of shell that must all succeed.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    name: &'static str,
    commands: Vec<String>,
}

/// Runs the steps in order; `false` at the first that fails.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let steps = chosen(steps(root)?, options)?;
    if options.list {
        for step in &steps {
            println!("{}\n    {}", step.name, step.commands.join("\n    "));
        }
        return Ok(true);
    }
    let mut timings = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        println!("\n=== {} ({} of {}) ===", step.name, index + 1, steps.len());
        let start = Instant::now();
        for command in &step.commands {
            println!("$ {command}");
            if !succeeds(root, command)? {
                println!("\n=== {} FAILED after {} ===", step.name, seconds(start.elapsed()));
                println!("repeat the command:  {command}");
                println!("or the step:         cargo xtask ci --only {}", step.name);
                return Ok(false);
            }
        }
        println!("=== {}: ok, {} ===", step.name, seconds(start.elapsed()));
        timings.push((step.name, start.elapsed()));
    }
    println!("\n=== all {} steps passed ===", steps.len());
    for (name, time) in timings {
        println!("{name:<10} {:>9}", seconds(time));
    }
    Ok(true)
}

/// Every step, in the order in which it runs.
fn steps(root: &Path) -> Result<Vec<Step>> {
    let step =
        |name, commands: &[&str]| Step { name, commands: commands.iter().map(|one| (*one).to_owned()).collect() };
    let test = test_command(&workspace::read(&root.join("README.md"))?)?;
    Ok(vec![
        step("test", &[&test]),
        step("fmt", &["cargo fmt --all --check"]),
        // Apart from the rest, here and below: its dependencies would switch on features of the tensor library's
        // dependencies, and with other features the tensor library is built anew.
        step(
            "clippy",
            &[
                "cargo clippy --workspace --exclude xtask --all-targets --release -- -D warnings",
                "cargo clippy -p xtask --all-targets --release -- -D warnings",
            ],
        ),
        step("tidy", &[TIDY]),
        // The README's command may leave the chores out, so that trying the program stays quick.
        step("xtask", &["cargo nextest run --release -p xtask"]),
        Step { name: "features", commands: feature_checks(&registry::strategies(root)?) },
        step(
            "docs",
            &[
                "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --exclude xtask --no-deps --release",
                "RUSTDOCFLAGS=-Dwarnings cargo doc -p xtask --no-deps --release",
            ],
        ),
        step("doctests", &["cargo test --workspace --exclude xtask --doc --release"]),
        // The one piece of unsafe code that touches memory, where a sanitizer sees each read and write. Only nightly compilers know the option otherwise.
        step(
            "sanitizer",
            &[
                "RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo test --release -p ganymede-kernels --no-default-features \
               --test matrix --target x86_64-unknown-linux-gnu",
            ],
        ),
        step(
            "gpu",
            &[
                "GANYMEDE_REQUIRE_GPU=1 CUBECL_AUTOTUNE_LEVEL=0 cargo nextest run --release -p ganymede-tests --features \
               ndarray,wgpu --test backends",
            ],
        ),
    ])
}

/// The evaluation without the tensor library, then the program without any strategy and with each alone.
fn feature_checks(strategies: &[String]) -> Vec<String> {
    let without = "cargo check --release -p ganymede-evaluation --no-default-features";
    let evaluation = [without.to_owned(), format!("{without} --features onnx")];
    let check =
        |features: String| format!("cargo check --release -p ganymede --no-default-features --features {features}");
    let alone = strategies.iter().map(|strategy| check(format!("flex,{strategy}")));
    evaluation.into_iter().chain([check("flex".to_owned())]).chain(alone).collect()
}

/// The text of the first code block after the marker.
fn test_command(readme: &str) -> Result<String> {
    let mut lines = readme.lines().skip_while(|line| line.trim() != TEST_MARKER).skip(1);
    let fence = lines.find(|line| !line.trim().is_empty()).unwrap_or_default();
    ensure!(fence.trim().starts_with("```"), "README.md has no code block after a line `{TEST_MARKER}`");
    let command: Vec<&str> = lines.take_while(|line| line.trim() != "```").collect();
    let command = command.join("\n").trim().to_owned();
    ensure!(!command.is_empty(), "the code block after `{TEST_MARKER}` in README.md is empty");
    Ok(command)
}

fn chosen(steps: Vec<Step>, options: &Options) -> Result<Vec<Step>> {
    let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
    for name in options.skip.iter().chain(&options.only) {
        if !names.contains(&name.as_str()) {
            bail!("unknown step \"{name}\"; there are {}", names.join(", "));
        }
    }
    let listed = |list: &[String], step: &Step| list.iter().any(|name| name == step.name);
    let wanted = |step: &Step| !listed(&options.skip, step) && (options.only.is_empty() || listed(&options.only, step));
    Ok(steps.into_iter().filter(wanted).collect())
}

/// The one command that runs in this process, because it is this program.
const TIDY: &str = "cargo xtask tidy";

fn succeeds(root: &Path, command: &str) -> Result<bool> {
    if command == TIDY {
        return tidy::run(root);
    }
    let status = workspace::command("sh", root).args(["-ec", command]).status().context("cannot run sh")?;
    Ok(status.success())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::{Options, Step, chosen, run, steps, test_command};
    use crate::{tidy::tests::miniature, workspace::write};

    fn options(skip: &[&str], only: &[&str]) -> Options {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Options { skip: owned(skip), only: owned(only), list: false }
    }

    /// A miniature workspace whose README gives `test` as the test command.
    fn with_test_command(test: &str) -> tempfile::TempDir {
        let folder = miniature();
        // The translation has every code block of the README.
        for name in ["README.md", "README.zh.md"] {
            let readme = folder.path().join(name);
            let text = std::fs::read_to_string(&readme).unwrap();
            write(&readme, &format!("{text}\n<!-- test-command -->\n```sh\n{test}\n```\n")).unwrap();
        }
        folder
    }

    #[test]
    fn the_test_command_is_the_readmes() {
        let readme = "```\nno\n```\n  <!-- test-command -->\n\n```sh\na b\nc\n```\n```\nd\n```\n";
        assert_eq!(test_command(readme).unwrap(), "a b\nc");
        for without in [
            "",
            "<!-- test-command -->\n",
            "<!-- test-command -->\ntext\n```\na\n```\n",
            "<!-- test-command -->\n```\n```\n",
        ] {
            assert!(test_command(without).is_err(), "{without}");
        }
    }

    #[test]
    fn every_strategy_is_checked_alone() {
        let folder = with_test_command("true");
        let steps = steps(folder.path()).unwrap();
        let features = steps.iter().find(|step| step.name == "features").unwrap();
        let ends: Vec<&str> = features.commands.iter().map(|command| command.rsplit(' ').next().unwrap()).collect();
        assert_eq!(ends, ["--no-default-features", "onnx", "flex", "flex,quiet-one"]);
    }

    #[test]
    fn steps_are_chosen_by_name() {
        let steps = || ["a", "b", "c"].map(|name| Step { name, commands: Vec::new() }).into();
        let names = |options: &Options| -> Vec<&str> {
            chosen(steps(), options).unwrap().iter().map(|step| step.name).collect()
        };
        assert_eq!(names(&options(&[], &[])), ["a", "b", "c"]);
        assert_eq!(names(&options(&["b"], &[])), ["a", "c"]);
        assert_eq!(names(&options(&[], &["c", "a"])), ["a", "c"]);
        let error = chosen(steps(), &options(&["d"], &[])).unwrap_err().to_string();
        assert_eq!(error, "unknown step \"d\"; there are a, b, c");
    }

    #[test]
    fn the_first_failure_stops() {
        // Tidy holds in the miniature, so only the test command decides.
        for (command, expected) in [("true", true), ("false", false), ("false\ntrue", false)] {
            let folder = with_test_command(command);
            assert_eq!(run(folder.path(), &options(&[], &["test", "tidy"])).unwrap(), expected, "{command}");
        }
        let folder = with_test_command("touch ran; false");
        assert!(!run(folder.path(), &options(&[], &["test", "tidy"])).unwrap());
        assert!(folder.path().join("ran").exists());
    }
}
