//! The findings that compare the fakes with real samples, and with real samples in their place.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::finding::{Finding, lost, mean_and_deviation};
use super::pairs::{Look, Looks, Pairs};
use super::prepare::Preparation;
use super::spread::Spread;
use crate::counts::chance_of_fewer;
use crate::random::subsample;
use crate::table::{
    COVERAGE, DIMENSIONS, DISTANCE_RATIO, DISTINCT_SHARE, FRECHET, KERNEL_DISTANCE, NEAR_REPEATS, OFF_DATA, RECALL,
    VENDI_RATIO,
};
use crate::{MatrixView, MetricError, SignalInfo, frechet_distance};

/// Rows of either set whose distances to all others are measured.
pub(super) const PAIR_ROWS: usize = 1_500;

/// Values that a Frechet distance is looked at in.
const FRECHET_VALUES: usize = 16;

/// Below this share of the real samples' precision too few fakes lie on the data for their coverage to speak.
const ON_THE_DATA: f64 = 0.3;

/// Samples unlike the data lie so much further from it than real ones; where distances hardly differ, as in many dimensions,
/// further than two real samples from each other.
const UNLIKE: f64 = 1.3;

/// Rows of the sets for pairs, with their prepared values.
pub(super) struct PairSamples {
    pub(super) rows: [Vec<usize>; 2],
    pub(super) pairs: Pairs,
    values: [Vec<f32>; 2],
    columns: usize,
}

impl PairSamples {
    /// Draws rows of the prepared sets.
    pub(super) fn draw(sets: [MatrixView; 2], seed: u64) -> Self {
        let rows = sets.map(|set| subsample(set.rows(), PAIR_ROWS, seed));
        let values = [0, 1].map(|set: usize| sets[set].gather(&rows[set]));
        let columns = sets[0].columns();
        let [real, fake] = [0, 1].map(|set: usize| MatrixView::trusted(&values[set], rows[set].len(), columns));
        let pairs = Pairs::new(real, fake);
        Self { rows, pairs, values, columns }
    }
}

/// What the looks say.
pub(super) fn of_looks(samples: &PairSamples, seed: u64) -> Result<(Vec<Finding>, Looks), MetricError> {
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
    findings.push(near_repeats(&samples.pairs, &looks));
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
    let [precise, due] = looks.of(|look| look.precision).map(|values| mean_and_deviation(&values).0);
    let on_the_data = if due > 0.0 { (precise / due).min(1.0) } else { 0.0 };
    if on_the_data < ON_THE_DATA {
        return None;
    }
    // A share of the fakes alone leaves empty a power of what all of them do.
    let expected = |value: &f64| 1.0 - (1.0 - value).max(0.0).powf(on_the_data);
    let nulls: Vec<f64> = nulls.iter().map(expected).collect();
    Some(Finding::against(&COVERAGE, &fakes, &nulls, looks.inflation, least, lost))
}

/// Groups of near copies for each sample. Whether there are more than chance makes is seen at equal sizes; how many there
/// are, among all the fakes.
fn near_repeats(pairs: &Pairs, looks: &Looks) -> Finding {
    let [fakes, nulls] = looks.of(|look| look.distinct);
    let [fake, real] = [&fakes, &nulls].map(|values| mean_and_deviation(values).0);
    let size = looks.sizes[1];
    let distinct = |share: f64| (share * size as f64).round() as usize;
    // Real samples of all looks together say how often near copies are by chance; copies come in groups of two at least.
    let trials = size * nulls.len();
    let repeats = ((size - distinct(fake)) / 2).min(size);
    let by_chance = trials - (real * trials as f64).round() as usize;
    let chance = chance_of_fewer([trials - by_chance, trials], [size - repeats, size]);
    let (share, due) = pairs.distinct_fakes();
    let effect = lost(share, due);
    Finding {
        info: &NEAR_REPEATS,
        value: if due > 0.0 { share / due } else { 1.0 },
        null: Some([1.0 - 2.0 / size as f64, 1.0]),
        chance: Some(chance),
        effect,
        effect_interval: [effect, effect],
    }
}

