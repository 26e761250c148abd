//! From findings to the verdict: what is wrong and why, or why there is no verdict.

use super::finding::{Finding, weigh};
use super::pairs::Splits;
use super::prepare::moments;
use super::report::{Effect, SignalDiagnosis};
use super::spread::COLLAPSED_SPREAD;
use crate::moments::mean_and_deviation;
use crate::random::subsample;
use crate::table::INSIDE_SPREAD;
use crate::{Headline, MatrixView, Verdict};

/// Samples of each set below which the loss of half of the data could be chance. A signal needs a p-value of about 1 in
/// 400, and nine samples all fall into one half of the data more often.
const FEWEST: usize = 10;

/// The largest number of reasons.
const REASONS: usize = 3;

/// The share of copies of real samples from which on they are reported.
const COPIED: f64 = 0.3;

/// Below this share of the real samples' precision, the quality is reported.
const IMPRECISE: f64 = 0.7;

/// Above this multiple of the data's spread inside its clusters, the samples are reported as blurred.
const BLURRED: f64 = 1.5;

/// Below this share of the real samples' precision, the samples lie off the data.
const REACHES_NOTHING: f64 = 0.05;

/// Signals of variety that do not depend on where the fakes lie.
const OWN_VARIETY: [&str; 5] =
    ["distance_ratio", "spread_ratio", "vendi_ratio", "distinct_share", "near_distinct_share"];

/// A spread beyond this multiple of the data's ran away, whatever is left of the samples.
const RAN_AWAY: f64 = 1e3;

/// A collapse of so many of the columns that vary is one of the fakes, however far the others spread.
const STILL: f64 = 0.3;

/// Above this multiple of the real samples' median distance from their mean, most fakes are far out.
const FAR: f64 = 1.5;

/// An effect of these signals from which on variety is not kept.
const MUCH_LOST: f64 = 0.25;

/// Facts about the two sets besides the findings.
#[derive(Debug, Default)]
pub(super) struct SetFacts {
    /// The numbers of real and fake samples; `None` without real ones.
    rows: [Option<usize>; 2],
    pub(super) real_varies: bool,
    fake_varies: bool,
    /// Whether the fakes have lost the spread of many columns, as the samples are before any preparation.
    stand_still: bool,
    reach: Reach,
    /// The mean distance of two real samples.
    pub(super) mean_distance: f64,
    /// Why the two sets should not be compared.
    pub(super) doubt: Option<String>,
    pub(super) copied: f64,
    /// The precision of the fakes and of real samples.
    precision: Option<[f64; 2]>,
}

impl SetFacts {
    /// The facts about fakes without real samples.
    pub(super) fn alone(fake: MatrixView) -> Self {
        Self { rows: [None, Some(fake.rows())], fake_varies: varies(fake), ..Self::default() }
    }

    /// The facts about two sets; `views` are the prepared samples.
    pub(super) fn of(sets: [MatrixView; 2], views: [MatrixView; 2], seed: u64) -> Self {
        // Files are often sorted by class, so the first rows would be one class.
        let some = subsample(views[0].rows(), super::pairs::PAIR_ROWS, seed);
        let values = views[0].gather(&some);
        let drawn = MatrixView::trusted(&values, some.len(), views[0].columns());
        let units = sets.map(moments);
        let deviations = units.map(|units| units.into_iter().map(|(_, deviation)| deviation).collect());
        Self {
            rows: sets.map(|set| Some(set.rows())),
            real_varies: varies(sets[0]),
            fake_varies: varies(sets[1]),
            stand_still: stand_still(&deviations),
            reach: Reach::of(&deviations, views),
            mean_distance: crate::mean_pairwise_distance(drawn),
            ..Self::default()
        }
    }

    /// Adds the precision from random splits.
    pub(super) fn add_precision(&mut self, splits: &Splits) {
        let [fake, real] = splits.of(|figures| figures.precision).map(|values| mean_and_deviation(&values).0);
        self.precision = Some([fake, real]);
    }
}

/// Whether the fakes hardly vary in many of the columns in which the real samples do; `deviations` are those of each column.
fn stand_still([real, fake]: &[Vec<f64>; 2]) -> bool {
    let spreads = || real.iter().zip(fake).filter(|(real, _)| **real > 0.0);
    let still = spreads().filter(|(real, fake)| **fake < COLLAPSED_SPREAD * **real).count();
    still > 0 && still as f64 >= STILL * spreads().count() as f64
}

