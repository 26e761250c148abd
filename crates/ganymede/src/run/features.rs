//! The network on whose features pictures are measured: opened, tried on a picture, and what it makes is kept.

use std::path::{Path, PathBuf};
use std::time::Instant;

use ganymede_core::data::{Matrix, Samples, Shape, Values};
use ganymede_evaluation::{EvaluationError, Extractor, FeatureCache, Features};

use crate::checkpoint::known::KnownFile;
use crate::failure::{Failure, Outcome};
use crate::system::bar::Bar;
use crate::system::cache;

/// How far pixels may lie beyond their scale: generators without a bounded last layer pass it a little.
const SLACK: f32 = 0.1;

/// An opened network.
pub(crate) struct Opened {
    path: PathBuf,
    extractor: Box<dyn Extractor>,
    input: Shape,
    known: KnownFile,
}

/// Pictures whose features are wanted.
pub(crate) struct Pictures<'a> {
    /// Where they come from, for messages.
    pub(crate) name: &'a str,
    /// Which of the sets they are, in a word.
    pub(crate) which: &'a str,
    pub(crate) samples: &'a Matrix,
    pub(crate) shape: Shape,
}

/// Features, and what is worth knowing of how they were come by.
pub(crate) struct Found {
    pub(crate) features: Features,
    pub(crate) note: Option<String>,
}

impl Opened {
    /// Opens a model in an ONNX file. `place` stands before what is wrong with it: what names it, with a colon, or nothing.
    #[cfg(feature = "onnx")]
    pub(crate) fn open(path: &Path, assignments: &[String], place: &str) -> Outcome<Self> {
        use ganymede_evaluation::{Checksum, ModelSettings, OnnxExtractor};
        let refuse = |error: EvaluationError| Failure::refused(format!("{place}{error}"));
        let settings = ModelSettings::beside(path, assignments).map_err(refuse)?;
        let extractor = OnnxExtractor::open(path, &settings).map_err(refuse)?;
        let bytes = ganymede_files::read_whole(path, "an ONNX model").map_err(|error| refuse(error.into()))?;
        // What figures are called by does not change them.
        let settings = toml::to_string(&ModelSettings { name: None, network: None, ..settings }).unwrap_or_default();
        let known = KnownFile { checksum: Checksum::of(&[&bytes]).to_string(), facts: in_one_line(&settings) };
        let input = extractor.input();
        Ok(Self { path: path.to_owned(), extractor: Box::new(extractor), input, known })
    }

    /// Says that this build cannot.
    #[cfg(not(feature = "onnx"))]
    pub(crate) fn open(path: &Path, _assignments: &[String], place: &str) -> Outcome<Self> {
        let remedy = "this build reads no ONNX models; build it with --features onnx";
        Err(Failure::refused(format!("{place}{}: {remedy}", path.display())))
    }

    /// Its file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The network.
    pub(crate) fn extractor(&self) -> &dyn Extractor {
        self.extractor.as_ref()
    }

    /// The shape of the pictures that it sees.
    pub(crate) fn input(&self) -> Shape {
        self.input
    }

    /// By what a checkpoint knows it again.
    pub(crate) fn known(&self) -> &KnownFile {
        &self.known
    }

    /// The longest side that pictures need to have.
    pub(crate) fn longest_side(&self) -> usize {
        self.input.height.max(self.input.width)
    }

    /// About how long a picture of this shape takes, in seconds, when many are seen: measured on one.
    pub(crate) fn seconds_a_picture(&self, shape: Shape) -> Outcome<f64> {
        let black = Samples::new(Values::Bytes(vec![0; shape.features()]), shape);
        let started = Instant::now();
        self.extractor.extract(&black, &mut |_| ()).map_err(|error| failure(&self.path.display(), error))?;
        Ok(started.elapsed().as_secs_f64() / rayon::current_num_threads() as f64)
    }

    /// The features of pictures that are met once, such as those that a generator has just drawn: nothing is kept.
    ///
    /// `progress` is told how many of them are seen.
    pub(crate) fn passing(
        &self,
        pictures: &Pictures<'_>,
        range: PixelRange,
        progress: &mut dyn FnMut(usize),
    ) -> Outcome<Features> {
        let samples = range.samples(pictures);
        self.extractor.extract(&samples, progress).map_err(|error| failure(&pictures.name, error))
    }

