//! The values of samples as their own features.

use ganymede_samples::{Samples, Shape};

use crate::checksum::Checksum;
use crate::error::EvaluationError;
use crate::extractor::{Extractor, Features};

/// The values themselves: pixels, or the columns of a table. A shift of a picture by two pixels changes nearly all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValuesThemselves {
    shape: Shape,
}

impl ValuesThemselves {
    /// For samples of this shape.
    pub const fn new(shape: Shape) -> Self {
        Self { shape }
    }
}

impl Extractor for ValuesThemselves {
    fn name(&self) -> &'static str {
        "values"
    }

    fn width(&self) -> usize {
        self.shape.features()
    }

    fn checksum(&self) -> Checksum {
        Checksum::of(&[b"values"])
    }

    fn check(&self, shape: Shape) -> Result<(), EvaluationError> {
        check_shape(self, self.shape, shape)
    }

    fn extract(&self, samples: &Samples, progress: &mut dyn FnMut(usize)) -> Result<Features, EvaluationError> {
        self.check(samples.shape)?;
        progress(samples.rows());
        Ok(Features { values: samples.clone().into_matrix(), probabilities: None })
    }
}

/// Refuses samples of another shape than the extractor was made for.
pub(crate) fn check_shape(extractor: &dyn Extractor, shape: Shape, found: Shape) -> Result<(), EvaluationError> {
    if found == shape {
        return Ok(());
    }
    let extractor = extractor.name().to_owned();
    Err(EvaluationError::Shape { extractor, expected: format!("samples of {shape}"), found })
}
