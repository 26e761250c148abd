//! What is found of each signal, and what it says: chance and size together.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::report::{Effect, SignalDiagnosis};
use crate::counts::holm;
use crate::moments::mean_and_deviation;
use crate::table::{Direction, INSIDE_CLASSES, KEPT_SHARE, SignalInfo};
use crate::{Headline, Verdict};

/// The chance that as many real samples are called collapsed, at most.
pub(super) const COLLAPSED_ALARMS: f64 = 0.01;

/// The chance that as many real samples are called suspect or worse, at most.
pub(super) const SUSPECT_ALARMS: f64 = 0.02;

/// A lost share that is suspect where another signal says surely that variety is lost.
const CORROBORATED: f64 = 0.1;

/// A lost share that is a collapse where two other signals say surely that about half of the variety is lost: clusters
/// that reach into each other hide a part of the loss from the count.
const AGREED: f64 = 0.25;

/// A signal's effect that is about half of the variety.
const HALVED: f64 = 0.45;

/// Signals that count what is lost.
const COUNTING: [&str; 3] = ["kept_share", "class_share", "distinct_share"];

/// Signals that say that variety is lost, whatever the quality.
const VARIETY: [&str; 7] =
    ["recall", "coverage", "vendi_ratio", "jensen_shannon", "bins_differ", "spread_ratio", "distance_ratio"];

/// One signal's value beside what as many real samples give.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) info: &'static SignalInfo,
    pub(super) value: f64,
    /// Where 95 of 100 values of real samples lie; unknown without any.
    pub(super) null: Option<[f64; 2]>,
    /// The chance of a value as bad or worse; unknown without real samples.
    pub(super) chance: Option<f64>,
    pub(super) effect: f64,
    pub(super) effect_interval: [f64; 2],
}

impl Finding {
    /// A value of fakes against values of real samples drawn anew. `inflation` is how much further new samples spread than
    /// draws from the same ones; `least` is the smallest deviation that such a value can have.
    pub(super) fn against(
        info: &'static SignalInfo,
        fakes: &[f64],
        nulls: &[f64],
        inflation: f64,
        least: f64,
        effect: fn(value: f64, null: f64) -> f64,
    ) -> Self {
        let (value, _) = mean_and_deviation(fakes);
        let (null, deviation) = mean_and_deviation(nulls);
        let deviation = (inflation * deviation).max(least).max(1e-9 * null.abs()).max(f64::MIN_POSITIVE);
        let z = (value - null) / deviation;
        let z = if info.direction == Direction::LowIsBad { z } else { -z };
        let freedom = (nulls.len() as f64 - 1.0).max(1.0);
        Self {
            info,
            value,
            null: Some([null - 2.0 * deviation, null + 2.0 * deviation]),
            chance: Some(student_below(z, freedom)),
            effect: effect(value, null),
            effect_interval: sorted(effect(value + 2.0 * deviation, null), effect(value - 2.0 * deviation, null)),
        }
    }

    /// A ratio to the real samples whose logarithm has a known deviation.
    pub(super) fn ratio(info: &'static SignalInfo, ratio: f64, deviation: f64, freedom: f64) -> Self {
        let deviation = deviation.max(1e-6);
        let z = ratio.max(1e-12).ln() / deviation;
        let low = info.direction == Direction::LowIsBad;
        let effect = |ratio: f64| if low { 1.0 - ratio } else { 1.0 - 1.0 / ratio.max(1e-12) };
        let reach = (2.0 * deviation).min(20.0);
        Self {
            info,
            value: ratio,
            null: Some([(-reach).exp(), reach.exp()]),
            chance: Some(student_below(if low { z } else { -z }, freedom)),
            effect: effect(ratio).max(0.0),
            effect_interval: sorted(effect(ratio * reach.exp()), effect(ratio * (-reach).exp())),
        }
    }
}

/// Two effects in order, within 0 to 1.
fn sorted(left: f64, right: f64) -> [f64; 2] {
    let (left, right) = (left.clamp(0.0, 1.0), right.clamp(0.0, 1.0));
    [left.min(right), left.max(right)]
}

/// What is lost of a value that should be as high as that of real samples.
pub(super) fn lost(value: f64, null: f64) -> f64 {
    if null > 0.0 { (1.0 - value / null).max(0.0) } else { 0.0 }
}

