//! `cargo xtask new-strategy NAME`: everything that a strategy is written in, at once or not at all.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value, value};

use crate::{
    registry::{
        NAMES, PROGRAM_MANIFEST, SLICE, STRATEGIES_MANIFEST, STRATEGIES_SOURCE, TABLE, TESTS_MANIFEST, block,
        identifier, listed_names, package, slice_names, type_name,
    },
    workspace::{read, write},
};

/// Which strategy.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Its name in kebab case: the crate's suffix, the feature, the name in TOML and the file in configs/.
    name: String,
}

/// What the crate begins as: the file in its folder, and the text, with `{{name}}`, `{{type}}`,
/// `{{crate}}` and `{{module}}` to fill in.
const TEMPLATES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../templates/strategy/Cargo.toml.template")),
    ("README.md", include_str!("../templates/strategy/README.md.template")),
    ("src/lib.rs", include_str!("../templates/strategy/lib.rs.template")),
    ("tests/{{module}}.rs", include_str!("../templates/strategy/test.rs.template")),
];

/// Suffixes that are crates of the house, and the name of the run without strategies.
const TAKEN: &[&str] = &["core", "metrics", "strategies", "tests", "baseline"];

/// Adds the strategy and says what is left to do.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let name = &options.name;
    for file in add(root, name)? {
        println!("wrote {}", file.display());
    }
    println!(
        "\nNow: say in crates/{package}/README.md what it does, fill in FACTORY and the stages in its src/lib.rs,\n\
         its row in README.md and README.zh.md and its settings in configs/{name}.toml, and add its forms to\n\
         tests/tests/workspace/stacking.rs; then\n\
         cargo test --release --workspace --exclude xtask --test {module} && cargo xtask tidy\n\
         (`-p {package}` would build the tensor library once more, with other features)",
        package = package(name),
        module = name.replace('-', "_")
    );
    Ok(true)
}

/// Writes all files of the strategy `name` and returns them, relative to the root; writes nothing on any error.
pub(crate) fn add(root: &Path, name: &str) -> Result<Vec<PathBuf>> {
    check_name(name)?;
    let edited = |file: &str, edit: fn(&str, &str) -> Result<String>| -> Result<(PathBuf, String)> {
        let text = edit(&read(&root.join(file))?, name).with_context(|| format!("in {file}"))?;
        Ok((PathBuf::from(file), text))
    };

    let crate_folder = Path::new("crates").join(package(name));
    let config = PathBuf::from(format!("configs/{name}.toml"));
    for path in [&crate_folder, &config] {
        ensure!(!root.join(path).exists(), "{} already exists", path.display());
    }
    let mut files: Vec<(PathBuf, String)> =
        TEMPLATES.iter().map(|(file, text)| (crate_folder.join(fill(file, name)), fill(text, name))).collect();
    files.push((config, configuration(&read(&root.join("configs/ring.toml"))?, name)));
    files.push(edited("Cargo.toml", add_to_root)?);
    files.push(edited(STRATEGIES_MANIFEST, add_to_registry_manifest)?);
    files.push(edited(STRATEGIES_SOURCE, add_to_registry_source)?);
    files.push(edited(PROGRAM_MANIFEST, add_to_program)?);
    files.push(edited(TESTS_MANIFEST, add_to_tests)?);
    files.push(edited("README.md", add_row)?);
    files.push(edited("README.zh.md", add_row)?);

    for (file, text) in &files {
        write(&root.join(file), text)?;
    }
    Ok(files.into_iter().map(|(file, _)| file).collect())
}

