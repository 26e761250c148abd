//! The findings that compare the fakes with real samples, and real samples in the fakes' place with other real ones.

use super::copies::near_repeats;
use super::finding::{Finding, lost};
use super::pairs::{PairSamples, SplitFigures, Splits};
use super::prepare::Preparation;
use crate::moments::mean_and_deviation;
use crate::own_spread::Spread;
use crate::table::{COVERAGE, DIMENSIONS, DISTANCE_RATIO, FRECHET, KERNEL_DISTANCE, OFF_DATA, RECALL, VENDI_RATIO};
use crate::{MatrixView, MetricError, SignalInfo, frechet_distance};

/// The number of dimensions of the Frechet distance.
const FRECHET_VALUES: usize = 16;

/// Below this share of the real samples' precision, too few fakes lie on the data for their coverage to be judged.
const ON_THE_DATA: f64 = 0.3;

/// Below this share, a low coverage is no collapse.
const MOSTLY_ON_THE_DATA: f64 = 0.7;

/// Below this share, hardly any fake lies on the data.
const OFF_THE_DATA: f64 = 0.15;

/// Fakes of which hardly any lies on the data are unlike it beyond this ratio of distances. The limit is low because
/// distances differ little in many dimensions.
const UNLIKE: f64 = 1.3;

/// The findings from random splits. `near_copied` is the share of fakes that are near copies of real samples.
pub(super) fn of_splits(
    samples: &PairSamples,
    near_copied: f64,
    seed: u64,
) -> Result<(Vec<Finding>, Splits), MetricError> {
    let splits = samples.pairs.splits(seed);
    let one = 1.0 / splits.sizes[1] as f64;
    let one_real = 1.0 / splits.sizes[0] as f64;
    let ratio = |info: &'static SignalInfo, figure: fn(&SplitFigures) -> f64, least: f64| {
        let [fakes, nulls] = splits.of(figure);
        let (null, _) = mean_and_deviation(&nulls);
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| value / null).collect::<Vec<_>>();
        (null > 0.0).then(|| Finding::against(info, &scaled(fakes), &scaled(nulls), splits.inflation, least, lost))
    };
    let mut findings = Vec::new();
    findings.extend(ratio(&DISTANCE_RATIO, |figures| figures.distance, 0.0));
    findings.extend(ratio(&DIMENSIONS, |figures| figures.dimensions, 0.01));
    findings.push(near_repeats(samples, near_copied, &splits));
    let [fakes, nulls] = splits.of(|figures| figures.vendi);
    let (null, _) = mean_and_deviation(&nulls);
    let scores = |values: Vec<f64>| values.into_iter().map(|value| (value - null).exp()).collect::<Vec<_>>();
    findings.push(Finding::against(&VENDI_RATIO, &scores(fakes), &scores(nulls), splits.inflation, 0.01, lost));
    findings.extend(coverage(&splits, one_real));
    let [fakes, nulls] = splits.of(|figures| figures.recall);
    findings.push(Finding::against(&RECALL, &fakes, &nulls, splits.inflation, one_real.max(one), lost));
    let [fakes, nulls] = splits.of(|figures| figures.energy);
    let beyond = |value: f64, null: f64| ((value - null).max(0.0) / (1.0 + (value - null).max(0.0))).min(1.0);
    findings.push(Finding::against(&KERNEL_DISTANCE, &fakes, &nulls, splits.inflation, 1e-3, beyond));
    findings.extend(off_data(&splits, samples));
    findings.push(frechet(samples, &splits)?);
    Ok((findings, splits))
}

/// The coverage, compared with that of equally many fakes on the data.
fn coverage(splits: &Splits, least: f64) -> Option<Finding> {
    let [fakes, nulls] = splits.of(|figures| figures.coverage);
    let on_the_data = on_the_data(splits);
    if on_the_data < ON_THE_DATA {
        return None;
    }
    // If all fakes leave a share of the balls empty, a part of them leaves a power of that share empty.
    let expected = |value: &f64| 1.0 - (1.0 - value).max(0.0).powf(on_the_data);
    let nulls: Vec<f64> = nulls.iter().map(expected).collect();
    let mut finding = Finding::against(&COVERAGE, &fakes, &nulls, splits.inflation, least, lost);
    if on_the_data < MOSTLY_ON_THE_DATA
        && let Some(collapsed_from) = COVERAGE.collapsed_from
    {
        // In many dimensions noise moves fakes out of the balls of real samples, whatever modes they cover.
        finding.clamp_effect(0.0, 0.99 * collapsed_from);
    }
    Some(finding)
}

