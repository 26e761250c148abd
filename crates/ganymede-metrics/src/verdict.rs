//! What the signals of one moment say, each by itself and all together.

use serde::{Deserialize, Serialize};

use crate::moments::mean_and_deviation;
use crate::outcome::{Limits, Verdict};
use crate::table::{self, SignalInfo};
use crate::{MetricError, Signals};

/// The limits of all signals. Low is bad for all but the last three.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// For [`Signals::std_ratio`].
    pub std_ratio: Limits,
    /// For [`Signals::distance_ratio`].
    pub distance_ratio: Limits,
    /// For [`Signals::coverage`], low by nature while samples are merely blurred, and so never decisive; below the lower limit
    /// the data is not learnt yet: suspect.
    pub coverage: Limits,
    /// For [`Signals::vendi_ratio`].
    pub vendi_ratio: Limits,
    /// For [`Signals::kept_share`].
    pub kept_share: Limits,
    /// For [`Signals::inside_spread`], which is suspect below either limit: the modes are there, only narrow.
    pub inside_spread: Limits,
    /// For [`Signals::fake_std`].
    pub fake_std: Limits,
    /// For [`Signals::fake_relative_distance`].
    pub fake_relative_distance: Limits,
    /// Above this [`Signals::std_ratio`] the spread has run away: suspect.
    pub spread_excess: f64,
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
    /// [`MetricError::OutOfRange`] for the first limit that is not finite and at least 0, or for a collapsed limit
    /// above its suspect one.
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

    /// The same, wider where real samples would pass a limit by chance: as far as four standard deviations from the mean of
    /// the signals that real samples gave ([`crate::Reference::null`]). A normal signal passes a limit so far off once in
    /// 30,000 looks. Without any such signals nothing is known of chance, and no signal that compares with real samples has a
    /// limit left.
    #[must_use]
    pub fn widened(&self, null: &[Signals]) -> Self {
        // The lowest and the highest value by chance.
        let bounds = |signal: fn(&Signals) -> Option<f64>| {
            let values: Vec<f64> = null.iter().filter_map(signal).collect();
            let (mean, deviation) = mean_and_deviation(&values);
            (!values.is_empty()).then_some([mean - DEVIATIONS * deviation, mean + DEVIATIONS * deviation])
        };
        let low = |limits: Limits, signal| limits.lowered_to(bounds(signal).map_or(0.0, |[low, _]| low));
        // Ratios of spreads are as far above one as below it by their logarithms.
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

/// So many standard deviations from what real samples give, chance explains nothing.
const DEVIATIONS: f64 = 4.0;

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
    /// The verdict of the signals of lost modes alone. It leaves out what is never more than suspect: modes that are narrow,
    /// samples that do not reach the data, a spread that is too large.
    pub modes: Verdict,
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
/// do. A weight of 2 in all is suspect; so is, by itself, a coverage below its lower limit, a spread inside the bins below
/// its upper one, or a spread that is too large. Collapsed takes one signal past its collapsed limit and a weight of 3, so that
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

/// Whether no signal says anything of the samples.
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
