//! Copies: fakes that repeat each other or real samples, exactly or nearly.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use statrs::distribution::{DiscreteCDF, Poisson};

use super::finding::{Finding, lost};
use super::pairs::{PairSamples, Splits};
use crate::MatrixView;
use crate::counts::chance_of_fewer;
use crate::moments::mean_and_deviation;
use crate::table::{DISTINCT_SHARE, NEAR_REPEATS};

/// Columns of whole numbers from which on two samples are hardly equal by chance.
const WIDE: usize = 16;

/// The share of fakes that are no near copy of another. Its significance is tested at equal sizes of real and fake samples;
/// its value is that of all fakes in the pairs. `near_copied` is the result of [`near_copies`].
pub(super) fn near_repeats(samples: &PairSamples, near_copied: f64, splits: &Splits) -> Finding {
    let pairs = &samples.pairs;
    let [fakes, nulls] = splits.of(|figures| figures.distinct);
    let [fake, real] = [&fakes, &nulls].map(|values| mean_and_deviation(values).0);
    let size = splits.sizes[1];
    let distinct = |share: f64| (share * size as f64).round() as usize;
    // The real samples of all splits together show how many near copies chance makes. A group has at least two copies.
    let trials = size * nulls.len();
    let repeats = ((size - distinct(fake)) / 2).min(size);
    // Copies of the data repeat each other as draws from its rows do; the real rows of the pairs are a part of these.
    let copied = (near_copied * samples.of[0] as f64 / pairs.real() as f64).min(1.0);
    let meetings = |fakes: usize| repeats_of_draws(copied * fakes as f64, samples.of[0]) / fakes as f64;
    let by_chance = 1.0 - real + meetings(size);
    let by_chance = ((by_chance * trials as f64).round() as usize).min(trials);
    let chance = chance_of_fewer([trials - by_chance, trials], [size - repeats, size]);
    let (share, due) = pairs.distinct_fakes();
    let due = (due - meetings(pairs.fakes())).max(1.0 / pairs.fakes() as f64);
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

/// The expected number of repeats among `draws` from `rows` equally likely rows.
fn repeats_of_draws(draws: f64, rows: usize) -> f64 {
    let rows = rows as f64;
    (draws - rows * (1.0 - (1.0 - 1.0 / rows).powf(draws))).max(0.0)
}

/// Exact repeats among the fakes compared with those among real samples, and the share of fakes that are copies of real
/// samples.
pub(super) fn exact_copies([real, fake]: [MatrixView; 2]) -> (Finding, f64) {
    let same = real.rows().min(fake.rows());
    let mut seen: HashSet<u64> = HashSet::with_capacity(real.rows());
    let mut real_distinct = 0;
    for (row, values) in real.iter_rows().enumerate() {
        let new = seen.insert(bits(values));
        real_distinct += usize::from(new && row < same);
    }
    let varied = real_distinct == same;
    let count = if varied { fake.rows() } else { same };
    let copied = fake.iter_rows().take(count).filter(|row| seen.contains(&bits(row))).count();
    let mut own: HashSet<u64> = HashSet::with_capacity(count);
    let fake_distinct = fake.iter_rows().take(count).filter(|row| own.insert(bits(row))).count();
    // Copies of the data repeat each other as draws from its rows do.
    let due_repeats = if varied { repeats_of_draws(copied as f64, real.rows()) } else { 0.0 };
    let real_share = real_distinct as f64 / same as f64 - due_repeats / count as f64;
    let share = fake_distinct as f64 / count as f64;
    let effect = lost(share, real_share);
    let repeats = count - fake_distinct;
    let of_draws = Poisson::new(due_repeats).map_or(0.0, |due| 1.0 - due.cdf(repeats.max(1) as u64 - 1));
    let of_real = chance_of_fewer([real_distinct, same], [fake_distinct, count]);
    let chance = if repeats == 0 { 1.0 } else { of_real.max(of_draws) };
    let finding = Finding {
        info: &DISTINCT_SHARE,
        value: share / real_share,
        null: Some([(real_share - 2.0 * (real_share * (1.0 - real_share) / count as f64).sqrt()) / real_share, 1.0]),
        chance: Some(chance),
        effect,
        effect_interval: [effect, effect],
    };
    // If real samples repeat each other, a fake that equals one need not be a copy of the data.
    let copied = copied as f64 / count as f64;
    (finding, if varied { copied } else { 0.0 })
}

/// Exact repeats without real samples. Whole numbers in a few columns may be categories, which repeat by nature: for these
/// there is no finding.
pub(super) fn repeats_alone(fake: MatrixView) -> Option<Finding> {
    let whole = fake.values().iter().all(|value| value.fract() == 0.0);
    if whole && fake.columns() < WIDE {
        return None;
    }
    let distinct = fake.iter_rows().map(bits).collect::<HashSet<_>>().len();
    let share = distinct as f64 / fake.rows() as f64;
    let effect = 1.0 - share;
    Some(Finding {
        info: &DISTINCT_SHARE,
        value: share,
        null: None,
        chance: None,
        effect,
        effect_interval: [effect, effect],
    })
}

/// A hash of a row. Two of ten thousand distinct rows share its 64 bits with a probability of 3e-12.
fn bits(row: &[f32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in row {
        // Zero and minus zero are one value.
        (value + 0.0).to_bits().hash(&mut hasher);
    }
    hasher.finish()
}

/// The share of fakes that are near copies of a real sample, beyond that of real samples. A near copy is within a twentieth
/// of the distance from that sample to its nearest neighbour.
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
