//! The judgement of one observation: of each signal alone, and of all together.

use serde::{Deserialize, Serialize};

use crate::moments::mean_and_deviation;
use crate::outcome::{Limits, Verdict};
use crate::table::{self, SignalInfo};
use crate::{MetricError, Signals};

/// The limits of all signals. Low values are bad for all but the last three. The defaults are those of
/// [`crate::SIGNALS`], which names their source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// For [`Signals::std_ratio`].
    pub std_ratio: Limits,
    /// For [`Signals::distance_ratio`].
    pub distance_ratio: Limits,
    /// For [`Signals::coverage`]. Blur alone lowers it, so it never decides a collapse; below its lower limit the data is not
    /// learnt yet, which is suspect.
    pub coverage: Limits,
    /// For [`Signals::vendi_ratio`].
    pub vendi_ratio: Limits,
    /// For [`Signals::kept_share`].
    pub kept_share: Limits,
    /// For [`Signals::inside_spread`]. Below either limit the modes are present but narrow, which is suspect.
    pub inside_spread: Limits,
    /// For [`Signals::fake_std`].
    pub fake_std: Limits,
    /// For [`Signals::fake_relative_distance`].
    pub fake_relative_distance: Limits,
    /// Above this [`Signals::std_ratio`] the spread is far too large, which is suspect.
    pub spread_excess: f64,
    /// Above this [`Signals::discriminator_accuracy`] the discriminator has won, which is suspect.
    pub discriminator_accuracy: f64,
    /// Above this [`Signals::real_called_real`] the discriminator has won too.
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
            inside_spread: limits(&table::INSIDE_SPREAD),
            spread_excess: limits(&table::SPREAD_EXCESS).suspect,
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
    /// [`MetricError::OutOfRange`] for the first limit that is not finite and at least 0, or whose collapsed limit exceeds
    /// its suspect one.
    pub fn check(&self) -> Result<(), MetricError> {
        let all = [
            ("std_ratio", self.std_ratio),
            ("distance_ratio", self.distance_ratio),
            ("coverage", self.coverage),
            ("vendi_ratio", self.vendi_ratio),
            ("kept_share", self.kept_share),
            ("inside_spread", self.inside_spread),
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
        if self.spread_excess.is_nan() || self.spread_excess < 1.0 {
            return Err(MetricError::out_of_range("spread_excess", &self.spread_excess, "at least 1"));
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

    /// These limits, widened where real samples would pass them by chance: at least to four standard deviations from the mean
    /// of `null`, the signals of real samples ([`crate::Reference::null`]). A normal signal passes such a limit once in
    /// 30,000 observations. If `null` is empty, chance is unknown, and the signals that compare with real samples lose their
    /// limits.
    #[must_use]
    pub fn widened(&self, null: &[Signals]) -> Self {
        // The lowest and the highest value that chance explains.
        let bounds = |signal: fn(&Signals) -> Option<f64>| {
            let values: Vec<f64> = null.iter().filter_map(signal).collect();
            let (mean, deviation) = mean_and_deviation(&values);
            (!values.is_empty()).then_some([mean - DEVIATIONS * deviation, mean + DEVIATIONS * deviation])
        };
        let low = |limits: Limits, signal| limits.lowered_to(bounds(signal).map_or(0.0, |[low, _]| low));
        // Ratios of spreads are symmetric about 1 in their logarithms.
        let std = bounds(|signals| signals.std_ratio.map(f64::ln));
        let distance = bounds(|signals| signals.distance_ratio.map(f64::ln));
        let below = |bounds: Option<[f64; 2]>| bounds.map_or(0.0, |[low, _]| low.exp());
        Self {
            std_ratio: self.std_ratio.lowered_to(below(std)),
            distance_ratio: self.distance_ratio.lowered_to(below(distance)),
            coverage: low(self.coverage, |signals| signals.coverage),
            vendi_ratio: low(self.vendi_ratio, |signals| signals.vendi_ratio),
            kept_share: low(self.kept_share, |signals| signals.kept_share),
            inside_spread: low(self.inside_spread, |signals| signals.inside_spread),
            spread_excess: self.spread_excess.max(std.map_or(f64::INFINITY, |[_, high]| high.exp())),
            ..*self
        }
    }
}

/// Standard deviations from the mean of real samples beyond which chance does not explain a signal.
const DEVIATIONS: f64 = 4.0;

/// A signal beyond its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// The name of the signal, which is that of its field in [`Signals`].
    pub signal: String,
    /// Its value.
    pub value: f64,
    /// The limit it has passed.
    pub limit: f64,
    /// The verdict of this signal alone.
    pub verdict: Verdict,
}

/// The judgement of all signals of one observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict on lost modes alone. It leaves out the signs that are suspect at most: narrow modes, samples that do not
    /// reach the data, and a spread that is too large.
    pub modes: Verdict,
    /// The mean of the measured ones among distance ratio, coverage, Vendi ratio and kept share, each at most 1; 1 without
    /// any. It compares two observations of one run.
    pub health: f64,
    /// The signals beyond their limits, in the order of [`Signals`].
    pub signs: Vec<Sign>,
}

