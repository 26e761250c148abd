//! The suites as data: their configurations, how a strategy joins them, and what the literature reports.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::{cost, detector, memory};
use crate::{registry, workspace::read};

/// The name of the run without any strategy.
pub(crate) const BASELINE: &str = "baseline";

/// What the strategies are compared on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Suite {
    /// `configs/STRATEGY.toml` against `configs/ring.toml`: minutes.
    Quick,
    /// The ring of `PacGAN`'s protocol, 400,000 steps a run: hours, unless --steps shortens it.
    Ring,
    /// The grid of `PacGAN`'s protocol, 400,000 steps a run: hours, unless --steps shortens it.
    Grid,
    /// `PacGAN`'s own rows on its ring, the plain GAN and packing 2, 3, 4, beside the reported ones: hours, unless --steps
    /// shortens it.
    PacganRing,
    /// The same on its grid.
    PacganGrid,
    /// Runs that collapse and runs that do not, to try the detector on; `--strategies` then names groups of runs.
    Detector,
    /// What a step of every strategy costs: short runs, one at a time unless --jobs says otherwise: minutes.
    Cost,
    /// Whether long runs stay flat: resident memory over 100,000 cheap steps (or --steps) of each strategy, with one seed
    /// unless --seeds says more. Fails where a run grows. Linux only.
    Memory,
}

/// What one strategy's runs are started with.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// The strategy, or [`BASELINE`].
    pub(crate) strategy: String,
    /// The configuration's path relative to the workspace.
    pub(crate) config: String,
    /// The configuration's text.
    pub(crate) text: String,
    /// `key=value` overrides.
    pub(crate) overrides: Vec<String>,
}

/// A row of someone else's table.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Reported {
    pub(crate) method: &'static str,
    pub(crate) modes: &'static str,
    pub(crate) high_quality_percent: &'static str,
    pub(crate) reverse_kl: &'static str,
    pub(crate) source: &'static str,
}

impl Suite {
    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Suite::Quick => "quick",
            Suite::Ring => "ring",
            Suite::Grid => "grid",
            Suite::PacganRing => "pacgan-ring",
            Suite::PacganGrid => "pacgan-grid",
            Suite::Detector => "detector",
            Suite::Cost => "cost",
            Suite::Memory => "memory",
        }
    }

    /// What the suite trains on, as a heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Suite::Quick => "the ring of eight modes, small networks",
            Suite::Ring | Suite::PacganRing => "PacGAN's ring of eight modes",
            Suite::Grid | Suite::PacganGrid => "PacGAN's grid of twenty-five modes",
            Suite::Detector => "the detector on labelled runs",
            Suite::Cost => "what a step costs",
            Suite::Memory => "resident memory over long runs",
        }
    }

    /// How many seeds, where `--seeds` does not say.
    pub(crate) fn default_seeds(self) -> u64 {
        match self {
            // Memory depends on what is switched on, hardly on the numbers.
            Suite::Memory => 1,
            Suite::Quick
            | Suite::Ring
            | Suite::Grid
            | Suite::PacganRing
            | Suite::PacganGrid
            | Suite::Detector
            | Suite::Cost => 3,
        }
    }

    /// The steps of a run, where `--steps` does not say; `None` for the configuration's.
    pub(crate) fn default_steps(self) -> Option<u64> {
        (self == Suite::Cost).then_some(cost::STEPS)
    }

    /// How many runs side by side, where `--jobs` does not say; `None` for as many as there are cores.
    pub(crate) fn default_jobs(self) -> Option<usize> {
        // Two programs on one machine slow each other down.
        (self == Suite::Cost).then_some(1)
    }

    /// What `--strategies` can name.
    pub(crate) fn known(self, root: &Path) -> Result<Vec<String>> {
        let own = match self {
            Suite::Quick | Suite::Ring | Suite::Grid | Suite::Memory => registry::strategies(root)?,
            Suite::PacganRing | Suite::PacganGrid => PACKINGS.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            Suite::Cost => cost::names(root)?,
            Suite::Detector => return Ok(detector::names()),
        };
        Ok(std::iter::once(BASELINE.to_owned()).chain(own).collect())
    }

    /// How one strategy's runs are started.
    pub(crate) fn recipe(self, root: &Path, strategy: &str) -> Result<Recipe> {
        let own = format!("configs/{strategy}.toml");
        let config = match self {
            Suite::Cost => cost::config(strategy),
            Suite::Quick | Suite::Detector | Suite::Memory if strategy == BASELINE => "configs/ring.toml".to_owned(),
            Suite::Quick | Suite::Detector | Suite::Memory => own.clone(),
            Suite::Ring | Suite::PacganRing => "configs/pacgan-ring.toml".to_owned(),
            Suite::Grid | Suite::PacganGrid => "configs/pacgan-grid.toml".to_owned(),
        };
        let overrides = match self {
            Suite::Cost => cost::changes(strategy),
            Suite::Memory => memory::CHEAP.iter().map(|one| (*one).to_owned()).collect(),
            _ if strategy == BASELINE || self == Suite::Quick => Vec::new(),
            Suite::Quick | Suite::Ring | Suite::Grid | Suite::Detector => {
                let tables = strategy_tables(&read(&root.join(&own))?).with_context(|| format!("in {own}"))?;
                vec![format!("strategy={tables}")]
            }
            Suite::PacganRing | Suite::PacganGrid => packed(strategy)?,
        };
        let text = read(&root.join(&config))?;
        Ok(Recipe { strategy: strategy.to_owned(), config, text, overrides })
    }

    /// What others report for the same data.
    pub(crate) fn reported(self) -> &'static [Reported] {
        match self {
            Suite::Quick | Suite::Detector | Suite::Cost | Suite::Memory => &[],
            Suite::Ring | Suite::PacganRing => REPORTED_RING,
            Suite::Grid | Suite::PacganGrid => REPORTED_GRID,
        }
    }

    /// What the paper reports for the same row, where the suite repeats its table; `None` where we know of no figure.
    pub(crate) fn counterpart(self, strategy: &str) -> Option<Reported> {
        let method = match self {
            Suite::PacganRing | Suite::PacganGrid if strategy == BASELINE => "GAN",
            Suite::PacganRing | Suite::PacganGrid => PACKINGS.iter().find(|(name, ..)| *name == strategy)?.2,
            Suite::Quick | Suite::Ring | Suite::Grid | Suite::Detector | Suite::Cost | Suite::Memory => return None,
        };
        self.reported().iter().find(|row| row.method == method && row.source == PACGAN).copied()
    }
}

