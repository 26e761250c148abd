//! Spread about the mean: of all, of each column, and inside parts, with what chance makes of it.

use std::cmp::Ordering;

use super::finding::{Finding, mean_and_deviation, normal_below};
use crate::MatrixView;
use crate::counts::holm;
use crate::mode_shapes::median;
use crate::table::{COLUMN_SPREAD, INSIDE_SPREAD, SPREAD_EXCESS, SPREAD_RATIO};

/// A ratio of spreads under which a part, a column or a class counts as collapsed.
pub(super) const COLLAPSED_SPREAD: f64 = 1.0 / 3.0;

/// ... and as narrowed.
pub(super) const NARROWED_SPREAD: f64 = 0.65;

/// Samples of either kind that a part needs so that its own spread is looked at.
const PART_ROWS: usize = 4;

/// ... and so that its median is.
const MEDIAN_ROWS: usize = 12;

/// The relative standard error of a median of squared distances over that of their mean: in the plane, where squares are
/// exponential, 1 / ln 2, and 1.25 in many dimensions.
const MEDIAN_DEVIATION: f64 = 1.5;

/// The spread of some samples about their own mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    pub(super) rows: usize,
    /// The sum of the columns' variances, unbiased.
    pub(super) variance: f64,
    /// The squared coefficient of variation of the squared distances from the mean: their variance over their squared mean.
    pub(super) variation: f64,
}

impl Spread {
    /// That of chosen rows.
    pub(super) fn of(samples: MatrixView, rows: &[usize]) -> Self {
        Self::of_squares(&squares_about_mean(samples, rows))
    }

    /// That of rows whose squared distances from their mean are these.
    fn of_squares(squares: &[f64]) -> Self {
        if squares.len() < 2 {
            return Self { rows: squares.len(), ..Self::default() };
        }
        let count = squares.len() as f64;
        let (square, deviation) = mean_and_deviation(squares);
        let variation = if square > 0.0 { (deviation / square).powi(2) } else { 0.0 };
        Self { rows: squares.len(), variance: square * count / (count - 1.0), variation }
    }

