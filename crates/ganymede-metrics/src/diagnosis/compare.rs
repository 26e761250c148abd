//! The findings that compare the fakes with real samples, and with real samples in their place.

use super::copies::near_repeats;
use super::finding::{Finding, lost};
use super::pairs::{Look, Looks, PairSamples};
use super::prepare::Preparation;
use crate::moments::mean_and_deviation;
use crate::own_spread::Spread;
use crate::table::{COVERAGE, DIMENSIONS, DISTANCE_RATIO, FRECHET, KERNEL_DISTANCE, OFF_DATA, RECALL, VENDI_RATIO};
use crate::{MatrixView, MetricError, SignalInfo, frechet_distance};

/// Values that a Frechet distance is looked at in.
const FRECHET_VALUES: usize = 16;

/// Below this share of the real samples' precision too few fakes lie on the data for their coverage to speak.
const ON_THE_DATA: f64 = 0.3;

/// Below this one coverage does not call a collapse.
const MOSTLY_ON_THE_DATA: f64 = 0.7;

/// Below this one hardly any fake lies on the data.
const OFF_THE_DATA: f64 = 0.15;

/// Samples unlike the data lie so much further from it than real ones where hardly any lies on it: distances differ little
/// in many dimensions.
const UNLIKE: f64 = 1.3;

/// What the looks say; `near_copied` is the share of fakes that are near copies of real samples.
pub(super) fn of_looks(
    samples: &PairSamples,
    near_copied: f64,
    seed: u64,
) -> Result<(Vec<Finding>, Looks), MetricError> {
    let looks = samples.pairs.looks(seed);
    let one = 1.0 / looks.sizes[1] as f64;
    let one_real = 1.0 / looks.sizes[0] as f64;
    let ratio = |info: &'static SignalInfo, figure: fn(&Look) -> f64, least: f64| {
        let [fakes, nulls] = looks.of(figure);
        let (null, _) = mean_and_deviation(&nulls);
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| value / null).collect::<Vec<_>>();
        (null > 0.0).then(|| Finding::against(info, &scaled(fakes), &scaled(nulls), looks.inflation, least, lost))
    };
    let mut findings = Vec::new();
    findings.extend(ratio(&DISTANCE_RATIO, |look| look.distance, 0.0));
    findings.extend(ratio(&DIMENSIONS, |look| look.dimensions, 0.01));
    findings.push(near_repeats(samples, near_copied, &looks));
    let [fakes, nulls] = looks.of(|look| look.vendi);
    let (null, _) = mean_and_deviation(&nulls);
    let scores = |values: Vec<f64>| values.into_iter().map(|value| (value - null).exp()).collect::<Vec<_>>();
    findings.push(Finding::against(&VENDI_RATIO, &scores(fakes), &scores(nulls), looks.inflation, 0.01, lost));
    findings.extend(coverage(&looks, one_real));
    let [fakes, nulls] = looks.of(|look| look.recall);
    findings.push(Finding::against(&RECALL, &fakes, &nulls, looks.inflation, one_real.max(one), lost));
    let [fakes, nulls] = looks.of(|look| look.energy);
    let beyond = |value: f64, null: f64| ((value - null).max(0.0) / (1.0 + (value - null).max(0.0))).min(1.0);
    findings.push(Finding::against(&KERNEL_DISTANCE, &fakes, &nulls, looks.inflation, 1e-3, beyond));
    findings.extend(off_data(&looks, samples));
    findings.push(frechet(samples, &looks)?);
    Ok((findings, looks))
}

/// Coverage beside what as many fakes on the data would cover.
fn coverage(looks: &Looks, least: f64) -> Option<Finding> {
    let [fakes, nulls] = looks.of(|look| look.coverage);
    let on_the_data = on_the_data(looks);
    if on_the_data < ON_THE_DATA {
        return None;
    }
    // A share of the fakes alone leaves empty a power of what all of them do.
    let expected = |value: &f64| 1.0 - (1.0 - value).max(0.0).powf(on_the_data);
    let nulls: Vec<f64> = nulls.iter().map(expected).collect();
    let mut finding = Finding::against(&COVERAGE, &fakes, &nulls, looks.inflation, least, lost);
    if on_the_data < MOSTLY_ON_THE_DATA
        && let Some(collapsed_from) = COVERAGE.collapsed_from
    {
        // Noise in many directions takes the fakes out of their neighbours' balls, whatever they cover.
        finding.effect = finding.effect.min(0.99 * collapsed_from);
    }
    Some(finding)
}

