//! The spread of samples about their own mean, for a whole set and inside its parts.

use crate::MatrixView;
use crate::moments::{mean_and_deviation, median};

/// Samples of each kind that a part needs for its median to be used.
const MEDIAN_ROWS: usize = 12;

/// The relative standard error of a median of squared distances over that of their mean: 1 / ln 2 in the plane, where
/// squares are exponential, and 1.25 in many dimensions, where they are normal; rounded up.
const MEDIAN_DEVIATION: f64 = 1.5;

/// The spread of samples about their own mean.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread {
    pub(crate) rows: usize,
    /// The sum of the unbiased variances of the columns.
    pub(crate) variance: f64,
    /// The squared coefficient of variation of the squared distances from the mean: variance over squared mean.
    pub(crate) variation: f64,
}

impl Spread {
    /// The spread of the chosen rows.
    pub(crate) fn of(samples: MatrixView, rows: &[usize]) -> Self {
        Self::of_squares(&squares_about_mean(samples, rows))
    }

    /// The spread of rows with these squared distances from their mean.
    fn of_squares(squares: &[f64]) -> Self {
        if squares.len() < 2 {
            return Self { rows: squares.len(), ..Self::default() };
        }
        let count = squares.len() as f64;
        let (square, deviation) = mean_and_deviation(squares);
        let variation = if square > 0.0 { (deviation / square).powi(2) } else { 0.0 };
        Self { rows: squares.len(), variance: square * count / (count - 1.0), variation }
    }

    /// The ratio of this spread to that of real samples, with the standard deviation of its logarithm by the delta method.
    /// `None` when the real samples do not vary or there are fewer than two samples.
    pub(crate) fn ratio(&self, real: &Self) -> Option<(f64, f64)> {
        (real.variance > 0.0 && self.rows > 1).then(|| {
            let inverse = 1.0 / self.rows as f64 + 1.0 / real.rows as f64;
            // Samples on a shell about their mean would have no variation; it is taken as a hundredth at least.
            let variation = self.variation.max(real.variation).max(0.01);
            ((self.variance / real.variance).sqrt(), 0.5 * (variation * inverse).sqrt())
        })
    }
}

/// The squared distance of each chosen row from their mean.
fn squares_about_mean(samples: MatrixView, rows: &[usize]) -> Vec<f64> {
    let Some(first) = rows.first().map(|row| samples.row(*row)) else { return Vec::new() };
    let mut mean = vec![0.0_f64; samples.columns()];
    for &row in rows {
        for ((sum, value), first) in mean.iter_mut().zip(samples.row(row)).zip(first) {
            *sum += f64::from(*value) - f64::from(*first);
        }
    }
    let count = rows.len() as f64;
    for sum in &mut mean {
        *sum /= count;
    }
    rows.iter()
        .map(|&row| {
            let values = samples.row(row).iter().zip(first).zip(&mean);
            values.map(|((value, first), mean)| (f64::from(*value) - f64::from(*first) - mean).powi(2)).sum()
        })
        .collect()
}

/// The rows of each part, from the part of each row.
pub(crate) fn members(parts: &[usize], count: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); count];
    for (row, part) in parts.iter().enumerate() {
        members[*part].push(row);
    }
    members
}

/// The spread of the samples of one part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    spread: Spread,
    /// The median of the squared distances from the mean, which a few samples between the parts hardly change.
    median: f64,
}

impl Part {
    fn of(samples: MatrixView, rows: &[usize]) -> Self {
        let mut squares = squares_about_mean(samples, rows);
        let spread = Spread::of_squares(&squares);
        squares.sort_unstable_by(f64::total_cmp);
        Self { spread, median: median(&squares).unwrap_or(0.0) }
    }

    /// [`Spread::ratio`].
    fn ratio(&self, real: &Self) -> Option<(f64, f64)> {
        self.spread.ratio(&real.spread)
    }

    /// The ratio of the medians, when both parts have enough samples.
    fn ratio_of_medians(&self, real: &Self) -> Option<(f64, f64)> {
        let rows = [self.spread.rows, real.spread.rows];
        let enough = rows.iter().all(|rows| *rows >= MEDIAN_ROWS) && real.median > 0.0;
        enough.then(|| {
            let inverse = rows.iter().map(|rows| 1.0 / *rows as f64).sum::<f64>();
            // Only the real samples' variation, because samples between the parts inflate that of the fakes.
            let variation = real.spread.variation.max(0.01);
            ((self.median / real.median).sqrt(), 0.5 * MEDIAN_DEVIATION * (variation * inverse).sqrt())
        })
    }
}

/// The spread of each part, from the part of each row.
pub(crate) fn parts_of(samples: MatrixView, parts: &[usize], count: usize) -> Vec<Part> {
    members(parts, count).iter().map(|rows| Part::of(samples, rows)).collect()
}

/// The spread of the fake samples inside parts over that of the real ones, by mean squares and by medians, each with the
/// standard deviation of its logarithm. It is the geometric mean over the parts with at least `least_rows` rows of both
/// sets, weighted by their real rows; `None` when there is no such part.
pub(crate) fn pooled_ratios(real: &[Part], fake: &[Part], least_rows: usize) -> [Option<(f64, f64)>; 2] {
    [Part::ratio, Part::ratio_of_medians].map(|ratio: fn(&Part, &Part) -> Option<(f64, f64)>| {
        let mut sums = [0.0_f64; 3];
        for (real, fake) in real.iter().zip(fake) {
            let enough = real.spread.rows.min(fake.spread.rows) >= least_rows;
            if let Some((ratio, deviation)) = enough.then(|| ratio(fake, real)).flatten() {
                let weight = real.spread.rows as f64;
                sums[0] += weight;
                sums[1] += weight * ratio.max(1e-3).ln();
                sums[2] += (weight * deviation).powi(2);
            }
        }
        let [weight, logarithm, square] = sums;
        (weight > 0.0).then(|| ((logarithm / weight).exp(), square.sqrt() / weight))
    })
}