/// The rows of `PacGAN`'s table: name, samples in a verdict, the paper's name.
const PACKINGS: [(&str, u32, &str); 3] =
    [("packing-2", 2, "PacGAN2"), ("packing-3", 3, "PacGAN3"), ("packing-4", 4, "PacGAN4")];

/// What is changed in the plain GAN's protocol for one of [`PACKINGS`]: as in the authors' code a batch is of 100 packs
/// and the fixed set of 100,000 packs, so that an epoch is 1,000 steps whatever the packing.
fn packed(name: &str) -> Result<Vec<String>> {
    let packing = PACKINGS.iter().find(|(known, ..)| *known == name);
    let (_, samples, _) = packing.with_context(|| format!("no row {name}"))?;
    Ok(vec![
        format!("strategy=[{{ name = \"packing\", samples = {samples} }}]"),
        format!("batch_size={}", 100 * samples),
        format!("data.samples={}", 100_000 * samples),
    ])
}

/// The `[[strategy]]` tables of a configuration as one inline value.
fn strategy_tables(text: &str) -> Result<String> {
    let table: toml::Table = text.parse()?;
    let strategies = table.get("strategy").filter(|value| value.is_array()).context("no [[strategy]] table")?;
    Ok(strategies.to_string())
}

const PACGAN: &str = "PacGAN's run";
const VEEGAN: &str = "VEEGAN's run";
const GDPP: &str = "GDPP's run, as quoted by others";

const fn reported(
    method: &'static str,
    [modes, high_quality_percent, reverse_kl]: [&'static str; 3],
    source: &'static str,
) -> Reported {
    Reported { method, modes, high_quality_percent, reverse_kl, source }
}

const REPORTED_RING: &[Reported] = &[
    reported("real samples (oracle)", ["8", "98.9", "0.0014"], "expected, 2,500 samples"),
    reported("GAN", ["6.3 ± 0.5", "98.2", "0.45"], PACGAN),
    reported("ALI", ["6.6 ± 0.3", "97.6", "0.36"], PACGAN),
    reported("PacGAN2", ["7.9 ± 0.1", "95.6", "0.07"], PACGAN),
    reported("PacGAN4", ["7.8 ± 0.1", "95.9", "0.07"], PACGAN),
    reported("GAN", ["1", "99.3", "-"], VEEGAN),
    reported("Unrolled, K = 5", ["7.6", "35.6", "-"], VEEGAN),
    reported("VEEGAN", ["8", "52.9", "-"], VEEGAN),
    reported("GDPP", ["8", "71.7", "-"], GDPP),
    reported("WGAN-GP", ["6.8", "59.6", "-"], GDPP),
];

const REPORTED_GRID: &[Reported] = &[
    reported("real samples (oracle)", ["25", "98.9", "0.0048"], "expected, 2,500 samples"),
    reported("GAN", ["17.3 ± 0.8", "94.8", "0.70"], PACGAN),
    reported("ALI", ["24.1 ± 0.4", "95.7", "0.14"], PACGAN),
    reported("PacGAN2", ["23.8 ± 0.7", "91.3", "0.13"], PACGAN),
    reported("PacGAN4", ["24.8 ± 0.2", "93.6", "0.04"], PACGAN),
    reported("GAN", ["3.3", "0.5", "-"], VEEGAN),
    reported("Unrolled, K = 5", ["23.6", "16", "-"], VEEGAN),
    reported("VEEGAN", ["24.6", "40", "-"], VEEGAN),
    reported("GDPP", ["24.8", "68.5", "-"], GDPP),
    reported("WGAN-GP", ["24.2", "28.7", "-"], GDPP),
];

#[cfg(test)]
mod tests {
    use super::strategy_tables;

    #[test]
    fn strategy_tables_become_one_inline_value() {
        let text = "steps = 5\n[[strategy]] # a comment\nname = \"a\" # another\nweight = 1.0\n\n[strategy.schedule]\n\
                    kind = \"x\"\n[[strategy]]\nname = \"b\"\nrange = [0.7, 1]\n";
        let inline = strategy_tables(text).unwrap();
        assert!(!inline.contains('\n'), "{inline}");
        let again: toml::Table = format!("strategy = {inline}").parse().unwrap();
        let expected: toml::Table = text.parse().unwrap();
        assert_eq!(again.get("strategy"), expected.get("strategy"));
        assert!(strategy_tables("steps = 5\n").is_err());
    }
}
