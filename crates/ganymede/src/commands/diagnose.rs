//! `ganymede diagnose`.

use std::path::{Path, PathBuf};

use ganymede_core::config::{Automatic, ClassifierSource};
use ganymede_metrics::{Diagnosis, Verdict};
use serde::Serialize;

use crate::arguments::DiagnoseArguments;
use crate::failure::{CommandEnd, OrFailure, Outcome, print};
use crate::report::diagnosis::advice::{Advice, Case, advise};
use crate::report::diagnosis::classified::{ClassifierReport, classify};
use crate::report::diagnosis::features::{FeatureReport, diagnose_features};
use crate::report::diagnosis::judge::judge;
use crate::report::diagnosis::pictures;
use crate::report::diagnosis::sources::Sources;
use crate::report::diagnosis::text::Report;
use crate::run::features::Opened;
use crate::system::atomic::check_output_of;

/// The answer with `--json`; `schemas/diagnosis.schema.json` describes it.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
    /// Where the samples come from.
    fake_source: &'a str,
    real_source: Option<&'a str>,
    /// What the readers changed or decided, and what has no partner in the other set.
    reading: &'a [String],
    /// Why the two sets may not be comparable.
    doubts: Vec<String>,
    try_next: &'a [Advice],
    pictures: &'a [PathBuf],
    /// The features that the diagnosis is of; absent where it is of the values themselves.
    features: Option<&'a FeatureReport>,
    /// The modes that a classifier names; absent where none was asked.
    classified: Option<&'a ClassifierReport>,
}

/// What names the classes: `auto`, or a file.
fn source_of(named: &Path) -> ClassifierSource {
    match named.to_str() {
        Some("auto") => ClassifierSource::Automatic(Automatic::Auto),
        _ => ClassifierSource::File(named.to_owned()),
    }
}

/// Refuses a file of statistics that cannot be written, or would be written over what is read.
fn check_save_reference(arguments: &DiagnoseArguments) -> Outcome<()> {
    let Some(save) = arguments.save_reference.as_deref() else { return Ok(()) };
    let files = [&arguments.real, &arguments.features, &arguments.reference, &arguments.classifier];
    let labels = [&arguments.real_labels, &arguments.fake_labels];
    let read = files.into_iter().chain(labels).flatten().chain([&arguments.fake]);
    check_output_of("npz", "--save-reference", save, &read.map(PathBuf::as_path).collect::<Vec<_>>())
}

/// Reads samples, says whether their generator has collapsed, and what to do next.
pub(crate) fn diagnose(arguments: &DiagnoseArguments) -> Outcome<CommandEnd> {
    pictures::check_out(arguments.out.as_deref())?;
    check_save_reference(arguments)?;
    let extractor =
        arguments.features.as_deref().map(|model| Opened::open(model, &arguments.features_set, "")).transpose()?;
    let classifier = arguments.classifier.as_deref().map(source_of);
    let learns = matches!(classifier, Some(ClassifierSource::Automatic(_)));
    let mut sources = Sources::read(arguments, extractor.as_ref().map(Opened::longest_side), learns)?;
    let classified = classifier.map(|source| classify(&source, &mut sources)).transpose()?;
    let sources = sources;
    let (mut diagnosis, features) = match &extractor {
        None => (judge(&sources, arguments.seed)?, None),
        Some(extractor) => {
            let [reference, save] = [&arguments.reference, &arguments.save_reference].map(Option::as_deref);
            let (diagnosis, report) = diagnose_features(extractor, &sources, reference, save, arguments.seed)?;
            (diagnosis, Some(report))
        }
    };
    if let Some(classified) = &classified {
        classified.judge(&mut diagnosis);
    }
    let read: Vec<String> = sources.reading.iter().chain(&sources.notes).cloned().collect();
    let labelled = sources.real.as_ref().is_some_and(|real| real.labels.is_some());
    let registry = ganymede_strategies::registry();
    let present: Vec<&str> = registry.factories().iter().map(|factory| factory.name).collect();
    let case = Case { diagnosis: &diagnosis, labelled, training: sources.training.as_ref() };
    let advice = advise(&case, &present, ganymede_strategies::NAMES);
    let drawn = arguments.out.as_ref().map(|out| pictures::draw(out, &diagnosis, &sources)).transpose()?;
    let drawn = drawn.unwrap_or_default();
    if arguments.json {
        let answer = Answer {
            diagnosis: &diagnosis,
            fake_source: &sources.fake.name,
            real_source: sources.real.as_ref().map(|real| real.name.as_str()),
            reading: &read,
            doubts: sources.doubts.iter().map(ToString::to_string).collect(),
            try_next: &advice,
            pictures: &drawn,
            features: features.as_ref(),
            classified: classified.as_ref(),
        };
        print(&(serde_json::to_string_pretty(&answer).or_fail()? + "\n"))?;
    } else {
        let (read, verbose) = (read.as_slice(), arguments.verbose);
        let classes = sources.real.as_ref().map_or(&[][..], |real| &real.classes);
        let report = Report {
            diagnosis: &diagnosis,
            read,
            advice: &advice,
            pictures: &drawn,
            classes,
            features: features.as_ref(),
            classified: classified.as_ref(),
            verbose,
        };
        print(&report.text())?;
    }
    Ok(match diagnosis.verdict {
        Verdict::Healthy => CommandEnd::Done,
        Verdict::Suspect => CommandEnd::Suspect,
        Verdict::Collapsed => CommandEnd::Collapsed,
        Verdict::Inconclusive => CommandEnd::Inconclusive,
    })
}
