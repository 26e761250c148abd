//! Every rule holds in this workspace, and finds what breaks it in a miniature one.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{Check, RULES, problems};
use crate::workspace::{Workspace, find_root, write};

/// A workspace of one strategy, `quiet-one`, in which all rules hold.
pub(crate) fn miniature() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let member = |name: &str, tail: &str| {
        format!("[package]\nname = \"{name}\"\nedition.workspace = true\n\n{tail}\n[lints]\nworkspace = true\n")
    };
    let core = "[dependencies]\nganymede-core.workspace = true\n";
    let program = "[features]\ndefault = [\"flex\", \"all-strategies\"]\nall-strategies = [\"quiet-one\"]\nflex = []\n\
                   quiet-one = [\"ganymede-strategies/quiet-one\"]\n\n[dependencies]\nganymede-strategies.workspace = true\n";
    let registry = "[features]\nquiet-one = [\"dep:ganymede-quiet-one\"]\n\n[dependencies]\nganymede-core.workspace = \
                    true\nganymede-quiet-one = { workspace = true, optional = true }\nthiserror.workspace = true\n";
    let tests = "[dependencies]\nganymede-strategies = { workspace = true, features = [\"quiet-one\"] }\n";
    let root = "[workspace]\nmembers = [\"crates/*\", \"xtask\"]\n\n[workspace.package]\nedition = \"2024\"\n\n\
                [workspace.dependencies]\nganymede-core = { path = \"crates/ganymede-core\" }\nganymede-quiet-one = { path = \
                \"crates/ganymede-quiet-one\" }\nganymede-strategies = { path = \"crates/ganymede-strategies\" }\n\n# Others'.\n\
                anyhow = \"1\"\n\n[workspace.lints.rust]\nmissing_docs = \"warn\"\n";
    let source = "//! The registry.\n\n/// Those in this build.\npub static FACTORIES: &[&Factory] = &[\n    // registry:begin\n    \
                  #[cfg(feature = \"quiet-one\")]\n    &ganymede_quiet_one::FACTORY,\n    // registry:end\n];\n\n/// All.\npub const \
                  NAMES: &[&str] = &[\n    // names:begin\n    \"quiet-one\",\n    // names:end\n];\n";
    let readme = "# It\n\n<!-- strategies:begin -->\n| strategy | what it does | paper |\n| --- | --- | --- |\n\
                  | [`quiet-one`](crates/ganymede-quiet-one/README.md) | Nothing. | - |\n<!-- strategies:end -->\n";
    let readme_of = |name: &str| format!("# {name}\n\n{}", "What it is for.\n".repeat(15));
    let files = [
        ("Cargo.toml", root.to_owned()),
        ("README.md", readme.to_owned()),
        ("README.zh.md", readme.replace("Nothing.", "什么也不做。")),
        ("configs/ring.toml", "# The plain one.\nsteps = 10\n".to_owned()),
        ("configs/quiet-one.toml", "steps = 10\n\n[[strategy]]\nname = \"quiet-one\"\n".to_owned()),
        ("xtask/Cargo.toml", member("xtask", "[dependencies]\nanyhow.workspace = true\n")),
        ("xtask/src/main.rs", "//! Chores.\n".to_owned()),
        ("tests/Cargo.toml", member("ganymede-tests", tests)),
        ("crates/ganymede/Cargo.toml", member("ganymede", program)),
        ("crates/ganymede/README.md", readme_of("ganymede")),
        ("crates/ganymede/src/main.rs", "//! The program.\n".to_owned()),
        ("crates/ganymede-core/Cargo.toml", member("ganymede-core", "")),
        ("crates/ganymede-core/README.md", readme_of("core")),
        ("crates/ganymede-core/src/lib.rs", "//! The step.\n".to_owned()),
        ("crates/ganymede-strategies/Cargo.toml", member("ganymede-strategies", registry)),
        ("crates/ganymede-strategies/README.md", readme_of("strategies")),
        ("crates/ganymede-strategies/src/lib.rs", source.to_owned()),
        ("crates/ganymede-quiet-one/Cargo.toml", member("ganymede-quiet-one", core)),
        ("crates/ganymede-quiet-one/README.md", readme_of("quiet-one")),
        (
            "crates/ganymede-quiet-one/src/lib.rs",
            "//! It.\npub static FACTORY: Factory = Factory { name: \"quiet-one\" };\n".to_owned(),
        ),
    ];
    for (file, text) in files {
        write(&folder.path().join(file), &text).unwrap();
    }
    folder
}

