//! Rules about manifests: who may depend on whom, where versions and lints are written, what a crate brings.

use super::Problem;
use crate::workspace::{Member, Workspace};

/// The house's crates that are no strategy, and the house's crates that each may use; `*` stands for the strategies.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ganymede-samples", &[]),
    ("ganymede-charts", &[]),
    ("ganymede-files", &["ganymede-samples", "ganymede-glyphs"]),
    ("ganymede-glyphs", &[]),
    ("ganymede-metrics", &["ganymede-samples"]),
    ("ganymede-sweep", &[]),
    ("ganymede-kernels", &["ganymede-samples"]),
    (
        "ganymede-core",
        &["ganymede-samples", "ganymede-files", "ganymede-glyphs", "ganymede-kernels", "ganymede-metrics"],
    ),
    (TESTING, &["ganymede-core"]),
    ("ganymede-evaluation", &["ganymede-samples", "ganymede-files", "ganymede-metrics", "ganymede-core"]),
    ("ganymede-report", &["ganymede-charts", "ganymede-metrics"]),
    ("ganymede-strategies", &["ganymede-metrics", "ganymede-core", "*"]),
    (
        "ganymede",
        &[
            "ganymede-samples",
            "ganymede-files",
            "ganymede-metrics",
            "ganymede-kernels",
            "ganymede-core",
            "ganymede-evaluation",
            "ganymede-report",
            "*",
            "ganymede-strategies",
            "ganymede-sweep",
        ],
    ),
    (
        "ganymede-tests",
        &[
            "ganymede-samples",
            "ganymede-files",
            "ganymede-metrics",
            "ganymede-core",
            "ganymede-evaluation",
            "*",
            "ganymede-strategies",
            TESTING,
            "ganymede",
        ],
    ),
    (
        "xtask",
        &[
            "ganymede-samples",
            "ganymede-charts",
            "ganymede-glyphs",
            "ganymede-kernels",
            "ganymede-metrics",
            "ganymede-sweep",
        ],
    ),
];

/// What tests share; every crate may have it among its dev-dependencies, and none but the tests' own anywhere else.
const TESTING: &str = "ganymede-testing";

/// What a strategy may use of the house.
const STRATEGY_MAY_USE: &[&str] = &["ganymede-core"];

/// Crates that know no tensor library.
const WITHOUT_BURN: &[&str] = &[
    "ganymede-samples",
    "ganymede-charts",
    "ganymede-files",
    "ganymede-glyphs",
    "ganymede-metrics",
    "ganymede-report",
    "ganymede-sweep",
    "xtask",
];

/// Whether `package` is a strategy: a crate of the house in `crates/` that [`MAY_USE`] does not list.
pub(super) fn is_strategy(member: &Member) -> bool {
    member.folder.starts_with("crates/ganymede-") && MAY_USE.iter().all(|(name, _)| *name != member.name)
}

/// A crate of the house depends only on those below it.
pub(super) fn dependencies_run_one_way(workspace: &Workspace) -> Vec<Problem> {
    let packages: Vec<&str> = workspace.members().iter().map(|member| member.name.as_str()).collect();
    let strategies: Vec<&str> =
        workspace.members().iter().filter(|member| is_strategy(member)).map(|member| member.name.as_str()).collect();
    let mut problems = Vec::new();
    for member in workspace.members() {
        let listed = MAY_USE.iter().find(|(name, _)| *name == member.name).map(|(_, allowed)| *allowed);
        let allowed = listed.unwrap_or(STRATEGY_MAY_USE);
        for (dependency, _) in member.dependencies() {
            let ours = packages.contains(&dependency) || dependency.starts_with("ganymede");
            let for_tests = dependency == TESTING && member.is_only_for_tests(dependency);
            let itself = dependency == member.name;
            let fine = for_tests
                || allowed.contains(&dependency)
                || allowed.contains(&"*") && strategies.contains(&dependency);
            if ours && !itself && !fine {
                let rule = format!("{} depends on {dependency}", member.name);
                let below = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
                let remedy = format!("it may use {below} of this workspace");
                problems.push(Problem::new(member.manifest_path(), rule, remedy.replace('*', "strategies")));
            }
        }
    }
    problems
}

/// xtask, samples, files, glyphs, metrics and sweep build without a tensor library.
pub(super) fn xtask_stays_light(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for member in workspace.members().iter().filter(|member| WITHOUT_BURN.contains(&member.name.as_str())) {
        for (dependency, _) in member.dependencies() {
            if dependency == "burn" || dependency.starts_with("burn-") || dependency.starts_with("cubecl") {
                let rule = format!("{} depends on {dependency}", member.name);
                problems.push(Problem::new(member.manifest_path(), rule, "it must build without a tensor library"));
            }
        }
    }
    problems
}

/// A member's dependencies all come from the root manifest.
pub(super) fn versions_live_in_the_root(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for member in workspace.members() {
        for (dependency, value) in member.dependencies() {
            let inherited = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
            if !inherited {
                let rule = format!("{dependency} is not taken from the root manifest");
                let remedy = format!("write `{dependency}.workspace = true` and list it in [workspace.dependencies]");
                problems.push(Problem::new(member.manifest_path(), rule, remedy));
            }
        }
    }
    problems
}

/// Every member is checked by the lints of the root manifest.
pub(super) fn lints_are_inherited(workspace: &Workspace) -> Vec<Problem> {
    let inherits = |member: &&Member| {
        member.manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool)
            == Some(true)
    };
    let without = workspace.members().iter().filter(|member| !inherits(member));
    let remedy = "add `[lints]` with `workspace = true`";
    without.map(|member| Problem::new(member.manifest_path(), "has lints of its own or none", remedy)).collect()
}

/// Lines of a crate's README below which it says nothing.
const README_LINES: usize = 15;

/// Every crate explains itself: its README is its documentation.
pub(super) fn crates_explain_themselves(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for member in workspace.members().iter().filter(|member| member.folder.starts_with("crates/")) {
        let readme = format!("{}/README.md", member.folder);
        let says = |line: &&str| !line.trim().is_empty() && !line.starts_with('#') && !line.starts_with("```");
        let lines = workspace.text(&readme).unwrap_or_default().lines().filter(says).count();
        if lines < README_LINES {
            let rule = format!("{lines} lines that say something, fewer than {README_LINES}");
            problems.push(Problem::new(readme, rule, "say what the crate is for and how it is used, with an example"));
        }
    }
    problems
}
