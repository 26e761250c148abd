//! The one judgement of samples: `ganymede diagnose` and a run's summary both give this one.

use ganymede_files::Doubt;
use ganymede_metrics::{
    Diagnosis, DiagnosisOptions, Headline, Labelled, MatrixView, MetricError, SampleKind, Verdict, diagnose,
};

use super::sources::{Set, Sources};
use crate::failure::{Failure, OrFailure, Outcome};

/// The diagnosis of the fake samples against the real ones, by their values. While it is doubtful whether the two sets can be compared at
/// all nothing is concluded from the comparison.
pub(crate) fn judge(sources: &Sources, seed: u64) -> Outcome<Diagnosis> {
    // A run's samples have the unit of its data: what would be two scales elsewhere is a spread that ran away, or was lost.
    let options = DiagnosisOptions { seed, one_scale: sources.share_a_unit, ..DiagnosisOptions::default() };
    let real = sources.real.as_ref().map(Set::labelled).transpose().or_refuse()?;
    judge_samples(sources, sources.fake.labelled().or_refuse()?, real, &options)
}

/// The diagnosis by features of the samples, a row for each.
pub(crate) fn judge_features(
    sources: &Sources,
    fake: MatrixView<'_>,
    real: Option<MatrixView<'_>>,
    seed: u64,
) -> Outcome<Diagnosis> {
    let options = of_features(seed);
    let fake = Labelled { samples: fake, labels: sources.fake.labels.as_deref() };
    let real = real.zip(sources.real.as_ref());
    let real = real.map(|(samples, set)| Labelled { samples, labels: set.labels.as_deref() });
    judge_samples(sources, fake, real, &options)
}

/// The diagnosis of a run's samples by features against those of real ones, of which figures are read on the way.
pub(crate) fn judge_passing_features(fake: MatrixView<'_>, real: MatrixView<'_>, seed: u64) -> Outcome<Diagnosis> {
    let unlabelled = |samples| Labelled { samples, labels: None };
    diagnose(unlabelled(fake), Some(unlabelled(real)), &of_features(seed)).map_err(failure)
}

/// How features are diagnosed.
fn of_features(seed: u64) -> DiagnosisOptions {
    DiagnosisOptions { seed, kind: SampleKind::Features, one_scale: true, ..DiagnosisOptions::default() }
}

fn judge_samples(
    sources: &Sources,
    fake: Labelled<'_>,
    real: Option<Labelled<'_>>,
    options: &DiagnosisOptions,
) -> Outcome<Diagnosis> {
    let mut diagnosis = diagnose(fake, real, options).map_err(failure)?;
    if let Some(doubt) = sources.doubts.first() {
        diagnosis.verdict = Verdict::Inconclusive;
        diagnosis.headline = match doubt {
            Doubt::Scale { .. } => Headline::ScaleMismatch,
            Doubt::Layout { .. } | Doubt::Columns { .. } | Doubt::Classes { .. } => Headline::CannotTell,
        };
        diagnosis.doubt = Some(doubt.to_string());
        // What the signals say of two sets that may not be comparable is no reason for anything.
        diagnosis.reasons = sources.doubts.iter().map(ToString::to_string).collect();
        diagnosis.lost = None;
    }
    Ok(diagnosis)
}

/// An iteration that did not converge is a failure; all else is the fault of the samples.
pub(crate) fn failure(error: MetricError) -> Failure {
    match error {
        MetricError::NoConvergence { .. } => Failure::Failed(error.into()),
        error => Failure::Refused(error.into()),
    }
}