/// How far the fakes lie from the data.
fn off_data(looks: &Looks, samples: &PairSamples) -> Option<Finding> {
    let [fakes, nulls] = looks.of(|look| look.off_data);
    let [fake, null] = [&fakes, &nulls].map(|values| mean_and_deviation(values).0);
    let on_the_data = on_the_data(looks);
    (null > 0.0).then(|| {
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| value / null).collect::<Vec<_>>();
        let mut finding =
            Finding::against(&OFF_DATA, &scaled(fakes), &scaled(nulls), looks.inflation, 0.02, |value, null| {
                (1.0 - null / value.max(1e-12)).max(0.0)
            });
        if on_the_data < OFF_THE_DATA && fake > UNLIKE * null {
            finding.effect = finding.effect.max(OFF_DATA.suspect_from);
        } else if on_the_data > ON_THE_DATA {
            // With many samples the nearest lies close, and a little noise looks far: the data's wider neighbourhood must
            // agree.
            finding.effect = finding.effect.min(1.0 - 1.0 / part_ratio(samples, looks).max(1.0));
        }
        finding
    })
}

/// The fakes' precision over that of real samples, at most 1.
fn on_the_data(looks: &Looks) -> f64 {
    let [precise, due] = looks.of(|look| look.precision).map(|values| mean_and_deviation(&values).0);
    if due > 0.0 { (precise / due).min(1.0) } else { 0.0 }
}

/// The same ratio by the distance within which a tenth of the data lies, which noise within the modes hardly changes.
fn part_ratio(samples: &PairSamples, looks: &Looks) -> f64 {
    let pairs = &samples.pairs;
    let Some([beside, held_out, fakes]) = looks.draws.first() else { return 1.0 };
    let near = (beside.len() / 25).max(1);
    let median = |rows: &[usize]| {
        let mut distances: Vec<f32> = rows
            .iter()
            .map(|row| {
                let distances = pairs.row(*row);
                let mut others: Vec<f32> = beside.iter().map(|other| distances[*other]).collect();
                *others.select_nth_unstable_by(near - 1, f32::total_cmp).1
            })
            .collect();
        distances.sort_unstable_by(f32::total_cmp);
        f64::from(distances[distances.len() / 2])
    };
    let (fake, real) = (median(fakes), median(held_out));
    if real > 0.0 { fake / real } else { 1.0 }
}

/// The Frechet distance over the real variance, of a projection where samples are wide.
fn frechet(samples: &PairSamples, looks: &Looks) -> Result<Finding, MetricError> {
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
    for [beside, held_out, fakes] in &looks.draws {
        values[0].push(of([beside, fakes])?);
        values[1].push(of([beside, held_out])?);
    }
    let effect = |value: f64, null: f64| {
        let beyond = (value - null).max(0.0);
        beyond / (1.0 + beyond)
    };
    Ok(Finding::against(&FRECHET, &values[0], &values[1], looks.inflation, 1e-3, effect))
}

/// Wide rows as sums of their columns in turn, with alternating signs.
fn narrowed(values: &[f32], columns: usize) -> Vec<f32> {
    if columns <= FRECHET_VALUES {
        return values.to_vec();
    }
    values
        .chunks_exact(columns)
        .flat_map(|row| {
            let mut sums = [0.0_f32; FRECHET_VALUES];
            for (column, value) in row.iter().enumerate() {
                let sign = if (column / FRECHET_VALUES).is_multiple_of(2) { 1.0 } else { -1.0 };
                sums[column % FRECHET_VALUES] += sign * value;
            }
            sums
        })
        .collect()
}

/// The sets as they are compared.
pub(super) fn prepared(preparation: &Preparation, sets: [MatrixView; 2], rows: [&[usize]; 2]) -> [Vec<f32>; 2] {
    [0, 1].map(|set: usize| preparation.apply(sets[set], rows[set]))
}
