//! Where the points of a chart lie.

use crate::ticks::{logarithmic_ticks, ticks};

/// How values are laid out along the vertical axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally far apart.
    #[default]
    Linear,
    /// Equal ratios are equally far apart. Values of 0 or less lie at the bottom.
    Logarithmic,
}

/// Where a chart's lines lie, in pixels, and what its corners stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axes {
    /// The left end of the horizontal axis.
    pub left: f64,
    /// Its right end.
    pub right: f64,
    /// The upper end of the vertical axis.
    pub top: f64,
    /// Its lower end.
    pub bottom: f64,
    /// The steps at the left and at the right.
    pub steps: [f64; 2],
    /// The values at the bottom and at the top.
    pub values: [f64; 2],
    /// How values are laid out.
    pub scale: Scale,
}

impl Axes {
    /// Where a step lies. Of an axis of no length every step lies at the left.
    pub fn across(&self, step: f64) -> f64 {
        self.left + (self.right - self.left) * share(step, self.steps)
    }

    /// Where a value lies; beyond the ends, where it is not on the axis.
    pub fn up(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => share(value, self.values),
            Scale::Logarithmic if value > 0.0 => share(value.ln(), self.values.map(f64::ln)),
            Scale::Logarithmic => 0.0,
        };
        self.bottom - (self.bottom - self.top) * share
    }

    /// Round values along the vertical axis.
    pub fn value_ticks(&self) -> Vec<f64> {
        let [low, high] = self.values;
        match self.scale {
            Scale::Linear => ticks(low, high, 4),
            Scale::Logarithmic => logarithmic_ticks(low, high),
        }
    }

    /// The points of a line, as SVG takes them. What is not finite is left out; what is off the axis lies at its end.
    pub fn points(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let finite = points.filter(|(step, value)| step.is_finite() && value.is_finite());
        let placed = finite.map(|(step, value)| {
            let height = self.up(value).clamp(self.top.min(self.bottom), self.bottom.max(self.top));
            format!("{:.1},{height:.1}", self.across(step))
        });
        placed.collect::<Vec<_>>().join(" ")
    }
}

/// How far `value` is on the way between two ends.
fn share(value: f64, [low, high]: [f64; 2]) -> f64 {
    if high > low { (value - low) / (high - low) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Axes, Scale};

    const AXES: Axes = Axes {
        left: 10.0,
        right: 110.0,
        top: 5.0,
        bottom: 25.0,
        steps: [0.0, 200.0],
        values: [0.0, 4.0],
        scale: Scale::Linear,
    };

    #[test]
    fn corners_are_corners() {
        let ratios = Axes { values: [0.1, 10.0], scale: Scale::Logarithmic, ..AXES };
        for (found, expected) in [
            (AXES.across(0.0), 10.0),
            (AXES.across(200.0), 110.0),
            (AXES.across(50.0), 35.0),
            (AXES.up(0.0), 25.0),
            (AXES.up(4.0), 5.0),
            (AXES.up(1.0), 20.0),
            (ratios.up(0.1), 25.0),
            (ratios.up(1.0), 15.0),
            (ratios.up(10.0), 5.0),
            (ratios.up(0.0), 25.0),
        ] {
            assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
        }
    }

    #[test]
    fn points_stay_on_the_sheet() {
        let points = [(0.0, 1.0), (50.0, f64::NAN), (100.0, 400.0), (200.0, -3.0)];
        assert_eq!(AXES.points(points.into_iter()), "10.0,20.0 60.0,5.0 110.0,25.0");
        let flat = Axes { steps: [3.0, 3.0], ..AXES };
        assert_eq!(flat.points([(3.0, 4.0)].into_iter()), "10.0,5.0");
    }
}
