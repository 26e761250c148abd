//! The one judgement of samples: `ganymede diagnose` and a run's summary both give this one.

use ganymede_files::Doubt;
use ganymede_metrics::{Diagnosis, DiagnosisOptions, Headline, MetricError, Verdict, diagnose};

use super::sources::{Set, Sources};
use crate::failure::{Failure, OrFailure, Outcome};

/// The diagnosis of the fake samples against the real ones. While it is doubtful whether the two sets can be compared at
/// all nothing is concluded from the comparison.
pub(crate) fn judge(sources: &Sources, seed: u64) -> Outcome<Diagnosis> {
    // A run's samples have the unit of its data: what would be two scales elsewhere is a spread that ran away, or was lost.
    let options = DiagnosisOptions { seed, one_scale: sources.share_a_unit, ..DiagnosisOptions::default() };
    let real = sources.real.as_ref().map(Set::labelled).transpose().or_refuse()?;
    let mut diagnosis = diagnose(sources.fake.labelled().or_refuse()?, real, &options).map_err(failure)?;
    if let Some(doubt) = sources.doubts.first() {
        diagnosis.verdict = Verdict::Inconclusive;
        diagnosis.headline = match doubt {
            Doubt::Scale { .. } => Headline::ScaleMismatch,
            Doubt::Layout { .. } | Doubt::Classes { .. } => Headline::CannotTell,
        };
        diagnosis.doubt = Some(doubt.to_string());
        // What the signals say of two sets that may not be comparable is no reason for anything.
        diagnosis.reasons = sources.doubts.iter().map(ToString::to_string).collect();
        diagnosis.lost = None;
    }
    Ok(diagnosis)
}

/// An iteration that did not converge is a failure; all else is about what came in.
fn failure(error: MetricError) -> Failure {
    match error {
        MetricError::NoConvergence { .. } => Failure::Failed(error.into()),
        error => Failure::Refused(error.into()),
    }
}
