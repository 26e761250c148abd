//! How much of the data is lost, from counts in parts (clusters or classes), with an interval and a p-value.

use std::collections::HashSet;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use statrs::function::beta::beta_reg;

use crate::LOST_BELOW;
use crate::counts::{chance_of_fewer_at, holm};
use crate::moments::mean_and_deviation;
use crate::random::{Purpose, stream};

/// Random draws under the null hypothesis; a third as many are made for the interval. The mean of 200 draws has a standard
/// error of a fourteenth of their deviation.
const DRAWS: usize = 200;

/// Real and fake samples of a part, on average at least, from whose counts its share is known.
const KNOWN: [usize; 2] = [4, 2];

/// The corrected p-value below which a part is surely lost.
const SURE: f64 = 0.01;

/// The share of the data in parts that fake samples hardly visit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lost {
    /// The lost share, minus what chance alone leaves empty, 0 to 1.
    pub(crate) share: f64,
    /// Its lower bound, two standard deviations below the estimate.
    pub(crate) low: f64,
    /// Its upper bound, two standard deviations above.
    pub(crate) high: f64,
    /// The p-value: the probability that equally many samples of the real distribution leave this share or more empty.
    pub(crate) chance: f64,
    /// The 97.5 % quantile of the lost share of equally many real samples.
    pub(crate) null_high: f64,
}

/// The share of the real samples in lost parts: those whose share of the fake samples is below a fifth of their share of
/// the real ones ([`LOST_BELOW`]).
///
/// Two tests are made, each at half of the level. The first compares the total share with random draws of equally many
/// samples of both sets from the real shares; it finds the loss of many small parts, none of which is significant alone. Where the parts
/// have too few samples for their shares to be known, the samples of both sets are dealt out anew instead, a permutation test: the
/// shares of those parts that were seen are more concentrated than the true ones, from which more would stay empty by chance. The second tests each part, and each of the `groups` of neighbouring parts, against `surely_below` times its expected
/// share. The estimate subtracts what chance leaves empty, given that all fakes lie in the parts that are kept, and is at
/// least the share in parts and groups that are surely lost.
pub(crate) fn lost_share(real: &[usize], fake: &[usize], groups: &[Vec<usize>], surely_below: f64, seed: u64) -> Lost {
    let [real_total, fake_total] = [real, fake].map(|counts| counts.iter().sum::<usize>());
    if real_total == 0 || fake_total == 0 {
        return Lost { share: 0.0, low: 0.0, high: 1.0, chance: 1.0, null_high: 1.0 };
    }
    let mut stream = stream(seed, Purpose::Counts);
    let is_sparse = real_total < KNOWN[0] * real.len() || fake_total < KNOWN[1] * fake.len();
    let known: Option<Vec<f64>> = (!is_sparse).then(|| real.iter().map(|count| *count as f64 + 0.5).collect());
    let null: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let [real, fake] = match &known {
                None => dealt([real, fake], &mut stream),
                Some(shares) => [real_total, fake_total].map(|total| multinomial(total, shares, &mut stream)),
            };
            empty_share(&real, &fake)
        })
        .collect();
    let (null_mean, null_deviation) = mean_and_deviation(&null);
    let found = empty_share(real, fake);
    let corrected = |found: f64| corrected(found, null_mean, real, fake_total);
    let weights = [real, fake].map(|counts| counts.iter().map(|count| *count as f64).collect::<Vec<_>>());
    let again: Vec<f64> = (0..DRAWS / 3)
        .map(|_| {
            let real = multinomial(real_total, &weights[0], &mut stream);
            corrected(empty_share(&real, &multinomial(fake_total, &weights[1], &mut stream)))
        })
        .collect();
    let share = corrected(found);
    let (_, deviation) = mean_and_deviation(&again);
    let width = 2.0 * deviation.hypot(null_deviation * (1.0 - share));
    let tested = Tested::new([real, fake], groups, surely_below);
    let share = share.max(tested.surely_lost());
    let in_all = chance_of_share(found, null_mean, null_deviation, real.len());
    let mut sorted = null;
    sorted.sort_unstable_by(f64::total_cmp);
    Lost {
        share,
        low: (share - width).max(0.0),
        high: (share + width).min(1.0),
        chance: (2.0 * tested.least_chance().min(in_all)).min(1.0),
        null_high: corrected(sorted[DRAWS * 39 / 40]),
    }
}

