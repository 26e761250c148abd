//! A diagnosis whose classes are those that a classifier names: its modes, and what it recognises.

use std::path::Path;

use ganymede_core::config::ClassifierSource;
use ganymede_core::data::{Fingerprint, Matrix};
use ganymede_core::place::Place;
use ganymede_evaluation::classifier::{
    Classified, ClassifiedModes, Classifier, ClassifierError, explained_classes, modes_of_classified,
};
use ganymede_metrics::{Diagnosis, Headline, Verdict};
use serde::Serialize;

use super::sources::{Set, Sources};
use crate::failure::{Failure, Outcome};
use crate::run::classifier::{classifier_of, read};
use crate::run::features::PixelRange;
use crate::system::cache;
use crate::system::device::DeviceKind;

/// Below this part of the real samples' share of recognisable ones most samples are not what the classifier calls them.
pub(crate) const FEW_RECOGNISABLE: f64 = 0.5;

/// The least share of recognisable real samples; by its definition 95 % of those that the classifier has not learnt from are.
const KNOWN: f64 = 0.5;

/// The least part of its accuracy that a classifier must have on real samples of its own classes.
pub(crate) const LEAST_OF_ACCURACY: f64 = 0.8;

/// What a report says of the modes that a classifier names.
#[derive(Debug, Serialize)]
pub(crate) struct ClassifierReport {
    /// The classifier's file, or `auto`.
    pub(crate) classifier: String,
    /// The share of samples with a known class that it names right, 0 to 1, as it was measured when it was trained.
    pub(crate) accuracy: f64,
    /// The names of the modes.
    pub(crate) modes: Vec<String>,
    /// Those of which the fake samples have some by the classifier's mistakes alone: they count as lost.
    pub(crate) mistaken: Vec<String>,
    /// The fake samples' modes.
    pub(crate) fake: ClassifiedModes,
    /// The real samples'.
    pub(crate) real: Option<ClassifiedModes>,
}

/// Names the mode of each sample of both sets, which takes the place of their classes.
pub(crate) fn classify(source: &ClassifierSource, sources: &mut Sources) -> Outcome<ClassifierReport> {
    let name = match source {
        ClassifierSource::File(path) => path.display().to_string(),
        ClassifierSource::Automatic(_) => "auto".to_owned(),
    };
    let place = format!("--classifier {name}");
    let refuse = |reason: String| Failure::refused(format!("{place}: {reason}"));
    let classifier = open(source, sources, &place)?;
    let shape = sources.fake.shape;
    let classifier = classifier.serving(shape).map_err(|error| refuse(error.to_string()))?;
    let real = sources.real.as_ref().map(|real| scaled(&classifier, real));
    let mut fake = match &real {
        Some((_, range)) => classifier.classify(&in_range(&sources.fake, *range)),
        None => scaled(&classifier, &sources.fake).0,
    };
    let modes = classifier.mode_names();
    let figures = |classified: &Classified, shares: Option<&[f64]>| {
        modes_of_classified(&classifier, classified, shares).map_err(|error| refuse(error.to_string()))
    };
    let real_figures = real.as_ref().map(|(classified, _)| figures(classified, None)).transpose()?;
    if let (Some(found), Some(real), Some((classified, _))) = (&real_figures, &sources.real, &real) {
        check_knows(&classifier, found, real, classified).map_err(refuse)?;
    }
    let shares = real_figures.as_ref().map(shares_of).filter(|shares| shares.iter().all(|share| *share > 0.0));
    let fake_figures = figures(&fake, shares.as_deref())?;
    let mut mistaken = Vec::new();
    if let Some(real) = real_figures.as_ref().filter(|_| classifier.parts() == 1) {
        let confusion = classifier.card().confusion_shares();
        let explained = explained_classes(&confusion, &real.histogram, &fake_figures.histogram);
        let named = |class: &usize| explained[*class] != *class && fake_figures.histogram[*class] > 0;
        mistaken = (0..explained.len()).filter(named).map(|class| modes[class].clone()).collect();
        fake.modes.iter_mut().for_each(|mode| *mode = explained[*mode]);
    }
    let report = ClassifierReport {
        classifier: name,
        accuracy: classifier.card().accuracy(),
        fake: fake_figures,
        mistaken,
        real: real_figures,
        modes: modes.clone(),
    };
    let name_set = |set: &mut Set, classified: Classified| {
        set.labels = Some(classified.modes);
        set.classes.clone_from(&modes);
    };
    name_set(&mut sources.fake, fake);
    if let (Some(set), Some((classified, _))) = (&mut sources.real, real) {
        name_set(set, classified);
    }
    Ok(report)
}

