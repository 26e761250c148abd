//! The chi-squared distribution by a whole number of degrees of freedom.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The probability that a chi-squared variable with `degrees` degrees of freedom, at least 1, is at most `value`.
pub(crate) fn chi_squared_probability(degrees: usize, value: f64) -> f64 {
    // Only zero degrees have no distribution; such a variable is always 0.
    ChiSquared::new(degrees as f64).map_or(1.0, |distribution| distribution.cdf(value))
}

/// The quantile of a chi-squared variable: the value that it stays below with a probability in (0, 1).
pub(crate) fn chi_squared_quantile(degrees: usize, probability: f64) -> f64 {
    ChiSquared::new(degrees as f64).map_or(0.0, |distribution| distribution.inverse_cdf(probability))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_squared_agrees_with_tables() {
        // (degrees, value, probability) from scipy.stats.chi2.cdf.
        let rows = [
            (1, 3.841_458_820_694_124, 0.95),
            (2, 9.0, 0.988_891_003_461_758),
            (3, 7.814_727_903_251_179, 0.95),
            (10, 2.0, 0.003_659_846_827_343_713),
            (700, 700.0, 0.507_108_232_732_791_8),
            (1200, 1290.0, 0.964_589_637_825_067_7),
        ];
        for (degrees, value, probability) in rows {
            let found = chi_squared_probability(degrees, value);
            assert!((found - probability).abs() < 1e-11, "{degrees} {value}: {found} against {probability}");
            assert!((chi_squared_quantile(degrees, found) / value - 1.0).abs() < 1e-9);
        }
    }
}
