//! `card.md`: what an exported generator is, for readers who know nothing of the run.
#![expect(clippy::format_push_string, reason = "this text is small")]

use std::path::Path;

use serde_json::Value;

use super::pytorch;
use crate::run::folder::names;
use crate::run::prepare::LoadedConfig;

/// What a card is written from.
pub(crate) struct Card<'a> {
    pub(crate) run: &'a Path,
    pub(crate) loaded: &'a LoadedConfig,
    pub(crate) file: String,
    /// Whether the weights are an average.
    pub(crate) averaged: bool,
    /// Whether they are those of the best evaluation.
    pub(crate) best: bool,
    /// How many weights there are.
    pub(crate) weights: usize,
    /// Whether the program in `PyTorch` rebuilds it.
    pub(crate) has_pytorch_program: bool,
}

/// The figures of a summary that a card repeats, with what they are called.
const FIGURES: [(&str, &str); 19] = [
    ("modes_covered", "modes covered"),
    ("modes_total", "modes of the data"),
    ("mode_floor", "fewest samples of a mode that is kept"),
    ("modes_kept", "modes kept"),
    ("recognisable", "share of recognisable samples"),
    ("modes_recognised", "modes of recognisable samples"),
    ("modes_recognised_kept", "modes kept by these"),
    ("modes_invented", "modes that the classifier's errors make of one"),
    ("high_quality", "share of high quality"),
    ("mode_spread_median", "own spread of the modes (median), in standard deviations of the data's"),
    ("mode_spread_least", "own spread of the narrowest mode"),
    ("mode_offset_median", "offset of the modes from their centres (median), in the same unit"),
    ("mode_offset_largest", "largest offset of a mode"),
    ("reverse_kl", "reverse KL divergence, nats"),
    ("jensen_shannon", "Jensen-Shannon divergence, nats"),
    ("sliced_wasserstein", "sliced Wasserstein distance"),
    ("std_ratio", "standard deviation over the real"),
    ("distance_ratio", "mean pairwise distance over the real"),
    ("verdict", "verdict on its samples"),
];

pub(crate) fn card(card: &Card<'_>) -> String {
    let experiment = &card.loaded.experiment;
    let weights = if card.averaged { "exponential moving average of the weights" } else { "the weights themselves" };
    let when = if card.best { "at the run's best evaluation" } else { "at the end of the run" };
    let strategies = card.loaded.strategies();
    let strategies = if strategies.is_empty() { "none".to_owned() } else { strategies.join(", ") };
    let mut text = format!(
        "# A generator trained by Ganymede {}\n\n\
         - file: `{}`, {} weights, {weights}, {when}\n\
         - data: {}, {} steps of {} rows\n\
         - strategies against mode collapse: {strategies}\n\
         - seed: {}\n\
         - latents: {} of {} entries\n\n\
         Train it again with the configuration below:\n\n\
         ```sh\nganymede train config.toml\n```\n\n",
        env!("CARGO_PKG_VERSION"),
        card.file,
        card.weights,
        experiment.data.kind(),
        experiment.steps,
        experiment.batch_size,
        experiment.seed,
        experiment.latent.kind.name(),
        experiment.latent.size,
    );
    let measured = if experiment.averaging.is_some() { "the average of the weights" } else { "the weights" };
    text += &figures(card.run, measured);
    if card.has_pytorch_program {
        text += &format!(
            "## In PyTorch\n\nBeside `{}` this program builds the generator and makes the file's examples again:\n\n\
             ```python\n{}```\n\n",
            card.file,
            pytorch::PROGRAM
        );
    }
    text += &format!("## Configuration\n\n```toml\n{}```\n", card.loaded.toml);
    text
}

/// The figures of the run's summary beside those of real samples, or a sentence where the run has not ended.
fn figures(run: &Path, measured: &str) -> String {
    let summary = std::fs::read_to_string(run.join(names::SUMMARY)).ok();
    let Some(summary) = summary.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
        return "The run had not come to its end, so there are no figures.\n\n".to_owned();
    };
    let mut text = format!(
        "## Figures at the end of the run\n\nOf {measured} at that time, on {} samples, beside equally many real ones.\n\n| figure | generated | real |\n\
         | --- | --- | --- |\n",
        summary["samples"]
    );
    let shown = |value: &Value| match value {
        Value::Null => String::new(),
        Value::Number(number) if number.is_f64() => format!("{:.4}", number.as_f64().unwrap_or_default()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for (key, name) in FIGURES.iter().filter(|(key, _)| !summary[*key].is_null()) {
        text += &format!("| {name} | {} | {} |\n", shown(&summary[*key]), shown(&summary["oracle"][*key]));
    }
    text + "\n"
}
