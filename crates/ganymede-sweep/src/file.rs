//! A sweep's file: what it may say, checked as far as that goes without the program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use crate::axis::{Choice, grid_values, is_range};
use crate::config::EngineConfig;
use crate::document::Document;
use crate::error::SweepError;
use crate::figures::{DEFAULT_FIGURES, Figure, hint, known_figure};
use crate::halving::{Halving, TypedHalving};
use crate::strategies::{Strategies, TypedStrategies};

/// The most seeds.
const MOST_SEEDS: usize = 100_000;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    base: String,
    out: Option<String>,
    seeds: Option<Value>,
    device: Option<String>,
    figures: Option<Vec<String>>,
    #[serde(default)]
    set: Table,
    #[serde(default)]
    grid: Table,
    random: Option<TypedRandom>,
    strategies: Option<TypedStrategies>,
    halving: Option<TypedHalving>,
    #[serde(default)]
    engine: Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedRandom {
    count: usize,
    #[serde(default)]
    seed: u64,
    keys: Table,
}

/// Keys whose values are drawn.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    /// How many draws.
    pub(crate) count: usize,
    /// Of the draws.
    pub(crate) seed: u64,
    /// What is drawn.
    pub(crate) keys: Vec<(String, Choice)>,
}

/// A sweep's file that was read.
#[derive(Debug)]
pub struct SweepFile {
    /// The configuration that every cell changes.
    pub base: PathBuf,
    /// Where the sweep goes, if the file says so.
    pub out: Option<PathBuf>,
    /// The device of every run, if the file says so.
    pub device: Option<String>,
    /// What is compared.
    pub figures: Vec<Figure>,
    /// How variants are stopped on the way, if any are.
    pub halving: Option<Halving>,
    /// Who makes the runs.
    pub engine: EngineConfig,
    /// The seeds of each variant.
    pub seeds: Vec<u64>,
    pub(crate) document: Document,
    pub(crate) base_table: Table,
    pub(crate) set: Vec<(String, Value)>,
    pub(crate) grid: Vec<(String, Vec<Value>)>,
    pub(crate) random: Option<Random>,
    pub(crate) strategies: Option<Strategies>,
}

impl SweepFile {
    /// Reads a file and the base that it names.
    ///
    /// Paths in it are relative to its own folder.
    ///
    /// # Errors
    ///
    /// A [`SweepError`] with file, line and remedy: a file that cannot be read or is no TOML, a key that is not known, an empty
    /// list, a key that is changed twice, an unknown figure.
    pub fn read(path: &Path) -> Result<Self, SweepError> {
        let document = Document::read(path, "sweep", "name the TOML file of a sweep")?;
        let typed: Typed = document.typed()?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let base = clean(&folder.join(&typed.base));
        let remedy = "base names a configuration, relative to the sweep's file";
        let base_table = Document::read(&base, &document.location("base"), remedy)?.table;
        let set = leaves(&typed.set);
        let grid = grid(&document, &typed.grid)?;
        let random = typed.random.map(|random| read_random(&document, random)).transpose()?;
        let strategies = typed.strategies.map(|strategies| Strategies::of(strategies, &base_table)).transpose();
        let strategies =
            strategies.map_err(|(value, expected)| document.invalid("strategies.list", value, expected))?;
        let file = Self {
            base,
            out: typed.out.map(|out| clean(&folder.join(out))),
            device: typed.device,
            figures: figures(&document, typed.figures)?,
            halving: typed.halving.map(|halving| Halving::read(&document, halving)).transpose()?,
            engine: EngineConfig::read(&document, typed.engine)?,
            seeds: seeds(&document, typed.seeds.as_ref())?,
            document,
            base_table,
            set,
            grid,
            random,
            strategies,
        };
        file.check_keys()?;
        Ok(file)
    }

    /// The path, for messages.
    pub fn path(&self) -> &str {
        &self.document.path
    }

    /// File and line of a key of this file.
    pub fn location(&self, key: &str) -> String {
        self.document.location(key)
    }

    /// File and line of a key of the configuration that the sweep changes; the file, for one that it does not.
    pub fn location_of(&self, key: &str) -> String {
        let strategies = (key == "strategy").then(|| self.document.location("strategies.list"));
        let section = self.changed_keys().into_iter().find(|(_, changed)| changed == key);
        let of_section = section.map(|(section, _)| self.document.location(&format!("{section}.{key}")));
        strategies.filter(|_| self.strategies.is_some()).or(of_section).unwrap_or_else(|| self.path().to_owned())
    }

    /// Every key that the sweep changes, each after its section.
    fn changed_keys(&self) -> Vec<(&'static str, String)> {
        let set = self.set.iter().map(|(key, _)| ("set", key.clone()));
        let grid = self.grid.iter().map(|(key, _)| ("grid", key.clone()));
        let random = self.random.iter().flat_map(|random| &random.keys);
        set.chain(grid).chain(random.map(|(key, _)| ("random.keys", key.clone()))).collect()
    }