/// The parts that are surely lost, alone or as members of a lost group; of a lost group, those with less than a fifth of
/// their expected share.
pub(crate) fn lost_parts(counts: [&[usize]; 2], groups: &[Vec<usize>], surely_below: f64) -> Vec<usize> {
    let tested = Tested::new(counts, groups, surely_below);
    let is_lost = |part: &usize| {
        let share = |set: usize| counts[set][*part] as f64 / tested.totals[set] as f64;
        share(1) < LOST_BELOW * share(0)
    };
    let mut parts: Vec<usize> =
        tested.lost_groups().flat_map(|place| tested.groups[place].clone()).filter(is_lost).collect();
    parts.sort_unstable();
    parts
}

/// Parts and groups of them, each with its test.
struct Tested {
    groups: Vec<Vec<usize>>,
    /// Real and fake samples of each group.
    counts: Vec<[usize; 2]>,
    totals: [usize; 2],
    /// The p-value of each group, corrected for the number of tests.
    chances: Vec<f64>,
}

impl Tested {
    fn new(counts: [&[usize]; 2], groups: &[Vec<usize>], surely_below: f64) -> Self {
        let totals = counts.map(|counts| counts.iter().sum());
        let single = (0..counts[0].len()).map(|part| vec![part]);
        let groups: Vec<Vec<usize>> = single.chain(groups.iter().cloned()).collect();
        let inside = |group: &Vec<usize>| counts.map(|counts| group.iter().map(|part| counts[*part]).sum());
        let counts: Vec<[usize; 2]> = groups.iter().map(inside).collect();
        let chance =
            |[real, fake]: &[usize; 2]| chance_of_fewer_at([*real, totals[0]], [*fake, totals[1]], surely_below);
        let chances = holm(&counts.iter().map(chance).collect::<Vec<_>>());
        Self { groups, counts, totals, chances }
    }

    fn least_chance(&self) -> f64 {
        self.chances.iter().copied().fold(1.0, f64::min)
    }

    /// The share of the real samples in groups that are surely lost.
    fn surely_lost(&self) -> f64 {
        self.lost_groups().map(|place| self.counts[place][0]).sum::<usize>() as f64 / self.totals[0] as f64
    }

    /// The groups that are surely lost; of overlapping ones, the largest.
    fn lost_groups(&self) -> impl Iterator<Item = usize> {
        let share = |count: usize, side: usize| count as f64 / self.totals[side] as f64;
        let is_lost = |place: &usize| {
            let [real, fake] = self.counts[*place];
            self.chances[*place] < SURE && share(fake, 1) < LOST_BELOW * share(real, 0)
        };
        let mut lost: Vec<usize> = (0..self.groups.len()).filter(is_lost).collect();
        // Larger groups come before the parts that they contain.
        lost.sort_by_key(|place| std::cmp::Reverse(self.groups[*place].len()));
        let mut taken: HashSet<usize> = HashSet::new();
        lost.into_iter().filter(move |place| {
            let parts = &self.groups[*place];
            let apart = parts.iter().all(|part| !taken.contains(part));
            if apart {
                taken.extend(parts);
            }
            apart
        })
    }
}

/// The share of the real samples in parts with less than a fifth of their expected fake samples, uncorrected.
fn empty_share(real: &[usize], fake: &[usize]) -> f64 {
    let [real_total, fake_total] = [real, fake].map(|counts| counts.iter().sum::<usize>() as f64);
    let empty = real.iter().zip(fake).filter(|(real, fake)| {
        let due = **real as f64 / real_total * fake_total;
        (**fake as f64) < LOST_BELOW * due
    });
    empty.map(|(real, _)| *real as f64).sum::<f64>() / real_total
}

/// The lost share that explains the empty share `found`. Kept parts are also empty by chance, the less often the more
/// densely the fakes fill them.
fn corrected(found: f64, null_mean: f64, real: &[usize], fake_total: usize) -> f64 {
    let total: usize = real.iter().sum();
    let by_chance = |lost: f64| -> f64 {
        let kept = (1.0 - lost).max(1.0 / fake_total as f64);
        let part = |count: &usize| {
            let share = *count as f64 / total as f64;
            share * (-share / kept * fake_total as f64).exp()
        };
        real.iter().map(part).sum()
    };
    let before = by_chance(0.0);
    let mut lost = 0.0;
    for _ in 0..20 {
        let chance = if before > 0.0 { null_mean * by_chance(lost) / before } else { 0.0 };
        lost = ((found - chance) / (1.0 - chance).max(1e-9)).clamp(0.0, 1.0);
    }
    lost
}

/// The probability of this share or a larger one, by the binomial distribution with the mean and the deviation of the
/// draws. Both are at least those of a single part that is empty in one of the draws.
fn chance_of_share(found: f64, mean: f64, deviation: f64, parts: usize) -> f64 {
    if found <= mean {
        return 1.0;
    }
    let part = 1.0 / parts as f64;
    let mean = mean.max(part / DRAWS as f64);
    let variance = deviation.powi(2).max(mean * part);
    let trials = (mean * (1.0 - mean) / variance).max(1.0);
    // P(X >= trials * found) as an incomplete beta function, for a number of trials that need not be whole.
    beta_reg(trials * found, trials * (1.0 - found) + 1.0, mean)
}