/// The classifier of a file, or one that learns the real samples' classes.
fn open(source: &ClassifierSource, sources: &Sources, place: &str) -> Outcome<Classifier> {
    let refuse = |error: ClassifierError| Failure::refused(format!("{place}: {error}"));
    let kind = DeviceKind::choose(None)?;
    let device = Place::new(kind.require()?);
    kind.open()?;
    match source {
        ClassifierSource::File(path) => read(Path::new(path), "--classifier ")?.at(&device).map_err(refuse),
        ClassifierSource::Automatic(_) => {
            let labelled = sources.originals.as_ref().filter(|stored| stored.labels.is_some());
            let Some(stored) = labelled else {
                let remedy = "auto learns from the real samples' classes, and there are none; give --real-labels, or the file of a \
                              classifier that was trained on such samples";
                return Err(Failure::refused(format!("{place}: {remedy}")));
            };
            cache::limit()?;
            classifier_of(stored, &Fingerprint::of(stored), &device, false).map_err(refuse)
        }
    }
}

/// The classes of a set's samples on the scale on which more of them are recognised: as they are, or with pixels from -1 to 1, as
/// bytes are read. Also the range that was brought to that scale.
fn scaled(classifier: &Classifier, set: &Set) -> (Classified, Option<PixelRange>) {
    let plain = classifier.classify(&set.samples);
    let range = PixelRange::of(&set.name, &set.samples).ok().filter(|range| range.note().is_some());
    let Some(range) = range else { return (plain, None) };
    let moved = classifier.classify(&in_range(set, Some(range)));
    if moved.recognised().len() > plain.recognised().len() { (moved, Some(range)) } else { (plain, None) }
}

/// A set's samples with pixels of a range from -1 to 1; without one as they are.
fn in_range(set: &Set, range: Option<PixelRange>) -> Matrix {
    match range {
        Some(range) => Matrix::new(range.scaled(&set.samples), set.samples.features),
        None => set.samples.clone(),
    }
}

/// The share of each mode in samples.
fn shares_of(found: &ClassifiedModes) -> Vec<f64> {
    let total: usize = found.histogram.iter().sum();
    found.histogram.iter().map(|count| *count as f64 / total as f64).collect()
}

/// Refuses a classifier to which real samples are strange, or that calls them something else than their own labels do.
fn check_knows(
    classifier: &Classifier,
    found: &ClassifiedModes,
    real: &Set,
    classified: &Classified,
) -> Result<(), String> {
    let remedy = "train one on such samples, or bring the values to those of its data";
    if found.recognisable < KNOWN {
        return Err(format!(
            "it recognises {:.1} % of the real samples, where 95 % are due; {remedy}",
            100.0 * found.recognisable
        ));
    }
    let names = classifier.mode_names();
    let Some(labels) = real.labels.as_ref().filter(|_| real.classes == names) else { return Ok(()) };
    let right = classified.modes.iter().zip(labels).filter(|(mode, label)| mode == label).count();
    let accuracy = right as f64 / labels.len() as f64;
    let due = classifier.card().accuracy().powi(i32::try_from(classifier.parts()).unwrap_or(1));
    if accuracy >= LEAST_OF_ACCURACY * due {
        return Ok(());
    }
    Err(format!(
        "it names {:.1} % of the real samples as their labels do, and {:.1} % are due; {remedy}",
        100.0 * accuracy,
        100.0 * due
    ))
}

impl ClassifierReport {
    /// What smudges have to do with the verdict: where few samples can be recognised, modes were counted among what is none, and
    /// that all of them are there says nothing.
    pub(crate) fn judge(&self, diagnosis: &mut Diagnosis) {
        let Some(real) = &self.real else { return };
        let (found, due) = (self.fake.recognisable, real.recognisable);
        if found >= FEW_RECOGNISABLE * due || diagnosis.verdict == Verdict::Inconclusive {
            return;
        }
        let reason = format!(
            "{:.1} % of the fake samples can be recognised, and {:.1} % of the real ones: the others are not what the classifier calls them",
            100.0 * found,
            100.0 * due
        );
        if diagnosis.verdict == Verdict::Healthy {
            (diagnosis.verdict, diagnosis.headline) = (Verdict::Suspect, Headline::NotLearnt);
            diagnosis.reasons.insert(0, reason);
        } else {
            diagnosis.reasons.push(reason);
        }
    }

    /// The modes, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let of_real = |value: fn(&ClassifiedModes) -> String| {
            self.real.as_ref().map_or(String::new(), |real| format!(" (real: {})", value(real)))
        };
        let count = |value: fn(&ClassifiedModes) -> String| format!("{}{}", value(&self.fake), of_real(value));
        let percent = |found: &ClassifiedModes| format!("{:.1} %", 100.0 * found.recognisable);
        let recognised = |found: &ClassifiedModes| found.modes_recognised.to_string();
        let (total, floor) = (self.fake.modes_total, self.fake.mode_floor);
        let mut lines = vec![
            format!("recognisable: {}; modes among these: {} of {total}", count(percent), count(recognised)),
            format!(
                "modes of all samples: {} of {total}, {} with {floor} or more; one mode would make {:.1} by the classifier's errors",
                count(|found| found.modes_covered.to_string()),
                count(|found| found.modes_kept.to_string()),
                self.fake.modes_invented
            ),
            format!("reverse KL of the modes: {}", count(|found| format!("{:.4}", found.reverse_kl))),
        ];
        if !self.mistaken.is_empty() {
            lines.push(format!("named by the classifier's mistakes alone: {}", self.mistaken.join(", ")));
        }
        lines
    }
}
