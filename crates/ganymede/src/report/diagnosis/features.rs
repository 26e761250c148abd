//! A diagnosis by the features of a network: what was kept of them, what is made now, and the figures on them.

use std::fmt;
use std::path::{Path, PathBuf};

use ganymede_core::data::{Matrix, Samples, Shape, Values};
use ganymede_evaluation::{
    EvaluationError, Extractor, FeatureCache, Features, FigureInputs, Measured, measure, read_statistics,
    write_statistics,
};
use ganymede_metrics::{Diagnosis, FeatureStatistics, MatrixView, MetricError};
use serde::Serialize;

use super::judge::{failure, judge_features};
use super::sources::{Set, Sources};
use crate::failure::{Failure, OrFailure, Outcome};
use crate::system::bar::Bar;
use crate::system::{atomic, cache};

/// The figures of a short report.
const SHORT: [&str; 5] =
    ["frechet", "frechet_extrapolated", "frechet_to_reference", "kernel_distance", "inception_score"];

/// How far pixels may lie beyond their scale: generators without a bounded last layer pass it a little.
const SLACK: f32 = 0.1;

pub(crate) struct Opened {
    path: PathBuf,
    extractor: Box<dyn Extractor>,
    input: Shape,
}

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

impl Opened {
    /// Opens a model in an ONNX file.
    #[cfg(feature = "onnx")]
    pub(crate) fn open(path: &Path, assignments: &[String]) -> Outcome<Self> {
        use ganymede_evaluation::{ModelSettings, OnnxExtractor};
        let settings = ModelSettings::beside(path, assignments).or_refuse()?;
        let extractor = OnnxExtractor::open(path, &settings).or_refuse()?;
        let input = extractor.input();
        Ok(Self { path: path.to_owned(), extractor: Box::new(extractor), input })
    }

    /// Says that this build cannot.
    #[cfg(not(feature = "onnx"))]
    pub(crate) fn open(path: &Path, _assignments: &[String]) -> Outcome<Self> {
        let remedy = "this build reads no ONNX models; build it with --features onnx";
        Err(Failure::refused(format!("--features {}: {remedy}", path.display())))
    }

    /// The longest side that pictures need to have.
    pub(crate) fn longest_side(&self) -> usize {
        self.input.height.max(self.input.width)
    }

    /// The diagnosis of the samples by their features, with the figures on them; to the statistics in `reference`, and the
    /// real samples' written to `save`.
    pub(crate) fn diagnose(
        &self,
        sources: &Sources,
        reference: Option<&Path>,
        save: Option<&Path>,
        seed: u64,
    ) -> Outcome<(Diagnosis, FeatureReport)> {
        if let Some(save) = save {
            atomic::check_folder_of(save)?;
        }
        let reference = reference.map(|path| self.reference(path)).transpose()?;
        let mut notes = Vec::new();
        let range = PixelRange::of(sources.real.as_ref().unwrap_or(&sources.fake))?;
        notes.extend(range.note());
        let real = sources.real.as_ref().map(|set| self.extract(set, range, "real", &mut notes)).transpose()?;
        let fake = self.extract(&sources.fake, range, "fake", &mut notes)?;
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
        let figures = measure(self.extractor.as_ref(), &inputs).map_err(failure)?;
        let report = FeatureReport {
            extractor: self.extractor.name().to_owned(),
            model: self.path.display().to_string(),
            width: self.extractor.width(),
            input: [self.input.height, self.input.width, self.input.channels],
            figures,
            notes,
        };
        Ok((diagnosis, report))
    }

    /// Published statistics, whose number of features must be the extractor's.
    fn reference(&self, path: &Path) -> Outcome<FeatureStatistics> {
        let statistics = read_statistics(path).or_refuse()?;
        let (found, width) = (statistics.features(), self.extractor.width());
        if found == width {
            return Ok(statistics);
        }
        Err(Failure::refused(format!(
            "--reference {}: holds statistics of {found} features, and {} makes {width}; take those of the same network",
            path.display(),
            self.extractor.name()
        )))
    }

