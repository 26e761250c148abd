//! Ranges and ticks.

/// The middle and half the length of a stretch that holds most of what is to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) middle: f64,
    /// Half the length, above 0.
    pub(super) half: f64,
}

impl Axis {
    /// The stretch of finite values, with some room; around 0 without any.
    pub(super) fn around(values: impl Iterator<Item = f32>) -> Self {
        let finite = values.filter(|value| value.is_finite()).map(f64::from);
        let (low, high) =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return Self { middle: 0.0, half: 1.0 };
        }
        let half = (high - low) / 2.0 * 1.15;
        Self { middle: f64::midpoint(low, high), half: if half > 0.0 { half } else { high.abs().max(1.0) } }
    }

    /// Round numbers across the axis, each with its text.
    pub(super) fn ticks(self) -> Vec<(f64, String)> {
        let rough = self.half / 3.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let first = ((self.middle - self.half) / step).ceil() as i64;
        let last = ((self.middle + self.half) / step).floor() as i64;
        (first..=last).map(|index| (index as f64 * step, label(index as f64 * step, step))).collect()
    }
}

/// A tick's number, with the digits that separate it from its neighbours.
fn label(value: f64, step: f64) -> String {
    if !(1e-4..1e5).contains(&step) {
        return if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") };
    }
    let digits = (-step.log10().floor()).max(0.0) as usize;
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn ticks_are_round_and_few() {
        let rows = [
            (0.0, 1.15, vec!["-1.0", "-0.5", "0.0", "0.5", "1.0"]),
            (0.0, 4.7, vec!["-4", "-2", "0", "2", "4"]),
            (1000.0, 2.0, vec!["998", "999", "1000", "1001", "1002"]),
            (0.0, 3e6, vec!["-3.0e6", "-2.0e6", "-1.0e6", "0", "1.0e6", "2.0e6", "3.0e6"]),
        ];
        for (middle, half, expected) in rows {
            let ticks: Vec<String> = Axis { middle, half }.ticks().into_iter().map(|(_, text)| text).collect();
            assert_eq!(ticks, expected, "{middle} +- {half}");
        }
    }

    #[test]
    fn ranges_hold_what_there_is() {
        for values in [vec![], vec![f32::NAN], vec![3.0], vec![0.0, 0.0], vec![-1.0, 2.0], vec![f32::MAX, f32::MIN]] {
            let axis = Axis::around(values.iter().copied());
            assert!(axis.half > 0.0 && axis.middle.is_finite(), "{values:?}: {axis:?}");
            let outside = |value: &&f32| (f64::from(**value) - axis.middle).abs() > axis.half;
            assert_eq!(values.iter().filter(outside).count(), 0, "{values:?}: {axis:?}");
            assert!(axis.ticks().len() < 12, "{values:?}");
        }
    }
}
