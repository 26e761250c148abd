//! Draws of an index by weight: the modes of a mixture, the classes of generated samples.

use rand::{Rng, RngExt};

/// Indices that are drawn with probabilities proportional to their weights.
///
/// `rand`'s `WeightedIndex` makes its point of 52 random bits instead of 53, which would change the data of every run with
/// a mixture.
pub(crate) struct WeightedIndices {
    /// The sum of the weights up to and with each index.
    sums: Vec<f64>,
    /// The last index that can be drawn.
    last: usize,
}

impl WeightedIndices {
    /// Weights are finite and at least 0. Without one above 0 every draw is 0.
    pub(crate) fn new(weights: &[f64]) -> Self {
        let add = |sum: &mut f64, weight: &f64| {
            *sum += weight;
            Some(*sum)
        };
        let sums = weights.iter().scan(0.0, add).collect();
        Self { sums, last: weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0) }
    }

    /// One draw; takes one number of the stream.
    pub(crate) fn draw(&self, stream: &mut impl Rng) -> usize {
        let point = stream.random::<f64>() * self.sums.last().copied().unwrap_or(0.0);
        // Rounding may put the point on the last sum.
        self.sums.partition_point(|sum| *sum <= point).min(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::WeightedIndices;
    use crate::random::Streams;

    #[test]
    fn shares_are_proportional_to_the_weights() {
        let draws = 20_000;
        let cases: [&[f64]; 5] = [&[1.0], &[0.25; 4], &[0.0, 3.0, 0.0, 1.0, 0.0], &[5.0, 1e-300], &[1e-3, 2e-3]];
        for weights in cases {
            let weighted = WeightedIndices::new(weights);
            let mut stream = Streams::new(1).at("weighted", 0);
            let mut counts = vec![0; weights.len()];
            (0..draws).for_each(|_| counts[weighted.draw(&mut stream)] += 1);
            let total: f64 = weights.iter().sum();
            for (weight, count) in weights.iter().zip(&counts) {
                let (share, found) = (weight / total, f64::from(*count) / f64::from(draws));
                // Four standard errors.
                let tolerance = 4.0 * (share * (1.0 - share) / f64::from(draws)).sqrt();
                assert!((found - share).abs() <= tolerance, "{weights:?}: {counts:?}");
            }
        }
    }

    #[test]
    fn nothing_to_draw_is_the_first() {
        for weights in [&[][..], &[0.0, 0.0]] {
            assert_eq!(WeightedIndices::new(weights).draw(&mut Streams::new(1).at("weighted", 0)), 0);
        }
    }
}