/// Counts of `total` draws with probabilities proportional to `weights`.
fn multinomial(total: usize, weights: &[f64], stream: &mut ChaCha8Rng) -> Vec<usize> {
    let mut left = total as u64;
    let mut weight_left: f64 = weights.iter().sum();
    let mut draw = |weight: f64| {
        let share = if weight_left > 0.0 { (weight / weight_left).clamp(0.0, 1.0) } else { 0.0 };
        weight_left -= weight;
        let drawn = Binomial::new(left, share).map_or(0, |binomial| binomial.sample(stream));
        left -= drawn;
        drawn as usize
    };
    weights.iter().map(|weight| draw(*weight)).collect()
}

/// The counts of two sets as large as `[real, fake]`, to which the samples of both are dealt out at random.
fn dealt([real, fake]: [&[usize]; 2], stream: &mut ChaCha8Rng) -> [Vec<usize>; 2] {
    let mut fakes_left: usize = fake.iter().sum();
    let mut left = real.iter().sum::<usize>() + fakes_left;
    let mut deal = |(real, fake): (&usize, &usize)| {
        let before = fakes_left;
        for _ in 0..real + fake {
            // Each of the samples that are left is as likely to be one of the fakes that are left.
            fakes_left -= usize::from(stream.random_range(0..left) < fakes_left);
            left -= 1;
        }
        (real + fake + fakes_left - before, before - fakes_left)
    };
    real.iter().zip(fake).map(&mut deal).unzip::<_, _, Vec<_>, Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_dealt_out_whole() {
        let (real, fake) = ([5, 0, 3, 1, 40], [0, 2, 3, 9, 11]);
        let mut stream = stream(0, Purpose::Counts);
        let mut sums = [0_usize; 5];
        for _ in 0..2_000 {
            let [dealt_real, dealt_fake] = dealt([&real, &fake], &mut stream);
            assert_eq!((dealt_real.iter().sum::<usize>(), dealt_fake.iter().sum::<usize>()), (49, 25));
            for (place, fakes) in dealt_fake.iter().enumerate() {
                assert_eq!(dealt_real[place] + fakes, real[place] + fake[place]);
                sums[place] += fakes;
            }
        }
        for (place, sum) in sums.iter().enumerate() {
            let expected = (real[place] + fake[place]) as f64 * 25.0 / 74.0;
            assert!((*sum as f64 / 2_000.0 - expected).abs() < 0.15, "{place}: {sum} and {expected}");
        }
    }

    #[test]
    fn the_share_is_right_for_few_large_and_for_many_small_parts() {
        // (real, fake, the share that is lost)
        let halves: Vec<usize> = (0..200).map(|class| if class < 100 { 5 } else { 0 }).collect();
        let rows: [(Vec<usize>, Vec<usize>, f64); 5] = [
            (vec![100; 10], vec![100; 10], 0.0),
            (vec![100; 10], [vec![1_000], vec![0; 9]].concat(), 0.9),
            (vec![10; 10], [vec![0], vec![11; 9]].concat(), 0.1),
            (vec![5; 200], halves, 0.5),
            (vec![8; 8], [vec![5; 4], vec![0; 4]].concat(), 0.5),
        ];
        for (real, fake, expected) in rows {
            let found = lost_share(&real, &fake, &[], 1.0, 0);
            assert!((found.share - expected).abs() < 0.06, "{real:?} {fake:?}: {found:?}");
            assert_eq!(found.chance < 0.01, expected > 0.3, "{real:?} {fake:?}: {found:?}");
            assert!(found.low <= expected && expected <= found.high, "{found:?}");
        }
    }

    #[test]
    fn as_many_real_samples_are_rarely_told_to_lack_something() {
        let sizes =
            [(2_usize, 20, 20), (8, 100, 30), (60, 500, 300), (200, 100, 100), (1_000, 600, 600), (1_000, 600, 2_000)];
        for (parts, rows, fakes) in sizes {
            let mut stream = stream(parts as u64, Purpose::Halves);
            let weights: Vec<f64> = (0..parts).map(|part| 1.0 + (part % 7) as f64).collect();
            let alarms = (0..200)
                .filter(|seed| {
                    let real = multinomial(rows, &weights, &mut stream);
                    let fake = multinomial(fakes, &weights, &mut stream);
                    lost_share(&real, &fake, &[], 1.0, *seed).chance < 0.01
                })
                .count();
            assert!(alarms <= 6, "{parts} parts of {rows}: {alarms} of 200");
        }
    }
}
