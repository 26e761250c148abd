//! What the signals of one moment say, each by itself and all together.

use serde::{Deserialize, Serialize};

use crate::outcome::{Limits, Verdict};
use crate::table::{self, SignalInfo};
use crate::{MetricError, Signals};

/// The limits of all signals. Low is bad for all but the discriminator's two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// For [`Signals::std_ratio`].
    pub std_ratio: Limits,
    /// For [`Signals::distance_ratio`].
    pub distance_ratio: Limits,
    /// For [`Signals::coverage`], low by nature while samples are merely blurred, and so never decisive.
    pub coverage: Limits,
    /// For [`Signals::vendi_ratio`].
    pub vendi_ratio: Limits,
    /// For [`Signals::kept_share`].
    pub kept_share: Limits,
    /// For [`Signals::fake_std`].
    pub fake_std: Limits,
    /// For [`Signals::fake_relative_distance`].
    pub fake_relative_distance: Limits,
    /// Above this [`Signals::discriminator_accuracy`] the discriminator has won: suspect.
    pub discriminator_accuracy: f64,
    /// Above this [`Signals::real_called_real`] likewise: suspect.
    pub real_called_real: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        let limits = |info: &SignalInfo| info.in_training.unwrap_or(Limits { suspect: 0.0, collapsed: 0.0 });
        Self {
            std_ratio: limits(&table::STD_RATIO),
            distance_ratio: limits(&table::DISTANCE_RATIO),
            coverage: limits(&table::COVERAGE),
            vendi_ratio: limits(&table::VENDI_RATIO),
            kept_share: limits(&table::KEPT_SHARE),
            fake_std: limits(&table::FAKE_STD),
            fake_relative_distance: limits(&table::FAKE_RELATIVE_DISTANCE),
            discriminator_accuracy: limits(&table::DISCRIMINATOR_ACCURACY).suspect,
            real_called_real: limits(&table::REAL_CALLED_REAL).suspect,
        }
    }
}

impl Thresholds {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] for the first limit that is not finite and at least 0, or for a collapsed limit
    /// above its suspect one.
    pub fn check(&self) -> Result<(), MetricError> {
        let all = [
            ("std_ratio", self.std_ratio),
            ("distance_ratio", self.distance_ratio),
            ("coverage", self.coverage),
            ("vendi_ratio", self.vendi_ratio),
            ("kept_share", self.kept_share),
            ("fake_std", self.fake_std),
            ("fake_relative_distance", self.fake_relative_distance),
        ];
        for (name, limits) in all {
            if !(limits.suspect.is_finite() && limits.suspect >= 0.0) {
                return Err(MetricError::out_of_range(name, &limits.suspect, "finite and at least 0"));
            }
            if !(0.0..=limits.suspect).contains(&limits.collapsed) {
                return Err(MetricError::out_of_range(name, &limits.collapsed, "between 0 and its suspect limit"));
            }
        }
        let shares =
            [("discriminator_accuracy", self.discriminator_accuracy), ("real_called_real", self.real_called_real)];
        for (name, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err(MetricError::out_of_range(name, &value, "between 0 and 1"));
            }
        }
        Ok(())
    }
}

/// One signal that is not healthy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// The signal's name, that of its field in [`Signals`].
    pub signal: String,
    /// Its value.
    pub value: f64,
    /// The limit it has passed.
    pub limit: f64,
    /// What it says by itself.
    pub verdict: Verdict,
}

/// What the signals of one moment say together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// From 0 to 1, the mean of those of the ratios, coverage and the kept share that were measured (each at most 1);
    /// 1 without any. To compare two moments of one run.
    pub health: f64,
    /// The signals that are not healthy, in the order of [`Signals`].
    pub signs: Vec<Sign>,
}

