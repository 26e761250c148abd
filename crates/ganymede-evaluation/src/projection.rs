//! A fixed random projection as features.

use ganymede_metrics::{MatrixView, SparseProjection};
use ganymede_samples::{Matrix, Samples, Shape};

use crate::checksum::Checksum;
use crate::error::EvaluationError;
use crate::extractor::{Extractor, Features};
use crate::themselves::check_shape;

/// A fixed random projection of the values to fewer: distances between samples stay about what they are, at the cost of
/// the requested number of values.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomProjection {
    shape: Shape,
    projection: SparseProjection,
    seed: u64,
    name: String,
}

impl RandomProjection {
    /// A projection of samples of a shape to `width` values, at least 1, drawn by the seed.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Metric`] when `width` is 0.
    pub fn new(shape: Shape, width: usize, seed: u64) -> Result<Self, EvaluationError> {
        let projection = SparseProjection::new(shape.features(), width, seed)?;
        Ok(Self { shape, projection, seed, name: format!("random projection to {width}") })
    }
}

impl Extractor for RandomProjection {
    fn name(&self) -> &str {
        &self.name
    }

    fn width(&self) -> usize {
        self.projection.width()
    }

    fn checksum(&self) -> Checksum {
        let numbers = [self.projection.width() as u64, self.seed].map(u64::to_le_bytes);
        Checksum::of(&[b"random projection", &numbers[0], &numbers[1]])
    }

    fn check(&self, shape: Shape) -> Result<(), EvaluationError> {
        check_shape(self, self.shape, shape)
    }

    fn extract(&self, samples: &Samples, progress: &mut dyn FnMut(usize)) -> Result<Features, EvaluationError> {
        self.check(samples.shape)?;
        let matrix = samples.clone().into_matrix();
        let view = MatrixView::new(&matrix.values, matrix.rows(), matrix.features)?;
        let values = self.projection.project(view)?;
        progress(samples.rows());
        Ok(Features { values: Matrix::new(values, self.width()), probabilities: None })
    }
}
