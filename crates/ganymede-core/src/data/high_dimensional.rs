//! The high-dimensional mixture: few modes, each thick in hundreds of directions.

use ganymede_samples::Matrix;
use serde::{Deserialize, Serialize};

use super::embedding::Embedding;
use super::mixture::Mixture;
use super::synthetic::{Draw, check_modes, check_positive, check_samples, check_weights};
use crate::invalid::{InvalidValue, ensure};
use crate::random::{Streams, normals};

/// The most dimensions; an embedding holds some `4 features log2(features)` bytes.
const MAXIMUM_FEATURES: usize = 1 << 17;

/// A Gaussian mixture of few dimensions inside a space of more, after VEEGAN's third synthetic set
/// (Srivastava et al., arXiv:1705.07761, experiments on synthetic data).
///
/// VEEGAN states ten 700-dimensional Gaussians embedded in 1,200 dimensions, 2,500 samples for evaluation, and high
/// quality within 10 standard deviations of the nearest mode. It states neither the centers, nor the standard
/// deviation, nor the embedding, nor the size of the training set. Here, therefore:
///
/// - the modes' centers have independent N(0, `spread`^2) coordinates in the intrinsic space, so that two of them
///   lie about `spread * sqrt(2 * intrinsic)` apart;
/// - noise is N(0, `std`^2 I) in the intrinsic space, so that a sample lies about `std * sqrt(intrinsic)` from its
///   center, and modes overlap once `std` approaches `1.4 spread`;
/// - one random rotation of the whole space, the same for all modes, lays both into `features` dimensions;
/// - centers and rotation are drawn from the run's seed, so runs over seeds average over mixtures;
/// - `high_quality_stds` of the mixture (28.1 here) is the radius that holds as large a share of the real samples
///   as 3 standard deviations do in the plane: within 10 of our standard deviations there are none.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct HighDimensionalConfig {
    /// Dimensions of a sample.
    pub features: usize,
    /// Dimensions of the space that holds the mixture, at most `features`.
    pub intrinsic: usize,
    /// Number of modes, at least 1.
    pub modes: usize,
    /// Standard deviation of the centers' coordinates in the intrinsic space, above 0.
    pub spread: f64,
    /// Standard deviation (not variance) around a center in each intrinsic direction, above 0.
    pub std: f64,
    /// Relative weight of each mode, above 0; empty for equal weights. Only their ratios count.
    pub weights: Vec<f64>,
    /// Points in the fixed set; 20,000 of them take 96 MB at the default number of features.
    pub samples: usize,
    /// Fixed set or fresh draws.
    pub draw: Draw,
}

impl Default for HighDimensionalConfig {
    fn default() -> Self {
        Self {
            features: 1_200,
            intrinsic: 700,
            modes: 10,
            spread: 1.0,
            std: 0.1,
            weights: Vec::new(),
            samples: 20_000,
            draw: Draw::Fixed,
        }
    }
}

impl HighDimensionalConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        ensure(
            (1..=MAXIMUM_FEATURES).contains(&self.features),
            "features",
            self.features,
            &format!("expected 1 to {MAXIMUM_FEATURES} dimensions"),
        )?;
        ensure(
            (1..=self.features).contains(&self.intrinsic),
            "intrinsic",
            self.intrinsic,
            &format!("expected 1 to features = {} dimensions", self.features),
        )?;
        check_modes("modes", self.modes)?;
        check_samples_of_centers(self.modes, self.features)?;
        check_positive("spread", self.spread)?;
        check_positive("std", self.std)?;
        check_weights(&self.weights, self.modes)?;
        check_samples(self.samples, self.features)
    }

    /// The distribution of the run that these streams belong to.
    ///
    /// # Panics
    ///
    /// When the configuration does not pass its check.
    pub fn mixture(&self, streams: Streams) -> Mixture {
        let embedding = Embedding::random(&mut streams.at("data/embedding", 0), self.intrinsic, self.features);
        let coordinates = normals(&mut streams.at("data/centers", 0), self.modes * self.intrinsic);
        let mut centers = Matrix { values: vec![0.0; self.modes * self.features], features: self.features };
        let rows = centers.values.chunks_exact_mut(self.features);
        for (row, center) in rows.zip(coordinates.chunks_exact(self.intrinsic)) {
            for (value, coordinate) in row.iter_mut().zip(center) {
                *value = self.spread as f32 * coordinate;
            }
            embedding.rotate(row);
        }
        Mixture::new(centers.values, vec![self.std as f32; self.modes], &self.weights).embedded(embedding)
    }
}

/// The centers are a matrix of their own, which has to fit into memory too.
fn check_samples_of_centers(modes: usize, features: usize) -> Result<(), InvalidValue> {
    let maximum = (1 << 28) / features;
    ensure(
        modes <= maximum,
        "modes",
        modes,
        &format!("expected at most {maximum} modes of {features} dimensions; lower modes or features"),
    )
}
