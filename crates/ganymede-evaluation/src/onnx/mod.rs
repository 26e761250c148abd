//! Features of any network in an ONNX file.

mod model;
mod settings;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use ganymede_samples::{Matrix, Samples, Shape};

use self::model::{Model, Outputs};
pub use self::settings::{ModelSettings, OneOrMore, Size};
use crate::checksum::Checksum;
use crate::error::EvaluationError;
use crate::extractor::{Extractor, Features, Network};

/// Pictures that pass through a network together, where it does not say how many: of few what a layer makes stays in the processor's
/// cache until the next takes it. 128 pictures by `MobileNetV2` took 6.7 s of a core one by one, 7.1 s by 4 and 7.9 s by 16.
const BATCH: usize = 4;

/// The features that the FID is defined on.
const INCEPTION_WIDTH: usize = 2048;

/// A network in an ONNX file that takes pictures.
///
/// Pictures are resized to its input, each alone and without cutting anything off, so that another ratio of sides is
/// stretched. Grey pictures are repeated where it takes colours.
#[derive(Debug)]
pub struct OnnxExtractor {
    name: String,
    network: Option<Network>,
    model: Model,
    checksum: Checksum,
}

impl OnnxExtractor {
    /// Opens a model, with what its settings say, and runs it on a black picture, alone and
    /// beside another one.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::File`] where it cannot be read, [`EvaluationError::Model`] where it is no model that takes pictures
    /// and gives features, or not as the settings say.
    pub fn open(path: &Path, settings: &ModelSettings) -> Result<Self, EvaluationError> {
        let bytes = ganymede_files::read_whole(path, "an ONNX model")?;
        let name = settings.name_for(path);
        // Debug prints every setting; the name and the network do not change the features.
        let plain = ModelSettings { name: None, network: None, ..settings.clone() };
        let checksum = Checksum::of(&[b"onnx", &bytes, format!("{plain:?}").as_bytes()]);
        let model = Model::of(path, bytes, settings)?;
        if settings.network == Some(Network::Inception2015) && model.width != INCEPTION_WIDTH {
            return Err(EvaluationError::Model {
                path: path.to_owned(),
                problem: format!("it makes {} features, and inception-2015 {INCEPTION_WIDTH}", model.width),
                remedy: "take the layer that the FID is defined on, or leave network out".to_owned(),
            });
        }
        Ok(Self { name, network: settings.network, model, checksum })
    }

    /// The shape of the pictures that the network sees.
    pub fn input(&self) -> Shape {
        self.model.pixels.shape
    }
}

impl Extractor for OnnxExtractor {
    fn name(&self) -> &str {
        &self.name
    }

    fn width(&self) -> usize {
        self.model.width
    }

    fn classes(&self) -> Option<usize> {
        self.model.classes
    }

    fn network(&self) -> Option<Network> {
        self.network
    }

    fn checksum(&self) -> Checksum {
        self.checksum
    }

    fn check(&self, found: Shape) -> Result<(), EvaluationError> {
        let channels = self.model.pixels.shape.channels;
        if self.model.pixels.takes(found) {
            return Ok(());
        }
        let pictures = format!("pictures of {}", if channels == 1 { "1 channel" } else { "1 or 3 channels" });
        let pictures = if matches!(channels, 1 | 3) { pictures } else { format!("pictures of {channels} channels") };
        let expected = if found.is_point() {
            format!(
                "{pictures} (save them as an array of samples, height, width and channels, or as files of pictures)"
            )
        } else {
            format!("{pictures} (read them with --channels {channels}, or channels = {channels} in [data])")
        };
        Err(EvaluationError::Shape { extractor: self.name.clone(), expected, found })
    }

    fn extract(&self, samples: &Samples, progress: &mut dyn FnMut(usize)) -> Result<Features, EvaluationError> {
        self.check(samples.shape)?;
        let (rows, width) = (samples.rows(), self.model.width);
        let batch = self.model.batch.unwrap_or(BATCH);
        let batches = rows.div_ceil(batch);
        let mut values = vec![0.0; rows * width];
        let mut probabilities = self.model.classes.map(|classes| vec![0.0; rows * classes]);
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        // A batch a thread: the network's own products are too small to share.
        let workers = rayon::current_num_threads().clamp(1, batches.max(1));
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let (sender, next, failed) = (sender.clone(), &next, &failed);
                scope.spawn(move || {
                    let mut session = self.model.session();
                    loop {
                        let first = next.fetch_add(1, Ordering::Relaxed) * batch;
                        if first >= rows || failed.load(Ordering::Relaxed) {
                            break;
                        }
                        let range = first..(first + batch).min(rows);
                        let outputs = session.run(samples, range).map(|outputs| (first, outputs));
                        failed.fetch_or(outputs.is_err(), Ordering::Relaxed);
                        if sender.send(outputs).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut done = 0;
            for result in receiver {
                let (first, Outputs { features, probabilities: classes }) = result?;
                done += features.len() / width;
                values[first * width..][..features.len()].copy_from_slice(&features);
                if let (Some(all), Some(some), Some(count)) = (&mut probabilities, classes, self.model.classes) {
                    all[first * count..][..some.len()].copy_from_slice(&some);
                }
                progress(done);
            }
            Ok::<(), EvaluationError>(())
        })?;
        if let Some(place) = values.iter().position(|value| !value.is_finite()) {
            let (extractor, row, value) = (self.name.clone(), place / width, values[place]);
            return Err(EvaluationError::NotFinite { extractor, row, value });
        }
        let probabilities = probabilities.zip(self.model.classes).map(|(values, classes)| Matrix::new(values, classes));
        Ok(Features { values: Matrix::new(values, width), probabilities })
    }
}
