//! The ring: modes evenly spaced on a circle.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::mixture::Mixture;
use super::synthetic::{Draw, check_modes, check_positive, check_samples, check_weights};
use crate::invalid::InvalidValue;

/// A ring of Gaussians in the plane. Defaults are PacGAN's benchmark (arXiv:1712.04086, synthetic data).
///
/// Mode `i` lies at the angle `2 pi i / modes`, so that the first and the last never coincide.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct RingConfig {
    /// Number of modes, at least 1.
    pub modes: usize,
    /// Distance of the modes from the origin, above 0.
    pub radius: f64,
    /// Standard deviation (not variance) of each coordinate around its mode, above 0.
    pub std: f64,
    /// Relative weight of each mode, above 0; empty for equal weights. Only their ratios count.
    pub weights: Vec<f64>,
    /// Points in the fixed set.
    pub samples: usize,
    /// Fixed set or fresh draws.
    pub draw: Draw,
}

impl Default for RingConfig {
    fn default() -> Self {
        Self { modes: 8, radius: 1.0, std: 0.01, weights: Vec::new(), samples: 100_000, draw: Draw::Fixed }
    }
}

impl RingConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        check_modes("modes", self.modes)?;
        check_positive("radius", self.radius)?;
        check_positive("std", self.std)?;
        check_weights(&self.weights, self.modes)?;
        check_samples(self.samples, 2)
    }

    /// The distribution itself.
    ///
    /// # Panics
    ///
    /// When the configuration does not pass its check.
    pub fn mixture(&self) -> Mixture {
        let centers = (0..self.modes)
            .flat_map(|mode| {
                let (sine, cosine) = (TAU * mode as f64 / self.modes as f64).sin_cos();
                [(self.radius * cosine) as f32, (self.radius * sine) as f32]
            })
            .collect();
        Mixture::new(centers, vec![self.std as f32; self.modes], &self.weights)
    }
}
