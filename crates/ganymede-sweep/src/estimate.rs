//! Means over seeds, and differences between runs of the same seed.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// How much of the time an interval holds the true difference, were the differences normal.
const CONFIDENCE: f64 = 0.95;

/// A mean over seeds.
#[derive(Clone, Copy, Debug, Serialize, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The sample standard deviation over the root of `n`; `None` for a single value.
    pub standard_error: Option<f64>,
    /// How many values.
    pub n: usize,
}

impl Estimate {
    /// The estimate from `values`; `None` without any.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().collect();
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let standard_error = (n > 1).then(|| (squares / (n - 1) as f64 / n as f64).sqrt());
        Some(Self { mean, standard_error, n })
    }
}

/// The mean of differences, value less the baseline's, each between two runs of the same seed.
#[derive(Clone, Copy, Debug, Serialize, PartialEq)]
pub struct Difference {
    /// The mean.
    pub mean: f64,
    /// The interval of 95 % by Student's t with `n - 1` degrees of freedom; `None` for a single pair.
    pub interval: Option<(f64, f64)>,
    /// How many pairs.
    pub n: usize,
}

impl Difference {
    /// The difference of pairs of a value and the baseline's; `None` without any.
    pub fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let differences = pairs.iter().map(|(value, baseline)| value - baseline);
        let Estimate { mean, standard_error, n } = Estimate::of(differences)?;
        let half = standard_error.and_then(|error| Some(quantile(n - 1)? * error));
        Some(Self { mean, interval: half.map(|half| (mean - half, mean + half)), n })
    }
}

/// The quantile of Student's t that leaves half of what [`CONFIDENCE`] leaves above it.
fn quantile(freedom: usize) -> Option<f64> {
    let distribution = StudentsT::new(0.0, 1.0, freedom as f64).ok()?;
    Some(distribution.inverse_cdf(f64::midpoint(1.0, CONFIDENCE)))
}

#[cfg(test)]
mod tests {
    use super::{Difference, Estimate, quantile};

    #[test]
    fn mean_and_standard_error_are_those_by_hand() {
        // Mean 5; squared deviations 9 + 1 + 1 + 9 = 20; variance 20 / 3; standard error sqrt(20 / 3 / 4).
        let estimate = Estimate::of([2.0, 4.0, 6.0, 8.0]).unwrap();
        assert!((estimate.mean - 5.0).abs() < 1e-12);
        assert!((estimate.standard_error.unwrap() - 1.290_994_448_735_805_6).abs() < 1e-12);
        assert_eq!(Estimate::of([3.0]), Some(Estimate { mean: 3.0, standard_error: None, n: 1 }));
        assert_eq!(Estimate::of([]), None);
    }

    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        for (freedom, expected) in [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (30, 2.042)] {
            assert!((quantile(freedom).unwrap() - expected).abs() < 5e-4, "{freedom}");
        }
    }

    #[test]
    fn pairs_take_out_what_a_seed_does_to_both() {
        // Seeds differ by tens and the difference is 1 and 2: mean 1.5, standard error 0.5, one degree of freedom.
        let difference = Difference::of(&[(11.0, 10.0), (32.0, 30.0)]).unwrap();
        let (low, high) = difference.interval.unwrap();
        assert!((difference.mean - 1.5).abs() < 1e-12);
        assert!((low - (1.5 - 12.706 * 0.5)).abs() < 1e-3 && (high - (1.5 + 12.706 * 0.5)).abs() < 1e-3);
        assert_eq!(Difference::of(&[(2.0, 1.0)]), Some(Difference { mean: 1.0, interval: None, n: 1 }));
    }
}
