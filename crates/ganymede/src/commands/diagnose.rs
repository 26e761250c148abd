//! `ganymede diagnose`.

use std::path::PathBuf;

use ganymede_metrics::{Diagnosis, DiagnosisOptions, MetricError, Verdict, diagnose as diagnose_samples};
use serde::Serialize;

use crate::arguments::DiagnoseArguments;
use crate::failure::{Ending, Failure, OrFailure, Outcome, print};
use crate::report::diagnosis::advice::{Advice, advise};
use crate::report::diagnosis::sources::{Set, Sources};
use crate::report::diagnosis::{pictures, text};

/// The answer with `--json`.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
    /// Where the samples come from.
    fake_source: &'a str,
    real_source: Option<&'a str>,
    try_next: &'a [Advice],
    pictures: &'a [PathBuf],
    /// What reading has changed.
    reading: &'a [String],
    /// Why the two sets may not be comparable.
    doubts: Vec<String>,
}

/// Reads samples, says whether their generator has collapsed, and what to try next.
pub(crate) fn diagnose(arguments: &DiagnoseArguments) -> Outcome<Ending> {
    pictures::check_out(arguments.out.as_deref())?;
    let mut sources = Sources::read(arguments)?;
    let notes = std::mem::take(&mut sources.notes);
    let options = DiagnosisOptions { seed: arguments.seed, ..DiagnosisOptions::default() };
    let real = sources.real.as_ref().map(Set::labelled).transpose().or_refuse()?;
    let diagnosis = diagnose_samples(sources.fake.labelled().or_refuse()?, real, &options).map_err(failure)?;
    let labelled = sources.real.as_ref().is_some_and(|real| real.labels.is_some());
    let registry = ganymede_strategies::registry();
    let present: Vec<&str> = registry.factories().iter().map(|factory| factory.name).collect();
    let advice = advise(&diagnosis, labelled, sources.training.as_ref(), &present, ganymede_strategies::NAMES);
    let drawn = arguments.out.as_ref().map(|out| pictures::draw(out, &diagnosis, &sources)).transpose()?;
    let drawn = drawn.unwrap_or_default();
    if arguments.json {
        let diagnosis = Diagnosis { notes: notes.into_iter().chain(diagnosis.notes).collect(), ..diagnosis };
        let answer = Answer {
            diagnosis: &diagnosis,
            fake_source: &sources.fake.name,
            real_source: sources.real.as_ref().map(|real| real.name.as_str()),
            try_next: &advice,
            pictures: &drawn,
            reading: &sources.reading,
            doubts: sources.doubts.iter().map(ToString::to_string).collect(),
        };
        print(&(serde_json::to_string_pretty(&answer).or_fail()? + "\n"))?;
        return Ok(ending(diagnosis.verdict));
    }
    let reading: String = sources.reading.iter().map(|line| format!("read {line}\n")).collect();
    print(&(text::report(&diagnosis, &notes, &advice, &drawn) + &reading))?;
    Ok(ending(diagnosis.verdict))
}

/// An iteration that did not converge is a failure; all else is about what came in.
fn failure(error: MetricError) -> Failure {
    match error {
        MetricError::NoConvergence { .. } => Failure::Failed(error.into()),
        error => Failure::Refused(error.into()),
    }
}

fn ending(verdict: Verdict) -> Ending {
    match verdict {
        Verdict::Inconclusive => Ending::Inconclusive,
        Verdict::Healthy => Ending::Done,
        Verdict::Suspect => Ending::Suspect,
        Verdict::Collapsed => Ending::Collapsed,
    }
}
