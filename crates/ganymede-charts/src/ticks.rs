//! Round numbers along an axis.

/// Round numbers from `low` to `high`, at most `most` + 1 of them: multiples of 1, 2 or 5 times a power of ten. Empty where
/// the ends are not finite or not in order, or `most` is 0.
pub fn ticks(low: f64, high: f64, most: u32) -> Vec<f64> {
    let span = high - low;
    if !(span.is_finite() && span > 0.0) || most == 0 {
        return Vec::new();
    }
    let most = f64::from(most);
    let power = 10.0_f64.powf((span / most).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|part| part * power).into_iter().find(|step| span / step <= most);
    let step = step.unwrap_or(span);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    if !(step > 0.0 && (0.0..=most).contains(&(last - first)) && first.abs() < 1e15) {
        return Vec::new();
    }
    (0..=(last - first) as u32).map(|at| (first + f64::from(at)) * step).collect()
}

/// Powers of ten between two positive numbers, with 2 and 5 between them where there are few.
pub(crate) fn logarithmic_ticks(low: f64, high: f64) -> Vec<f64> {
    if !(low > 0.0 && high.is_finite() && high > low) {
        return Vec::new();
    }
    let decades = (high / low).log10();
    let parts: &[f64] = if decades <= 1.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let stride = (decades / 5.0).ceil().max(1.0) as i32;
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let powers = (first..=last).filter(|power| power.rem_euclid(stride) == 0);
    powers
        .flat_map(|power| parts.iter().map(move |part| part * 10.0_f64.powi(power)))
        .filter(|tick| (low..=high).contains(tick))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{logarithmic_ticks, ticks};

    #[test]
    fn ticks_are_round() {
        for (low, high, expected) in [
            (0.0, 47.7, vec![0.0, 10.0, 20.0, 30.0, 40.0]),
            (0.0, 100_000.0, vec![0.0, 20_000.0, 40_000.0, 60_000.0, 80_000.0, 100_000.0]),
            (0.0, 3_000.0, vec![0.0, 500.0, 1_000.0, 1_500.0, 2_000.0, 2_500.0, 3_000.0]),
            (0.0, 7.0, vec![0.0, 2.0, 4.0, 6.0]),
            (-1.0, 1.0, vec![-1.0, -0.5, 0.0, 0.5, 1.0]),
            (98.0, 103.0, vec![98.0, 99.0, 100.0, 101.0, 102.0, 103.0]),
            (1.0, 1.0, vec![]),
            (0.0, f64::INFINITY, vec![]),
            (2.0, 1.0, vec![]),
        ] {
            assert_eq!(ticks(low, high, 6), expected, "{low} to {high}");
        }
    }

    #[test]
    fn logarithmic_ticks_are_powers() {
        assert_eq!(logarithmic_ticks(0.5, 60.0), [1.0, 10.0]);
        assert_eq!(logarithmic_ticks(0.9, 11.0), [1.0, 2.0, 5.0, 10.0]);
        assert!(logarithmic_ticks(0.0, 1.0).is_empty());
    }

    proptest! {
        #[test]
        fn ticks_lie_inside_and_are_few(low in -1e9..1e9_f64, span in 1e-3..1e9_f64, most in 1_u32..12) {
            let found = ticks(low, low + span, most);
            prop_assert!(found.len() <= most as usize + 1);
            for pair in found.windows(2) {
                prop_assert!(pair[0] < pair[1]);
            }
            for tick in found {
                prop_assert!(tick >= low - 1e-6 * span && tick <= low + span * (1.0 + 1e-6));
            }
        }
    }
}
