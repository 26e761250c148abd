//! The cells of a sweep: every variant of the base with every seed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use toml::Value;

use crate::error::SweepError;
use crate::file::{SweepFile, strategy_of};

/// The most cells of a sweep.
const MOST_CELLS: u128 = 100_000;

/// The most letters of a folder's name that tell what is in it.
const NAME_LETTERS: usize = 60;

/// One key of the configuration with its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// The dotted key.
    pub key: Arc<str>,
    /// The value, as TOML.
    pub value: Arc<str>,
}

impl Assignment {
    fn new(key: &str, value: &Value) -> Self {
        Self { key: key.into(), value: value.to_string().into() }
    }

    /// `key=value`.
    pub fn text(&self) -> String {
        format!("{}={}", self.key, self.value)
    }
}

/// One way to change the base.
#[derive(Clone, Debug)]
pub struct Variant {
    /// What it changes, in short; `base` where nothing is.
    pub name: String,
    /// What it changes, in the order in which that is done.
    pub assignments: Vec<Assignment>,
}

/// One run of the sweep.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The position of its variant in [`Plan::variants`].
    pub variant: usize,
    /// Its seed.
    pub seed: u64,
    /// Its folder's name: a hash of base, changes, seed and device ends it, so that no other run shares it.
    pub name: String,
}

/// A variant to be checked before the first run.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Its position in [`Plan::variants`].
    pub variant: usize,
    /// File and line of the key that this variant is the first to try.
    pub location: String,
}

/// All runs of a sweep.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The variants; the first is the baseline.
    pub variants: Vec<Variant>,
    /// The runs, seed by seed, so that a machine that slows down hits every variant alike.
    pub cells: Vec<Cell>,
    /// A hash of the base, whatever its comments and layout.
    pub base_hash: String,
}

/// One value of a dimension: what it is called, what it changes, and strategies that it takes out.
#[derive(Clone, Debug, Default)]
struct Place {
    label: String,
    assignments: Vec<Assignment>,
    out: Vec<String>,
}

impl Plan {
    /// Plans a sweep.
    ///
    /// The baseline is the first value of every list, and with `[random]` the values of the base.
    ///
    /// # Errors
    ///
    /// [`SweepError::TooMany`] and [`SweepError::Colliding`].
    pub fn of(file: &SweepFile) -> Result<Self, SweepError> {
        let dimensions = dimensions(file);
        let variants = dimensions.iter().map(|places| places.len() as u128).product::<u128>();
        let asked = variants.saturating_mul(file.seeds.len() as u128);
        if asked > MOST_CELLS {
            return Err(SweepError::TooMany { path: file.path().to_owned(), cells: asked, most: MOST_CELLS });
        }
        let fixed: Vec<Assignment> = file.set.iter().map(|(key, value)| Assignment::new(key, value)).collect();
        let variants = product(&dimensions, &fixed);
        let base = file.base_table.to_string();
        let device = file.device.as_deref().unwrap_or_default();
        let prefixes: Vec<Sha256> = variants.iter().map(|variant| hashed(&base, device, variant)).collect();
        let mut cells = Vec::with_capacity(variants.len() * file.seeds.len());
        let mut names = HashSet::new();
        for seed in &file.seeds {
            for (index, variant) in variants.iter().enumerate() {
                let hash = hex(prefixes[index].clone().chain_update(format!("\0seed={seed}")));
                let name = format!("{}-s{seed}-{hash}", slug(&variant.name));
                if !names.insert(hash) {
                    return Err(SweepError::Colliding { path: file.path().to_owned(), name });
                }
                cells.push(Cell { variant: index, seed: *seed, name });
            }
        }
        Ok(Self { variants, cells, base_hash: hex(Sha256::new_with_prefix(&base)) })
    }

    /// Variants to be checked: all, where they are at most `most`, and otherwise as few as it takes to try every value of every
    /// key once, of a key at most `most` values.
    pub fn probes(&self, file: &SweepFile, most: usize) -> Vec<Probe> {
        let mut tried: HashMap<&str, HashSet<&str>> = HashMap::new();
        let mut probes = Vec::new();
        for (variant, Variant { assignments, .. }) in self.variants.iter().enumerate() {
            let is_new = |one: &&Assignment| {
                tried.get(&*one.key).is_none_or(|values| values.len() < most && !values.contains(&*one.value))
            };
            // Of what is tried for the first time, what changes from variant to variant is the likelier culprit than what never does.
            let new = assignments.iter().rev().find(is_new);
            if new.is_some() || variant == 0 || self.variants.len() <= most {
                let location = new.map_or(file.path().to_owned(), |assignment| file.location_of(&assignment.key));
                probes.push(Probe { variant, location });
                for Assignment { key, value } in assignments {
                    tried.entry(&**key).or_default().insert(&**value);
                }
            }
        }
        probes
    }
}