    /// The features of a set: those that are kept, and the others, which are kept from now on.
    fn extract(&self, set: &Set, range: PixelRange, which: &str, notes: &mut Vec<String>) -> Outcome<Features> {
        let samples = range.samples(set);
        let rows = samples.rows();
        let mut bar = Bar::new("features", false);
        let text = format!("{which} samples by {}", self.extractor.name());
        let named = |error: EvaluationError| match error {
            error @ EvaluationError::Shape { .. } => Failure::refused(format!("{}: {error}", set.name)),
            error @ (EvaluationError::Model { .. } | EvaluationError::NotFinite { .. }) => {
                Failure::failed(error.to_string())
            }
            error => Failure::refused(error.to_string()),
        };
        let extractor = self.extractor.as_ref();
        let features = match cache::folder("features") {
            None => {
                extractor.extract(&samples, &mut |done| bar.show(done as u64, rows as u64, &text)).map_err(named)?
            }
            Some(folder) => {
                let cache = FeatureCache::new(folder);
                let kept = cache.extract(extractor, &samples, &mut |done| bar.show(done as u64, rows as u64, &text));
                let kept = kept.map_err(named)?;
                if kept.reused > 0 {
                    notes.push(format!(
                        "features of {} of the {rows} {which} samples were kept from before",
                        kept.reused
                    ));
                }
                if let Some(error) = kept.unkept {
                    bar.note(&format!("warning: the features of the {which} samples cannot be kept: {error}"));
                }
                kept.features
            }
        };
        bar.clear();
        Ok(features)
    }
}

/// What the values of pixels go from and to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct PixelRange {
    low: f32,
    high: f32,
}

impl PixelRange {
    /// The scale that a set's values lie on.
    fn of(set: &Set) -> Outcome<Self> {
        let [low, high] = set.range();
        let scales = [[-1.0, 1.0], [0.0, 1.0], [0.0, 255.0]];
        let fits = |[least, most]: &[f32; 2]| {
            let slack = SLACK * (most - least);
            low >= least - slack && high <= most + slack
        };
        // Values without anything dark are on the wider scale only where something lies below 0.
        let order = if low < 0.0 { [0, 1, 2] } else { [1, 2, 0] };
        match order.into_iter().map(|index| scales[index]).find(fits) {
            Some([low, high]) => Ok(Self { low, high }),
            None => Err(Failure::refused(format!(
                "{}: values from {low} to {high} are no pixels; save pictures as uint8, or as floats from -1 to 1 or from 0 to 1",
                set.name
            ))),
        }
    }

    /// What was decided, where it is not what bytes mean.
    fn note(self) -> Option<String> {
        (self.low >= 0.0).then(|| format!("pixels were taken to go from {} (black) to {} (white)", self.low, self.high))
    }

    /// A set's samples with pixels from -1 to 1.
    fn samples(self, set: &Set) -> Samples {
        let factor = 2.0 / (self.high - self.low);
        let values = if self.low < 0.0 {
            set.samples.values.clone()
        } else {
            set.samples.values.iter().map(|value| (value - self.low) * factor - 1.0).collect()
        };
        Samples::new(Values::Floats(values), set.shape)
    }
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
fn rounded(value: f64) -> String {
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
    use super::{PixelRange, Set, rounded};
    use ganymede_core::data::{Matrix, Shape};

    fn set(values: &[f32]) -> Set {
        let samples = Matrix::new(values.to_vec(), 2);
        let shape = Shape { channels: 1, height: 1, width: 2 };
        Set { name: "set".to_owned(), samples, shape, labels: None, classes: Vec::new() }
    }

    #[test]
    fn pixels_are_found_on_the_scale_that_they_lie_on() {
        for (values, scale) in [
            ([-1.0, 1.0], Some([-1.0, 1.0])),
            ([-0.2, 0.4], Some([-1.0, 1.0])),
            ([-1.1, 1.15], Some([-1.0, 1.0])),
            ([0.0, 1.0], Some([0.0, 1.0])),
            ([0.0, 255.0], Some([0.0, 255.0])),
            ([12.0, 200.0], Some([0.0, 255.0])),
            ([-40.0, 200.0], None),
            ([0.0, 1_000.0], None),
        ] {
            let found = PixelRange::of(&set(&values)).ok().map(|range| [range.low, range.high]);
            assert_eq!(found, scale, "{values:?}");
        }
        let bytes = set(&[0.0, 255.0, 51.0, 204.0]);
        let samples = PixelRange::of(&bytes).unwrap().samples(&bytes);
        let expected = [-1.0, 1.0, -0.6, 0.6_f32];
        let found = samples.into_matrix().values;
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{found:?}");
    }

    #[test]
    fn figures_have_four_digits() {
        for (value, text) in
            [(17.2554, "17.26"), (0.0, "0.0000"), (-0.00042, "-4.200e-4"), (1236.0, "1.236e3"), (3.9, "3.900")]
        {
            assert_eq!(rounded(value), text);
        }
    }
}
