//! `summary.json`, and the table that is printed at the end.

use ganymede_metrics::{Diagnosis, Effect, Headline, Signals, Verdict};
use serde::Serialize;

use super::best::Best;
use super::events::Dated;
use crate::failure::{OrFailure, Outcome};
use crate::report::evaluation::Metrics;

/// What came out of a run. Everything but the times is a function of configuration, seed and device.
#[derive(Debug, Serialize)]
pub(crate) struct Summary<'a> {
    /// Steps that the generator has behind it.
    pub(crate) steps: u64,
    /// Steps made, those that were rolled back included.
    pub(crate) steps_made: u64,
    /// Wall time of the training steps and the detector's looks.
    pub(crate) seconds: f64,
    /// `steps_made` over `seconds`.
    pub(crate) steps_per_second: f64,
    /// Wall time of evaluations, records and pictures.
    pub(crate) evaluation_seconds: f64,
    /// The kind of device.
    pub(crate) device: &'a str,
    /// The strategies, in order.
    pub(crate) strategies: &'a [String],
    /// The run's seed.
    pub(crate) seed: u64,
    /// What `ganymede diagnose` says of the run's samples.
    #[serde(flatten)]
    pub(crate) judged: Judged<'a>,
    /// What the detector said at its last look; absent where it was off.
    pub(crate) watched: Option<Watched<'a>>,
    /// What happened on the way: verdicts that changed, rollbacks, an early end.
    pub(crate) events: &'a [Dated],
    /// The best evaluation, whose generator is kept beside the last.
    pub(crate) best: Option<&'a Best>,
    /// The generator's figures.
    #[serde(flatten)]
    pub(crate) metrics: &'a Metrics,
    /// The same figures of as many real samples.
    pub(crate) oracle: &'a Metrics,
    /// The version of this program.
    pub(crate) version: &'a str,
}

/// The diagnosis of a run's samples, in short.
#[derive(Debug, Serialize)]
pub(crate) struct Judged<'a> {
    verdict: Verdict,
    headline: Headline,
    /// Why there is no verdict.
    doubt: Option<&'a str>,
    /// The strongest reasons.
    reasons: &'a [String],
    /// How much of the data's variety is lost.
    lost: Option<Effect>,
}

impl<'a> Judged<'a> {
    /// Of a whole diagnosis.
    pub(crate) fn of(diagnosis: &'a Diagnosis) -> Self {
        let Diagnosis { verdict, headline, doubt, reasons, lost, .. } = diagnosis;
        Self { verdict: *verdict, headline: *headline, doubt: doubt.as_deref(), reasons, lost: *lost }
    }
}

/// What the detector said while the run was trained.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Watched<'a> {
    /// Its state.
    pub(crate) verdict: Verdict,
    /// What it saw.
    pub(crate) signals: &'a Signals,
}

impl Summary<'_> {
    /// The file's bytes.
    pub(crate) fn to_json(&self) -> Outcome<Vec<u8>> {
        let mut text = serde_json::to_string_pretty(self).or_fail()?;
        text.push('\n');
        Ok(text.into_bytes())
    }
}

/// The figures that matter, each beside the real samples'.
pub(crate) fn table(fake: &Metrics, real: &Metrics) -> String {
    let count = |metrics: &Metrics, value: fn(&Metrics) -> Option<usize>| {
        Some(format!("{}/{}", value(metrics)?, metrics.modes_total?))
    };
    let number = |value: Option<f64>| value.map(|value| format!("{value:.4}"));
    let percent = |value: Option<f64>| value.map(|value| format!("{:.1} %", 100.0 * value));
    // Without a mode of enough samples there is no shape to tell, which is no reason to leave the real samples' out.
    let of_modes = |median: fn(&Metrics) -> Option<f64>, end: fn(&Metrics) -> Option<f64>| {
        let pair = |metrics: &Metrics| Some(format!("{:.2}, {:.2}", median(metrics)?, end(metrics)?));
        (pair(fake).or(fake.modes_total.map(|_| "-".to_owned())), pair(real))
    };
    let (spread, real_spread) = of_modes(|m| m.mode_spread_median, |m| m.mode_spread_least);
    let (offset, real_offset) = of_modes(|m| m.mode_offset_median, |m| m.mode_offset_largest);
    let rows = [
        ("modes", count(fake, |m| m.modes_covered), count(real, |m| m.modes_covered)),
        ("modes with 20 or more", count(fake, |m| m.modes_covered_20), count(real, |m| m.modes_covered_20)),
        ("high quality", percent(fake.high_quality), percent(real.high_quality)),
        ("own spread (least)", spread, real_spread),
        ("offset (largest)", offset, real_offset),
        ("reverse KL", number(fake.reverse_kl), number(real.reverse_kl)),
        ("std ratio", number(fake.std_ratio), number(real.std_ratio)),
        ("distance ratio", number(fake.distance_ratio), number(real.distance_ratio)),
    ];
    let line = |name: &str, fake: &str, real: &str| format!("{name:<22}{fake:>12}{real:>12}\n");
    let known = rows.into_iter().filter_map(|(name, fake, real)| Some(line(name, &fake?, &real?)));
    std::iter::once(line("", "generated", "real")).chain(known).collect()
}