/// Whether the median distance of fakes from the mean real sample is larger than real samples' by [`FAR`]. A few that lie very far
/// out do not change it, as they do the spread.
fn are_mostly_far([real, fake]: [MatrixView; 2]) -> bool {
    let mut middle = vec![0.0_f64; real.columns()];
    for row in real.iter_rows() {
        middle.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value) / real.rows() as f64);
    }
    let median = |set: MatrixView| {
        let distance = |row: &[f32]| row.iter().zip(&middle).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum::<f64>();
        let mut distances: Vec<f64> = set.iter_rows().map(distance).collect();
        let middle = distances.len() / 2;
        distances.select_nth_unstable_by(middle, f64::total_cmp).1.sqrt()
    };
    median(fake) > FAR * median(real)
}

/// Whether the rows are not all equal.
fn varies(samples: MatrixView) -> bool {
    samples.iter_rows().any(|row| row != samples.row(0))
}

/// How far out most fakes lie, rather than a few of them.
#[derive(Clone, Copy, Debug, Default)]
enum Reach {
    /// Hardly farther than real samples.
    #[default]
    Near,
    /// Farther from the middle of the data than real samples, by [`FAR`].
    Far,
    /// Their spread, before any preparation, is out of all proportion.
    RanAway,
}

impl Reach {
    /// The reach of fakes with these `deviations` of each column, whose prepared samples are the second of `views`.
    fn of(deviations: &[Vec<f64>; 2], views: [MatrixView; 2]) -> Self {
        let spread = |set: &Vec<f64>| set.iter().map(|deviation| deviation.powi(2)).sum::<f64>().sqrt();
        let [real, fake] = deviations.each_ref().map(spread);
        if fake > RAN_AWAY * real {
            Self::RanAway
        } else if are_mostly_far(views) {
            Self::Far
        } else {
            Self::Near
        }
    }
}

/// The verdict with its reasons.
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
    /// No verdict, for this reason.
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

/// The conclusion from all findings.
pub(super) fn conclude(findings: &[Finding], facts: &SetFacts) -> Conclusion {
    let mut signals = weigh(findings);
    signals.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    let worst = signals.iter().map(|signal| signal.verdict).max().unwrap_or(Verdict::Inconclusive);
    let diverged =
        signals.iter().any(|signal| signal.headline == Headline::Divergence && signal.verdict != Verdict::Healthy);
    // Exact repeats and columns without their spread are no work of a spread that is too large.
    let stands_still = speaks(&signals, "distinct_share", Verdict::Collapsed)
        || facts.stand_still && speaks(&signals, "column_spread", Verdict::Collapsed);
    let diverged = diverged
        && match facts.reach {
            Reach::Near => false,
            Reach::Far => !stands_still,
            Reach::RanAway => true,
        };
    // A spread that is far too large makes samples rare everywhere, which is no loss of modes. Samples that vary as the
    // data does but lie off it are not learnt yet, which is no loss either.
    let unlearnt = is_off_the_data(&signals, facts) && keeps_variety(&signals) && !stands_still;
    let worst = if diverged || unlearnt { worst.min(Verdict::Suspect) } else { worst };
    let (verdict, doubt) = doubted(worst, facts);
    let headline = headline(verdict, &signals, facts, doubt.is_some());
    let mut reasons: Vec<String> = doubt.iter().cloned().collect();
    let speaking = signals.iter().filter(|signal| signal.verdict > Verdict::Healthy);
    let mut speaking: Vec<&SignalDiagnosis> = speaking.collect();
    // Reasons for the headline come first.
    speaking.sort_by_key(|signal| signal.headline != headline);
    reasons.extend(speaking.iter().map(|signal| signal.says.clone()));
    let copied = facts.copied >= COPIED;
    if copied {
        reasons.push(copies(facts.copied));
    }
    reasons.truncate(REASONS);
    let lost = speaking.iter().find(|signal| signal.headline == headline).map(|signal| signal.effect);
    Conclusion {
        verdict,
        headline,
        doubt,
        reasons,
        quality: quality(facts, copied, &signals),
        lost,
        copied_share: facts.rows[0].map(|_| facts.copied),
        signals,
    }
}

/// The order of signals: by verdict, then by effect.
fn strength(signal: &SignalDiagnosis) -> f64 {
    let verdict = match signal.verdict {
        Verdict::Inconclusive => 0.0,
        Verdict::Healthy => 1.0,
        Verdict::Suspect => 2.0,
        Verdict::Collapsed => 3.0,
    };
    2.0 * verdict + signal.effect.value.clamp(0.0, 1.0)
}

