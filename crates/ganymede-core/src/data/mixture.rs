//! Mixtures of Gaussians: the distributions whose modes are known.

use ganymede_samples::{LabelledMatrix, Matrix};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use super::embedding::Embedding;

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
    /// When there are not that many modes.
    pub fn center(&self, mode: usize) -> &[f32] {
        &self.centers[mode * self.features..(mode + 1) * self.features]
    }

    /// Dimensions of the noise around a center: `features`, or those of the embedded space.
    pub fn noise_dimensions(&self) -> usize {
        self.embedding.as_ref().map_or(self.features, Embedding::intrinsic)
    }

    /// How many standard deviations from its center the "high quality" ball reaches.
    ///
    /// In two dimensions this is the literature's 3, which holds 1 - exp(-4.5) = 98.9 % of the real samples. In `k`
    /// dimensions it is the radius that holds as many, by Wilson and Hilferty's approximation of the chi-square
    /// quantile (1931), within 0.5 %. A fixed number would not do: in 700 dimensions real samples lie
    /// sqrt(700) = 26.5 standard deviations from their center, and none within the 10 that VEEGAN states.
    pub fn high_quality_stds(&self) -> f64 {
        /// The standard normal's quantile at 1 - exp(-4.5).
        const QUANTILE: f64 = 2.286_620_338;
        let dimensions = self.noise_dimensions();
        if dimensions == 2 {
            return 3.0;
        }
        let spread = 2.0 / (9.0 * dimensions as f64);
        (dimensions as f64 * (1.0 - spread + QUANTILE * spread.sqrt()).powi(3)).sqrt()
    }

    /// `count` independent draws; labels are the modes they came from.
    pub fn draw(&self, stream: &mut impl Rng, count: usize) -> LabelledMatrix {
        let modes = self.draw_modes(stream, count);
        LabelledMatrix { samples: self.draw_around(stream, &modes), labels: Some(modes) }
    }

    /// `count` independent draws of a mode, by weight.
    pub fn draw_modes(&self, stream: &mut impl Rng, count: usize) -> Vec<usize> {
        let cumulative: Vec<f64> = self
            .weights
            .iter()
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        // Rounding may leave the last sum a hair below 1; a draw above it belongs to the last mode that can occur.
        let last = self.weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
        (0..count)
            .map(|_| {
                let point: f64 = stream.random();
                cumulative.partition_point(|sum| *sum <= point).min(last)
            })
            .collect()
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