/// The chance that Student's t is below a value.
pub(super) fn student_below(value: f64, freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |distribution| distribution.cdf(value))
}

/// The chance that a normal variable is below a value.
pub(super) fn normal_below(value: f64) -> f64 {
    Normal::standard().cdf(value)
}

/// What each signal says. Holm's correction for their number keeps the chance of any false alarm at the two levels.
pub(super) fn weigh(findings: &[Finding]) -> Vec<SignalDiagnosis> {
    let corrected = corrected(findings);
    let mut signals: Vec<SignalDiagnosis> =
        findings.iter().zip(corrected).map(|(finding, corrected)| signal(finding, corrected)).collect();
    corroborate(&mut signals);
    let ignored =
        signals.iter().any(|signal| signal.headline == Headline::LabelsIgnored && signal.verdict > Verdict::Healthy);
    if ignored {
        // Classes whose samples are anything at all are thin everywhere, which is no collapse inside.
        for signal in signals.iter_mut().filter(|signal| signal.signal == INSIDE_CLASSES.key) {
            signal.verdict = Verdict::Healthy;
        }
    }
    signals
}

/// The chances, corrected for their number. Half of the level goes to the few signals that count what is lost, half to all
/// the others, so that these do not drown those.
fn corrected(findings: &[Finding]) -> Vec<f64> {
    let counts = |finding: &Finding| COUNTING.contains(&finding.info.key);
    let mut corrected = vec![1.0; findings.len()];
    for counting in [true, false] {
        let family: Vec<usize> = (0..findings.len()).filter(|place| counts(&findings[*place]) == counting).collect();
        let chances: Vec<f64> = family.iter().map(|place| findings[*place].chance.unwrap_or(0.0)).collect();
        for (place, chance) in family.into_iter().zip(holm(&chances)) {
            corrected[place] = (2.0 * chance).min(1.0);
        }
    }
    corrected
}

/// Lets evidence of one signal stand behind the size that another gives: few samples may say surely that variety is lost,
/// and only roughly how much.
fn corroborate(signals: &mut [SignalDiagnosis]) {
    let speaks = |signal: &SignalDiagnosis| {
        VARIETY.contains(&signal.signal.as_str())
            && signal.corrected_p_value.is_some_and(|chance| chance < COLLAPSED_ALARMS)
    };
    let witnesses = signals.iter().filter(|signal| speaks(signal)).count();
    let strong = signals.iter().any(|signal| speaks(signal) && signal.verdict >= Verdict::Suspect);
    let halved = signals.iter().filter(|signal| speaks(signal) && signal.effect.value >= HALVED).count();
    let Some(kept) = signals.iter_mut().find(|signal| signal.signal == KEPT_SHARE.key) else { return };
    let chance = kept.p_value.unwrap_or(1.0);
    let large = KEPT_SHARE.collapsed_from.is_some_and(|from| kept.effect.value >= from);
    let agreed = halved > 1 && kept.effect.value >= AGREED && kept.effect.low > CORROBORATED;
    if strong && large && kept.effect.low > 0.05 || agreed {
        kept.verdict = Verdict::Collapsed;
    } else if witnesses > 0 && kept.effect.value > CORROBORATED && chance < SUSPECT_ALARMS {
        kept.verdict = kept.verdict.max(Verdict::Suspect);
    }
}

fn signal(finding: &Finding, corrected: f64) -> SignalDiagnosis {
    let info = finding.info;
    let collapsed = info.collapsed_from.is_some_and(|from| finding.effect >= from);
    let verdict = if collapsed && corrected < COLLAPSED_ALARMS {
        Verdict::Collapsed
    } else if finding.effect >= info.suspect_from && finding.effect > 0.0 && corrected < SUSPECT_ALARMS {
        Verdict::Suspect
    } else {
        Verdict::Healthy
    };
    let [low, high] = finding.effect_interval;
    SignalDiagnosis {
        signal: info.key.to_owned(),
        value: finding.value,
        null: finding.null,
        p_value: finding.chance,
        corrected_p_value: finding.chance.map(|_| corrected),
        effect: Effect { value: finding.effect, low, high },
        verdict,
        headline: info.headline,
        says: (info.sentence)(finding.value, finding.effect),
    }
}
