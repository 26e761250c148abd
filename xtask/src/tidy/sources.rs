//! Rules about files: what they open with, how long they are, what they must not hold, where they lie.

use super::Problem;
use crate::workspace::Workspace;

/// The most lines that a source may have.
const LINES: usize = 400;

/// Sources that may be longer, each with its reason.
const LONG_SOURCES: &[(&str, &str)] = &[];

/// What the top level holds.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "README.zh.md",
    "clippy.toml",
    "configs",
    "crates",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "tests",
    "xtask",
];

/// Paths of one machine, put together here so that this file does not hold them.
const MACHINE_PATHS: &[&str] = &[concat!("/", "work", "/"), concat!("/", "root", "/"), concat!("..", "/shared")];

/// How a source begins: with its subject, or with the README that is its crate's documentation.
const OPENINGS: &[&str] = &["//!", "#![doc = include_str!(\"../README.md\")]"];

/// Every source says in its first line what it is about.
pub(super) fn sources_open_with_their_subject(workspace: &Workspace) -> Vec<Problem> {
    let opens = |text: &str| OPENINGS.iter().any(|opening| text.starts_with(opening));
    let silent = |file: &&str| !opens(&workspace.text(file).unwrap_or_default());
    let problem = |file| Problem::new(file, "does not open with `//!`", "say in the first line what the file is about");
    workspace.files_in("", ".rs").filter(silent).map(problem).collect()
}

/// No source is longer than [`LINES`], unless it is on the list; the list holds nothing else.
pub(super) fn sources_are_short(workspace: &Workspace) -> Vec<Problem> {
    let lines = |file: &str| workspace.text(file).unwrap_or_default().lines().count();
    let excused = |file: &str| LONG_SOURCES.iter().any(|(name, _)| *name == file);
    let mut problems = Vec::new();
    for file in workspace.files_in("", ".rs") {
        let count = lines(file);
        if count > LINES && !excused(file) {
            let rule = format!("{count} lines, more than {LINES}");
            problems.push(Problem::new(file, rule, "split it by subject, or add it to LONG_SOURCES with a reason"));
        }
    }
    for (file, reason) in LONG_SOURCES {
        if lines(file) <= LINES {
            let rule = format!("is on the list of long sources ({reason}), but is not long");
            problems.push(Problem::new(*file, rule, "remove it from LONG_SOURCES"));
        }
    }
    problems
}

/// No file outside `.ci` holds a path of the machine it was written on.
pub(super) fn no_machine_paths(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in workspace.files().iter().filter(|file| !file.starts_with(".ci/")) {
        let Some(text) = workspace.text(file) else { continue };
        for (number, line) in text.lines().enumerate() {
            if let Some(path) = MACHINE_PATHS.iter().find(|path| holds_path(line, path)) {
                let place = format!("{file}:{}", number + 1);
                problems.push(Problem::new(
                    place,
                    format!("holds the path `{path}`"),
                    "use a relative path or a variable",
                ));
            }
        }
    }
    problems
}

/// Whether `path` begins in `line`, rather than being the middle of a longer path such as a URL.
fn holds_path(line: &str, path: &str) -> bool {
    let begins = |at: usize| !line[..at].ends_with(|before: char| before.is_alphanumeric() || "_-.}".contains(before));
    line.match_indices(path).any(|(at, _)| begins(at))
}

/// Nothing lies at the top but what the design lists.
pub(super) fn top_level_is_the_designs(workspace: &Workspace) -> Vec<Problem> {
    let mut found: Vec<&str> = workspace.files().iter().filter_map(|file| file.split('/').next()).collect();
    found.dedup();
    let foreign = found.into_iter().filter(|name| !TOP_LEVEL.contains(name));
    let remedy = "move it into a crate, configs, tests or xtask, or list it in TOP_LEVEL";
    foreign.map(|name| Problem::new(name, "does not belong at the top level", remedy)).collect()
}

#[cfg(test)]
mod tests {
    use super::{MACHINE_PATHS, holds_path};

    #[test]
    fn only_the_beginning_of_a_path_counts() {
        let path = MACHINE_PATHS[0];
        for (line, expected) in [
            (format!("cd {path}main"), true),
            (format!("\"{path}\""), true),
            (format!("https://example.org{path}a"), false),
            (format!("$HOME{path}"), false),
            ("net/work".to_owned(), false),
        ] {
            assert_eq!(holds_path(&line, path), expected, "{line}");
        }
    }
}
