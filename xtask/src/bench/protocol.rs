//! `PacGAN`'s protocol: how a strategy joins it, and the rows of the paper's own table.

use std::path::Path;

use anyhow::{Context, Result};

use super::{cell::Recipe, reported::Reported, suite::BASELINE};
use crate::workspace::read;

/// Whose figures a row repeats.
pub(super) const PACGAN: &str = "PacGAN's run";
pub(super) const VEEGAN: &str = "VEEGAN's run";
pub(super) const GDPP: &str = "GDPP's run, as quoted by others";

/// The rows of `PacGAN`'s table: name, samples in a logit, the paper's name.
const PACKINGS: [(&str, u32, &str); 3] =
    [("packing-2", 2, "PacGAN2"), ("packing-3", 3, "PacGAN3"), ("packing-4", 4, "PacGAN4")];

/// What is changed in the plain GAN's protocol for one of [`PACKINGS`]: as in the authors' code a batch is of 100 packs
/// and the fixed set of 100,000 packs, so that an epoch is 1,000 steps whatever the packing.
fn packing(name: &str) -> Result<Vec<String>> {
    let packing = PACKINGS.iter().find(|(known, ..)| *known == name);
    let (_, samples, _) = packing.with_context(|| format!("no row {name}"))?;
    Ok(vec![
        format!("strategy=[{{ name = \"packing\", samples = {samples} }}]"),
        format!("batch_size={}", 100 * samples),
        format!("data.samples={}", 100_000 * samples),
    ])
}

/// The names of the paper's rows, the plain GAN first.
pub(super) fn packings() -> Vec<String> {
    [BASELINE].into_iter().chain(PACKINGS.map(|(name, ..)| name)).map(str::to_owned).collect()
}

/// One of the paper's rows on the protocol in `config`.
pub(super) fn packed(root: &Path, config: &str, row: &str) -> Result<Recipe> {
    let overrides = if row == BASELINE { Vec::new() } else { packing(row)? };
    Recipe::read(root, row, config.to_owned(), overrides)
}

/// A strategy with the settings of its own configuration on the protocol in `config`.
pub(super) fn joined(root: &Path, config: &str, strategy: &str) -> Result<Recipe> {
    let overrides = if strategy == BASELINE { Vec::new() } else { vec![strategy_tables_of(root, strategy)?] };
    Recipe::read(root, strategy, config.to_owned(), overrides)
}

/// The override that gives a run the strategy with the settings of its own configuration.
pub(super) fn strategy_tables_of(root: &Path, strategy: &str) -> Result<String> {
    let own = format!("configs/{strategy}.toml");
    let tables = strategy_tables(&read(&root.join(&own))?).with_context(|| format!("in {own}"))?;
    Ok(format!("strategy={tables}"))
}

/// What the paper reports for one of its rows; `None` where we know of no figure.
pub(super) fn counterpart(reported: &[Reported], row: &str) -> Option<Reported> {
    let method = match PACKINGS.iter().find(|(name, ..)| *name == row) {
        Some((_, _, method)) => *method,
        None if row == BASELINE => "GAN",
        None => return None,
    };
    reported.iter().find(|row| row.method == method && row.source == PACGAN).copied()
}

/// The `[[strategy]]` tables of a configuration as one inline value.
fn strategy_tables(text: &str) -> Result<String> {
    let table: toml::Table = text.parse()?;
    let strategies = table.get("strategy").filter(|value| value.is_array()).context("no [[strategy]] table")?;
    Ok(strategies.to_string())
}

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