fn report_of(root: &Path) -> Vec<String> {
    problems(root).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn the_miniature_is_tidy() {
    assert_eq!(report_of(miniature().path()), Vec::<String>::new());
}

/// A file, what is replaced in it (all where empty; the file goes where nothing takes its place), by what, and how the
/// line begins that reports it.
type Break = (&'static str, &'static str, String, &'static str);

fn breaks() -> Vec<Break> {
    file_breaks().into_iter().chain(strategy_breaks()).collect()
}

/// What breaks the rules about files and manifests.
fn file_breaks() -> Vec<Break> {
    let core = "crates/ganymede-core/src/lib.rs";
    let program = "crates/ganymede/src/main.rs";
    let machine = format!("# {}\n", concat!("/", "work", "/main"));
    let long = "//! x\n".repeat(401);
    [
        (core, "//! The step.", "// no", "crates/ganymede-core/src/lib.rs: does not open with `//!`; say"),
        (core, "", long.as_str(), "crates/ganymede-core/src/lib.rs: 401 lines, more than 400; split"),
        (
            core,
            "//! The step.",
            "//! The step.\nconst A: &str = \"quiet-one\";",
            "crates/ganymede-core/src/lib.rs:2: core names",
        ),
        (
            program,
            "//! The program.",
            "//! The program.\nmod a {\n    use crate::b::B;\n}\nmod b {\n    use super::a::A;\n}",
            "crates/ganymede/src/main.rs:3: imports run in a circle: a -> b -> a (crates/ganymede/src/main.rs:6); move",
        ),
        (core, "//! The step.", "//! See `ganymede-quiet-one`.", "crates/ganymede-core/src/lib.rs:1: core names"),
        ("configs/ring.toml", "# The plain one.\n", machine.as_str(), "configs/ring.toml:1: holds the path"),
        ("stray.txt", "", "x", "stray.txt: does not belong at the top level; move"),
        (
            "crates/ganymede-core/Cargo.toml",
            "[lints]",
            "[dependencies]\nganymede-quiet-one.workspace = true\n[lints]",
            "crates/ganymede-core/Cargo.toml: ganymede-core depends on ganymede-quiet-one; it may use ganymede-samples, ganymede-files, ganymede-glyphs",
        ),
        (
            "crates/ganymede-quiet-one/Cargo.toml",
            "[lints]",
            "[dev-dependencies]\nganymede-strategies.workspace = true\n[lints]",
            "crates/ganymede-quiet-one/Cargo.toml: ganymede-quiet-one depends on ganymede-strategies; it may use",
        ),
        (
            "crates/ganymede-quiet-one/Cargo.toml",
            "ganymede-core.workspace = true\n",
            "ganymede-core.workspace = true\nganymede-testing.workspace = true\n",
            "crates/ganymede-quiet-one/Cargo.toml: ganymede-quiet-one depends on ganymede-testing; it may use",
        ),
        ("xtask/Cargo.toml", "anyhow", "burn", "xtask/Cargo.toml: xtask depends on burn; it must build without"),
        (
            "xtask/Cargo.toml",
            "anyhow.workspace = true",
            "anyhow = \"1\"",
            "xtask/Cargo.toml: anyhow is not taken from the root manifest; write",
        ),
        (
            "xtask/Cargo.toml",
            "workspace = true\n",
            "rust = {}\n",
            "xtask/Cargo.toml: has lints of its own or none; add",
        ),
        ("crates/ganymede-quiet-one/README.md", "", "", "crates/ganymede-quiet-one/README.md: 0 lines that say something"),
    ]
    .map(|(file, from, to, expected)| (file, from, to.to_owned(), expected))
    .into()
}

/// What breaks the rules about strategies.
fn strategy_breaks() -> Vec<Break> {
    let quiet = "crates/ganymede-quiet-one/src/lib.rs";
    let registry = "crates/ganymede-strategies/src/lib.rs";
    [
        (
            registry,
            "    \"quiet-one\",\n",
            "",
            "crates/ganymede-strategies/src/lib.rs: the strategy quiet-one is missing; add \"quiet",
        ),
        (
            registry,
            "#[cfg(feature",
            "#[cfg(not(feature",
            "crates/ganymede-strategies/src/lib.rs: the strategy quiet-one is missing; add `#",
        ),
        (registry, "    // names:end\n", "", "crates/ganymede-strategies/src/lib.rs: no lines between the markers"),
        ("README.md", "`quiet-one`", "quiet-one", "README.md: the strategy quiet-one is missing; add a row"),
        (
            "README.zh.md",
            "| - |\n",
            "| 1 |\n",
            "README.zh.md: differs in table rows from `| [`quiet-one`](crates/ganymede-quiet-one/README.md) | Nothing. | - |`; bring",
        ),
        (
            "configs/quiet-one.toml",
            "\"quiet-one\"",
            "\"other\"",
            "configs/quiet-one.toml: the strategy quiet-one is missing",
        ),
        (
            quiet,
            "\"quiet-one\"",
            "\"other\"",
            "crates/ganymede-quiet-one/src/lib.rs: the strategy quiet-one is missing; give",
        ),
        (
            "Cargo.toml",
            "/ganymede-quiet-one\"",
            "/else\"",
            "Cargo.toml: the strategy quiet-one is missing; add ganymede-quiet-one",
        ),
        (
            "crates/ganymede-strategies/Cargo.toml",
            ", optional = true",
            "",
            "crates/ganymede-strategies/Cargo.toml: the strategy quiet-one is missing; add the feature",
        ),
        (
            "crates/ganymede/Cargo.toml",
            "all-strategies = [\"quiet-one\"]",
            "all-strategies = []",
            "crates/ganymede/Cargo.toml: the strategy quiet-one is missing; add \"quiet-one\" to the feature all-strategies",
        ),
        (
            "tests/Cargo.toml",
            "[\"quiet-one\"]",
            "[]",
            "tests/Cargo.toml: the strategy quiet-one is missing; add \"quiet-one\" to the features of",
        ),
        (
            "crates/ganymede/Cargo.toml",
            "\"ganymede-strategies/quiet-one\"",
            "",
            "crates/ganymede/Cargo.toml: the strategy quiet-one is missing; add the feature quiet-one",
        ),
    ]
    .map(|(file, from, to, expected)| (file, from, to.to_owned(), expected))
    .into()
}

/// The miniature with one thing broken.
fn broken((file, from, to, _): &Break) -> TempDir {
    let folder = miniature();
    let path = folder.path().join(file);
    if from.is_empty() && to.is_empty() {
        fs::remove_file(&path).unwrap();
    } else {
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(from), "{file} holds no {from}");
        write(&path, &if from.is_empty() { to.clone() } else { text.replace(from, to) }).unwrap();
    }
    folder
}

#[test]
fn each_break_is_found_and_reported_in_one_line() {
    for one in breaks() {
        let (report, expected) = (report_of(broken(&one).path()), one.3);
        assert!(report.iter().any(|line| line.starts_with(expected)), "{expected}\nis not in {report:#?}");
        assert!(report.iter().all(|line| !line.contains('\n')), "{report:#?}");
    }
}

#[test]
fn two_strategies_know_nothing_of_each_other_and_stand_in_order() {
    let folder = miniature();
    let edit = |file: &str, from: &str, to: &str| {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} holds no {from}");
        write(&path, &text.replace(from, to)).unwrap();
    };
    crate::new_strategy::add(folder.path(), "loud").unwrap();
    assert_eq!(report_of(folder.path()), Vec::<String>::new());

    edit("crates/ganymede-loud/src/lib.rs", "Configurable for", "Configurable<ganymede_quiet_one::Type> for");
    edit(
        "crates/ganymede-strategies/src/lib.rs",
        "    \"loud\",\n    \"quiet-one\",\n",
        "    \"quiet-one\",\n    \"loud\",\n",
    );
    let report = report_of(folder.path());
    assert_eq!(report.len(), 2, "{report:#?}");
    assert!(report[0].contains("the strategy loud names the strategy quiet-one"), "{report:#?}");
    assert!(report[1].contains("the list of names is not alphabetical"), "{report:#?}");
}

#[test]
fn every_rule_holds_here() {
    let report = report_of(&find_root().unwrap());
    assert!(report.is_empty(), "\n{}", report.join("\n"));
}

#[test]
fn every_rule_finds_one_of_the_breaks() {
    let found = |check: &Check| {
        breaks().iter().any(|one| {
            let folder = broken(one);
            !check(&Workspace::open(folder.path()).unwrap()).is_empty()
        })
    };
    // Two strategies are needed to break these; they have a test of their own.
    let two = ["strategies know only core", "strategies repeat nothing", "lists are alphabetical"];
    for (name, check) in RULES.iter().filter(|(name, _)| !two.contains(name)) {
        assert!(found(check), "nothing breaks the rule: {name}");
    }
}
