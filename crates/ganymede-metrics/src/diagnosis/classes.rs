//! The diagnosis class by class: a conditional generator can collapse inside one class while the whole set looks healthy.

use std::collections::{BTreeMap, HashSet};

use super::finding::{COLLAPSED_ALARMS, Finding, SUSPECT_ALARMS, lost, student_below};
use super::pairs::Pairs;
use super::parts::{Change, changes, kept, lost_inside};
use super::spread::{COLLAPSED_SPREAD, NARROWED_SPREAD};
use super::{ClassDiagnosis, DiagnosisOptions};
use crate::counts::{chance_of_fewer, holm};
use crate::lost::lost_share;
use crate::own_spread::Spread;
use crate::table::{CLASS_SHARE, INSIDE_CLASSES, LABEL_AGREEMENT};
use crate::{MatrixView, MetricError, Verdict};

/// Rows of each set that a class needs for a verdict on its inside.
const JUDGED_ROWS: usize = 4;

/// Rows of each set that a class needs to be divided into clusters.
const PART_ROWS: usize = 60;

/// Shares of distinct samples below which a class has collapsed, and below which it is suspect.
const FEW_DISTINCT: [f64; 2] = [0.3, 0.9];

/// Lost shares above which a class has collapsed, and above which it is suspect.
const LOST: [f64; 2] = [0.3, 0.1];

/// Agreement of real labels with their neighbours' beyond chance, 0 to 1, below which labels cannot be judged.
const AGREEMENT: f64 = 0.2;

/// The number of tests of a class.
const TESTS: f64 = 3.0;

/// Diagnoses each class. `sets` are `[real, fake]`, and `labels` the classes of their rows.
pub(super) fn per_class(
    sets: [MatrixView; 2],
    labels: [&[usize]; 2],
    options: &DiagnosisOptions,
) -> Result<(Vec<ClassDiagnosis>, Vec<Finding>), MetricError> {
    let mut rows: BTreeMap<usize, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, labels) in labels.into_iter().enumerate() {
        for (row, label) in labels.iter().enumerate() {
            rows.entry(*label).or_default()[side].push(row);
        }
    }
    let counts = |side: usize| rows.values().map(|rows| rows[side].len()).collect::<Vec<_>>();
    let (real_counts, fake_counts) = (counts(0), counts(1));
    let missing = changes(&real_counts, &fake_counts, 1.0);
    let mut classes = rows
        .iter()
        .zip(missing)
        .map(|((class, rows), change)| one_class(*class, sets, rows, change == Change::Lost, options))
        .collect::<Result<Vec<_>, _>>()?;
    judge(&mut classes);
    let mut findings = vec![kept(&CLASS_SHARE, lost_share(&real_counts, &fake_counts, &[], 1.0, options.seed))];
    findings.extend(inside(&classes));
    Ok((classes, findings))
}

/// The figures of one class; `missing` if the fake samples are known to lack it.
fn one_class(
    class: usize,
    sets: [MatrixView; 2],
    rows: &[Vec<usize>; 2],
    missing: bool,
    options: &DiagnosisOptions,
) -> Result<ClassDiagnosis, MetricError> {
    let [real_rows, fake_rows] = [rows[0].len(), rows[1].len()];
    let mut found = ClassDiagnosis {
        class,
        real: real_rows,
        fake: fake_rows,
        missing,
        verdict: missing.then_some(Verdict::Collapsed),
        spread_ratio: None,
        distinct_share: None,
        kept_share: None,
        p_value: None,
        note: None,
    };
    if missing {
        found.note = Some("the fake samples lack this class".to_owned());
    } else if real_rows == 0 {
        found.note = Some("the real samples lack this class".to_owned());
    } else if real_rows < JUDGED_ROWS || fake_rows < JUDGED_ROWS {
        found.note = Some("too few samples of this class to judge its inside".to_owned());
    }
    if found.note.is_some() {
        return Ok(found);
    }
    let [real, fake] = [0, 1].map(|set: usize| Spread::of(sets[set], &rows[set]));
    let mut chance = 1.0_f64;
    if let Some((ratio, deviation)) = fake.ratio(&real) {
        found.spread_ratio = Some(ratio);
        chance = chance.min(student_below(ratio.max(1e-12).ln() / deviation, real_rows.min(fake_rows) as f64 - 1.0));
    }
    let [real_distinct, fake_distinct] = [0, 1].map(|set: usize| distinct(sets[set], &rows[set]));
    let share = (fake_distinct as f64 / fake_rows as f64) / (real_distinct as f64 / real_rows as f64);
    found.distinct_share = Some(share.min(1.0));
    chance = chance.min(chance_of_fewer([real_distinct, real_rows], [fake_distinct, fake_rows]));
    if real_rows.min(fake_rows) >= PART_ROWS {
        let values = [0, 1].map(|set: usize| sets[set].gather(&rows[set]));
        let views = [0, 1].map(|set: usize| MatrixView::trusted(&values[set], rows[set].len(), sets[set].columns()));
        let width = (2.0 * real.variance).sqrt();
        let lost = lost_inside(views, width, options)?;
        found.kept_share = Some(1.0 - lost.share);
        chance = chance.min(lost.chance);
    }
    found.p_value = Some((TESTS * chance).min(1.0));
    Ok(found)
}

