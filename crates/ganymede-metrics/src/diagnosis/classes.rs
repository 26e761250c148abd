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

/// The part of its agreement that a class must have lost to be misplaced.
const MISPLACED: f64 = 0.7;

/// A spread below this part of the class's own is that of repeats, not of another class.
const REPEATED: f64 = 0.1;

/// The number of tests of a class.
const TESTS: f64 = 3.0;

/// Diagnoses each class, and finds how much of the data lies in classes that are lost. `sets` are `[real, fake]`, and `labels` the
/// classes of their rows.
pub(super) fn per_class(
    sets: [MatrixView; 2],
    labels: [&[usize]; 2],
    options: &DiagnosisOptions,
) -> Result<(Vec<ClassDiagnosis>, Finding), MetricError> {
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
    let lost = lost_share(&real_counts, &fake_counts, &[], 1.0, options.seed);
    Ok((classes, kept(&CLASS_SHARE, lost)))
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
        misplaced: false,
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
pub(super) fn inside(classes: &[ClassDiagnosis]) -> Option<Finding> {
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
///
/// Two tests are made, each at half of the level: of all samples together, and of each class. The second marks the `classes` that are
/// misplaced; where there is one, the effect is at least one that is suspect, however few of all samples it has.
pub(super) fn agreement(pairs: &Pairs, labels: [&[usize]; 2], classes: &mut [ClassDiagnosis]) -> Option<Finding> {
    let real = pairs.real();
    let fits = |row: usize, label: usize| {
        let distances = pairs.row(row)[..real].iter().enumerate().filter(|(other, _)| *other != row);
        distances.min_by(|a, b| a.1.total_cmp(b.1)).is_some_and(|(nearest, _)| labels[0][nearest] == label)
    };
    let first = [0, real];
    let of_classes = [0, 1].map(|set: usize| {
        let mut counts: BTreeMap<usize, [usize; 2]> = BTreeMap::new();
        for (row, label) in labels[set].iter().enumerate() {
            let [fit, all] = counts.entry(*label).or_default();
            *fit += usize::from(fits(first[set] + row, *label));
            *all += 1;
        }
        counts
    });
    let [real_fit, fake_fit] = of_classes.each_ref().map(|counts| counts.values().map(|[fit, _]| fit).sum::<usize>());
    let share = |set: usize, label: &usize| {
        of_classes[set].get(label).map_or(0.0, |[_, all]| *all as f64 / labels[set].len() as f64)
    };
    let by_chance = |set: usize| of_classes[set].keys().map(|label| share(set, label) * share(0, label)).sum::<f64>();
    let beyond = |fit: usize, rows: usize, chance: f64| (fit as f64 / rows as f64 - chance) / (1.0 - chance).max(1e-9);
    let real_agreement = beyond(real_fit, real, by_chance(0));
    let fake_agreement = beyond(fake_fit, pairs.fakes(), by_chance(1));
    (real_agreement > AGREEMENT).then(|| {
        let misplaced = mark_misplaced(&of_classes, classes);
        let least = if misplaced.is_some() { LABEL_AGREEMENT.suspect_from } else { 0.0 };
        let effect = lost(fake_agreement, real_agreement).clamp(least, 1.0);
        let width = 2.0 * (0.25 / real as f64 + 0.25 / pairs.fakes() as f64).sqrt() / real_agreement;
        let in_all = chance_of_fewer([real_fit, real], [fake_fit, pairs.fakes()]);
        Finding {
            info: &LABEL_AGREEMENT,
            value: fake_agreement / real_agreement,
            null: Some([1.0 - width, 1.0 + width]),
            chance: Some((2.0 * in_all.min(misplaced.unwrap_or(1.0))).min(1.0)),
            effect,
            effect_interval: [(effect - width).clamp(0.0, 1.0), (effect + width).clamp(0.0, 1.0)],
        }
    })
}

/// Marks the classes whose fake samples lie among other classes' real samples, and gives the p-value of the surest of them, corrected
/// for their number. `fits` are the numbers of real and of fake samples of each class: those that fit, and all.
fn mark_misplaced(fits: &[BTreeMap<usize, [usize; 2]>; 2], classes: &mut [ClassDiagnosis]) -> Option<f64> {
    let judged: Vec<(&mut ClassDiagnosis, [usize; 2], [usize; 2])> = classes
        .iter_mut()
        .filter_map(|class| {
            let [real, fake] = [fits[0].get(&class.class)?, fits[1].get(&class.class)?];
            Some((class, *real, *fake))
        })
        .collect();
    let chances: Vec<f64> = judged.iter().map(|(_, real, fake)| chance_of_fewer(*real, *fake)).collect();
    let mut surest: Option<f64> = None;
    for ((class, real, fake), chance) in judged.into_iter().zip(holm(&chances)) {
        let [real, fake] = [real, fake].map(|[fit, all]| fit as f64 / all as f64);
        class.misplaced = real > AGREEMENT && lost(fake, real) > MISPLACED && chance < COLLAPSED_ALARMS;
        if class.misplaced {
            let repeats = class.distinct_share.is_some_and(|share| share < FEW_DISTINCT[1])
                || class.spread_ratio.is_some_and(|ratio| ratio < REPEATED);
            if !class.missing && !repeats {
                let note = "its fake samples look like those of other classes, so its inside was not judged";
                (class.verdict, class.p_value, class.note) = (None, None, Some(note.to_owned()));
            }
            surest = Some(surest.map_or(chance, |least| least.min(chance)));
        }
    }
    surest
}
