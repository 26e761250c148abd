//! `summary.json`, and the table that is printed at the end.

use ganymede_evaluation::Measured;
use ganymede_metrics::{BinDiagnosis, Diagnosis, Effect, Headline, Signals, Verdict};
use serde::Serialize;

use super::best::Best;
use super::events::DatedEvent;
use crate::failure::{OrFailure, Outcome};
use crate::report::diagnosis::classified::FEW_RECOGNISABLE;
use crate::report::diagnosis::features::rounded;
use crate::report::evaluation::Metrics;

/// What came out of a run. Everything but times and memory is a function of configuration, seed and device.
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
    /// The most bytes that the process has held; absent where the system does not tell.
    pub(crate) peak_memory: Option<u64>,
    pub(crate) device: &'a str,
    pub(crate) strategies: &'a [String],
    pub(crate) seed: u64,
    /// What `ganymede diagnose` says of the run's samples.
    #[serde(flatten)]
    pub(crate) judged: DiagnosisSummary<'a>,
    /// What the detector said at its last look; absent where it was off.
    pub(crate) watched: Option<DetectorSummary<'a>>,
    /// What happened on the way: verdicts that changed, rollbacks, an early end.
    pub(crate) events: &'a [DatedEvent],
    /// The best evaluation, whose generator is kept beside the last.
    pub(crate) best: Option<&'a Best>,
    #[serde(flatten)]
    pub(crate) metrics: &'a Metrics,
    /// The same figures of equally many real samples.
    pub(crate) oracle: &'a Metrics,
    pub(crate) version: &'a str,
}

/// The diagnosis of a run's samples, in short.
#[derive(Debug, Serialize)]
pub(crate) struct DiagnosisSummary<'a> {
    verdict: Verdict,
    headline: Headline,
    /// Why there is no verdict.
    doubt: Option<&'a str>,
    /// The strongest reasons.
    reasons: &'a [String],
    /// How much of the data's variety is lost.
    lost: Option<Effect>,
    /// Parts of the data that have hardly any sample, the largest first.
    missing_parts: Vec<MissingPart<'a>>,
}

/// A part of the data that is missing among the samples.
#[derive(Debug, Serialize)]
pub(crate) struct MissingPart<'a> {
    /// Its share of the real samples, 0 to 1.
    real_share: f64,
    /// Its share of the generated samples, 0 to 1.
    fake_share: f64,
    /// The most frequent class in it.
    label: Option<usize>,
    /// The mean of the real samples in it; empty where samples have many values, as pictures have.
    center: &'a [f32],
}

/// Missing parts that a summary names.
const NAMED_PARTS: usize = 12;
/// Values of a sample above which its parts' centers are left out.
const NAMED_VALUES: usize = 8;

impl<'a> MissingPart<'a> {
    fn of(part: &'a BinDiagnosis) -> Self {
        let BinDiagnosis { real_share, fake_share, label, center, .. } = part;
        let center = if center.len() <= NAMED_VALUES { center.as_slice() } else { &[] };
        Self { real_share: *real_share, fake_share: *fake_share, label: *label, center }
    }
}

impl<'a> DiagnosisSummary<'a> {
    /// Of a whole diagnosis.
    pub(crate) fn of(diagnosis: &'a Diagnosis) -> Self {
        let Diagnosis { verdict, headline, doubt, reasons, lost, missing_bins, .. } = diagnosis;
        let missing_parts = missing_bins.iter().take(NAMED_PARTS).map(MissingPart::of).collect();
        Self { verdict: *verdict, headline: *headline, doubt: doubt.as_deref(), reasons, lost: *lost, missing_parts }
    }
}

/// What the detector said while the run was trained.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct DetectorSummary<'a> {
    pub(crate) verdict: Verdict,
    pub(crate) signals: &'a Signals,
}

