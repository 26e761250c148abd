//! The shares that classes really have among samples, from those that a classifier names and the errors that it makes.

/// Rounds of expectation and maximisation; a share that goes to 0 halves in each where the errors of the others explain its samples.
const ROUNDS: usize = 500;

/// The share of each class in samples of which a classifier has named `histogram`, by maximum likelihood.
///
/// `confusion` has the shares of each class's samples (rows) that are taken for each class (columns). The likelihood of the counts
/// is maximised over the shares by expectation and maximisation, from equal ones (Saerens, Latinne and Decaestecker 2002, section
/// 2.3, with the confusion matrix in place of each sample's probabilities, which a network overstates). A class that is named by
/// mistake alone has a share near 0. Without a sample all shares are equal.
///
/// # Panics
///
/// When there is not one row and one column of `confusion` for each class of `histogram`.
pub fn true_shares(confusion: &[Vec<f64>], histogram: &[usize]) -> Vec<f64> {
    let classes = histogram.len();
    assert!(confusion.len() == classes && confusion.iter().all(|row| row.len() == classes), "a square of {classes}");
    let mut shares = vec![1.0 / classes.max(1) as f64; classes];
    let total: usize = histogram.iter().sum();
    if total == 0 {
        return shares;
    }
    for _ in 0..ROUNDS {
        let mut next = vec![0.0; classes];
        for (named, count) in histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
            let due: f64 = confusion.iter().zip(&shares).map(|(row, share)| row[named] * share).sum();
            // What no class is ever taken for is nobody's mistake.
            if due <= 0.0 {
                next[named] += *count as f64;
                continue;
            }
            for ((next, row), share) in next.iter_mut().zip(confusion).zip(&shares) {
                *next += *count as f64 * row[named] * share / due;
            }
        }
        shares = next.into_iter().map(|count| count / total as f64).collect();
    }
    shares
}

/// A class of the fake samples with less than this part of its due is lost.
const LOST_BELOW: f64 = 0.2;

/// For each class what its fake samples are: itself, or, where it is lost and only named by mistake, the class whose mistakes
/// explain most of them.
///
/// `confusion` is that of [`true_shares`], and `real` and `fake` are the samples named for each class. A class is lost where its
/// true share of the fakes is below a fifth of that of the real samples, the least due that the diagnosis of labels knows. Of a
/// classifier that takes every twelfth shirt-like sample for a shirt, shirts that are gone would else be a fifth there.
///
/// # Panics
///
/// As [`true_shares`].
pub fn explained_classes(confusion: &[Vec<f64>], real: &[usize], fake: &[usize]) -> Vec<usize> {
    let [real_shares, fake_shares] = [real, fake].map(|histogram| true_shares(confusion, histogram));
    let is_lost = |class: usize| fake_shares[class] < LOST_BELOW * real_shares[class];
    let explained = |class: usize| {
        let others = (0..fake.len()).filter(|other| !is_lost(*other));
        let mistaken = |other: &usize| confusion[*other][class] * fake_shares[*other];
        others.max_by(|one, other| mistaken(one).total_cmp(&mistaken(other))).unwrap_or(class)
    };
    (0..fake.len()).map(|class| if is_lost(class) { explained(class) } else { class }).collect()
}

#[cfg(test)]
mod tests {
    use super::{explained_classes, true_shares};

    /// Three classes, two of which are taken for each other.
    const CONFUSION: [[f64; 3]; 3] = [[0.8, 0.2, 0.0], [0.1, 0.9, 0.0], [0.0, 0.05, 0.95]];

    fn confusion() -> Vec<Vec<f64>> {
        CONFUSION.iter().map(|row| row.to_vec()).collect()
    }

    /// What a classifier with these errors names of `total` samples with these shares, in the mean.
    fn named(shares: [f64; 3], total: f64) -> Vec<usize> {
        let due = |class: usize| CONFUSION.iter().zip(shares).map(|(row, share)| row[class] * share).sum::<f64>();
        (0..3).map(|class| (total * due(class)).round() as usize).collect()
    }

    #[test]
    fn shares_are_those_before_the_mistakes() {
        for shares in [[1.0 / 3.0; 3], [0.6, 0.3, 0.1], [0.05, 0.05, 0.9], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]] {
            let found = true_shares(&confusion(), &named(shares, 100_000.0));
            for (found, expected) in found.iter().zip(shares) {
                assert!((found - expected).abs() < 2e-3, "{shares:?}: {found:?}");
            }
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{found:?}");
        }
        assert_eq!(true_shares(&confusion(), &[0; 3]), [1.0 / 3.0; 3]);
        // What is never named by the measured errors is taken at its word.
        let perfect: Vec<Vec<f64>> = vec![vec![1.0, 0.0], vec![1.0, 0.0]];
        assert_eq!(true_shares(&perfect, &[0, 7]), [0.0, 1.0]);
    }

    #[test]
    fn a_lost_class_is_explained_by_the_mistakes_of_another() {
        let real = named([1.0 / 3.0; 3], 3_000.0);
        for (shares, expected) in [
            ([1.0 / 3.0; 3], [0, 1, 2]),
            ([0.2, 0.5, 0.3], [0, 1, 2]),
            ([0.5, 0.0, 0.5], [0, 0, 2]),
            ([0.0, 0.5, 0.5], [1, 1, 2]),
            ([0.5, 0.5, 0.0], [0, 1, 1]),
        ] {
            assert_eq!(explained_classes(&confusion(), &real, &named(shares, 2_000.0)), expected, "{shares:?}");
        }
        assert_eq!(explained_classes(&confusion(), &real, &[0; 3]), [0, 1, 2]);
    }
}
