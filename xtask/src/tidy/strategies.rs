//! Rules about strategies: core knows none, none knows another, and each is written in every place it belongs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, dependencies::is_strategy};
use crate::{
    registry::{
        NAMES, PROGRAM_MANIFEST, SLICE, STRATEGIES_MANIFEST, STRATEGIES_SOURCE, TABLE, TESTS_MANIFEST, block,
        features_naming, identifier, listed_names, package, slice_names, table_names,
    },
    workspace::Workspace,
};

/// Strategies whose quoted name is an ordinary word of core's, each with its reason.
const CORE_MAY_QUOTE: &[(&str, &str)] = &[];

/// Core's sources hold neither a strategy's crate nor its quoted name.
pub(super) fn core_names_no_strategy(workspace: &Workspace) -> Vec<Problem> {
    let names = crate_names(workspace);
    let mut problems = Vec::new();
    for file in workspace.files_in("crates/ganymede-core/src/", ".rs").filter(|file| !file.ends_with("tests.rs")) {
        for (number, line) in outside_tests(&workspace.text(file).unwrap_or_default()) {
            for name in &names {
                let may_quote = CORE_MAY_QUOTE.iter().any(|(quoted, _)| quoted == name);
                let quoted = !may_quote && line.contains(&format!("\"{name}\""));
                if quoted || names_crate(line, name) {
                    let rule = format!("core names the strategy {name}");
                    let remedy = "let the strategy tell core what it needs through its trait";
                    problems.push(Problem::new(format!("{file}:{number}"), rule, remedy));
                }
            }
        }
    }
    problems
}

/// A strategy's sources hold no other strategy's crate.
pub(super) fn strategies_know_only_core(workspace: &Workspace) -> Vec<Problem> {
    let names = crate_names(workspace);
    let mut problems = Vec::new();
    for name in &names {
        for file in workspace.files_in(&format!("crates/{}/", package(name)), ".rs") {
            let text = workspace.text(file).unwrap_or_default();
            for other in names.iter().filter(|other| *other != name) {
                if text.lines().any(|line| names_crate(line, other)) {
                    let rule = format!("the strategy {name} names the strategy {other}");
                    problems.push(Problem::new(file, rule, "move what both need into core"));
                }
            }
        }
    }
    problems
}

/// Every strategy that is written anywhere is written everywhere.
pub(super) fn strategies_are_written_everywhere(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    let places = places(workspace, &mut problems);
    // Configurations and quoted names also exist without a strategy: they are asked for, but do not ask.
    let asking = places.iter().filter(|place| place.asks);
    let all: BTreeSet<String> = asking.flat_map(|place| place.names.iter().cloned()).collect();
    for place in &places {
        for name in all.difference(&place.names) {
            let fill = |text: &str| text.replace("NAME", name).replace("IDENTIFIER", &identifier(name));
            let rule = format!("the strategy {name} is missing");
            problems.push(Problem::new(fill(place.file), rule, fill(place.remedy)));
        }
    }
    problems
}

/// The lists of strategies are in alphabetical order.
pub(super) fn lists_are_alphabetical(workspace: &Workspace) -> Vec<Problem> {
    let source = workspace.text(STRATEGIES_SOURCE).unwrap_or_default();
    let inside = |markers| block(&source, markers).map(|block| block.inside).unwrap_or_default();
    let lists = [("the slice", slice_names(inside(SLICE))), ("the list of names", listed_names(inside(NAMES)))];
    let unsorted = lists.into_iter().filter(|(_, names)| !names.is_sorted());
    let problem = |(what, _)| Problem::new(STRATEGIES_SOURCE, format!("{what} is not alphabetical"), "sort it");
    unsorted.map(problem).collect()
}

/// A place where every strategy must be written; `NAME` in its texts stands for the strategy.
struct Place {
    file: &'static str,
    remedy: &'static str,
    names: BTreeSet<String>,
    /// Whether a name in this place must be in all others.
    asks: bool,
}

fn places(workspace: &Workspace, problems: &mut Vec<Problem>) -> Vec<Place> {
    let crates = crate_names(workspace);
    let nothing = toml::Table::new();
    let registry = workspace.manifest_of("ganymede-strategies").unwrap_or(&nothing);
    let program = workspace.manifest_of("ganymede").unwrap_or(&nothing);
    let mut listed = |file: &str, markers, parse: fn(&str) -> Vec<String>| {
        let text = workspace.text(file).unwrap_or_default();
        match block(&text, markers) {
            Ok(block) => parse(block.inside).into_iter().collect(),
            Err(error) => {
                problems.push(Problem::new(file, error.to_string(), "add the markers around the list of strategies"));
                BTreeSet::new()
            }
        }
    };
    let place = |file, remedy, names, asks| Place { file, remedy, names, asks };
    vec![
        place(
            STRATEGIES_SOURCE,
            "add `#[cfg(feature = \"NAME\")]` and `&IDENTIFIER::FACTORY,` between the registry markers",
            listed(STRATEGIES_SOURCE, SLICE, slice_names),
            true,
        ),
        place(
            STRATEGIES_SOURCE,
            "add \"NAME\" between the names markers",
            listed(STRATEGIES_SOURCE, NAMES, listed_names),
            true,
        ),
        place("README.md", "add a row for `NAME` to the table", listed("README.md", TABLE, table_names), true),
        place(
            STRATEGIES_MANIFEST,
            "add the feature NAME = [\"dep:ganymede-NAME\"] and its optional dependency",
            optional_features(registry),
            true,
        ),
        place(
            PROGRAM_MANIFEST,
            "add the feature NAME = [\"ganymede-strategies/NAME\"]",
            features_naming(program, |name| format!("ganymede-strategies/{name}")).into_iter().collect(),
            true,
        ),
        place(PROGRAM_MANIFEST, "add \"NAME\" to the feature all-strategies", all_strategies(program), true),
        place(
            TESTS_MANIFEST,
            "add \"NAME\" to the features of ganymede-strategies",
            tested(workspace.manifest_of("ganymede-tests").unwrap_or(&nothing)),
            true,
        ),
        place(
            "Cargo.toml",
            "add ganymede-NAME = { path = \"crates/ganymede-NAME\" } to [workspace.dependencies]",
            path_dependencies(workspace.manifest(), &crates),
            false,
        ),
        place(
            "configs/NAME.toml",
            "add the baseline's configuration with one [[strategy]], name = \"NAME\"",
            configured(workspace),
            false,
        ),
        place(
            "crates/ganymede-NAME/src/lib.rs",
            "give its FACTORY the name \"NAME\"",
            crates.iter().filter(|name| factory_named(workspace, name)).cloned().collect(),
            false,
        ),
        place("crates/ganymede-NAME/Cargo.toml", "add the crate, or remove the name", crates, true),
    ]
}

