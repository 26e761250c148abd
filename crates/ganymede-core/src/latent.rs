//! What the generator draws from.

use burn::tensor::Tensor;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::place::Place;
use crate::random::{normals, uniforms};

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

    /// `steps` latents from one to another, `ends` being the two behind one another; both are among them where there are two or
    /// more.
    ///
    /// Uniform ones lie on the straight line, which stays in the cube. Normal ones lie on an arc (White 2016, "Sampling generative
    /// networks", section 2.1): in many dimensions the middle of the line is nearer to 0 than almost every draw.
    ///
    /// # Panics
    ///
    /// When `ends` are not two latents.
    pub fn between(&self, ends: &[f32], steps: usize) -> Vec<f32> {
        assert_eq!(ends.len(), 2 * self.size, "two latents");
        let (from, to) = ends.split_at(self.size);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let cosine = dot(from, to) / (dot(from, from) * dot(to, to)).sqrt();
        let angle = cosine.clamp(-1.0, 1.0).acos();
        // On nearly one line through 0 an arc is no longer determined.
        let is_straight = self.kind == LatentKind::Uniform || !angle.is_finite() || angle.sin() < 1e-6;
        let weights = |share: f64| {
            if is_straight {
                [1.0 - share, share]
            } else {
                [((1.0 - share) * angle).sin(), (share * angle).sin()].map(|weight| weight / angle.sin())
            }
        };
        let shares = (0..steps).map(|step| if steps > 1 { step as f64 / (steps - 1) as f64 } else { 0.0 });
        let latent = |[first, second]: [f64; 2]| {
            let entries = from.iter().zip(to);
            entries.map(move |(from, to)| (first * f64::from(*from) + second * f64::from(*to)) as f32)
        };
        shares.map(weights).flat_map(latent).collect()
    }

    /// The entries of `rows` latents from a stream, row after row.
    pub fn values(&self, stream: &mut impl Rng, rows: usize) -> Vec<f32> {
        match self.kind {
            LatentKind::Normal => normals(stream, rows * self.size),
            LatentKind::Uniform => uniforms(stream, rows * self.size, -1.0, 1.0),
        }
    }

    /// `[rows, size]` latents from a stream.
    pub fn draw(&self, stream: &mut impl Rng, rows: usize, place: &Place) -> Tensor<2> {
        place.tensor(self.values(stream, rows), [rows, self.size])
    }
}

#[cfg(test)]
mod tests {
    use super::{LatentConfig, LatentKind};

    #[test]
    fn paths_are_arcs_or_lines_between_their_ends() {
        let path = |kind, ends: &[f32], steps| LatentConfig { kind, size: 2 }.between(ends, steps);
        let half = 0.5_f32.sqrt();
        let cases: &[(LatentKind, &[f32], usize, &[f32])] = &[
            (LatentKind::Normal, &[1.0, 0.0, 0.0, 1.0], 3, &[1.0, 0.0, half, half, 0.0, 1.0]),
            (LatentKind::Normal, &[2.0, 0.0, 0.0, 2.0], 3, &[2.0, 0.0, 2.0 * half, 2.0 * half, 0.0, 2.0]),
            (LatentKind::Uniform, &[1.0, 0.0, 0.0, 1.0], 3, &[1.0, 0.0, 0.5, 0.5, 0.0, 1.0]),
            (LatentKind::Normal, &[1.0, 1.0, 2.0, 2.0], 3, &[1.0, 1.0, 1.5, 1.5, 2.0, 2.0]),
            (LatentKind::Normal, &[1.0, 0.0, -1.0, 0.0], 3, &[1.0, 0.0, 0.0, 0.0, -1.0, 0.0]),
            (LatentKind::Normal, &[0.0, 0.0, 1.0, 0.0], 2, &[0.0, 0.0, 1.0, 0.0]),
            (LatentKind::Normal, &[1.0, 0.0, 0.0, 1.0], 1, &[1.0, 0.0]),
        ];
        for (kind, ends, steps, expected) in cases {
            let found = path(*kind, ends, *steps);
            let close = found.iter().zip(*expected).all(|(found, expected)| (found - expected).abs() < 1e-6);
            assert!(close && found.len() == expected.len(), "{kind:?} {ends:?}: {found:?}");
        }
    }
}
