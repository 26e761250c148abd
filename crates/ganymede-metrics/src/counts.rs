//! Exact tests of counts, and the correction for testing many of them at once.

use statrs::distribution::{Binomial, DiscreteCDF, Hypergeometric};

/// The p-value of a part with too few fake samples: the probability of this many or fewer, if real and fake samples fall
/// into the part with the same probability.
///
/// Both counts are `[in the part, in total]`. This is Fisher's exact test: given the number of samples of both sets in
/// the part, the number of fake ones among them is hypergeometric, whatever the part's true share.
pub(crate) fn chance_of_fewer(real: [usize; 2], fake: [usize; 2]) -> f64 {
    hypergeometric(real, fake).map_or(1.0, |distribution| distribution.cdf(fake[0] as u64)).clamp(0.0, 1.0)
}

/// [`chance_of_fewer`] if a fake sample falls into the part with `ratio` times the probability of a real one. Given the
/// number of samples of both sets in the part, the number of fake ones among them is then binomial, in the limit of a
/// small part.
pub(crate) fn chance_of_fewer_at(real: [usize; 2], fake: [usize; 2], ratio: f64) -> f64 {
    let weights = [fake[1] as f64 * ratio, real[1] as f64];
    let binomial = Binomial::new(weights[0] / (weights[0] + weights[1]), (real[0] + fake[0]) as u64);
    binomial.map_or(1.0, |distribution| distribution.cdf(fake[0] as u64)).clamp(0.0, 1.0)
}

/// The p-value of a part with too many fake samples: the probability of this many or more under equal shares.
pub(crate) fn chance_of_more(real: [usize; 2], fake: [usize; 2]) -> f64 {
    if fake[0] == 0 {
        return 1.0;
    }
    hypergeometric(real, fake).map_or(1.0, |distribution| distribution.sf(fake[0] as u64 - 1)).clamp(0.0, 1.0)
}

/// The distribution of the number of fake samples in a part, given both sets together; `None` without samples.
fn hypergeometric(real: [usize; 2], fake: [usize; 2]) -> Option<Hypergeometric> {
    let [inside, all] = [0, 1].map(|index: usize| (real[index] + fake[index]) as u64);
    Hypergeometric::new(all, inside, fake[1] as u64).ok()
}

/// P-values corrected for their number, in the order given (Holm 1979): rejecting those below a level keeps the
/// probability of any false rejection below that level.
pub(crate) fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*a].total_cmp(&chances[*b]));
    let mut corrected = vec![1.0; chances.len()];
    let mut largest = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        largest = largest.max(chances[index] * (chances.len() - rank) as f64);
        corrected[index] = largest.min(1.0);
    }
    corrected
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "exact values are compared on purpose")]

    use super::*;

    #[test]
    fn tails_agree_with_fishers_exact_test() {
        // (real, fake, fewer, more) in exact fractions.
        let rows = [
            ([10, 20], [0, 20], 0.000_217_959_895_379_250_23, 1.0),
            ([3, 50], [7, 50], 0.954_176_422_355_933_4, 0.158_920_009_855_546_25),
            ([200, 5_000], [300, 10_000], 0.000_877_559_124_669_011_4, 0.999_365_235_951_753_2),
            ([0, 5], [0, 5], 1.0, 1.0),
        ];
        for (real, fake, fewer, more) in rows {
            let (few, many) = (chance_of_fewer(real, fake), chance_of_more(real, fake));
            assert!((few - fewer).abs() < 1e-9 && (many - more).abs() < 1e-9, "{real:?} {fake:?}: {few} {many}");
        }
    }

    #[test]
    fn a_lower_ratio_makes_few_likelier() {
        // Of 12 in all none is fake: (1 - r / (1 + r))^12 for equal totals.
        for ratio in [1.0, 0.5, 0.2] {
            let found = chance_of_fewer_at([12, 100], [0, 100], ratio);
            assert!((found - (1.0 / (1.0 + ratio)).powi(12)).abs() < 1e-12, "{ratio}: {found}");
        }
        assert_eq!(chance_of_fewer_at([0, 100], [0, 100], 0.5), 1.0);
    }

    #[test]
    fn holm_multiplies_the_smallest_by_all_and_keeps_the_order() {
        assert_eq!(holm(&[0.04, 0.01, 0.03, 0.005]), [0.06, 0.03, 0.06, 0.02]);
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