/// The strategies that have a crate whose folder and package agree.
fn crate_names(workspace: &Workspace) -> BTreeSet<String> {
    let strategies = workspace.members().iter().filter(|member| is_strategy(member));
    let agreeing = strategies.filter(|member| member.folder == format!("crates/{}", member.name));
    agreeing.filter_map(|member| member.name.strip_prefix("ganymede-")).map(str::to_owned).collect()
}

fn optional_features(manifest: &toml::Table) -> BTreeSet<String> {
    let optional = |name: &String| {
        let dependency = manifest.get("dependencies").and_then(|table| table.get(package(name)));
        dependency.and_then(|value| value.get("optional")).and_then(toml::Value::as_bool) == Some(true)
    };
    features_naming(manifest, |name| format!("dep:{}", package(name))).into_iter().filter(optional).collect()
}

fn all_strategies(manifest: &toml::Table) -> BTreeSet<String> {
    let list = manifest.get("features").and_then(|features| features.get("all-strategies"));
    let names = list.and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str);
    names.map(str::to_owned).collect()
}

fn tested(manifest: &toml::Table) -> BTreeSet<String> {
    let registry = manifest.get("dependencies").and_then(|table| table.get("ganymede-strategies"));
    let list = registry.and_then(|registry| registry.get("features")).and_then(toml::Value::as_array);
    list.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

fn path_dependencies(manifest: &toml::Table, names: &BTreeSet<String>) -> BTreeSet<String> {
    let table = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let path = |name: &str| table?.get(package(name))?.get("path")?.as_str().map(str::to_owned);
    names.iter().filter(|name| path(name) == Some(format!("crates/{}", package(name)))).cloned().collect()
}

/// The configurations with a single strategy that has the file's name.
fn configured(workspace: &Workspace) -> BTreeSet<String> {
    let mut names = BTreeMap::new();
    for file in workspace.files_in("configs/", ".toml") {
        let stem = file.trim_start_matches("configs/").trim_end_matches(".toml").to_owned();
        let text = workspace.text(file).unwrap_or_default();
        let table = text.parse::<toml::Table>().unwrap_or_default();
        let strategies = table.get("strategy").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let named = |value: &toml::Value| value.get("name").and_then(toml::Value::as_str) == Some(&stem);
        let fits = strategies.len() == 1 && strategies.iter().all(named);
        names.insert(stem, fits);
    }
    names.into_iter().filter(|(_, fits)| *fits).map(|(name, _)| name).collect()
}

fn factory_named(workspace: &Workspace, name: &str) -> bool {
    let written = [format!("name: \"{name}\""), format!("NAME: &str = \"{name}\"")];
    workspace.files_in(&format!("crates/{}/src/", package(name)), ".rs").any(|file| {
        let text = workspace.text(file).unwrap_or_default();
        written.iter().any(|written| text.contains(written))
    })
}

/// Whether the crate of the strategy `name` stands in `line` as a whole word, with `-` or `_`.
fn names_crate(line: &str, name: &str) -> bool {
    let normal = line.replace('-', "_");
    let wanted = identifier(name);
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    normal
        .match_indices(&wanted)
        .any(|(at, _)| !normal[..at].ends_with(inside) && !normal[at + wanted.len()..].starts_with(inside))
}

/// The numbered lines of a source without its unit tests: a module in another file, or one that stands last.
fn outside_tests(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    std::iter::from_fn(move || {
        loop {
            let (number, line) = lines.next()?;
            if line.trim() != "#[cfg(test)]" {
                return Some((number, line));
            }
            if !lines.next()?.1.ends_with(';') {
                lines.by_ref().for_each(drop);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{names_crate, outside_tests};

    #[test]
    fn unit_tests_are_left_out() {
        let text = "a\n#[cfg(test)]\nmod tests;\nb\n#[cfg(test)]\nmod more {\n    c\n}\n";
        assert_eq!(outside_tests(text).collect::<Vec<_>>(), [(1, "a"), (4, "b")]);
    }

    #[test]
    fn a_crate_is_named_as_a_whole_word() {
        for (line, expected) in [
            ("use ganymede_mode_seeking::FACTORY;", true),
            ("see `ganymede-mode-seeking`", true),
            ("ganymede_mode_seeking_more", false),
            ("mode-seeking in ordinary words", false),
        ] {
            assert_eq!(names_crate(line, "mode-seeking"), expected, "{line}");
        }
    }
}
