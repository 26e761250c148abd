//! What the generator draws from.

use burn::tensor::Tensor;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::place::Place;
use crate::random::{normal_tensor, uniform_tensor};

/// The distribution of each entry of a latent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatentKind {
    /// N(0, 1).
    #[default]
    Normal,
    /// Uniform on `[-1, 1)`.
    Uniform,
}

impl LatentKind {
    /// The name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Uniform => "uniform",
        }
    }
}

/// Latents as configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LatentConfig {
    /// The distribution.
    pub kind: LatentKind,
    /// Entries of a latent, at least 1.
    pub size: usize,
}

impl Default for LatentConfig {
    fn default() -> Self {
        Self { kind: LatentKind::Normal, size: 16 }
    }
}

impl LatentConfig {
    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self) -> Result<(), InvalidValue> {
        ensure((1..=1 << 20).contains(&self.size), "size", self.size, "expected a whole number from 1 to 1048576")
    }

    /// `[rows, size]` latents from a stream.
    pub fn draw(&self, stream: &mut impl Rng, rows: usize, place: &Place) -> Tensor<2> {
        let shape = [rows, self.size];
        match self.kind {
            LatentKind::Normal => normal_tensor(stream, shape, place),
            LatentKind::Uniform => uniform_tensor(stream, shape, (-1.0, 1.0), place),
        }
    }
}