impl Summary<'_> {
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
    let counts = |value: fn(&Metrics) -> Option<usize>| (count(fake, value), count(real, value));
    let number = |value: Option<f64>| value.map(|value| format!("{value:.4}"));
    let numbers = |value: fn(&Metrics) -> Option<f64>| (number(value(fake)), number(value(real)));
    let percent = |value: Option<f64>| value.map(|value| format!("{:.1} %", 100.0 * value));
    let percents = |value: fn(&Metrics) -> Option<f64>| (percent(value(fake)), percent(value(real)));
    // Without a mode of enough samples there are no shapes, which is no reason to leave out those of the real samples.
    let of_modes = |median: fn(&Metrics) -> Option<f64>, end: fn(&Metrics) -> Option<f64>| {
        let pair = |metrics: &Metrics| Some(format!("{:.2}, {:.2}", median(metrics)?, end(metrics)?));
        (pair(fake).or(fake.high_quality.map(|_| "-".to_owned())), pair(real))
    };
    let floor = fake.classified.map(|classified| classified.mode_floor).unwrap_or_default();
    let invented = |metrics: &Metrics| metrics.classified.map(|found| format!("{:.1}", found.modes_invented));
    let rows = [
        ("recognisable".to_owned(), percents(|m| Some(m.classified?.recognisable))),
        ("modes, recognisable".to_owned(), counts(|m| Some(m.classified?.modes_recognised))),
        (format!("with {floor} or more of these"), counts(|m| Some(m.classified?.modes_recognised_kept))),
        ("modes".to_owned(), counts(|m| m.modes_covered)),
        (format!("modes with {floor} or more"), counts(|m| Some(m.classified?.modes_kept))),
        ("one mode would make".to_owned(), (invented(fake), invented(real))),
        ("modes with 20 or more".to_owned(), counts(|m| m.modes_covered_20.filter(|_| m.high_quality.is_some()))),
        ("high quality".to_owned(), percents(|m| m.high_quality)),
        ("own spread (least)".to_owned(), of_modes(|m| m.mode_spread_median, |m| m.mode_spread_least)),
        ("offset (largest)".to_owned(), of_modes(|m| m.mode_offset_median, |m| m.mode_offset_largest)),
        ("reverse KL".to_owned(), numbers(|m| m.reverse_kl)),
        ("std ratio".to_owned(), numbers(|m| m.std_ratio)),
        ("distance ratio".to_owned(), numbers(|m| m.distance_ratio)),
    ];
    let known = rows.into_iter().filter_map(|(name, (fake, real))| Some((name, fake?, real?)));
    let lines: Vec<_> = known.chain(on_features(fake, real)).collect();
    let width = lines.iter().map(|(name, ..)| name.chars().count() + 1).max().unwrap_or(0).max(26);
    let line = |name: &str, fake: &str, real: &str| format!("{name:<width$}{fake:>12}{real:>12}\n");
    let told = lines.iter().map(|(name, fake, real)| line(name, fake, real));
    std::iter::once(line("", "generated", "real")).chain(told).chain(smudges(fake, real)).collect()
}

/// The figures on features, each beside that of as many other real samples where there are any.
fn on_features(fake: &Metrics, real: &Metrics) -> Vec<(String, String, String)> {
    let Some(found) = &fake.features else { return Vec::new() };
    let due = |key: &str| real.features.as_ref().and_then(|real| real.get(key)).map(|figure| rounded(figure.value));
    let row = |figure: &Measured| {
        (figure.name.clone(), rounded(figure.value), due(&figure.key).unwrap_or_else(|| "-".to_owned()))
    };
    found.figures.iter().map(row).collect()
}

/// A warning that modes are counted among samples that are no pictures of any class.
fn smudges(fake: &Metrics, real: &Metrics) -> Option<String> {
    let (found, due) = (fake.classified?.recognisable, real.classified?.recognisable);
    (found < FEW_RECOGNISABLE * due).then(|| {
        format!(
            "only {:.1} % of these samples can be recognised: a classifier gives every smudge a class, so that neither modes nor \
             reverse KL say anything of the others\n",
            100.0 * found
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evaluation::ClassifierFigures;

    /// Figures of pictures, of which this share can be recognised.
    fn metrics(recognisable: f64, modes_recognised: usize) -> Metrics {
        let classified = ClassifierFigures {
            mode_floor: 5,
            modes_kept: 990,
            recognisable,
            modes_recognised,
            modes_recognised_kept: modes_recognised / 2,
            modes_invented: 35.04,
        };
        Metrics {
            modes_total: Some(1_000),
            modes_covered: Some(993),
            modes_covered_20: Some(500),
            high_quality: None,
            mode_spread_least: None,
            mode_spread_median: None,
            mode_offset_median: None,
            mode_offset_largest: None,
            reverse_kl: Some(0.48),
            jensen_shannon: Some(0.1),
            lost_share: Some(0.1),
            mean: 0.0,
            std: 1.0,
            mean_pairwise_distance: 1.0,
            std_ratio: Some(1.0),
            distance_ratio: Some(1.0),
            sliced_wasserstein: Some(0.1),
            samples: 26_000,
            classified: Some(classified),
            features: None,
        }
    }

    #[test]
    fn the_table_says_that_smudges_are_no_modes() {
        let real = metrics(0.95, 1_000);
        let text = table(&metrics(0.021, 12), &real);
        for line in [
            "recognisable                     2.1 %      95.0 %",
            "modes, recognisable            12/1000   1000/1000",
            "with 5 or more of these         6/1000    500/1000",
            "modes                         993/1000    993/1000",
            "modes with 5 or more          990/1000    990/1000",
            "one mode would make               35.0        35.0",
            "only 2.1 % of these samples can be recognised",
        ] {
            assert!(text.contains(line), "`{line}` is missing in {text}");
        }
        for absent in ["high quality", "20 or more", "own spread"] {
            assert!(!text.contains(absent), "{text}");
        }
        assert!(!table(&metrics(0.9, 1_000), &real).contains("only"));
    }
}
