//! From findings to the verdict: what is wrong, why, or why nothing can be told.

use super::finding::{Finding, weigh};
use super::pairs::Looks;
use super::report::{Effect, SignalDiagnosis};
use crate::moments::mean_and_deviation;
use crate::{Headline, MatrixView, Verdict};

/// Samples of either set below which a loss of half of the data could be chance: a signal needs a chance of 1 in 400 after
/// correction, and of so few all fall into one half of the data more often.
const FEWEST: usize = 10;

/// Reasons that are told.
const REASONS: usize = 3;

/// From this share on, copies of real samples are told.
const COPIED: f64 = 0.3;

/// Below this share of the real samples' precision the quality is worth a word.
const IMPRECISE: f64 = 0.7;

/// Below this share of the real samples' precision the samples lie off the data.
const REACHES_NOTHING: f64 = 0.05;

/// Signals of the fakes' own variety, wherever they lie.
const OWN_VARIETY: [&str; 5] =
    ["distance_ratio", "spread_ratio", "vendi_ratio", "distinct_share", "near_distinct_share"];

/// Variety of which this share is lost has lessened.
const MUCH_LOST: f64 = 0.25;

/// What is known of the sets besides the findings.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Real and fake samples; no real ones are `None`.
    rows: [Option<usize>; 2],
    pub(super) real_varies: bool,
    fake_varies: bool,
    /// The mean distance of two real samples.
    pub(super) mean_distance: f64,
    /// Why the two sets should not be compared.
    pub(super) doubt: Option<String>,
    pub(super) copied: f64,
    /// Precision of the fakes and of real samples.
    precision: Option<[f64; 2]>,
}

impl Seen {
    /// Of fakes alone.
    pub(super) fn alone(fake: MatrixView) -> Self {
        Self { rows: [None, Some(fake.rows())], fake_varies: varies(fake), ..Self::default() }
    }

    /// Of two sets; `views` are the samples as they are compared.
    pub(super) fn of(sets: [MatrixView; 2], views: [MatrixView; 2]) -> Self {
        let some = super::pairs::PAIR_ROWS.min(views[0].rows());
        let first = MatrixView::trusted(&views[0].values()[..some * views[0].columns()], some, views[0].columns());
        Self {
            rows: sets.map(|set| Some(set.rows())),
            real_varies: varies(sets[0]),
            fake_varies: varies(sets[1]),
            mean_distance: crate::mean_pairwise_distance(first),
            ..Self::default()
        }
    }

    /// What the looks say of quality.
    pub(super) fn look(&mut self, looks: &Looks) {
        let [fake, real] = looks.of(|look| look.precision).map(|values| mean_and_deviation(&values).0);
        self.precision = Some([fake, real]);
    }
}

/// Whether not all rows are the same.
fn varies(samples: MatrixView) -> bool {
    samples.iter_rows().any(|row| row != samples.row(0))
}

/// What is concluded.
#[derive(Debug)]
pub(super) struct Conclusion {
    pub(super) verdict: Verdict,
    pub(super) headline: Headline,
    pub(super) doubt: Option<String>,
    pub(super) reasons: Vec<String>,
    pub(super) quality: Option<String>,
    pub(super) lost: Option<Effect>,
    pub(super) copied_share: Option<f64>,
    pub(super) signals: Vec<SignalDiagnosis>,
}

impl Conclusion {
    /// Nothing can be told.
    pub(super) fn inconclusive(doubt: String) -> Self {
        Self {
            verdict: Verdict::Inconclusive,
            headline: Headline::CannotTell,
            reasons: vec![doubt.clone()],
            doubt: Some(doubt),
            quality: None,
            lost: None,
            copied_share: None,
            signals: Vec::new(),
        }
    }
}

/// The verdict of all findings.
pub(super) fn conclude(findings: &[Finding], seen: &Seen) -> Conclusion {
    let mut signals = weigh(findings);
    signals.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    let worst = signals.iter().map(|signal| signal.verdict).max().unwrap_or(Verdict::Inconclusive);
    let diverged =
        signals.iter().any(|signal| signal.headline == Headline::Divergence && signal.verdict != Verdict::Healthy);
    // A spread that has run away thins the samples out everywhere, which is no loss of modes.
    // Nor have samples that vary as the data does and lie nowhere near it lost what they have not learnt yet.
    let unlearnt = is_off_the_data(&signals, seen) && keeps_variety(&signals);
    let worst = if diverged || unlearnt { worst.min(Verdict::Suspect) } else { worst };
    let (verdict, doubt) = doubted(worst, seen);
    let headline = headline(verdict, &signals, seen, doubt.is_some());
    let mut reasons: Vec<String> = doubt.iter().cloned().collect();
    let speaking = signals.iter().filter(|signal| signal.verdict > Verdict::Healthy);
    let mut speaking: Vec<&SignalDiagnosis> = speaking.collect();
    // What the headline says comes first.
    speaking.sort_by_key(|signal| signal.headline != headline);
    reasons.extend(speaking.iter().map(|signal| signal.says.clone()));
    let copied = seen.copied >= COPIED;
    if copied {
        reasons.push(copies(seen.copied));
    }
    reasons.truncate(REASONS);
    let lost = speaking.iter().find(|signal| signal.headline == headline).map(|signal| signal.effect);
    Conclusion {
        verdict,
        headline,
        doubt,
        reasons,
        quality: quality(seen, copied),
        lost,
        copied_share: seen.rows[0].map(|_| seen.copied),
        signals,
    }
}