/// Weighs the signals of one moment; inconclusive where none of the samples' was measured. A signal that is NaN has no say, like one that was not measured.
///
/// A signal past its suspect limit weighs 1, past its collapsed limit 2. The two ratios of spread count as one, the
/// worse, and so do the discriminator's two; coverage weighs 1 at most, because blurred samples lower it as lost modes
/// do. A weight of 2 in all is suspect. Collapsed takes one signal past its collapsed limit and a weight of 3, so that
/// no signal decides alone; but where there is no real data either of its two signals does.
pub fn judge(signals: &Signals, thresholds: &Thresholds) -> Judgement {
    let low = |name, value: Option<f64>, limits: Limits| sign_below(name, value?, limits);
    let spread = [
        low("std_ratio", signals.std_ratio, thresholds.std_ratio),
        low("distance_ratio", signals.distance_ratio, thresholds.distance_ratio),
    ];
    let coverage = low("coverage", signals.coverage, thresholds.coverage);
    let vendi = low("vendi_ratio", signals.vendi_ratio, thresholds.vendi_ratio);
    let kept = low("kept_share", signals.kept_share, thresholds.kept_share);
    let high = |name, value: Option<f64>, limit| sign_above(name, value?, limit);
    let discriminator = [
        high("discriminator_accuracy", signals.discriminator_accuracy, thresholds.discriminator_accuracy),
        high("real_called_real", signals.real_called_real, thresholds.real_called_real),
    ];
    let alone = [
        low("fake_std", signals.fake_std, thresholds.fake_std),
        low("fake_relative_distance", signals.fake_relative_distance, thresholds.fake_relative_distance),
    ];
    let worst = |signs: &[Option<Sign>]| signs.iter().map(|sign| weight(sign.as_ref())).max().unwrap_or(0);
    let decisive = [worst(&spread), weight(vendi.as_ref()), weight(kept.as_ref())];
    let total = decisive.iter().sum::<u32>() + weight(coverage.as_ref()).min(1) + worst(&discriminator);
    let worst_alone = worst(&alone);
    let verdict = if nothing_measured(signals) {
        Verdict::Inconclusive
    } else if worst_alone == 2 || (decisive.contains(&2) && total >= 3) {
        Verdict::Collapsed
    } else if worst_alone == 1 || total >= 2 {
        Verdict::Suspect
    } else {
        Verdict::Healthy
    };
    let [std, distance] = spread;
    let [accuracy, called_real] = discriminator;
    let [fake_std, relative] = alone;
    let signs = [std, distance, coverage, vendi, kept, accuracy, called_real, fake_std, relative];
    Judgement { verdict, health: health(signals), signs: signs.into_iter().flatten().collect() }
}

/// Whether no signal says anything of the samples.
fn nothing_measured(signals: &Signals) -> bool {
    let of_samples = [
        signals.std_ratio,
        signals.distance_ratio,
        signals.coverage,
        signals.vendi_ratio,
        signals.kept_share,
        signals.fake_std,
        signals.fake_relative_distance,
    ];
    of_samples.into_iter().flatten().all(f64::is_nan)
}

/// How much a signal counts.
fn weight(sign: Option<&Sign>) -> u32 {
    sign.map_or(0, |sign| if sign.verdict == Verdict::Collapsed { 2 } else { 1 })
}

/// A sign from a signal for which low is bad.
fn sign_below(name: &str, value: f64, limits: Limits) -> Option<Sign> {
    let (verdict, limit) = if value < limits.collapsed {
        (Verdict::Collapsed, limits.collapsed)
    } else if value < limits.suspect {
        (Verdict::Suspect, limits.suspect)
    } else {
        return None;
    };
    Some(Sign { signal: name.to_owned(), value, limit, verdict })
}

/// A sign from a signal for which high is bad.
fn sign_above(name: &str, value: f64, limit: f64) -> Option<Sign> {
    (value > limit).then(|| Sign { signal: name.to_owned(), value, limit, verdict: Verdict::Suspect })
}

/// The mean of the measured shares, each at most 1.
fn health(signals: &Signals) -> f64 {
    let shares: Vec<f64> = [signals.distance_ratio, signals.coverage, signals.vendi_ratio, signals.kept_share]
        .into_iter()
        .flatten()
        .filter(|share| !share.is_nan())
        .map(|share| share.clamp(0.0, 1.0))
        .collect();
    if shares.is_empty() { 1.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 }
}