fn check_name(name: &str) -> Result<()> {
    let legal_part = |part: &str| {
        part.starts_with(|letter: char| letter.is_ascii_lowercase())
            && part.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    ensure!(
        name.split('-').all(legal_part),
        "\"{name}\" is not kebab case: expected lower-case words joined by hyphens, each beginning with a letter, as in \
         mode-seeking"
    );
    ensure!(name.len() <= 40, "\"{name}\" has {} letters: expected at most 40", name.len());
    ensure!(!TAKEN.contains(&name), "\"{name}\" is taken: choose another name than {}", TAKEN.join(", "));
    Ok(())
}

fn fill(template: &str, name: &str) -> String {
    let filled = [
        ("{{name}}", name.to_owned()),
        ("{{type}}", type_name(name)),
        ("{{crate}}", identifier(name)),
        ("{{module}}", name.replace('-', "_")),
    ];
    filled.iter().fold(template.to_owned(), |text, (mark, word)| text.replace(mark, word))
}

/// The baseline's configuration with the strategy; the opening comment, which speaks of the baseline, is replaced.
fn configuration(baseline: &str, name: &str) -> String {
    let opening = baseline.lines().take_while(|line| line.starts_with('#')).count();
    let rest: Vec<&str> = baseline.lines().skip(opening).collect();
    let rest = rest.join("\n");
    format!("# The plain GAN of ring.toml with {name}.\n{}\n\n[[strategy]]\nname = \"{name}\"\n", rest.trim_end())
}

fn add_to_root(text: &str, name: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let workspace = document.get_mut("workspace").and_then(Item::as_table_like_mut).context("no [workspace]")?;
    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_mut);
    let path = inline([("path", format!("crates/{}", package(name)).into())]);
    insert(dependencies.context("no [workspace.dependencies]")?, &package(name), path, |key, _| ours(key))?;
    Ok(document.to_string())
}

fn add_to_registry_manifest(text: &str, name: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let optional = inline([("workspace", true.into()), ("optional", true.into())]);
    insert(table(&mut document, "dependencies")?, &package(name), optional, |key, _| ours(key))?;
    let feature = value(Array::from_iter([format!("dep:{}", package(name))]));
    insert(table(&mut document, "features")?, name, feature, |_, list| list_holds(list, "dep:ganymede-"))?;
    Ok(document.to_string())
}

fn add_to_program(text: &str, name: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let features = table(&mut document, "features")?;
    let feature = value(Array::from_iter([format!("ganymede-strategies/{name}")]));
    insert(features, name, feature, |_, list| list_holds(list, "ganymede-strategies/"))?;
    let all = features.get_mut("all-strategies").and_then(Item::as_array_mut);
    insert_into_list(all.context("no feature all-strategies")?, name)?;
    Ok(document.to_string())
}

/// The workspace's own tests see every strategy.
fn add_to_tests(text: &str, name: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    let registry = table(&mut document, "dependencies")?.get_mut("ganymede-strategies");
    let features = registry.and_then(|item| item.get_mut("features")).and_then(Item::as_array_mut);
    insert_into_list(features.context("no features of ganymede-strategies")?, name)?;
    Ok(document.to_string())
}

fn table<'a>(document: &'a mut DocumentMut, key: &str) -> Result<&'a mut Table> {
    document.get_mut(key).and_then(Item::as_table_mut).with_context(|| format!("no [{key}]"))
}

fn inline<const N: usize>(pairs: [(&str, Value); N]) -> Item {
    value(InlineTable::from_iter(pairs))
}

fn ours(key: &str) -> bool {
    key.starts_with("ganymede-")
}

fn list_holds(list: &Item, prefix: &str) -> bool {
    let holds = |entry: &Value| entry.as_str().is_some_and(|text| text.starts_with(prefix));
    list.as_array().is_some_and(|list| list.iter().any(holds))
}

/// Puts `key` among its peers in alphabetical order, or at the end where it has none; everything else stays in place.
fn insert(table: &mut Table, key: &str, item: Item, is_peer: impl Fn(&str, &Item) -> bool) -> Result<()> {
    if table.contains_key(key) {
        bail!("{key} already exists");
    }
    let mut order: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let peers: Vec<usize> =
        table.iter().enumerate().filter(|(_, (key, item))| is_peer(key, item)).map(|one| one.0).collect();
    let first_greater = peers.iter().copied().find(|index| order[*index].as_str() > key);
    let place = first_greater.or(peers.last().map(|last| last + 1)).unwrap_or(order.len());
    order.insert(place, key.to_owned());
    table.insert(key, item);
    let rank = |key: &str| order.iter().position(|known| known == key);
    table.sort_values_by(|left, _, right, _| rank(left.get()).cmp(&rank(right.get())));
    Ok(())
}