/// The dimensions of the grid, the slowest first.
fn dimensions(file: &SweepFile) -> Vec<Vec<Place>> {
    let random_keys = file.random.iter().flat_map(|random| random.keys.iter().map(|(key, _)| key.as_str()));
    let keys: Vec<&str> = file.grid.iter().map(|(key, _)| key.as_str()).chain(random_keys).collect();
    let short = short_names(&keys);
    let called = |assignment: &Assignment| format!("{}={}", short[&*assignment.key], assignment.value.replace('"', ""));
    let mut dimensions = Vec::new();
    if let Some(strategies) = &file.strategies {
        let place = |combination: crate::strategies::Combination| Place {
            label: combination.label,
            assignments: vec![Assignment::new("strategy", &combination.value)],
            out: combination.out,
        };
        dimensions.push(strategies.combinations().into_iter().map(place).collect());
    }
    for (key, values) in &file.grid {
        let place = |value| {
            let assignment = Assignment::new(key, value);
            Place { label: called(&assignment), assignments: vec![assignment], out: Vec::new() }
        };
        dimensions.push(values.iter().map(place).collect());
    }
    if let Some(random) = &file.random {
        let draw = |index| {
            let drawn = random.keys.iter().map(|(key, choice)| (key, choice.draw(random.seed, key, index)));
            let assignments: Vec<Assignment> = drawn.map(|(key, value)| Assignment::new(key, &value)).collect();
            let label = assignments.iter().map(called).collect::<Vec<_>>().join(" ");
            Place { label, assignments, out: Vec::new() }
        };
        dimensions.push(std::iter::once(Place::default()).chain((0..random.count).map(draw)).collect());
    }
    dimensions
}

/// Every combination of one place of each dimension. A key of a strategy that is out is left out; variants that are the same
/// for it, and equal draws, are one.
fn product(dimensions: &[Vec<Place>], fixed: &[Assignment]) -> Vec<Variant> {
    let mut combined = vec![Combined::default()];
    for places in dimensions {
        combined = combined.iter().flat_map(|begun| places.iter().map(|place| begun.with(place))).collect();
    }
    let mut seen = HashSet::new();
    let distinct = combined.into_iter().filter(|one| seen.insert(one.assignments.clone()));
    distinct.map(|one| one.variant(fixed)).collect()
}

/// Places of some dimensions, together.
#[derive(Clone, Debug, Default)]
struct Combined {
    labels: Vec<String>,
    assignments: Vec<Assignment>,
    out: Vec<String>,
}

impl Combined {
    fn with(&self, place: &Place) -> Self {
        let out = [self.out.as_slice(), &place.out].concat();
        let added: Vec<Assignment> = place.assignments.iter().filter(|one| has_strategy(&out, one)).cloned().collect();
        let shown = !place.label.is_empty() && added.len() == place.assignments.len();
        let labels = self.labels.iter().cloned().chain(shown.then(|| place.label.clone())).collect();
        Self { labels, assignments: [self.assignments.as_slice(), &added].concat(), out }
    }

    /// The strategies come first, so that what is set of one finds it.
    fn variant(self, fixed: &[Assignment]) -> Variant {
        let (mut assignments, rest): (Vec<_>, Vec<_>) =
            self.assignments.into_iter().partition(|one| &*one.key == "strategy");
        assignments.extend(fixed.iter().filter(|one| has_strategy(&self.out, one)).cloned());
        assignments.extend(rest);
        let name = if self.labels.is_empty() { "base".to_owned() } else { self.labels.join(" ") };
        Variant { name, assignments }
    }
}

/// Whether a key is of no strategy, or of one that is not among those that are out.
fn has_strategy(out: &[String], assignment: &Assignment) -> bool {
    strategy_of(&assignment.key).is_none_or(|name| out.iter().all(|other| other != name))
}

/// The shortest end of each key that no other key ends with.
fn short_names(keys: &[&str]) -> BTreeMap<String, String> {
    let distinct: BTreeSet<&str> = keys.iter().copied().collect();
    let shorten = |key: &str| {
        let starts = key.match_indices('.').map(|(at, _)| at + 1).rev().chain([0]);
        let ends = |end: &str, other: &str| other == end || other.ends_with(&format!(".{end}"));
        let unique = |end: &&str| distinct.iter().filter(|other| ends(end, other)).count() == 1;
        starts.map(|at| &key[at..]).find(unique).unwrap_or(key).to_owned()
    };
    distinct.iter().map(|key| ((*key).to_owned(), shorten(key))).collect()
}

fn hashed(base: &str, device: &str, variant: &Variant) -> Sha256 {
    let mut hash = Sha256::new_with_prefix(format!("{base}\0{device}"));
    for assignment in &variant.assignments {
        hash.update(format!("\0{}", assignment.text()));
    }
    hash
}

/// The first 64 bits of a hash.
pub(crate) fn hex(hash: Sha256) -> String {
    let bits = hash.finalize().iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    format!("{bits:016x}")
}

/// A name for a folder of any file system.
fn slug(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._=+-".contains(letter);
    let letters = name.chars().filter(|letter| !"[]{}".contains(*letter));
    let words: String = letters.map(|letter| if plain(letter) { letter } else { '_' }).take(NAME_LETTERS).collect();
    // A leading dot would hide it, a trailing one is lost on some systems.
    words.trim_matches('.').to_owned()
}