    /// The features of pictures: those that are kept, and the others, which are kept from now on.
    pub(crate) fn kept(&self, pictures: &Pictures<'_>, range: PixelRange, quiet: bool) -> Outcome<Found> {
        let samples = range.samples(pictures);
        let (rows, which) = (samples.rows(), pictures.which);
        let mut bar = Bar::new("features", quiet);
        let text = format!("{which} samples by {}", self.extractor.name());
        let named = |error| failure(&pictures.name, error);
        let extractor = self.extractor.as_ref();
        let mut progress = |done| bar.show(done as u64, rows as u64, &text);
        let found = match cache::folder("features") {
            None => {
                let features = extractor.extract(&samples, &mut progress).map_err(named)?;
                Found { features, note: None }
            }
            Some(folder) => {
                let cache = FeatureCache::new(folder).within(cache::limit()?);
                let kept = cache.extract(extractor, &samples, &mut progress).map_err(named)?;
                if let Some(error) = kept.unkept {
                    bar.note(&format!("warning: the features of the {which} samples cannot be kept: {error}"));
                }
                let reused = kept.reused;
                let note = format!("features of {reused} of the {rows} {which} samples were kept from before");
                Found { features: kept.features, note: (reused > 0).then_some(note) }
            }
        };
        bar.clear();
        Ok(found)
    }
}

/// Settings as one line of a message.
#[cfg(feature = "onnx")]
fn in_one_line(settings: &str) -> String {
    match settings.trim() {
        "" => "no settings".to_owned(),
        settings => settings.lines().collect::<Vec<_>>().join(", "),
    }
}

/// What a network could not do with pictures of this name.
fn failure(name: &dyn std::fmt::Display, error: EvaluationError) -> Failure {
    match error {
        error @ EvaluationError::Shape { .. } => Failure::refused(format!("{name}: {error}")),
        error @ (EvaluationError::Model { .. } | EvaluationError::NotFinite { .. }) => {
            Failure::failed(error.to_string())
        }
        error => Failure::refused(error.to_string()),
    }
}

/// What the values of pixels go from and to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PixelRange {
    low: f32,
    high: f32,
}

impl PixelRange {
    /// The scale that a set's values lie on.
    pub(crate) fn of(name: &str, samples: &Matrix) -> Outcome<Self> {
        let values = samples.values.iter();
        let [low, high] =
            values.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| [low.min(*value), high.max(*value)]);
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
                "{name}: values from {low} to {high} are no pixels; save pictures as uint8, or as floats from -1 to 1 or from 0 to 1"
            ))),
        }
    }

    /// What was decided, where it is not what bytes mean.
    pub(crate) fn note(self) -> Option<String> {
        (self.low >= 0.0).then(|| format!("pixels were taken to go from {} (black) to {} (white)", self.low, self.high))
    }

    /// The pixels as values from -1 to 1.
    pub(crate) fn scaled(self, samples: &Matrix) -> Vec<f32> {
        let factor = 2.0 / (self.high - self.low);
        if self.low < 0.0 {
            return samples.values.clone();
        }
        samples.values.iter().map(|value| (value - self.low) * factor - 1.0).collect()
    }

    /// Pictures with pixels from -1 to 1.
    fn samples(self, pictures: &Pictures<'_>) -> Samples {
        Samples::new(Values::Floats(self.scaled(pictures.samples)), pictures.shape)
    }
}

#[cfg(test)]
mod tests {
    use ganymede_core::data::Matrix;

    use super::PixelRange;

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
            let samples = Matrix::new(values.to_vec(), 2);
            let found = PixelRange::of("set", &samples).ok().map(|range| [range.low, range.high]);
            assert_eq!(found, scale, "{values:?}");
        }
        let bytes = Matrix::new(vec![0.0, 255.0, 51.0, 204.0], 2);
        let found = PixelRange::of("set", &bytes).unwrap().scaled(&bytes);
        let expected = [-1.0, 1.0, -0.6, 0.6_f32];
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{found:?}");
    }
}
