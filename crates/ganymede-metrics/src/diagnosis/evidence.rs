//! The signals of a diagnosis, their limits, and the verdict.
//!
//! [`crate::judge`] weighs cheap signals of few samples, of which none may decide alone. A diagnosis has more samples and
//! better signals, and each of them has limits wide enough to speak for itself. The limits were set on mixtures, on normal
//! clouds of 2 to 784 dimensions and on digits: with 20 to 10,000 rows, complete, without some of the modes or classes,
//! shrunken, blurred and noisy.

use super::report::SignalDiagnosis;
use crate::{Limits, Thresholds, Verdict};

/// Spread, as a share of the real data's.
const SPREAD: Limits = Limits { suspect: 0.75, collapsed: 0.3 };

/// Vendi score, as a share of the real data's. It says collapsed only together with the coverage.
const VENDI: Limits = Limits { suspect: 0.65, collapsed: 0.55 };

/// The share of the real data that is not lost.
const KEPT: Limits = Limits { suspect: 0.9, collapsed: 0.7 };

/// Coverage, as a share of the expected one, where samples lie beside the data: below it they are noise.
const BESIDE_COVERAGE: f64 = 0.1;

/// Coverage, as a share of the expected one, where samples lie on the data and no bin is lost. It is low by nature where
/// modes are narrow: trained generators that kept every mode of a ring were found at 0.06 to 0.2. Below it hardly any
/// of the data is met.
const NARROW_COVERAGE: f64 = 0.03;

/// Coverage, as a share of the expected one, where samples lie on the data and some bins are lost.
const LOST_COVERAGE: f64 = 0.85;

/// From this precision on samples lie on the data.
const ON_THE_DATA: f64 = 0.5;

/// Below this kept share a low coverage is believed to come from lost parts.
const SOMETHING_LOST: f64 = 0.97;

/// Different samples for each fake one.
const DIFFERENT: f64 = 0.02;

/// All that the verdict rests on. What was not measured has no say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Evidence {
    /// Rows of the smaller set: few of them widen the limits.
    pub(super) rows: usize,
    pub(super) std_ratio: Option<f64>,
    pub(super) distance_ratio: Option<f64>,
    pub(super) precision: Option<f64>,
    pub(super) coverage: Option<f64>,
    /// The coverage of as many samples of the real distribution.
    pub(super) expected_coverage: f64,
    pub(super) vendi_ratio: Option<f64>,
    pub(super) kept_share: Option<f64>,
    /// Different samples for each fake one, at most 1.
    pub(super) different_share: Option<f64>,
    /// The share of the real data in classes that the fake samples have.
    pub(super) class_share: Option<f64>,
    /// The share of the real data in classes that have not collapsed, missing ones included.
    pub(super) sound_class_share: Option<f64>,
    /// The share of the real data in classes that are healthy.
    pub(super) healthy_class_share: Option<f64>,
    pub(super) fake_std: Option<f64>,
    pub(super) fake_relative_distance: Option<f64>,
}

impl Evidence {
    /// The signals that were measured, each with its limits.
    pub(super) fn signals(&self) -> Vec<SignalDiagnosis> {
        let slack = self.slack();
        let spread = Limits { suspect: SPREAD.suspect * slack, collapsed: SPREAD.collapsed * slack };
        let alone = Thresholds::default();
        // A coverage below its limit that confirms the Vendi score makes it speak of collapse.
        let half_uncovered = self.relative_coverage().is_some_and(|coverage| coverage < VENDI.collapsed * slack);
        let vendi = (VENDI.suspect * slack, half_uncovered.then_some(VENDI.collapsed * slack));
        let both = |limits: Limits| (limits.suspect, Some(limits.collapsed));
        let classes = (1.0, Some(KEPT.collapsed));
        let rows = [
            ("kept_share", self.kept_share, both(KEPT)),
            ("coverage", self.coverage, (self.coverage_limit() * self.expected_coverage, None)),
            ("std_ratio", self.std_ratio, both(spread)),
            ("distance_ratio", self.distance_ratio, both(spread)),
            ("vendi_ratio", self.vendi_ratio, vendi),
            ("different_share", self.different_share, (DIFFERENT, None)),
            ("class_share", self.class_share, classes),
            ("sound_class_share", self.sound_class_share, classes),
            ("healthy_class_share", self.healthy_class_share, (KEPT.collapsed, None)),
            ("fake_std", self.fake_std, both(alone.fake_std)),
            ("fake_relative_distance", self.fake_relative_distance, both(alone.fake_relative_distance)),
        ];
        rows.into_iter().filter_map(|(name, value, limits)| value.map(|value| signal(name, value, limits))).collect()
    }

    /// How much of a limit is left where few rows let chance play; 1 for many rows.
    fn slack(&self) -> f64 {
        1.0 - 1.0 / (self.rows.max(2) as f64).sqrt()
    }

    /// Coverage as a share of the expected one.
    fn relative_coverage(&self) -> Option<f64> {
        self.coverage.filter(|_| self.expected_coverage > 0.0).map(|coverage| coverage / self.expected_coverage)
    }

    /// The limit of the relative coverage.
    fn coverage_limit(&self) -> f64 {
        let on_the_data = self.precision.is_some_and(|precision| precision >= ON_THE_DATA);
        let lost = self.kept_share.is_some_and(|kept| kept < SOMETHING_LOST);
        let limit = match (on_the_data, lost) {
            (true, true) => LOST_COVERAGE,
            (true, false) => NARROW_COVERAGE,
            (false, _) => BESIDE_COVERAGE,
        };
        limit * self.slack()
    }
}