/// Puts `name` into an alphabetical list of strings, on a line of its own where the others have one.
fn insert_into_list(list: &mut Array, name: &str) -> Result<()> {
    ensure!(list.iter().all(|entry| entry.as_str() != Some(name)), "{name} already exists in the list");
    let place = list.iter().position(|entry| entry.as_str().is_some_and(|entry| entry > name)).unwrap_or(list.len());
    let prefix = |entry: &Value| entry.decor().prefix().and_then(toml_edit::RawString::as_str).map(str::to_owned);
    let own_line = list.iter().find_map(prefix).filter(|prefix| prefix.contains('\n'));
    list.insert(place, name);
    match own_line {
        Some(prefix) => {
            let indent = prefix.rsplit('\n').next().unwrap_or_default().to_owned();
            if let Some(entry) = list.get_mut(place) {
                *entry.decor_mut() = toml_edit::Decor::new(format!("\n{indent}"), "");
            }
        }
        None => list.fmt(),
    }
    Ok(())
}

fn add_to_registry_source(text: &str, name: &str) -> Result<String> {
    let factory = |name: &str| format!("    #[cfg(feature = \"{name}\")]\n    &{}::FACTORY,\n", identifier(name));
    let text = add_to_block(text, SLICE, name, slice_names, factory)?;
    add_to_block(&text, NAMES, name, listed_names, |name| format!("    \"{name}\",\n"))
}

/// Writes the lines between two markers anew with one name more, in alphabetical order.
fn add_to_block(
    text: &str,
    markers: [&str; 2],
    name: &str,
    parse: fn(&str) -> Vec<String>,
    line: impl Fn(&str) -> String,
) -> Result<String> {
    let block = block(text, markers)?;
    let mut names = parse(block.inside);
    let written: String = names.iter().map(|name| line(name)).collect();
    ensure!(written == block.inside, "the lines after `{}` are not of the expected form:\n{written}", markers[0]);
    ensure!(!names.iter().any(|known| known == name), "{name} already exists after `{}`", markers[0]);
    names.push(name.to_owned());
    names.sort();
    let written: String = names.iter().map(|name| line(name)).collect();
    Ok(format!("{}{written}{}", block.before, block.after))
}

/// Puts a row into the README's table, with a cell for each of the head's, after those with smaller names.
fn add_row(text: &str, name: &str) -> Result<String> {
    let block = block(text, TABLE)?;
    let lines: Vec<&str> = block.inside.lines().collect();
    let head = lines.iter().position(|line| line.trim().starts_with('|')).context("no table between the markers")?;
    let cells = lines[head].trim().trim_matches('|').split('|').count();
    let first = format!("[`{name}`](crates/{}/README.md)", package(name));
    let row = format!(
        "| {} |",
        [vec![first], vec!["to be written".to_owned(); cells.saturating_sub(1)]].concat().join(" | ")
    );

    let named = |line: &&str| crate::registry::table_names(line).into_iter().next();
    ensure!(lines.iter().all(|line| named(line).as_deref() != Some(name)), "{name} already has a row");
    let is_row = |line: &str| line.trim().starts_with('|');
    let rows = head + lines[head..].iter().take_while(|line| is_row(line)).count();
    let smaller = (head + 2..rows).rev().find(|index| named(&lines[*index]).is_some_and(|known| known.as_str() < name));
    let place = smaller.map_or((head + 2).min(rows), |index| index + 1);
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    lines.insert(place, row);
    Ok(format!("{}{}\n{}", block.before, lines.join("\n"), block.after))
}

#[cfg(test)]
mod tests;