/// The distance of the fakes from the data.
fn off_data(splits: &Splits, samples: &PairSamples) -> Option<Finding> {
    let [fakes, nulls] = splits.of(|figures| figures.off_data);
    let [fake, null] = [&fakes, &nulls].map(|values| mean_and_deviation(values).0);
    let on_the_data = on_the_data(splits);
    (null > 0.0).then(|| {
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| value / null).collect::<Vec<_>>();
        let mut finding =
            Finding::against(&OFF_DATA, &scaled(fakes), &scaled(nulls), splits.inflation, 0.02, |value, null| {
                (1.0 - null / value.max(1e-12)).max(0.0)
            });
        if on_the_data < OFF_THE_DATA && fake > UNLIKE * null {
            finding.clamp_effect(OFF_DATA.suspect_from, 1.0);
        } else if on_the_data > ON_THE_DATA {
            // With many real samples the nearest one is close, and a little noise looks far. So the distance to a wider
            // neighbourhood limits the effect.
            finding.clamp_effect(0.0, 1.0 - 1.0 / part_ratio(samples, splits).max(1.0));
        }
        finding
    })
}

/// The precision of the fakes over that of real samples, at most 1.
fn on_the_data(splits: &Splits) -> f64 {
    let [precise, due] = splits.of(|figures| figures.precision).map(|values| mean_and_deviation(&values).0);
    if due > 0.0 { (precise / due).min(1.0) } else { 0.0 }
}

/// The ratio of distances to the data, measured by the distance to the nearest 4 % of it, which noise inside the modes
/// hardly changes.
fn part_ratio(samples: &PairSamples, splits: &Splits) -> f64 {
    let pairs = &samples.pairs;
    let Some([reference, held_out, fakes]) = splits.draws.first() else { return 1.0 };
    let near = (reference.len() / 25).max(1);
    let median = |rows: &[usize]| {
        let mut distances: Vec<f32> = rows
            .iter()
            .map(|row| {
                let distances = pairs.row(*row);
                let mut others: Vec<f32> = reference.iter().map(|other| distances[*other]).collect();
                *others.select_nth_unstable_by(near - 1, f32::total_cmp).1
            })
            .collect();
        distances.sort_unstable_by(f32::total_cmp);
        f64::from(distances[distances.len() / 2])
    };
    let (fake, real) = (median(fakes), median(held_out));
    if real > 0.0 { fake / real } else { 1.0 }
}

/// The Frechet distance over the real variance; of a projection for more than [`FRECHET_VALUES`] columns.
fn frechet(samples: &PairSamples, splits: &Splits) -> Result<Finding, MetricError> {
    let columns = samples.columns.min(FRECHET_VALUES);
    let pool: Vec<f32> = samples.values.iter().flat_map(|values| narrowed(values, samples.columns)).collect();
    let view = MatrixView::trusted(&pool, pool.len() / columns, columns);
    let of = |rows: [&[usize]; 2]| -> Result<f64, MetricError> {
        let values = rows.map(|rows| view.gather(rows));
        let sets = [0, 1].map(|set: usize| MatrixView::trusted(&values[set], rows[set].len(), columns));
        let variance = Spread::of(view, rows[0]).variance;
        let distance = frechet_distance(sets[0], sets[1])?.distance;
        Ok(if variance > 0.0 { distance / variance } else { 0.0 })
    };
    let mut values = [Vec::new(), Vec::new()];
    for [reference, held_out, fakes] in &splits.draws {
        values[0].push(of([reference, fakes])?);
        values[1].push(of([reference, held_out])?);
    }
    let effect = |value: f64, null: f64| {
        let beyond = (value - null).max(0.0);
        beyond / (1.0 + beyond)
    };
    Ok(Finding::against(&FRECHET, &values[0], &values[1], splits.inflation, 1e-3, effect))
}

/// Rows projected to [`FRECHET_VALUES`] values: column `i` is added to value `i` modulo their number, with alternating
/// signs.
fn narrowed(values: &[f32], columns: usize) -> Vec<f32> {
    if columns <= FRECHET_VALUES {
        return values.to_vec();
    }
    values
        .chunks_exact(columns)
        .flat_map(|row| {
            let mut sums = [0.0_f64; FRECHET_VALUES];
            for (column, value) in row.iter().enumerate() {
                let sign = if (column / FRECHET_VALUES).is_multiple_of(2) { 1.0_f64 } else { -1.0 };
                sums[column % FRECHET_VALUES] += sign * f64::from(*value);
            }
            sums.map(|sum| sum as f32)
        })
        .collect()
}

/// The chosen rows of both sets, prepared for comparison.
pub(super) fn prepared(preparation: &Preparation, sets: [MatrixView; 2], rows: [&[usize]; 2]) -> [Vec<f32>; 2] {
    [0, 1].map(|set: usize| preparation.apply(sets[set], rows[set]))
}