/// How strongly a signal speaks.
fn strength(signal: &SignalDiagnosis) -> f64 {
    let verdict = match signal.verdict {
        Verdict::Inconclusive => 0.0,
        Verdict::Healthy => 1.0,
        Verdict::Suspect => 2.0,
        Verdict::Collapsed => 3.0,
    };
    2.0 * verdict + signal.effect.value.clamp(0.0, 1.0)
}

/// The verdict, unless there is a reason to doubt it.
fn doubted(worst: Verdict, seen: &Seen) -> (Verdict, Option<String>) {
    let [real, fake] = seen.rows;
    let fakes = fake.unwrap_or(0);
    let doubt = |text: String| (Verdict::Inconclusive, Some(text));
    let Some(real) = real else {
        return if worst > Verdict::Healthy {
            (worst, None)
        } else {
            doubt(
                "there are no real samples to compare with: only a total collapse could be told, and there is none"
                    .to_owned(),
            )
        };
    };
    if !seen.real_varies {
        return doubt(
            "the real samples are all the same, so no loss of variety could show: look at how they were loaded"
                .to_owned(),
        );
    }
    if let Some(text) = &seen.doubt
        && seen.fake_varies
    {
        return doubt(text.clone());
    }
    if (real < FEWEST || fakes < FEWEST) && (seen.fake_varies || worst == Verdict::Healthy) {
        return doubt(format!(
            "{real} real and {fakes} fake samples are too few: even the loss of half of the data could be chance; give at least \
             {FEWEST} of each, and some hundred to see small losses"
        ));
    }
    (worst, None)
}

/// What is wrong: of the signals with the verdict the first in the order in which faults explain each other.
fn headline(verdict: Verdict, signals: &[SignalDiagnosis], seen: &Seen, doubtful: bool) -> Headline {
    if doubtful {
        return if seen.doubt.is_some() && seen.fake_varies && seen.real_varies {
            Headline::ScaleMismatch
        } else {
            Headline::CannotTell
        };
    }
    let bad =
        |headline: Headline| signals.iter().any(|signal| signal.headline == headline && signal.verdict >= verdict);
    if verdict <= Verdict::Healthy {
        return if seen.copied >= COPIED { Headline::Copies } else { Headline::Complete };
    }
    if signals.iter().any(|signal| signal.headline == Headline::Divergence && signal.verdict > Verdict::Healthy) {
        return Headline::Divergence;
    }
    if !seen.fake_varies || bad(Headline::Repeats) {
        return Headline::Repeats;
    }
    // Blobs inside their modes leave the modes' outer parts empty, which is no mode lost.
    let hollow = signals.iter().any(|signal| signal.signal == "inside_spread" && signal.effect.value > 0.5);
    if hollow && bad(Headline::InsideCollapse) && !speaks(signals, "class_share", verdict) {
        return Headline::InsideCollapse;
    }
    let lost = ["kept_share", "class_share"].iter().any(|key| speaks(signals, key, verdict));
    let unlike = is_off_the_data(signals, seen);
    if lost && !(unlike && verdict == Verdict::Suspect) {
        return Headline::ModesLost;
    }
    let order = [
        Headline::LabelsIgnored,
        Headline::InsideCollapse,
        Headline::NotLearnt,
        Headline::SpreadLost,
        Headline::ModesLost,
        Headline::Unbalanced,
    ];
    if unlike && (bad(Headline::NotLearnt) || verdict == Verdict::Suspect) {
        return Headline::NotLearnt;
    }
    order.into_iter().find(|headline| bad(*headline)).unwrap_or(Headline::SpreadLost)
}

/// Whether the samples lie away from the data: far from it, or hardly any within reach of a real one. In many dimensions
/// noise is not far, as everything is, and reaches nothing.
fn is_off_the_data(signals: &[SignalDiagnosis], seen: &Seen) -> bool {
    speaks(signals, "off_data", Verdict::Suspect)
        || seen.precision.is_some_and(|[fake, real]| fake < REACHES_NOTHING * real)
}

/// Whether a signal gives this verdict or a worse one.
fn speaks(signals: &[SignalDiagnosis], key: &str, least: Verdict) -> bool {
    signals.iter().any(|signal| signal.signal == key && signal.verdict >= least)
}

/// Whether the fakes vary as much as the data, wherever they lie.
fn keeps_variety(signals: &[SignalDiagnosis]) -> bool {
    let kept = |key: &str| signals.iter().all(|signal| signal.signal != key || signal.effect.value < MUCH_LOST);
    OWN_VARIETY.iter().all(|key| kept(key))
}

/// A word on copies.
fn copies(share: f64) -> String {
    format!("{:.0} % of the fake samples are copies of a real one", 100.0 * share)
}

/// A word on quality.
fn quality(seen: &Seen, copied: bool) -> Option<String> {
    if copied {
        return Some(copies(seen.copied));
    }
    let [fake, real] = seen.precision?;
    (fake < IMPRECISE * real).then(|| {
        format!(
            "{:.0} % of the fake samples lie on the data, where {:.0} % of as many real ones do: they are blurred, noisy or off",
            100.0 * fake,
            100.0 * real
        )
    })
}