    /// Refuses keys that are changed twice, or by the sweep itself.
    fn check_keys(&self) -> Result<(), SweepError> {
        let mut before: BTreeMap<String, &'static str> = BTreeMap::new();
        for (section, key) in self.changed_keys() {
            let location = self.document.location(&format!("{section}.{key}"));
            let twice =
                |other: String| SweepError::ChangedTwice { location: location.clone(), key: key.clone(), other };
            if key == "seed" {
                return Err(twice("`seeds` of the sweep".to_owned()));
            }
            if self.strategies.is_some() && (key == "strategy" || is_numbered(&key)) {
                return Err(twice(
                    "[strategies]".to_owned() + ", so that a strategy goes by its name (strategy.NAME.KEY)",
                ));
            }
            if self.halving.is_some() && key == "steps" && section != "set" {
                return Err(twice("[halving]".to_owned()));
            }
            let within =
                |one: &str, other: &str| one == other || one.strip_prefix(other).is_some_and(|r| r.starts_with('.'));
            if let Some((other, section)) = before.iter().find(|(other, _)| within(&key, other) || within(other, &key))
            {
                return Err(twice(format!("`{other}` in [{section}]")));
            }
            self.check_strategy(section, &key)?;
            before.insert(key, section);
        }
        Ok(())
    }

    /// Refuses the key of a strategy that no cell has.
    fn check_strategy(&self, section: &str, key: &str) -> Result<(), SweepError> {
        let Some(name) = strategy_of(key) else { return Ok(()) };
        let listed = self.strategies.iter().flat_map(Strategies::names);
        let known: BTreeSet<String> = listed.chain(crate::strategies::names(&self.base_table)).collect();
        if known.contains(name) || is_numbered(key) || self.set.iter().any(|(key, _)| key == "strategy") {
            return Ok(());
        }
        let known: Vec<String> = known.into_iter().collect();
        let expected = format!("no cell has this strategy; {}", hint(name, &known));
        Err(self.document.invalid(&format!("{section}.{key}"), format!("\"{name}\""), expected))
    }
}

/// A path without `.`, and without `..` where that leaves a folder which is no link.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        match (part, cleaned.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) if !cleaned.is_symlink() => drop(cleaned.pop()),
            _ => cleaned.push(part),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// The name or number of the strategy that a key belongs to.
pub(crate) fn strategy_of(key: &str) -> Option<&str> {
    key.strip_prefix("strategy.")?.split('.').next()
}

fn is_numbered(key: &str) -> bool {
    strategy_of(key).is_some_and(|name| name.parse::<usize>().is_ok())
}

/// The dotted keys of a table with their values; tables within are keys, but ranges are values.
fn leaves(table: &Table) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    descend(table, "", &mut found);
    found
}

fn descend(table: &Table, prefix: &str, found: &mut Vec<(String, Value)>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) if !is_range(inner) => descend(inner, &path, found),
            _ => found.push((path, value.clone())),
        }
    }
}

fn grid(document: &Document, table: &Table) -> Result<Vec<(String, Vec<Value>)>, SweepError> {
    let values = |(key, value): (String, Value)| match grid_values(&value) {
        Ok(values) => Ok((key, values)),
        Err(expected) => Err(document.invalid(&format!("grid.{key}"), value, expected)),
    };
    leaves(table).into_iter().map(values).collect()
}

fn read_random(document: &Document, typed: TypedRandom) -> Result<Random, SweepError> {
    if typed.count == 0 {
        return Err(document.invalid("random.count", 0, "expected at least 1"));
    }
    let choice = |(key, value): (String, Value)| match Choice::read(&value) {
        Ok(choice) => Ok((key, choice)),
        Err(expected) => Err(document.invalid(&format!("random.keys.{key}"), value, expected)),
    };
    let keys: Vec<_> = leaves(&typed.keys).into_iter().map(choice).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err(document.invalid("random.keys", "{}", "it is empty; name a key to draw, or take [random] out"));
    }
    Ok(Random { count: typed.count, seed: typed.seed, keys })
}

fn figures(document: &Document, names: Option<Vec<String>>) -> Result<Vec<Figure>, SweepError> {
    let names = names.unwrap_or_else(|| DEFAULT_FIGURES.map(str::to_owned).to_vec());
    if names.is_empty() {
        return Err(document.invalid("figures", "[]", "the list is empty; name a figure, or take the key out"));
    }
    let find = |name: &String| {
        known_figure(name).map_err(|expected| document.invalid("figures", format!("\"{name}\""), expected))
    };
    names.iter().map(find).collect()
}

/// How many seeds from 0, or which; 0 alone when left out.
fn seeds(document: &Document, value: Option<&Value>) -> Result<Vec<u64>, SweepError> {
    let expected = format!("expected how many (1 to {MOST_SEEDS}), or a list of seeds, each once, none below 0");
    let refuse = |value: &Value| Err(document.invalid("seeds", value, expected.clone()));
    match value {
        None => Ok(vec![0]),
        Some(Value::Integer(count)) if (1..=MOST_SEEDS as i64).contains(count) => Ok((0..*count as u64).collect()),
        Some(Value::Array(values)) if !values.is_empty() => {
            let seed = |value: &Value| value.as_integer().and_then(|seed| u64::try_from(seed).ok());
            let seeds: Option<Vec<u64>> = values.iter().map(seed).collect();
            match seeds {
                Some(seeds) if seeds.iter().collect::<BTreeSet<_>>().len() == seeds.len() => Ok(seeds),
                _ => refuse(&Value::Array(values.clone())),
            }
        }
        Some(other) => refuse(other),
    }
}
