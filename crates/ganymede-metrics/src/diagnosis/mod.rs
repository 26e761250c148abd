//! The diagnosis: all figures of two sets of samples, with a verdict and its reasons.
//!
//! Constants without a source of their own are our conventions. They were set on the labelled samples of `cargo xtask
//! bench --suite verdicts` (`xtask/results/verdicts`) and checked on others (`verdicts-held-out`).

mod classes;
mod compare;
mod conclusion;
mod copies;
mod finding;
mod measures;
mod options;
mod pairs;
mod parts;
mod prepare;
mod report;
mod spread;
mod subsample;

use self::compare::{of_splits, prepared};
use self::conclusion::{Conclusion, SetFacts, conclude};
use self::copies::{exact_copies, near_copies};
use self::finding::{COLLAPSED_ALARMS, Finding, SUSPECT_ALARMS};
use self::measures::{Figures, figures_of_fake_alone, figures_of_two};
pub use self::options::{DiagnosisOptions, Labelled, SampleKind};
use self::pairs::PairSamples;
use self::prepare::{Preparation, are_pictures, scale_doubt};
pub use self::report::{BinDiagnosis, ClassDiagnosis, Diagnosis, Effect, FalseAlarms, RealFigures, SignalDiagnosis};
use self::subsample::{Subsample, row_limit};
use crate::{MatrixView, MetricError, diversity_report};

/// The largest number of rows of a set that are counted in parts and classes.
const COUNTED_ROWS: usize = 10_000;

/// Diagnoses fake samples against real ones, or alone when there are no real ones.
///
/// Each signal of [`crate::SIGNALS`] is compared with its values for equally many new *real* samples: by exact tests of
/// counts, by the delta method for spreads, and by random splits of the real samples for the rest. A signal counts when it
/// is significant after correction for the number of signals and its effect is large enough; the verdict is that of the
/// worst signal. Equally many real samples are called collapsed in at most 1 of 100 cases, and suspect in at most 2.
///
/// The verdict is about lost variety. Blurred or noisy samples that cover the data are reported in [`Diagnosis::quality`]
/// instead. When no verdict is possible (too few samples, real samples that do not vary, sets on different scales, no real
/// samples), it is [`crate::Verdict::Inconclusive`], with the reason in [`Diagnosis::doubt`].
///
/// If both sets have labels, each class is also diagnosed separately, and a class that the fake samples lack counts as
/// lost.
///
/// # Errors
/// [`MetricError::WidthMismatch`], [`MetricError::WrongCount`] when there is not one label for each row,
/// [`MetricError::OutOfRange`] for the options, and [`MetricError::NoConvergence`] when an eigenvalue iteration fails.
pub fn diagnose(
    fake: Labelled<'_>,
    real: Option<Labelled<'_>>,
    options: &DiagnosisOptions,
) -> Result<Diagnosis, MetricError> {
    options.check()?;
    check(fake, "labels of the fake data")?;
    if let Some(real) = real {
        check(real, "labels of the real data")?;
        real.samples.same_width("the real data", fake.samples, "the fake data")?;
    }
    let mut notes = Vec::new();
    let rows = row_limit(fake.samples.columns()).min(options.rows);
    if fake.samples.rows() < 2 || real.is_some_and(|real| real.samples.rows() < 2) {
        return single_row(fake, real, notes);
    }
    let drawn = Subsample::new(fake, rows, options.seed, "fake", &mut notes);
    let Some(real) = real else {
        let (figures, findings) = figures_of_fake_alone(fake.samples, &drawn, options, &mut notes)?;
        let conclusion = conclude(&findings, &SetFacts::alone(fake.samples));
        return Ok(assemble(figures, conclusion, None, notes));
    };
    let real_drawn = Subsample::new(real, rows, options.seed, "real", &mut notes);
    let mut figures =
        figures_of_two([real.samples, fake.samples], [real_drawn.view(), drawn.view()], options, &mut notes)?;
    drop((drawn, real_drawn));
    compare(real, fake, &mut figures, options, notes)
}

/// The verdict on two sets of at least two rows.
fn compare(
    real: Labelled<'_>,
    fake: Labelled<'_>,
    figures: &mut Figures,
    options: &DiagnosisOptions,
    mut notes: Vec<String>,
) -> Result<Diagnosis, MetricError> {
    let sets = [real.samples, fake.samples];
    let pictures = are_pictures(options.kind, sets);
    let preparation = Preparation::of(sets, pictures, options.seed, &mut notes);
    let limit = COUNTED_ROWS.min(options.rows);
    let mut unused_notes = Vec::new();
    let [real_drawn, fake_drawn] = [(real, "real"), (fake, "fake")]
        .map(|(set, name)| Subsample::new(set, limit, options.seed, name, &mut unused_notes));
    let values = prepared(&preparation, sets, [&real_drawn.indices, &fake_drawn.indices]);
    let views = [0, 1].map(|set: usize| {
        MatrixView::trusted(&values[set], values[set].len() / preparation.columns(), preparation.columns())
    });
    let (copies, mut copied) = exact_copies(sets, options.seed);
    let mut facts = SetFacts::of(sets, views, options.seed);
    facts.doubt = if options.one_scale { None } else { scale_doubt(sets, pictures) };
    if sets[0] == sets[1] {
        notes.push("the real and the fake samples are the same".to_owned());
    }
    let mut findings = vec![copies];
    let mut per_class = None;
    if facts.real_varies {
        let samples = PairSamples::draw(views, options.seed);
        let near_copied = near_copies(&samples);
        let (of_pairs, splits) = of_splits(&samples, near_copied, options.seed)?;
        copied = copied.max(near_copied);
        facts.add_precision(&splits);
        findings.extend(of_pairs);
        findings.extend(spread::overall(views));
        if !pictures {
            findings.extend(spread::of_columns(views));
        }
        let mean_distance = facts.mean_distance;
        let (bins, of_parts) = parts::bin_figures([&real_drawn, &fake_drawn], views, mean_distance, options)?;
        figures.bins = bins;
        findings.extend(of_parts);
        per_class = classes_of([&real_drawn, &fake_drawn], views, &samples, options, &mut findings, &mut notes)?;
    }
    facts.copied = copied;
    let conclusion = conclude(&findings, &facts);
    Ok(assemble(std::mem::take(figures), conclusion, per_class, notes))
}

