//! Copies: fakes that repeat each other or real samples, exactly or nearly.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use statrs::distribution::{DiscreteCDF, Poisson};

use super::finding::{Finding, lost};
use super::pairs::{PairSamples, Splits};
use crate::MatrixView;
use crate::counts::chance_of_fewer;
use crate::moments::mean_and_deviation;
use crate::random::subsample;
use crate::table::{DISTINCT_SHARE, NEAR_REPEATS};

/// Columns of whole numbers from which on two samples are hardly equal by chance.
const WIDE: usize = 16;

/// The least difference between the probabilities of copies and of other samples to equal a real sample that occurs once, for
/// copies to be told from others.
const TOLD_APART: f64 = 0.25;

/// A fake is a near copy of a real sample within this share of the distance from that sample to its nearest neighbour.
const NEAR_COPY: f32 = 0.05;

/// The share of fakes that are no near copy of another. Its significance is tested at equal sizes of real and fake samples;
/// its value is that of all fakes in the pairs. `near_copied` is the result of [`near_copies`].
pub(super) fn near_repeats(samples: &PairSamples, near_copied: f64, splits: &Splits) -> Finding {
    let pairs = &samples.pairs;
    let [fakes, nulls] = splits.of(|figures| figures.distinct);
    let [fake, real] = [&fakes, &nulls].map(|values| mean_and_deviation(values).0);
    let size = splits.sizes[1];
    let distinct = |share: f64| (share * size as f64).round() as usize;
    // The real samples of all splits together show how many near copies chance makes, but no more than there are real
    // samples. A group has at least two copies.
    let trials = (size * nulls.len()).min(pairs.real());
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
pub(super) fn exact_copies([real, fake]: [MatrixView; 2], seed: u64) -> (Finding, f64) {
    let same = real.rows().min(fake.rows());
    let some_real = subsample(real.rows(), same, seed);
    let real_distinct = some_real.iter().map(|row| bits(real.row(*row))).collect::<HashSet<_>>().len();
    // Repeats become more frequent with the number of samples. So sets of which the real one repeats itself are compared at
    // equal sizes.
    let fakes = subsample(fake.rows(), if real_distinct == same { fake.rows() } else { same }, seed);
    let count = fakes.len();
    let fake_bits: Vec<u64> = fakes.iter().map(|row| bits(fake.row(*row))).collect();
    let fake_distinct = fake_bits.iter().collect::<HashSet<_>>().len();
    let copied = copied_share(real, &fake_bits);
    // Copies of the data repeat each other as draws from its rows do.
    let due_repeats = repeats_of_draws(copied * count as f64, real.rows());
    let real_share = (real_distinct as f64 / same as f64 - due_repeats / count as f64).max(1.0 / count as f64);
    let share = fake_distinct as f64 / count as f64;
    let effect = lost(share, real_share);
    let repeats = count - fake_distinct;
    let due = due_repeats + (same - real_distinct) as f64;
    let of_draws = Poisson::new(due).map_or(0.0, |due| 1.0 - due.cdf(repeats.max(1) as u64 - 1));
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
    (finding, copied)
}

/// The share of fakes that were copied from the real samples, from the share that equals a real sample which occurs once. A
/// sample of the distribution itself equals such a row with the probability `2 n2 / n` (Good 1953) for `n2` values that occur
/// twice among `n` real samples, and a copy with `n1 / n`. It is 0 if these are too close to tell, as for categories.
fn copied_share(real: MatrixView, fakes: &[u64]) -> f64 {
    let mut times: HashMap<u64, usize> = HashMap::with_capacity(real.rows());
    for row in real.iter_rows() {
        *times.entry(bits(row)).or_insert(0) += 1;
    }
    let occurring = |often: usize| times.values().filter(|times| **times == often).count() as f64;
    let all = real.rows() as f64;
    let (by_chance, of_copies) = (2.0 * occurring(2) / all, occurring(1) / all);
    let equal = fakes.iter().filter(|fake| times.get(fake) == Some(&1)).count() as f64 / fakes.len() as f64;
    let told_apart = of_copies - by_chance;
    if told_apart < TOLD_APART { 0.0 } else { ((equal - by_chance) / told_apart).clamp(0.0, 1.0) }
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

/// The share of fakes that are near copies of a real sample: within a twentieth of the distance from that sample to its
/// nearest neighbour. No real sample is one of another.
pub(super) fn near_copies(samples: &PairSamples) -> f64 {
    let pairs = &samples.pairs;
    let real = pairs.real();
    let nearest = |row: usize| {
        let others = pairs.row(row)[..real].iter().enumerate().filter(|(other, _)| *other != row);
        others.min_by(|a, b| a.1.total_cmp(b.1)).map(|(other, distance)| (other, *distance))
    };
    let own: Vec<f32> = (0..real).map(|row| nearest(row).map_or(0.0, |(_, distance)| distance)).collect();
    let is_copy = |row: &usize| nearest(*row).is_some_and(|(other, distance)| distance < NEAR_COPY * own[other]);
    (real..real + pairs.fakes()).filter(is_copy).count() as f64 / pairs.fakes().max(1) as f64
}
