//! Numbers that are those expected but for rounding.

/// Asserts that numbers are those expected but for rounding, measured by the largest of them.
pub(crate) fn assert_near(numbers: &[f32], expected: &[f64], what: &str) {
    assert_eq!(numbers.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0f64, |largest, number| largest.max(number.abs()));
    for (at, (number, expected)) in numbers.iter().zip(expected).enumerate() {
        let error = (f64::from(*number) - expected).abs();
        assert!(error <= 1e-5 * scale, "{what}: {number} at {at}, expected {expected}");
    }
}
