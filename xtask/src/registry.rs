//! Where a strategy is written down: features, the slice and the list of names, the README's table.

use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::read_toml;

/// The manifest whose features say which strategies exist.
pub(crate) const STRATEGIES_MANIFEST: &str = "crates/ganymede-strategies/Cargo.toml";
/// The source that holds the slice of factories and the list of names.
pub(crate) const STRATEGIES_SOURCE: &str = "crates/ganymede-strategies/src/lib.rs";
/// The manifest of the program, which forwards the features.
pub(crate) const PROGRAM_MANIFEST: &str = "crates/ganymede/Cargo.toml";
/// The manifest of the workspace's own tests, which turn every strategy on.
pub(crate) const TESTS_MANIFEST: &str = "tests/Cargo.toml";
/// The lines around the slice of factories.
pub(crate) const SLICE: [&str; 2] = ["// registry:begin", "// registry:end"];
/// The lines around the list of all names.
pub(crate) const NAMES: [&str; 2] = ["// names:begin", "// names:end"];
/// The lines around the README's table.
pub(crate) const TABLE: [&str; 2] = ["<!-- strategies:begin -->", "<!-- strategies:end -->"];

/// The package of the strategy `name`.
pub(crate) fn package(name: &str) -> String {
    format!("ganymede-{name}")
}

/// The type of the strategy `name`: `WeightNoise` of `weight-noise`.
pub(crate) fn type_name(name: &str) -> String {
    name.split('-').map(|part| part[..1].to_uppercase() + &part[1..]).collect()
}

/// The crate identifier of the strategy `name`.
pub(crate) fn identifier(name: &str) -> String {
    package(name).replace('-', "_")
}

/// The strategies of the workspace in alphabetical order: the features of the registry that turn a crate on.
pub(crate) fn strategies(root: &Path) -> Result<Vec<String>> {
    Ok(features_naming(&read_toml(&root.join(STRATEGIES_MANIFEST))?, |name| format!("dep:{}", package(name))))
}

/// The features whose list holds `expected(feature)`, in alphabetical order.
pub(crate) fn features_naming(manifest: &toml::Table, expected: impl Fn(&str) -> String) -> Vec<String> {
    let features = manifest.get("features").and_then(toml::Value::as_table).into_iter().flatten();
    let mut names: Vec<String> = features
        .filter(|(name, list)| {
            let wanted = expected(name);
            list.as_array().is_some_and(|list| list.iter().any(|entry| entry.as_str() == Some(&wanted)))
        })
        .map(|(name, _)| name.clone())
        .collect();
    names.sort();
    names
}

/// A text cut at two marker lines: up to and with the first, between, from the second on.
pub(crate) struct Block<'a> {
    pub(crate) before: &'a str,
    pub(crate) inside: &'a str,
    pub(crate) after: &'a str,
}

/// Cuts `text` at the two marker lines, each alone on its line.
pub(crate) fn block<'a>(text: &'a str, [begin, end]: [&str; 2]) -> Result<Block<'a>> {
    let mut offset = 0;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        if start.is_none() && line.trim() == begin {
            start = Some(offset + line.len());
        } else if let (Some(start), true) = (start, line.trim() == end) {
            return Ok(Block { before: &text[..start], inside: &text[start..offset], after: &text[offset..] });
        }
        offset += line.len();
    }
    None.with_context(|| format!("no lines between the markers `{begin}` and `{end}`"))
}

/// The names in the slice: those of each `#[cfg(feature = "name")]` that its factory follows.
pub(crate) fn slice_names(inside: &str) -> Vec<String> {
    let lines: Vec<&str> = inside.lines().map(str::trim).collect();
    let name_of = |pair: &[&str]| {
        let name = pair[0].strip_prefix("#[cfg(feature = \"")?.strip_suffix("\")]")?;
        (pair[1] == format!("&{}::FACTORY,", identifier(name))).then(|| name.to_owned())
    };
    lines.windows(2).filter_map(name_of).collect()
}

/// The names in the list of names.
pub(crate) fn listed_names(inside: &str) -> Vec<String> {
    let name_of = |line: &str| line.trim().strip_prefix('"')?.strip_suffix("\",").map(str::to_owned);
    inside.lines().filter_map(name_of).collect()
}

/// The names in the first column of the README's table, each between backticks.
pub(crate) fn table_names(inside: &str) -> Vec<String> {
    let name_of = |line: &str| {
        let first = line.trim().strip_prefix('|')?.split('|').next()?;
        first.split('`').nth(1).map(str::to_owned)
    };
    inside.lines().filter_map(name_of).collect()
}

#[cfg(test)]
mod tests {
    use super::{NAMES, SLICE, block, listed_names, slice_names, table_names};

    #[test]
    fn names_are_read_from_their_places() {
        let source = "a\n    // registry:begin\n    #[cfg(feature = \"a-b\")]\n    &ganymede_a_b::FACTORY,\n    \
                      #[cfg(feature = \"c\")]\n    &ganymede_d::FACTORY,\n    // registry:end\n    // names:begin\n    \
                      \"a-b\",\n    \"c\",\n    // names:end\nz\n";
        let slice = block(source, SLICE).unwrap();
        assert_eq!(slice_names(slice.inside), ["a-b"], "the second factory is not that of its feature");
        assert_eq!(listed_names(block(source, NAMES).unwrap().inside), ["a-b", "c"]);
        assert_eq!(format!("{}{}{}", slice.before, slice.inside, slice.after), source);
        let table = "| strategy | what |\n| --- | --- |\n| [`a-b`](x) | `y` |\n";
        assert_eq!(table_names(table), ["a-b"]);
    }

    #[test]
    fn a_missing_marker_is_named() {
        let error = block("// registry:begin\n", SLICE).err().unwrap().to_string();
        assert!(error.contains("registry:end"), "{error}");
    }
}
