//! The spread about the mean as findings: of all samples, of each column, and inside parts.

use std::cmp::Ordering;

use super::finding::{Finding, normal_below};
use crate::MatrixView;
use crate::counts::holm;
use crate::own_spread::{Spread, parts_of, pooled_ratios};
use crate::table::{COLUMN_SPREAD, INSIDE_SPREAD, SPREAD_EXCESS, SPREAD_RATIO};

/// Ratio of spreads below which a column or a class has collapsed.
pub(super) const COLLAPSED_SPREAD: f64 = 1.0 / 3.0;

/// Ratio of spreads below which a column or a class is narrowed.
pub(super) const NARROWED_SPREAD: f64 = 0.65;

/// Samples of each kind that a part needs for its own spread to be used.
const PART_ROWS: usize = 4;

/// The spread of all samples, as a finding for being too small and one for being too large.
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

/// The spread of each column separately. `None` when no column varies; not used for pictures, whose pixels depend on each
/// other.
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

/// The spread inside parts, by mean squares or by medians, whichever has the smaller p-value. `parts` are the parts of the
/// real and of the fake rows. `None` when no part has enough samples of both sets.
pub(super) fn inside(sets: [MatrixView; 2], parts: [&[usize]; 2], count: usize) -> Option<Finding> {
    let [real, fake] = [0, 1].map(|set: usize| parts_of(sets[set], parts[set], count));
    let freedom = (sets[0].rows().min(sets[1].rows()) as f64 / 2.0).max(2.0);
    let found = pooled_ratios(&real, &fake, PART_ROWS);
    let findings =
        found.into_iter().flatten().map(|(ratio, deviation)| Finding::ratio(&INSIDE_SPREAD, ratio, deviation, freedom));
    let strongest = findings.min_by(|a, b| a.chance.partial_cmp(&b.chance).unwrap_or(Ordering::Equal));
    strongest.map(|finding| Finding { chance: finding.chance.map(|chance| (2.0 * chance).min(1.0)), ..finding })
}
