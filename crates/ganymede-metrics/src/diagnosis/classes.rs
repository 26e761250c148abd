//! The diagnosis class by class: a conditional generator can collapse inside one class while the whole looks well.

use std::collections::BTreeMap;

use super::drawn::Drawn;
use super::evidence::{Evidence, verdict_of};
use super::measures::{diversity, inner_evidence};
use super::parts::{Change, changes, kept_share};
use super::{ClassDiagnosis, DiagnosisOptions};
use crate::{MatrixView, MetricError, Verdict};

/// Rows of a class, real and fake, below which it is not judged by itself.
const JUDGED_ROWS: usize = 10;

/// Diagnoses each class where both sets have labels.
pub(super) fn per_class(
    real: &Drawn,
    fake: &Drawn,
    options: &DiagnosisOptions,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<ClassDiagnosis>>, MetricError> {
    let (real_labels, fake_labels) = match (&real.labels, &fake.labels) {
        (Some(real), Some(fake)) => (real, fake),
        (None, None) => return Ok(None),
        (Some(_), None) => {
            notes.push("only the real samples have labels: classes are not diagnosed by themselves".to_owned());
            return Ok(None);
        }
        (None, Some(_)) => {
            notes.push("only the fake samples have labels: classes are not diagnosed by themselves".to_owned());
            return Ok(None);
        }
    };
    let mut rows: BTreeMap<usize, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, labels) in [real_labels, fake_labels].into_iter().enumerate() {
        for (row, label) in labels.iter().enumerate() {
            rows.entry(*label).or_default()[side].push(row);
        }
    }
    let counts = |side: usize| rows.values().map(|rows| rows[side].len()).collect::<Vec<_>>();
    let changes = changes(&counts(0), &counts(1), 1.0);
    let classes = rows.into_iter().zip(changes).map(|((class, rows), change)| {
        one_class(class, [real.view(), fake.view()], &rows, change == Change::Lost, options)
    });
    classes.collect::<Result<Vec<_>, _>>().map(Some)
}

/// Diagnoses one class, which may be known to be missing; `rows` are its rows in `sets`, `[real, fake]`.
fn one_class(
    class: usize,
    sets: [MatrixView; 2],
    rows: &[Vec<usize>; 2],
    missing: bool,
    options: &DiagnosisOptions,
) -> Result<ClassDiagnosis, MetricError> {
    let [real_rows, fake_rows] = [rows[0].len(), rows[1].len()];
    let unjudged = |verdict, note: &str| ClassDiagnosis {
        class,
        real: real_rows,
        fake: fake_rows,
        missing,
        verdict,
        signals: Vec::new(),
        std: None,
        mean_pairwise_distance: None,
        std_ratio: None,
        distance_ratio: None,
        precision: None,
        coverage: None,
        vendi_ratio: None,
        kept_share: None,
        note: Some(note.to_owned()),
    };
    if missing {
        return Ok(unjudged(Some(Verdict::Collapsed), "the fake samples lack this class"));
    }
    if real_rows == 0 {
        return Ok(unjudged(None, "the real samples lack this class"));
    }
    if real_rows < JUDGED_ROWS || fake_rows < JUDGED_ROWS {
        return Ok(unjudged(None, "too few samples of this class to judge it"));
    }
    let values = [0, 1].map(|set: usize| sets[set].gather(&rows[set]));
    let [real, fake] = [0, 1].map(|set: usize| MatrixView::trusted(&values[set], rows[set].len(), sets[set].columns()));
    let [real_diversity, fake_diversity] = [diversity(real, options)?, diversity(fake, options)?];
    let inner = inner_evidence([real, fake], [&real_diversity, &fake_diversity], options)?;
    let mean_distance = real_diversity.mean_pairwise_distance;
    let evidence = Evidence { kept_share: Some(kept_share(real, fake, mean_distance, options)?), ..inner.evidence };
    let signals = evidence.signals();
    Ok(ClassDiagnosis {
        class,
        real: real_rows,
        fake: fake_rows,
        missing,
        verdict: Some(verdict_of(&signals)),
        signals,
        std: Some(fake_diversity.std),
        mean_pairwise_distance: Some(fake_diversity.mean_pairwise_distance),
        std_ratio: evidence.std_ratio,
        distance_ratio: evidence.distance_ratio,
        precision: evidence.precision,
        coverage: evidence.coverage,
        vendi_ratio: evidence.vendi_ratio,
        kept_share: evidence.kept_share,
        note: None,
    })
}

/// Lets the classes have their say in the whole.
pub(super) fn weigh(classes: &[ClassDiagnosis], evidence: &mut Evidence) {
    let total: usize = classes.iter().map(|class| class.real).sum();
    let share = |counts: &dyn Fn(&ClassDiagnosis) -> bool| {
        let rows: usize = classes.iter().filter(|class| counts(class)).map(|class| class.real).sum();
        Some(rows as f64 / total as f64)
    };
    evidence.class_share = share(&|class| !class.missing);
    evidence.sound_class_share = share(&|class| class.verdict != Some(Verdict::Collapsed));
    evidence.healthy_class_share = share(&|class| class.verdict.is_none_or(|verdict| verdict == Verdict::Healthy));
}