/// The diagnosis of each class, if both sets have labels; adds their findings.
fn classes_of(
    drawn: [&Subsample; 2],
    views: [MatrixView; 2],
    samples: &PairSamples,
    options: &DiagnosisOptions,
    findings: &mut Vec<Finding>,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<ClassDiagnosis>>, MetricError> {
    let (real, fake) = match (&drawn[0].labels, &drawn[1].labels) {
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
    let (mut per_class, kept) = classes::per_class(views, [real, fake], options)?;
    let of_pairs = [(real, 0), (fake, 1)].map(|(labels, set): (&Vec<usize>, usize)| {
        samples.rows[set].iter().map(|row| labels[*row]).collect::<Vec<_>>()
    });
    let agreement = classes::agreement(&samples.pairs, [&of_pairs[0], &of_pairs[1]], &mut per_class);
    findings.push(kept);
    findings.extend(classes::inside(&per_class));
    findings.extend(agreement);
    Ok(Some(per_class))
}

/// Checks the labels of one set.
fn check(set: Labelled<'_>, labels: &'static str) -> Result<(), MetricError> {
    let rows = set.samples.rows();
    match set.labels {
        Some(found) if found.len() != rows => {
            Err(MetricError::WrongCount { what: labels, needed: rows, found: found.len() })
        }
        _ => Ok(()),
    }
}

/// The diagnosis when a set has a single row.
fn single_row(fake: Labelled<'_>, real: Option<Labelled<'_>>, notes: Vec<String>) -> Result<Diagnosis, MetricError> {
    let report = diversity_report(fake.samples, &crate::DiversityOptions::default())?;
    let figures = Figures {
        samples: report.samples,
        mean: report.mean,
        std: report.std,
        mean_pairwise_distance: report.mean_pairwise_distance,
        support_size: report.samples as f64,
        support_is_lower_bound: true,
        ..Figures::default()
    };
    let which = if fake.samples.rows() < 2 { "fake" } else { "real" };
    let doubt = format!("there is a single {which} sample, and one sample does not vary");
    let few = real.map_or(fake.samples.rows(), |real| real.samples.rows().min(fake.samples.rows()));
    debug_assert!(few < 2, "{few} rows");
    Ok(assemble(figures, Conclusion::inconclusive(doubt), None, notes))
}

/// The diagnosis from its parts.
fn assemble(
    figures: Figures,
    conclusion: Conclusion,
    per_class: Option<Vec<ClassDiagnosis>>,
    notes: Vec<String>,
) -> Diagnosis {
    let bins = figures.bins;
    Diagnosis {
        verdict: conclusion.verdict,
        headline: conclusion.headline,
        doubt: conclusion.doubt,
        reasons: conclusion.reasons,
        quality: conclusion.quality,
        lost: conclusion.lost,
        copied_share: conclusion.copied_share,
        false_alarms: FalseAlarms { collapsed: COLLAPSED_ALARMS, suspect: SUSPECT_ALARMS },
        signals: conclusion.signals,
        samples: figures.samples,
        mean: figures.mean,
        std: figures.std,
        mean_pairwise_distance: figures.mean_pairwise_distance,
        std_ratio: figures.std_ratio,
        distance_ratio: figures.distance_ratio,
        precision: figures.prdc.map(|found| found.precision),
        recall: figures.prdc.map(|found| found.recall),
        density: figures.prdc.map(|found| found.density),
        coverage: figures.prdc.map(|found| found.coverage),
        expected_coverage: figures.expected_coverage,
        vendi: figures.vendi,
        vendi_ratio: figures.vendi_ratio,
        kept_share: bins.kept_share,
        ndb: bins.different,
        ndb_bins: bins.fine_bins,
        ndb_js: bins.jensen_shannon,
        frechet: figures.frechet,
        kernel_distance: figures.kernel_distance,
        sliced_wasserstein: figures.sliced_wasserstein,
        support_size: figures.support_size,
        support_size_is_lower_bound: figures.support_is_lower_bound,
        real: figures.real,
        missing_bins: bins.missing,
        over_represented_bins: bins.over_represented,
        parts: bins.parts,
        bin_rows: bins.rows,
        per_class,
        notes,
    }
}