/// The verdict of signals: the worst.
pub(super) fn verdict_of(signals: &[SignalDiagnosis]) -> Verdict {
    signals.iter().map(|signal| signal.verdict).max().unwrap_or(Verdict::Healthy)
}

/// One signal between its limits.
fn signal(name: &str, value: f64, (suspect_below, collapsed_below): (f64, Option<f64>)) -> SignalDiagnosis {
    let verdict = if collapsed_below.is_some_and(|limit| value < limit) {
        Verdict::Collapsed
    } else if value < suspect_below {
        Verdict::Suspect
    } else {
        Verdict::Healthy
    };
    let says = words(name, value, verdict);
    SignalDiagnosis { signal: name.to_owned(), value, suspect_below, collapsed_below, verdict, says }
}

/// What a signal says, for people.
fn words(name: &str, value: f64, verdict: Verdict) -> String {
    let share = format!("{:.0} %", 100.0 * value);
    let rest = format!("{:.0} %", 100.0 * (1.0 - value));
    let well = verdict == Verdict::Healthy;
    match name {
        "kept_share" if well => format!("fake samples fall into parts that hold {share} of the real data"),
        "kept_share" => format!("{rest} of the real data lie in parts where hardly any fake sample falls"),
        "coverage" => format!("{share} of the real samples have a fake one among their nearest neighbours"),
        "std_ratio" => format!("the standard deviation is {share} of the real data's"),
        "distance_ratio" => format!("two fake samples are {share} as far apart as two real ones"),
        "vendi_ratio" => format!("there are {share} as many effectively different samples as in the real data"),
        "different_share" if well => "few fake samples are the same".to_owned(),
        "different_share" => format!("there are only some {:.1} different ones among 100 fake samples", 100.0 * value),
        "class_share" if well => "the fake samples have every class of the real data".to_owned(),
        "class_share" => format!("classes that hold {rest} of the real data are missing"),
        "sound_class_share" if well => "no class has collapsed by itself".to_owned(),
        "sound_class_share" => format!("classes that hold {rest} of the real data have collapsed or are missing"),
        "healthy_class_share" => format!("classes that hold {share} of the real data are healthy"),
        "fake_std" => format!("the standard deviation is {value:.3}, where samples made for [-1, 1] have 0.2 and more"),
        _ => format!("two fake samples are {share} as far apart as if all their values were independent"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_signal_is_the_verdict_and_coverage_is_believed_when_bins_are_lost() {
        let good = Evidence {
            rows: 10_000,
            std_ratio: Some(1.0),
            distance_ratio: Some(1.0),
            precision: Some(0.9),
            coverage: Some(0.95),
            expected_coverage: 0.97,
            vendi_ratio: Some(1.0),
            kept_share: Some(1.0),
            ..Evidence::default()
        };
        let rows = [
            ("all good", good.clone(), Verdict::Healthy),
            ("nothing measured", Evidence::default(), Verdict::Healthy),
            ("blurred", Evidence { precision: Some(0.2), coverage: Some(0.4), ..good.clone() }, Verdict::Healthy),
            (
                "beside the data",
                Evidence { precision: Some(0.1), coverage: Some(0.05), ..good.clone() },
                Verdict::Suspect,
            ),
            ("a few points", Evidence { coverage: Some(0.02), ..good.clone() }, Verdict::Suspect),
            ("narrow modes", Evidence { coverage: Some(0.1), ..good.clone() }, Verdict::Healthy),
            ("bins lost", Evidence { coverage: Some(0.7), kept_share: Some(0.93), ..good.clone() }, Verdict::Suspect),
            ("a fifth lost", Evidence { kept_share: Some(0.8), ..good.clone() }, Verdict::Suspect),
            ("a third lost", Evidence { kept_share: Some(0.66), ..good.clone() }, Verdict::Collapsed),
            ("shrunken", Evidence { distance_ratio: Some(0.6), ..good.clone() }, Verdict::Suspect),
            ("a single point", Evidence { distance_ratio: Some(0.0), ..good.clone() }, Verdict::Collapsed),
            ("few alike", Evidence { vendi_ratio: Some(0.4), ..good.clone() }, Verdict::Suspect),
            (
                "few alike, and half uncovered",
                Evidence { vendi_ratio: Some(0.4), coverage: Some(0.4), ..good.clone() },
                Verdict::Collapsed,
            ),
            ("one class missing", Evidence { class_share: Some(0.9), ..good.clone() }, Verdict::Suspect),
            ("four classes missing", Evidence { class_share: Some(0.6), ..good.clone() }, Verdict::Collapsed),
            ("half of the classes suspect", Evidence { healthy_class_share: Some(0.5), ..good }, Verdict::Suspect),
        ];
        for (name, evidence, expected) in rows {
            let signals = evidence.signals();
            assert_eq!(verdict_of(&signals), expected, "{name}: {signals:?}");
        }
    }

    #[test]
    fn few_rows_widen_the_limits() {
        let limit = |rows| {
            let evidence = Evidence { rows, distance_ratio: Some(0.65), ..Evidence::default() };
            verdict_of(&evidence.signals())
        };
        assert_eq!((limit(30), limit(3_000)), (Verdict::Healthy, Verdict::Suspect));
    }
}