/// How far the fakes lie from the data.
fn off_data(looks: &Looks, samples: &PairSamples) -> Option<Finding> {
    let [fakes, nulls] = looks.of(|look| look.off_data);
    let [fake, null] = [&fakes, &nulls].map(|values| mean_and_deviation(values).0);
    let distance = mean_and_deviation(&looks.of(|look| look.distance)[1]).0;
    let part = part_ratio(samples, looks);
    (null > 0.0).then(|| {
        let ratio = fake / null;
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| value / null).collect::<Vec<_>>();
        let mut finding =
            Finding::against(&OFF_DATA, &scaled(fakes), &scaled(nulls), looks.inflation, 0.02, |value, null| {
                (1.0 - null / value.max(1e-12)).max(0.0)
            });
        // With many samples the nearest lies close, and a little noise looks far: the data's wider neighbourhood must agree.
        let unlike = ratio > UNLIKE && fake > distance;
        if unlike {
            finding.effect = finding.effect.max(OFF_DATA.suspect_from);
        } else {
            finding.effect = finding.effect.min(1.0 - 1.0 / part.max(1.0));
        }
        finding
    })
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

/// Exact copies: among the fakes beyond those among real samples, and of real samples among the fakes.
pub(super) fn exact_copies([real, fake]: [MatrixView; 2]) -> (Finding, f64) {
    // Of ten thousand rows two different ones share 64 bits once in 10^11 times.
    let bits = |row: &[f32]| {
        let mut hasher = DefaultHasher::new();
        for value in row {
            // Zero and minus zero are one value.
            (value + 0.0).to_bits().hash(&mut hasher);
        }
        hasher.finish()
    };
    let same = real.rows().min(fake.rows());
    let mut seen: HashSet<u64> = HashSet::with_capacity(real.rows());
    let mut real_distinct = 0;
    for (row, values) in real.iter_rows().enumerate() {
        let new = seen.insert(bits(values));
        real_distinct += usize::from(new && row < same);
    }
    let varied = real_distinct == same;
    let count = if varied { fake.rows() } else { same };
    let copied = fake.iter_rows().filter(|row| seen.contains(&bits(row))).count();
    let mut own: HashSet<u64> = HashSet::with_capacity(count);
    let fake_distinct = fake.iter_rows().take(count).filter(|row| own.insert(bits(row))).count();
    let real_share = real_distinct as f64 / same as f64;
    let share = fake_distinct as f64 / count as f64;
    let effect = lost(share, real_share);
    let chance = chance_of_fewer([real_distinct, same], [fake_distinct, count]);
    let finding = Finding {
        info: &DISTINCT_SHARE,
        value: share / real_share,
        null: Some([(real_share - 2.0 * (real_share * (1.0 - real_share) / count as f64).sqrt()) / real_share, 1.0]),
        chance: Some(chance),
        effect,
        effect_interval: [effect, effect],
    };
    // Where real samples repeat each other, a fake that repeats one is no copy of the data.
    let copied = copied as f64 / fake.rows() as f64;
    (finding, if varied { copied } else { 0.0 })
}

/// The share of fakes that are near copies of a real sample, beyond that of real ones: within a twentieth of its distance to
/// the nearest other.
pub(super) fn near_copies(samples: &PairSamples) -> f64 {
    let pairs = &samples.pairs;
    let real = pairs.real();
    let nearest = |row: usize, others: &[f32]| {
        let others = others[..real].iter().enumerate().filter(|(other, _)| *other != row);
        others.min_by(|a, b| a.1.total_cmp(b.1)).map(|(other, distance)| (other, *distance))
    };
    let own: Vec<f32> =
        (0..real).map(|row| nearest(row, pairs.row(row)).map_or(0.0, |(_, distance)| distance)).collect();
    let share = |rows: std::ops::Range<usize>| {
        let all = rows.len().max(1) as f64;
        let copies = rows
            .filter(|row| nearest(*row, pairs.row(*row)).is_some_and(|(other, distance)| distance < 0.05 * own[other]));
        copies.count() as f64 / all
    };
    (share(real..real + pairs.fakes()) - share(0..real)).max(0.0)
}

/// The sets as they are compared.
pub(super) fn prepared(preparation: &Preparation, sets: [MatrixView; 2], rows: [&[usize]; 2]) -> [Vec<f32>; 2] {
    [0, 1].map(|set: usize| preparation.apply(sets[set], rows[set]))
}
