//! The finding of each signal, and its verdict from significance and size of effect together.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::report::{Effect, SignalDiagnosis};
use crate::Verdict;
use crate::counts::holm;
use crate::moments::mean_and_deviation;
use crate::table::{Direction, INSIDE_CLASSES, KEPT_SHARE, LABEL_AGREEMENT, SignalInfo};

/// The largest probability that equally many real samples are called collapsed.
pub(super) const COLLAPSED_ALARMS: f64 = 0.01;

/// The largest probability that equally many real samples are called suspect or worse.
pub(super) const SUSPECT_ALARMS: f64 = 0.02;

/// A lost share above this is suspect if another signal is significant.
const CORROBORATED: f64 = 0.1;

/// A lost share from this on is a collapse if two other signals significantly show that about half of the variety is lost:
/// overlapping clusters hide a part of the loss from the counts.
const AGREED: f64 = 0.25;

/// An effect that is about half of the variety.
const HALVED: f64 = 0.45;

/// Signals that count lost parts, classes or samples.
const COUNTING: [&str; 3] = ["kept_share", "class_share", "distinct_share"];

/// Signals of lost variety that can corroborate `kept_share`.
const VARIETY: [&str; 7] =
    ["recall", "coverage", "vendi_ratio", "jensen_shannon", "bins_differ", "spread_ratio", "distance_ratio"];

/// The value of one signal, compared with that of equally many real samples.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) info: &'static SignalInfo,
    pub(super) value: f64,
    /// The interval that contains about 95 % of the values of real samples; `None` without real samples.
    pub(super) null: Option<[f64; 2]>,
    /// The p-value: the probability of a value this bad or worse; `None` without real samples.
    pub(super) chance: Option<f64>,
    pub(super) effect: f64,
    pub(super) effect_interval: [f64; 2],
}

impl Finding {
    /// The values of fakes in random splits against those of real samples. `inflation` is the deviation of independent
    /// samples over that of splits of one set; `least` is the smallest deviation of such a value.
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

    /// A ratio to the real samples, whose logarithm has a known standard deviation.
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

impl Finding {
    /// Brings the effect, with its interval, between these.
    pub(super) fn clamp_effect(&mut self, least: f64, most: f64) {
        self.effect = self.effect.clamp(least, most);
        self.effect_interval = self.effect_interval.map(|bound| bound.clamp(least, most));
    }
}

/// Two effects in ascending order, limited to 0 to 1.
fn sorted(left: f64, right: f64) -> [f64; 2] {
    let (left, right) = (left.clamp(0.0, 1.0), right.clamp(0.0, 1.0));
    [left.min(right), left.max(right)]
}

/// The lost share of a value that should be as high as `null`, that of real samples.
pub(super) fn lost(value: f64, null: f64) -> f64 {
    if null > 0.0 { (1.0 - value / null).max(0.0) } else { 0.0 }
}

/// The probability that a variable of Student's t distribution is below a value; 1 for a value that is not a number.
pub(super) fn student_below(value: f64, freedom: f64) -> f64 {
    if value.is_nan() {
        return 1.0;
    }
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |distribution| distribution.cdf(value))
}

/// The probability that a standard normal variable is below a value.
pub(super) fn normal_below(value: f64) -> f64 {
    Normal::standard().cdf(value)
}

/// The verdict of each signal. Holm's correction for their number keeps the probability of any false alarm at the two
/// levels.
pub(super) fn weigh(findings: &[Finding]) -> Vec<SignalDiagnosis> {
    let corrected = corrected(findings);
    let mut signals: Vec<SignalDiagnosis> =
        findings.iter().zip(corrected).map(|(finding, corrected)| signal(finding, corrected)).collect();
    corroborate(&mut signals);
    // Where a few classes stand for one another, the others can still collapse inside.
    let ignored = signals.iter().any(|signal| {
        signal.signal == LABEL_AGREEMENT.key
            && signal.verdict > Verdict::Healthy
            && signal.value <= 1.0 - LABEL_AGREEMENT.suspect_from
    });
    if ignored {
        // If labels are ignored, the samples of a class are spread over all the data, which is no collapse inside.
        for signal in signals.iter_mut().filter(|signal| signal.signal == INSIDE_CLASSES.key) {
            signal.verdict = Verdict::Healthy;
        }
    }
    signals
}

/// The p-values, corrected for their number. Half of the level goes to the few signals that count what is lost and half to
/// all others, so that the many others do not weaken those few.
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

/// Combines the significance of other signals with the size that `kept_share` gives: few samples can show with
/// significance that variety is lost, but only roughly how much.
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
    // A sum of nothing is -0, which would be printed so.
    let positive_zero = |value: f64| value + 0.0;
    let [low, high] = finding.effect_interval.map(positive_zero);
    SignalDiagnosis {
        signal: info.key.to_owned(),
        value: positive_zero(finding.value),
        null: finding.null,
        p_value: finding.chance,
        corrected_p_value: finding.chance.map(|_| corrected),
        effect: Effect { value: positive_zero(finding.effect), low, high },
        verdict,
        headline: info.headline,
        says: (info.sentence)(finding.value, finding.effect),
    }
}
