//! What turns samples into features.

use ganymede_samples::{Matrix, Samples, Shape};
use serde::{Deserialize, Serialize};

use crate::checksum::Checksum;
use crate::error::EvaluationError;

/// Turns samples into features, one row for each sample and in their order.
///
/// The features of a sample depend on that sample alone, never on the others beside it: they are computed in batches, kept
/// in pieces, and put together again.
pub trait Extractor: Send + Sync {
    /// What stands behind a figure on these features: `mobilenet_v2` makes `FD (mobilenet_v2)`.
    fn name(&self) -> &str;

    /// Features of a sample.
    fn width(&self) -> usize;

    /// Classes that the extractor gives probabilities for; `None` where it gives none.
    fn classes(&self) -> Option<usize> {
        None
    }

    /// The network whose features they are, where figures on them have a name of their own: `FID` instead of `FD (name)`.
    fn network(&self) -> Option<Network> {
        None
    }

    /// Equal for extractors that make equal features of equal samples: weights and settings, whatever file they came from.
    fn checksum(&self) -> Checksum;

    /// Whether samples of this shape can be given.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Shape`] for those that cannot, with a remedy.
    fn check(&self, shape: Shape) -> Result<(), EvaluationError>;

    /// The features of all samples. Values that stand for pixels are bytes, or floats from -1 to 1.
    ///
    /// `progress` is called with the number of samples that are done, which only grows, and at last is that of all.
    ///
    /// # Errors
    ///
    /// [`EvaluationError::Shape`] for samples that do not fit, [`EvaluationError::NotFinite`] where a feature is not finite,
    /// and what the maker of the extractor says.
    fn extract(&self, samples: &Samples, progress: &mut dyn FnMut(usize)) -> Result<Features, EvaluationError>;
}

/// The features of some samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// The features, `[samples, width]`, each finite.
    pub values: Matrix,
    /// The probability of each class, `[samples, classes]`: each row sums to 1.
    pub probabilities: Option<Matrix>,
}

impl Features {
    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.values.rows()
    }

    /// What they take, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let probabilities = self.probabilities.as_ref().map_or(0, |found| found.values.len());
        ((self.values.values.len() + probabilities) * size_of::<f32>()) as u64
    }
}

/// A network on whose features figures have a name of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// The Inception network that TensorFlow published in 2015, with the weights that `pytorch-fid` and `torch-fidelity` load:
    /// the Frechet distance on its 2,048 features is the FID, the kernel distance the KID.
    #[serde(rename = "inception-2015")]
    Inception2015,
}