    /// The ratio of this spread to that of real samples, with the deviation of its logarithm by the delta method.
    pub(super) fn ratio(&self, real: &Self) -> Option<(f64, f64)> {
        (real.variance > 0.0 && self.rows > 1).then(|| {
            let inverse = 1.0 / self.rows as f64 + 1.0 / real.rows as f64;
            // A cluster that is nearly a shell has hardly any variation; that of two dimensions at least a hundredth.
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

/// The spread of all samples, as too small and as too large.
pub(super) fn overall([real, fake]: [MatrixView; 2]) -> Vec<Finding> {
    let [real, fake] = [real, fake].map(|set| Spread::of(set, &(0..set.rows()).collect::<Vec<_>>()));
    let Some((ratio, deviation)) = fake.ratio(&real) else { return Vec::new() };
    let freedom = freedom(&real, &fake);
    vec![
        Finding::ratio(&SPREAD_RATIO, ratio, deviation, freedom),
        Finding::ratio(&SPREAD_EXCESS, ratio, deviation, freedom),
    ]
}

fn freedom(real: &Spread, fake: &Spread) -> f64 {
    (real.rows.min(fake.rows) as f64 - 1.0).max(1.0)
}

/// The spread of each column by itself; nothing for pictures, whose pixels depend on each other.
pub(super) fn of_columns([real, fake]: [MatrixView; 2]) -> Option<Finding> {
    let columns = real.columns();
    let all = [real, fake].map(|set| {
        (0..columns)
            .map(|column| {
                let values: Vec<f32> = set.iter_rows().map(|row| row[column]).collect();
                let rows: Vec<usize> = (0..values.len()).collect();
                Spread::of(MatrixView::trusted(&values, values.len(), 1), &rows)
            })
            .collect::<Vec<_>>()
    });
    let ratios: Vec<(f64, f64)> = all[0]
        .iter()
        .zip(&all[1])
        .filter_map(|(real, fake)| {
            let (ratio, deviation) = fake.ratio(real)?;
            Some((ratio, normal_below(ratio.max(1e-12).ln() / (deviation + 1e-6))))
        })
        .collect();
    if ratios.is_empty() {
        return None;
    }
    let corrected = holm(&ratios.iter().map(|(_, chance)| *chance).collect::<Vec<_>>());
    let below = |limit: f64| {
        let found = ratios.iter().zip(&corrected).filter(|((ratio, _), chance)| *ratio < limit && **chance < 0.01);
        found.count() as f64 / ratios.len() as f64
    };
    let (collapsed, narrowed) = (below(COLLAPSED_SPREAD), below(NARROWED_SPREAD));
    let effect = collapsed + 0.1 * (narrowed - collapsed);
    Some(Finding {
        info: &COLUMN_SPREAD,
        value: ratios.iter().map(|(ratio, _)| *ratio).fold(f64::INFINITY, f64::min),
        null: None,
        chance: Some(corrected.iter().copied().fold(1.0, f64::min)),
        effect,
        effect_interval: [effect, effect],
    })
}

/// The members of each part, by the part of each row.
pub(super) fn members(parts: &[usize], count: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); count];
    for (row, part) in parts.iter().enumerate() {
        members[*part].push(row);
    }
    members
}

/// The samples of one part.
struct Part {
    spread: Spread,
    /// The median of the squared distances from the mean: a few samples between the parts hardly change it.
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

    /// The same by the medians, where there are samples enough for one.
    fn ratio_of_medians(&self, real: &Self) -> Option<(f64, f64)> {
        let rows = [self.spread.rows, real.spread.rows];
        let enough = rows.iter().all(|rows| *rows >= MEDIAN_ROWS) && real.median > 0.0;
        enough.then(|| {
            let inverse = rows.iter().map(|rows| 1.0 / *rows as f64).sum::<f64>();
            // The real samples' variation: those between the parts would swell that of the fakes.
            let variation = real.spread.variation.max(0.01);
            ((self.median / real.median).sqrt(), 0.5 * MEDIAN_DEVIATION * (variation * inverse).sqrt())
        })
    }
}

/// The spread inside parts, by mean squares and by medians, whichever speaks the more; `parts` are those of the real and of
/// the fake rows. Nothing where no part has enough of both.
pub(super) fn inside(sets: [MatrixView; 2], parts: [&[usize]; 2], count: usize) -> Option<Finding> {
    let [real, fake] = [0, 1]
        .map(|set: usize| members(parts[set], count).iter().map(|rows| Part::of(sets[set], rows)).collect::<Vec<_>>());
    let freedom = (sets[0].rows().min(sets[1].rows()) as f64 / 2.0).max(2.0);
    let pooled = |ratio: fn(&Part, &Part) -> Option<(f64, f64)>| {
        let mut sums = [0.0_f64; 3];
        for (real, fake) in real.iter().zip(&fake) {
            let enough = real.spread.rows.min(fake.spread.rows) >= PART_ROWS;
            if let Some((ratio, deviation)) = enough.then(|| ratio(fake, real)).flatten() {
                let weight = real.spread.rows as f64;
                sums[0] += weight;
                sums[1] += weight * ratio.max(1e-3).ln();
                sums[2] += (weight * deviation).powi(2);
            }
        }
        let [weight, logarithm, square] = sums;
        let found = || Finding::ratio(&INSIDE_SPREAD, (logarithm / weight).exp(), square.sqrt() / weight, freedom);
        (weight > 0.0).then(found)
    };
    let found = [pooled(Part::ratio), pooled(Part::ratio_of_medians)];
    let strongest =
        found.into_iter().flatten().min_by(|a, b| a.chance.partial_cmp(&b.chance).unwrap_or(Ordering::Equal));
    strongest.map(|finding| Finding { chance: finding.chance.map(|chance| (2.0 * chance).min(1.0)), ..finding })
}
