//! Values over the steps of a run, and their mean over several runs.

use std::collections::BTreeMap;

use crate::records::{Record, Records};

/// A point: a step and a value.
pub(crate) type Point = (f64, f64);

/// Values over the steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series {
    /// The steps that the run kept.
    pub(crate) points: Vec<Point>,
    /// Those that rollbacks undid, one list a rollback. The first point of each is the last that was kept.
    pub(crate) undone: Vec<Vec<Point>>,
}

impl Series {
    /// The finite values of the records that have one.
    pub(crate) fn of(records: &Records, value: impl Fn(&Record) -> Option<f64>) -> Self {
        let mut series = Self::default();
        let mut rollbacks = 0;
        for record in &records.lines {
            let step = record.step as f64;
            if record.rollbacks > rollbacks {
                rollbacks = record.rollbacks;
                let kept = series.points.partition_point(|(before, _)| *before < step);
                let undone = series.points[kept.saturating_sub(1)..].to_vec();
                series.points.truncate(kept);
                if undone.len() > usize::from(kept > 0) {
                    series.undone.push(undone);
                }
            }
            if let Some(value) = value(record).filter(|value| value.is_finite()) {
                series.points.push((step, value));
            }
        }
        series
    }

    /// Steps a second between one record and the next.
    pub(crate) fn of_speed(records: &Records) -> Self {
        let mut points = Vec::new();
        let mut before: Option<(u64, f64)> = None;
        for record in &records.lines {
            if let Some((step, seconds)) = before {
                // Records that lie at one step are one moment.
                if record.step > step && record.seconds > seconds {
                    points.push((record.step as f64, (record.step - step) as f64 / (record.seconds - seconds)));
                } else if record.step == step {
                    continue;
                }
            }
            before = Some((record.step, record.seconds));
        }
        Self { points, undone: Vec::new() }
    }

    /// The same line of at most about `most` points, which keeps every peak: of each stretch the least and the largest value.
    pub(crate) fn thinned(self, most: usize) -> Self {
        let undone = self.undone.iter().map(|points| thin(points, most / 2)).collect();
        Self { points: thin(&self.points, most), undone }
    }
}

fn thin(points: &[Point], most: usize) -> Vec<Point> {
    if points.len() <= most.max(4) {
        return points.to_vec();
    }
    let stretches = (most.max(4) - 2) / 2;
    let (first, last) = (points[0], points[points.len() - 1]);
    let inner = &points[1..points.len() - 1];
    let mut kept = vec![first];
    for stretch in inner.chunks(inner.len().div_ceil(stretches)) {
        let by_value = |one: &&Point, other: &&Point| one.1.total_cmp(&other.1);
        let ends = [stretch.iter().min_by(by_value), stretch.iter().max_by(by_value)];
        let mut ends: Vec<Point> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|one, other| one.0.total_cmp(&other.0));
        ends.dedup();
        kept.extend(ends);
    }
    kept.push(last);
    kept
}

/// The mean over several lines at each step, and a band of one standard error about it where two or more lines have the step.
/// A run that ended early has no say in the steps that it did not reach.
pub(crate) fn mean(lines: &[Series]) -> (Vec<Point>, Vec<(f64, f64, f64)>) {
    let mut by_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for line in lines {
        for (step, value) in &line.points {
            by_step.entry(*step as u64).or_default().push(*value);
        }
    }
    let mut points = Vec::with_capacity(by_step.len());
    let mut spread = Vec::new();
    for (step, values) in by_step {
        let estimate = Estimate::of(&values);
        points.push((step as f64, estimate.mean));
        if let Some(error) = estimate.standard_error {
            spread.push((step as f64, estimate.mean - error, estimate.mean + error));
        }
    }
    (points, spread)
}

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// The mean; 0 of no values.
    pub(crate) mean: f64,
    /// The standard deviation of the mean, from two values on.
    pub(crate) standard_error: Option<f64>,
    /// How many values.
    pub(crate) n: usize,
}

impl Estimate {
    /// Of values.
    pub(crate) fn of(values: &[f64]) -> Self {
        let n = values.len();
        let mean = if n == 0 { 0.0 } else { values.iter().sum::<f64>() / n as f64 };
        let standard_error = (n >= 2).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            (squares / (n - 1) as f64 / n as f64).sqrt()
        });
        Self { mean, standard_error, n }
    }
}

#[cfg(test)]
mod tests {
    use super::{Estimate, Series, mean, thin};
    use crate::records::Records;

    #[test]
    fn a_rollback_leaves_its_steps_behind() {
        let line = |step, rollbacks, seconds: f64, value: f64| {
            format!(
                "{{\"step\":{step},\"rollbacks\":{rollbacks},\"seconds\":{seconds},\"losses\":{{\"d\":{value}}}}}\n"
            )
        };
        let text = [
            line(10, 0, 1.0, 1.0),
            line(20, 0, 2.0, 2.0),
            line(30, 0, 3.0, 3.0),
            "{\"step\":10,\"rollbacks\":1,\"seconds\":3.0}\n".to_owned(),
            line(20, 1, 5.0, 4.0),
            "{\"step\":20,\"rollbacks\":1,\"seconds\":5.0}\n".to_owned(),
            line(30, 1, 6.0, 5.0),
        ];
        let records = Records::parse("s", &text.concat());
        let series = Series::of(&records, |record| record.losses.get("d").copied().flatten());
        assert_eq!(series.points, [(20.0, 4.0), (30.0, 5.0)]);
        assert_eq!(series.undone, [[(10.0, 1.0), (20.0, 2.0), (30.0, 3.0)]]);
        assert_eq!(Series::of_speed(&records).points, [(20.0, 10.0), (30.0, 10.0), (20.0, 5.0), (30.0, 10.0)]);
    }

    #[test]
    fn thinning_keeps_ends_and_peaks() {
        let mut points: Vec<_> = (0..10_000).map(|step| (f64::from(step), 0.0)).collect();
        points[4_321].1 = 9.0;
        points[7_000].1 = -9.0;
        let kept = thin(&points, 100);
        assert!(kept.len() <= 100, "{}", kept.len());
        for point in [points[0], points[4_321], points[7_000], points[9_999]] {
            assert!(kept.contains(&point), "{point:?}");
        }
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(thin(&points[..50], 100), points[..50]);
    }

    #[test]
    fn means_are_over_those_that_have_the_step() {
        let line = |points: &[(f64, f64)]| Series { points: points.to_vec(), undone: Vec::new() };
        let (points, spread) = mean(&[line(&[(0.0, 1.0), (5.0, 2.0)]), line(&[(0.0, 3.0)])]);
        assert_eq!(points, [(0.0, 2.0), (5.0, 2.0)]);
        // Two values that are 2 apart: a deviation of sqrt 2, over sqrt 2.
        assert_eq!(spread, [(0.0, 1.0, 3.0)]);
    }

    #[test]
    fn estimates_are_the_closed_forms() {
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0]);
        assert!((estimate.mean - 2.5).abs() < 1e-12);
        assert!((estimate.standard_error.unwrap() - (5.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
        assert_eq!(Estimate::of(&[7.0]), Estimate { mean: 7.0, standard_error: None, n: 1 });
        assert_eq!(Estimate::of(&[]).n, 0);
    }
}