/// The number of distinct rows among `rows`, compared bit for bit.
fn distinct(samples: MatrixView, rows: &[usize]) -> usize {
    rows.iter()
        .map(|row| samples.row(*row).iter().map(|value| value.to_bits()).collect::<Vec<_>>())
        .collect::<HashSet<_>>()
        .len()
}

/// Sets the verdict of each class, with its p-value corrected for the number of classes.
fn judge(classes: &mut [ClassDiagnosis]) {
    let judged: Vec<usize> = (0..classes.len()).filter(|class| classes[*class].p_value.is_some()).collect();
    let chances: Vec<f64> = judged.iter().filter_map(|class| classes[*class].p_value).collect();
    for (class, chance) in judged.into_iter().zip(holm(&chances)) {
        let found = &mut classes[class];
        found.p_value = Some(chance);
        let passes = |limit: usize| {
            let spread = [COLLAPSED_SPREAD, NARROWED_SPREAD][limit];
            found.spread_ratio.is_some_and(|ratio| ratio < spread)
                || found.distinct_share.is_some_and(|share| share < FEW_DISTINCT[limit])
                || found.kept_share.is_some_and(|kept| 1.0 - kept > LOST[limit])
        };
        found.verdict = Some(if passes(0) && chance < COLLAPSED_ALARMS {
            Verdict::Collapsed
        } else if passes(1) && chance < SUSPECT_ALARMS {
            Verdict::Suspect
        } else {
            Verdict::Healthy
        });
    }
}

/// The share of the data in classes that have lost variety inside, as a finding.
fn inside(classes: &[ClassDiagnosis]) -> Option<Finding> {
    let total: usize = classes.iter().map(|class| class.real).sum();
    let share = |verdict: Verdict| {
        let found = classes.iter().filter(|class| !class.missing && class.verdict == Some(verdict));
        found.map(|class| class.real).sum::<usize>() as f64 / total as f64
    };
    let least = classes.iter().filter(|class| !class.missing).filter_map(|class| class.p_value).reduce(f64::min)?;
    let effect = share(Verdict::Collapsed) + 0.2 * share(Verdict::Suspect);
    Some(Finding {
        info: &INSIDE_CLASSES,
        value: 1.0 - effect,
        null: Some([1.0, 1.0]),
        chance: Some(least),
        effect,
        effect_interval: [effect, effect],
    })
}

/// How often the label of a fake sample is that of its nearest real sample, over how often that holds for real samples.
/// `labels` are those of the rows of `pairs`. `None` when even real labels do not follow from the samples.
pub(super) fn agreement(pairs: &Pairs, labels: [&[usize]; 2]) -> Option<Finding> {
    let real = pairs.real();
    let fits = |row: usize, label: usize| {
        let distances = pairs.row(row)[..real].iter().enumerate().filter(|(other, _)| *other != row);
        distances.min_by(|a, b| a.1.total_cmp(b.1)).is_some_and(|(nearest, _)| labels[0][nearest] == label)
    };
    let fit = [
        (0..real).filter(|row| fits(*row, labels[0][*row])).count(),
        (0..pairs.fakes()).filter(|row| fits(real + row, labels[1][*row])).count(),
    ];
    let shares = |labels: &[usize]| {
        let mut shares = BTreeMap::new();
        for label in labels {
            *shares.entry(*label).or_insert(0.0) += 1.0 / labels.len() as f64;
        }
        shares
    };
    let [real_shares, fake_shares] = labels.map(shares);
    let by_chance = |shares: &BTreeMap<usize, f64>| -> f64 {
        shares.iter().map(|(label, share)| share * real_shares.get(label).copied().unwrap_or(0.0)).sum()
    };
    let beyond = |fit: usize, rows: usize, chance: f64| (fit as f64 / rows as f64 - chance) / (1.0 - chance).max(1e-9);
    let real_agreement = beyond(fit[0], real, by_chance(&real_shares));
    let fake_agreement = beyond(fit[1], pairs.fakes(), by_chance(&fake_shares));
    (real_agreement > AGREEMENT).then(|| {
        let effect = lost(fake_agreement, real_agreement).min(1.0);
        let width = 2.0 * (0.25 / real as f64 + 0.25 / pairs.fakes() as f64).sqrt() / real_agreement;
        Finding {
            info: &LABEL_AGREEMENT,
            value: fake_agreement / real_agreement,
            null: Some([1.0 - width, 1.0 + width]),
            chance: Some(chance_of_fewer([fit[0], real], [fit[1], pairs.fakes()])),
            effect,
            effect_interval: [(effect - width).clamp(0.0, 1.0), (effect + width).clamp(0.0, 1.0)],
        }
    })
}