/// The verdict, or an inconclusive one with the reason for the doubt.
fn doubted(worst: Verdict, facts: &SetFacts) -> (Verdict, Option<String>) {
    let [real, fake] = facts.rows;
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
    if !facts.real_varies {
        return doubt(
            "the real samples are all the same, so no loss of variety could show: look at how they were loaded"
                .to_owned(),
        );
    }
    if let Some(text) = &facts.doubt
        && facts.fake_varies
    {
        return doubt(text.clone());
    }
    if (real < FEWEST || fakes < FEWEST) && (facts.fake_varies || worst == Verdict::Healthy) {
        return doubt(format!(
            "{real} real and {fakes} fake samples are too few: even the loss of half of the data could be chance; give at least \
             {FEWEST} of each, and some hundred to see small losses"
        ));
    }
    (worst, None)
}

/// The headline: of the faults that have the verdict, the first in an order in which earlier faults explain later ones.
fn headline(verdict: Verdict, signals: &[SignalDiagnosis], facts: &SetFacts, doubtful: bool) -> Headline {
    if doubtful {
        return if facts.doubt.is_some() && facts.fake_varies && facts.real_varies {
            Headline::ScaleMismatch
        } else {
            Headline::CannotTell
        };
    }
    let bad =
        |headline: Headline| signals.iter().any(|signal| signal.headline == headline && signal.verdict >= verdict);
    if verdict <= Verdict::Healthy {
        return if facts.copied >= COPIED { Headline::Copies } else { Headline::Complete };
    }
    let diverged =
        |signal: &SignalDiagnosis| signal.headline == Headline::Divergence && signal.verdict > Verdict::Healthy;
    // A collapse stands beside a divergence only where that is no cause of it.
    if verdict < Verdict::Collapsed && signals.iter().any(diverged) {
        return Headline::Divergence;
    }
    if !facts.fake_varies || bad(Headline::Repeats) {
        return Headline::Repeats;
    }
    // Narrow modes leave the outer parts of the real modes empty, which is no loss of modes.
    let hollow = signals.iter().any(|signal| signal.signal == "inside_spread" && signal.effect.value > 0.5);
    if hollow && bad(Headline::InsideCollapse) && !speaks(signals, "class_share", verdict) {
        return Headline::InsideCollapse;
    }
    let lost = ["kept_share", "class_share"].iter().any(|key| speaks(signals, key, verdict));
    let unlike = is_off_the_data(signals, facts);
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

/// Whether the samples lie off the data: far from it, or hardly any of them in a ball of a real sample. In many dimensions
/// noise is hardly farther from the data than real samples are, so only the second holds.
fn is_off_the_data(signals: &[SignalDiagnosis], facts: &SetFacts) -> bool {
    speaks(signals, "off_data", Verdict::Suspect)
        || facts.precision.is_some_and(|[fake, real]| fake < REACHES_NOTHING * real)
}

/// Whether a signal has this verdict or a worse one.
fn speaks(signals: &[SignalDiagnosis], key: &str, least: Verdict) -> bool {
    signals.iter().any(|signal| signal.signal == key && signal.verdict >= least)
}

/// Whether the fakes vary nearly as much as the data, wherever they lie.
fn keeps_variety(signals: &[SignalDiagnosis]) -> bool {
    let kept = |key: &str| signals.iter().all(|signal| signal.signal != key || signal.effect.value < MUCH_LOST);
    OWN_VARIETY.iter().all(|key| kept(key))
}

/// The sentence on copies.
fn copies(share: f64) -> String {
    format!("{:.0} % of the fake samples are copies of a real one", 100.0 * share)
}

/// The sentence on quality, if there is something to report.
fn quality(facts: &SetFacts, copied: bool, signals: &[SignalDiagnosis]) -> Option<String> {
    if copied {
        return Some(copies(facts.copied));
    }
    let [fake, real] = facts.precision?;
    let inside = signals.iter().find(|signal| signal.signal == INSIDE_SPREAD.key && signal.value > BLURRED);
    if fake >= IMPRECISE * real
        && let Some(inside) = inside
    {
        return Some(format!(
            "inside the data's clusters the fake samples spread {:.1} times as far as the data: they are blurred",
            inside.value
        ));
    }
    (fake < IMPRECISE * real).then(|| {
        format!(
            "{:.0} % of the fake samples lie on the data, where {:.0} % of as many real ones do: they are blurred, noisy or off",
            100.0 * fake,
            100.0 * real
        )
    })
}
