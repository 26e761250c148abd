//! Means over seeds with their standard errors, and what a step costs beside the baseline's.

pub(crate) use ganymede_sweep::{Estimate, count_words as count_verdicts};
use serde::Serialize;

use super::{
    cell::Finished,
    suite::BASELINE,
    summary::{Metrics, Summary},
};

/// What a set of runs says about modes.
#[derive(Clone, Copy, Debug, Serialize, PartialEq)]
pub(crate) struct MetricEstimates {
    pub(crate) modes_total: Option<f64>,
    pub(crate) modes_covered: Option<Estimate>,
    pub(crate) modes_covered_20: Option<Estimate>,
    /// Runs in which every mode has at least 20 high-quality samples.
    pub(crate) runs_with_all_modes_20: Option<usize>,
    pub(crate) high_quality_percent: Option<Estimate>,
    pub(crate) mode_spread_median: Option<Estimate>,
    pub(crate) mode_spread_least: Option<Estimate>,
    pub(crate) mode_offset_median: Option<Estimate>,
    pub(crate) reverse_kl: Option<Estimate>,
    pub(crate) jensen_shannon: Option<Estimate>,
    pub(crate) std_ratio: Option<Estimate>,
}

impl MetricEstimates {
    /// The estimates over `runs`, each metric over the runs that know it.
    pub(crate) fn of<'a>(runs: &(impl Iterator<Item = &'a Metrics> + Clone)) -> Self {
        let over = |read: fn(&Metrics) -> Option<f64>| Estimate::of(runs.clone().filter_map(read));
        let with_all =
            |metrics: &&Metrics| metrics.modes_total.is_some() && metrics.modes_covered_20 == metrics.modes_total;
        let modes_total = runs.clone().find_map(|metrics| metrics.modes_total);
        Self {
            modes_total,
            modes_covered: over(|metrics| metrics.modes_covered),
            modes_covered_20: over(|metrics| metrics.modes_covered_20),
            runs_with_all_modes_20: modes_total.map(|_| runs.clone().filter(with_all).count()),
            high_quality_percent: over(|metrics| metrics.high_quality.map(|part| 100.0 * part)),
            mode_spread_median: over(|metrics| metrics.mode_spread_median),
            mode_spread_least: over(|metrics| metrics.mode_spread_least),
            mode_offset_median: over(|metrics| metrics.mode_offset_median),
            reverse_kl: over(|metrics| metrics.reverse_kl),
            jensen_shannon: over(|metrics| metrics.jensen_shannon),
            std_ratio: over(|metrics| metrics.std_ratio),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Aggregate {
    pub(crate) strategy: String,
    /// Finished runs.
    pub(crate) n: usize,
    #[serde(flatten)]
    pub(crate) metrics: MetricEstimates,
    pub(crate) steps_per_second: Option<Estimate>,
    /// Seconds a step over the baseline's, seed by seed within one sitting.
    pub(crate) cost: Option<Estimate>,
}

impl Aggregate {
    /// The row of `strategy` from all finished runs.
    pub(crate) fn of(strategy: &str, finished: &[Finished]) -> Self {
        let runs: Vec<&Finished> = finished.iter().filter(|run| run.recorded.key.strategy == strategy).collect();
        let summaries = || runs.iter().map(|run| &run.summary);
        Self {
            strategy: strategy.to_owned(),
            n: runs.len(),
            metrics: MetricEstimates::of(&summaries().map(|summary| &summary.metrics)),
            steps_per_second: Estimate::of(summaries().map(|summary| summary.steps_per_second)),
            cost: Estimate::of(runs.iter().filter_map(|run| cost(run, finished))),
        }
    }
}

/// The middle of some values, with the ends.
#[derive(Clone, Copy, Debug, Serialize, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) n: usize,
}

impl Spread {
    /// `None` without a value.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let n = values.len();
        Some(Self { median: median(&values)?, least: *values.first()?, most: *values.last()?, n })
    }
}

/// The middle of values in ascending order, of two middle ones their mean; `None` without any.
pub(super) fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.len() / 2;
    let lower = sorted.len().checked_sub(1)? / 2;
    Some(f64::midpoint(*sorted.get(lower)?, *sorted.get(upper)?))
}

/// What real samples score, over the baseline's seeds (over all runs if no baseline ended well).
pub(crate) fn oracle(finished: &[Finished]) -> MetricEstimates {
    let baseline: Vec<&Summary> = of_baseline(finished).map(|run| &run.summary).collect();
    let summaries = if baseline.is_empty() { finished.iter().map(|run| &run.summary).collect() } else { baseline };
    MetricEstimates::of(&summaries.iter().map(|summary| &summary.oracle))
}

/// The cost of a step of `run` relative to the baseline of the same seed, if both ran in the same sitting.
pub(crate) fn cost(run: &Finished, finished: &[Finished]) -> Option<f64> {
    cost_beside(run, of_baseline(finished))
}

/// The same relative to whichever of `others` is of the same seed and sitting.
pub(crate) fn cost_beside<'a>(run: &Finished, mut others: impl Iterator<Item = &'a Finished>) -> Option<f64> {
    let (key, sitting) = (&run.recorded.key, &run.recorded.sitting);
    let beside = others.find(|other| other.recorded.key.seed == key.seed && other.recorded.sitting.id == sitting.id)?;
    Some(beside.summary.steps_per_second / run.summary.steps_per_second).filter(|cost| cost.is_finite())
}

fn of_baseline(finished: &[Finished]) -> impl Iterator<Item = &Finished> {
    finished.iter().filter(|run| run.recorded.key.strategy == BASELINE)
}