/// Judges the signals of one observation; inconclusive when no signal of the samples was measured. A signal that is NaN
/// counts as not measured.
///
/// A signal beyond its suspect limit has weight 1, beyond its collapsed limit weight 2. The two ratios of spread count
/// once, by the worse of them, and so do the two signals of the discriminator. Coverage has weight 1 at most, because blur
/// lowers it as lost modes do.
///
/// A total weight of 2 is suspect. So is each of these alone: a coverage below its lower limit, a spread inside bins below
/// its upper limit, and a spread that is too large. A collapse needs one signal beyond its collapsed limit and a total
/// weight of 3, so that no signal decides alone; but without real data, either of the two signals decides.
pub fn judge(signals: &Signals, thresholds: &Thresholds) -> Judgement {
    let low = |name, value: Option<f64>, limits: Limits| sign_below(name, value?, limits);
    let spread = [
        low("std_ratio", signals.std_ratio, thresholds.std_ratio),
        low("distance_ratio", signals.distance_ratio, thresholds.distance_ratio),
    ];
    let coverage = low("coverage", signals.coverage, thresholds.coverage);
    let vendi = low("vendi_ratio", signals.vendi_ratio, thresholds.vendi_ratio);
    let kept = low("kept_share", signals.kept_share, thresholds.kept_share);
    let inside = low("inside_spread", signals.inside_spread, thresholds.inside_spread);
    let high = |name, value: Option<f64>, limit| sign_above(name, value?, limit);
    let excess = high("std_ratio", signals.std_ratio, thresholds.spread_excess);
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
    let modes = if nothing_measured(signals) {
        Verdict::Inconclusive
    } else if worst_alone == 2 || (decisive.contains(&2) && total >= 3) {
        Verdict::Collapsed
    } else if worst_alone == 1 || total >= 2 {
        Verdict::Suspect
    } else {
        Verdict::Healthy
    };
    let not_learnt = weight(coverage.as_ref()) == 2;
    let verdict = if inside.is_some() || excess.is_some() || not_learnt { modes.max(Verdict::Suspect) } else { modes };
    let [std, distance] = spread;
    let [accuracy, called_real] = discriminator;
    let [fake_std, relative] = alone;
    let signs = [std, excess, distance, coverage, vendi, kept, inside, accuracy, called_real, fake_std, relative];
    Judgement { verdict, modes, health: health(signals), signs: signs.into_iter().flatten().collect() }
}

/// Whether no signal of the samples was measured.
fn nothing_measured(signals: &Signals) -> bool {
    let of_samples = [
        signals.std_ratio,
        signals.distance_ratio,
        signals.coverage,
        signals.vendi_ratio,
        signals.kept_share,
        signals.inside_spread,
        signals.fake_std,
        signals.fake_relative_distance,
    ];
    of_samples.into_iter().flatten().all(f64::is_nan)
}

/// The weight of a signal.
fn weight(sign: Option<&Sign>) -> u32 {
    sign.map_or(0, |sign| if sign.verdict == Verdict::Collapsed { 2 } else { 1 })
}

/// The sign of a signal for which low values are bad, if it is beyond a limit.
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

/// The sign of a signal for which high values are bad, if it is beyond the limit.
fn sign_above(name: &str, value: f64, limit: f64) -> Option<Sign> {
    (value > limit).then(|| Sign { signal: name.to_owned(), value, limit, verdict: Verdict::Suspect })
}

/// See [`Judgement::health`].
fn health(signals: &Signals) -> f64 {
    let shares: Vec<f64> = [signals.distance_ratio, signals.coverage, signals.vendi_ratio, signals.kept_share]
        .into_iter()
        .flatten()
        .filter(|share| !share.is_nan())
        .map(|share| share.clamp(0.0, 1.0))
        .collect();
    if shares.is_empty() { 1.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 }
}
