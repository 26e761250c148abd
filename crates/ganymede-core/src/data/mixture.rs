//! Mixtures of Gaussians: the distributions whose modes are known.

use ganymede_metrics::high_quality_radius;
use ganymede_samples::{LabelledMatrix, Matrix};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::embedding::Embedding;
use crate::weighted::WeightedIndices;

/// A mixture of Gaussians, each equally wide in all directions of its own space.
///
/// Without an embedding that space is the whole of it, and a mode's density is `N(center, std^2 I)`. With one, the
/// noise lives in the embedding's subspace.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The modes' centers, `[modes, features]` row-major.
    pub centers: Vec<f32>,
    /// Coordinates of a point.
    pub features: usize,
    /// The standard deviation (not the variance) of each mode's coordinates.
    pub stds: Vec<f32>,
    /// The probability of each mode; they sum to 1.
    pub weights: Vec<f64>,
    /// The subspace that the noise lives in, or `None` for the whole space.
    pub embedding: Option<Embedding>,
}

impl Mixture {
    /// A mixture over `centers` (row-major, `stds.len()` rows); weights are normalised, and empty means equal.
    ///
    /// # Panics
    ///
    /// When there is no mode, when the lengths disagree, or when a weight is negative or their sum not above 0.
    pub fn new(centers: Vec<f32>, stds: Vec<f32>, weights: &[f64]) -> Self {
        let modes = stds.len();
        assert!(modes > 0 && !centers.is_empty(), "a mixture has at least one mode");
        assert!(centers.len().is_multiple_of(modes), "{} coordinates for {modes} modes", centers.len());
        assert!(weights.is_empty() || weights.len() == modes, "{} weights for {modes} modes", weights.len());
        let weights = if weights.is_empty() { vec![1.0; modes] } else { weights.to_vec() };
        let total: f64 = weights.iter().sum();
        assert!(
            weights.iter().all(|weight| *weight >= 0.0) && total > 0.0 && total.is_finite(),
            "weights are not negative and sum to a finite number above 0"
        );
        let weights = weights.into_iter().map(|weight| weight / total).collect();
        Self { features: centers.len() / modes, centers, stds, weights, embedding: None }
    }

    /// The same mixture with its noise in the subspace of `embedding`; the centers stay.
    #[must_use]
    pub fn embedded(mut self, embedding: Embedding) -> Self {
        self.embedding = Some(embedding);
        self
    }

    /// Number of modes.
    pub fn modes(&self) -> usize {
        self.stds.len()
    }

    /// The center of `mode`.
    ///
    /// # Panics
    ///
    /// When a label is not below the number of modes.
    pub fn center(&self, mode: usize) -> &[f32] {
        &self.centers[mode * self.features..(mode + 1) * self.features]
    }

    /// Dimensions of the noise around a center: `features`, or those of the embedded space.
    pub fn noise_dimensions(&self) -> usize {
        self.embedding.as_ref().map_or(self.features, Embedding::intrinsic)
    }

    /// How many standard deviations from its center the "high quality" ball reaches: [`high_quality_radius`] in the
    /// dimensions of the noise. In two dimensions this is the literature's 3.
    pub fn high_quality_stds(&self) -> f64 {
        high_quality_radius(self.noise_dimensions())
    }

    /// `count` independent draws; labels are the modes they came from.
    pub fn draw(&self, stream: &mut impl Rng, count: usize) -> LabelledMatrix {
        let modes = self.draw_modes(stream, count);
        LabelledMatrix { samples: self.draw_around(stream, &modes), labels: Some(modes) }
    }

    /// `count` independent draws of a mode, by weight.
    pub fn draw_modes(&self, stream: &mut impl Rng, count: usize) -> Vec<usize> {
        let weighted = WeightedIndices::new(&self.weights);
        (0..count).map(|_| weighted.draw(stream)).collect()
    }

    /// One draw around each of `modes`, in their order.
    ///
    /// # Panics
    ///
    /// When a mode does not exist.
    pub fn draw_around(&self, stream: &mut impl Rng, modes: &[usize]) -> Matrix {
        let noise_dimensions = self.noise_dimensions();
        let mut values = vec![0.0; modes.len() * self.features];
        for (row, &mode) in values.chunks_exact_mut(self.features).zip(modes) {
            for value in &mut row[..noise_dimensions] {
                let noise: f32 = StandardNormal.sample(stream);
                *value = self.stds[mode] * noise;
            }
            if let Some(embedding) = &self.embedding {
                embedding.rotate(row);
            }
            for (value, center) in row.iter_mut().zip(self.center(mode)) {
                *value += center;
            }
        }
        Matrix { values, features: self.features }
    }
}
