//! Inside known modes: the spread of each mode's samples about their own mean, and the offset of that mean.

use serde::{Deserialize, Serialize};

use crate::Verdict;
use crate::moments::median;

/// High-quality samples that a mode needs to have a shape. With 20, the spread of real samples has a standard error of 11 %
/// in the plane, `1 / sqrt(2 features (samples - 1))`, and less in more dimensions.
pub const LEAST_FOR_SHAPE: usize = 20;

/// Below this median of the modes' own spreads, variety is lost inside the modes: normal modes then fill a quarter of their
/// area in the plane.
const SUSPECT_BELOW: f64 = 0.5;

/// Below this median, most variety is lost: normal modes then fill less than a tenth of their area in the plane.
const COLLAPSED_BELOW: f64 = 0.3;

/// The spread and the offset of one mode's samples, in standard deviations of the data's mode along one coordinate.
///
/// With `n` samples, `(n - 1) / n spread^2 + offset^2` is their mean squared distance from the true center along one
/// coordinate. A small blob beside the center can have the same distances as a wide mode; only spread and offset together
/// distinguish the two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModeShape {
    /// The standard deviation of the mode's high-quality samples about their own mean, along one coordinate: the root of the
    /// mean unbiased variance over the coordinates. For real samples in the plane it is 0.974 on average, because
    /// high-quality samples are cut off at three standard deviations.
    pub spread: f64,
    /// The distance of that mean from the mode's true center, over the root of the number of coordinates. For `n` real
    /// samples it is about `1 / sqrt(n)` in any dimension.
    pub offset: f64,
}

/// Sums over the samples of one mode, about its true center and in its standard deviations.
#[derive(Clone, Debug)]
pub(crate) struct ShapeSums {
    count: usize,
    sums: Vec<f64>,
    squares: f64,
}

impl ShapeSums {
    pub(crate) fn new(features: usize) -> Self {
        Self { count: 0, sums: vec![0.0; features], squares: 0.0 }
    }

    /// Adds a sample of the mode with this center and standard deviation.
    pub(crate) fn add(&mut self, sample: &[f32], center: &[f32], std: f32) {
        self.count += 1;
        for ((sum, value), center) in self.sums.iter_mut().zip(sample).zip(center) {
            let deviation = (f64::from(*value) - f64::from(*center)) / f64::from(std);
            *sum += deviation;
            self.squares += deviation * deviation;
        }
    }

    /// The mode's shape; `None` with fewer than [`LEAST_FOR_SHAPE`] samples.
    pub(crate) fn shape(&self) -> Option<ModeShape> {
        if self.count < LEAST_FOR_SHAPE {
            return None;
        }
        let (count, features) = (self.count as f64, self.sums.len() as f64);
        let squared_offset = self.sums.iter().map(|sum| (sum / count).powi(2)).sum::<f64>();
        // Rounding can make the difference slightly negative for equal samples.
        let about_mean = (self.squares - count * squared_offset).max(0.0);
        let spread = (about_mean / ((count - 1.0) * features)).sqrt();
        Some(ModeShape { spread, offset: (squared_offset / features).sqrt() })
    }
}

/// A summary of the shapes of all modes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InsideModes {
    /// The number of modes with a shape.
    pub modes: usize,
    /// The least own spread; see [`ModeShape::spread`].
    pub spread_least: f64,
    /// The median of the own spreads.
    pub spread_median: f64,
    /// The median of the offsets; see [`ModeShape::offset`].
    pub offset_median: f64,
    /// The largest offset.
    pub offset_largest: f64,
    /// `collapsed` when the median spread is below 0.3; `suspect` when it is below 0.5, or the least spread is below 0.3. An
    /// offset alone loses no variety and is never suspect.
    pub verdict: Verdict,
}

impl InsideModes {
    /// The summary of the modes that have a shape; `None` when none has.
    pub(crate) fn of(shapes: &[Option<ModeShape>]) -> Option<Self> {
        let sorted = |read: fn(&ModeShape) -> f64| {
            let mut values: Vec<f64> = shapes.iter().flatten().map(read).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        let (spreads, offsets) = (sorted(|shape| shape.spread), sorted(|shape| shape.offset));
        let (spread_least, spread_median) = (*spreads.first()?, median(&spreads)?);
        let verdict = if spread_median < COLLAPSED_BELOW {
            Verdict::Collapsed
        } else if spread_median < SUSPECT_BELOW || spread_least < COLLAPSED_BELOW {
            Verdict::Suspect
        } else {
            Verdict::Healthy
        };
        Some(Self {
            modes: spreads.len(),
            spread_least,
            spread_median,
            offset_median: median(&offsets)?,
            offset_largest: *offsets.last()?,
            verdict,
        })
    }

    /// The finding in words, for reports.
    pub fn sentence(&self) -> String {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let (median, least) = (percent(self.spread_median), percent(self.spread_least));
        let spreads = format!("the modes' own spread is {median} of the data's in the median, {least} at least");
        match self.verdict {
            Verdict::Healthy => spreads,
            _ => format!(
                "variety is lost inside the modes: {spreads}; they lie {:.2} standard deviations from their centres",
                self.offset_median
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InsideModes, ModeShape};
    use crate::Verdict::{self, Collapsed, Healthy, Suspect};

    #[test]
    fn the_verdict_follows_median_and_least() {
        let rows: [(&[f64], Verdict); 7] = [
            (&[1.0, 0.9, 1.1], Healthy),
            (&[0.55, 0.6, 0.5], Healthy),
            (&[0.29, 1.0, 1.0], Suspect),
            (&[0.4, 0.49, 1.0], Suspect),
            (&[0.1, 0.2, 1.0], Collapsed),
            (&[0.1, 0.45], Collapsed),
            (&[0.0], Collapsed),
        ];
        for (spreads, expected) in rows {
            let shapes: Vec<_> =
                spreads.iter().map(|spread| Some(ModeShape { spread: *spread, offset: 2.0 })).collect();
            let found = InsideModes::of(&shapes).unwrap();
            assert_eq!(found.verdict, expected, "{spreads:?}");
            assert_eq!(found.sentence().contains("variety is lost"), expected != Healthy, "{}", found.sentence());
        }
    }

    #[test]
    fn modes_without_a_shape_are_left_out() {
        let shape = |spread, offset| Some(ModeShape { spread, offset });
        let found = InsideModes::of(&[None, shape(0.8, 0.1), None, shape(1.0, 0.5), shape(0.9, 0.2)]).unwrap();
        assert_eq!((found.modes, found.spread_least, found.spread_median), (3, 0.8, 0.9));
        assert_eq!((found.offset_median, found.offset_largest), (0.2, 0.5));
        assert_eq!(InsideModes::of(&[None, None]), None);
        assert_eq!(InsideModes::of(&[]), None);
    }
}
