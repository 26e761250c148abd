//! A diagnosis by the features of a network: what was kept of them, what is made now, and the figures on them.

use std::fmt;
use std::path::Path;

use ganymede_core::data::Matrix;
use ganymede_evaluation::{Features, FigureInputs, Measured, measure, read_statistics, write_statistics};
use ganymede_metrics::{Diagnosis, FeatureStatistics, MatrixView, MetricError};
use serde::Serialize;

use super::judge::{failure, judge_features};
use super::sources::{Set, Sources};
use crate::failure::{Failure, OrFailure, Outcome};
use crate::run::features::{Opened, Pictures, PixelRange};

/// The figures that stand in a short report.
pub(crate) const SHORT: [&str; 5] =
    ["frechet", "frechet_extrapolated", "frechet_to_reference", "kernel_distance", "inception_score"];

/// What a report says of features.
#[derive(Debug, Serialize)]
pub(crate) struct FeatureReport {
    pub(crate) extractor: String,
    pub(crate) model: String,
    pub(crate) width: usize,
    /// Height, width and channels that the network sees.
    pub(crate) input: [usize; 3],
    pub(crate) figures: Vec<Measured>,
    pub(crate) notes: Vec<String>,
}

/// The diagnosis of the samples by the features of a network, with the figures on them; to the statistics in `reference`, and
/// the real samples' written to `save`.
pub(crate) fn diagnose_features(
    opened: &Opened,
    sources: &Sources,
    reference: Option<&Path>,
    save: Option<&Path>,
    seed: u64,
) -> Outcome<(Diagnosis, FeatureReport)> {
    let reference = reference.map(|path| statistics_in(path, opened)).transpose()?;
    let mut notes = Vec::new();
    let first = sources.real.as_ref().unwrap_or(&sources.fake);
    let range = PixelRange::of(&first.name, &first.samples)?;
    notes.extend(range.note());
    let mut extract = |set: &Set, which: &str| {
        let pictures = Pictures { name: &set.name, which, samples: &set.samples, shape: set.shape };
        let found = opened.kept(&pictures, range, false)?;
        notes.extend(found.note);
        Ok::<Features, Failure>(found.features)
    };
    let real = sources.real.as_ref().map(|set| extract(set, "real")).transpose()?;
    let fake = extract(&sources.fake, "fake")?;
    let real_view = real.as_ref().map(|real| view(&real.values)).transpose().or_fail()?;
    let fake_view = view(&fake.values).or_fail()?;
    if let (Some(save), Some(real)) = (save, real_view) {
        write_statistics(save, &FeatureStatistics::of(real)).or_fail()?;
    }
    let diagnosis = judge_features(sources, fake_view, real_view, seed)?;
    let inputs = FigureInputs {
        fake: fake_view,
        real: real_view,
        probabilities: fake.probabilities.as_ref().map(view).transpose().or_fail()?,
        reference: reference.as_ref(),
        diagnosis: Some(&diagnosis),
        seed,
    };
    let (extractor, input) = (opened.extractor(), opened.input());
    let figures = measure(extractor, &inputs).map_err(failure)?;
    let report = FeatureReport {
        extractor: extractor.name().to_owned(),
        model: opened.path().display().to_string(),
        width: extractor.width(),
        input: [input.height, input.width, input.channels],
        figures,
        notes,
    };
    Ok((diagnosis, report))
}

/// Published statistics, which must be of as many features.
fn statistics_in(path: &Path, opened: &Opened) -> Outcome<FeatureStatistics> {
    let statistics = read_statistics(path).or_refuse()?;
    let (found, width) = (statistics.features(), opened.extractor().width());
    if found == width {
        return Ok(statistics);
    }
    Err(Failure::refused(format!(
        "--reference {}: holds statistics of {found} features, and {} makes {width}; take those of the same network",
        path.display(),
        opened.extractor().name()
    )))
}

fn view(matrix: &Matrix) -> Result<MatrixView<'_>, MetricError> {
    MatrixView::new(&matrix.values, matrix.rows(), matrix.features)
}

/// The second line of a report.
impl fmt::Display for FeatureReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [height, width, _] = self.input;
        let count = self.width;
        write!(formatter, "by the {count} features that {} makes of pictures of {height} x {width}", self.extractor)
    }
}

impl FeatureReport {
    /// The figures and notes, a line each.
    pub(crate) fn lines(&self, verbose: bool) -> Vec<String> {
        let wanted = self.figures.iter().filter(|figure| verbose || SHORT.contains(&figure.key.as_str()));
        let line = |figure: &Measured| {
            let error = figure.error.map_or(String::new(), |error| format!(" +- {}", rounded(error)));
            let note = figure.note.as_ref().map_or(String::new(), |note| format!(" ({note})"));
            format!("{}: {}{error}{note}", figure.name, rounded(figure.value))
        };
        wanted.map(line).chain(self.notes.iter().map(|note| format!("note: {note}"))).collect()
    }
}

/// A figure with four digits.
pub(crate) fn rounded(value: f64) -> String {
    let size = value.abs();
    if size >= 1_000.0 || (size < 0.001 && size > 0.0) {
        format!("{value:.3e}")
    } else {
        let digits = if size >= 100.0 {
            1
        } else if size >= 10.0 {
            2
        } else if size >= 1.0 {
            3
        } else {
            4
        };
        format!("{value:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn figures_have_four_digits() {
        for (value, text) in
            [(17.2554, "17.26"), (0.0, "0.0000"), (-0.00042, "-4.200e-4"), (1236.0, "1.236e3"), (3.9, "3.900")]
        {
            assert_eq!(rounded(value), text);
        }
    }
}
