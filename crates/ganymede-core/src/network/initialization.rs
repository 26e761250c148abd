//! How parameters start.

use burn::tensor::Tensor;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::place::Place;
use crate::random::{normals, uniform_tensor};

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initialization {
    /// Every entry the same.
    Constant(f64),
    /// Normal with mean 0 and this standard deviation.
    Normal(f64),
    /// Uniform on `[-bound, bound)`.
    Uniform(f64),
    /// A random matrix with orthonormal rows or columns (whichever are fewer), times this gain (Saxe et al. 2014).
    Orthogonal(f64),
}

impl Initialization {
    /// A tensor of this shape drawn from `stream`.
    pub fn draw(self, stream: &mut impl Rng, shape: [usize; 2], place: &Place) -> Tensor<2> {
        let count = shape[0] * shape[1];
        match self {
            Self::Constant(value) => place.full(shape, value),
            Self::Normal(std) => place.tensor(normals(stream, count), shape).mul_scalar(std),
            Self::Uniform(bound) => uniform_tensor(stream, shape, (-bound as f32, bound as f32), place),
            Self::Orthogonal(gain) => place.tensor(orthogonal(&normals(stream, count), shape), shape).mul_scalar(gain),
        }
    }
}

/// The initialisation of a network's weight matrices, as configured; biases start at zero except with `pytorch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitializationKind {
    /// Uniform with variance `2 / (inputs + outputs)` (Glorot & Bengio 2010).
    #[default]
    Xavier,
    /// Normal with variance `2 / inputs` (He et al. 2015).
    Kaiming,
    /// Normal with mean 0 and the standard deviation `initialization_std`.
    Normal,
    /// Orthogonal with gain `initialization_std` (Saxe et al. 2014); unrolled GAN used gain 0.8.
    Orthogonal,
    /// `PyTorch`'s default for linear layers: weights and biases uniform on `±1 / sqrt(inputs)`.
    Pytorch,
    /// Normal with mean 0 and the standard deviation `initialization_std / sqrt(inputs)`, as R3GAN's convolutions; with 0
    /// the layer starts at zero.
    FanIn,
}

impl InitializationKind {
    /// The start of a `[inputs, outputs]` weight. `scale` is the configured standard deviation or gain.
    pub fn weight(self, inputs: usize, outputs: usize, scale: f64) -> Initialization {
        match self {
            Self::Xavier => Initialization::Uniform((6.0 / (inputs + outputs) as f64).sqrt()),
            Self::Kaiming => Initialization::Normal((2.0 / inputs as f64).sqrt()),
            Self::Normal => Initialization::Normal(scale),
            Self::Orthogonal => Initialization::Orthogonal(scale),
            Self::Pytorch => Initialization::Uniform(1.0 / (inputs as f64).sqrt()),
            Self::FanIn => Initialization::Normal(scale / (inputs as f64).sqrt()),
        }
    }

    /// The standard deviation or gain that holds where none is configured; `None` for kinds that take none.
    pub fn default_scale(self) -> Option<f64> {
        match self {
            Self::Normal => Some(0.02),
            Self::Orthogonal | Self::FanIn => Some(1.0),
            Self::Xavier | Self::Kaiming | Self::Pytorch => None,
        }
    }

    /// The start of the bias that goes with [`InitializationKind::weight`].
    pub fn bias(self, inputs: usize) -> Initialization {
        match self {
            Self::Pytorch => Initialization::Uniform(1.0 / (inputs as f64).sqrt()),
            Self::Xavier | Self::Kaiming | Self::Normal | Self::Orthogonal | Self::FanIn => {
                Initialization::Constant(0.0)
            }
        }
    }
}

/// Checks a configured scale of weights.
///
/// # Errors
///
/// [`InvalidValue`] when it is not a positive number.
pub(crate) fn check_scale(scale: f64) -> Result<(), InvalidValue> {
    ensure(
        scale.is_finite() && scale > 0.0,
        "initialization_std",
        scale,
        "expected a number above 0 (0.02 for normal, 1.0 for orthogonal)",
    )
}

/// Checks a start of weights with its standard deviation or gain, where one is given.
///
/// # Errors
///
/// [`InvalidValue`] when the kind takes none, when no kind is named, or when it is out of range.
pub(crate) fn check_start(kind: Option<InitializationKind>, scale: Option<f64>) -> Result<(), InvalidValue> {
    let Some(scale) = scale else { return Ok(()) };
    let key = "initialization_std";
    let taken = kind.is_some_and(|kind| kind.default_scale().is_some());
    ensure(
        taken,
        key,
        scale,
        "only initialization = \"normal\", \"orthogonal\" and \"fan-in\" have one; leave it out",
    )?;
    if kind == Some(InitializationKind::FanIn) && scale == 0.0 {
        return Ok(());
    }
    check_scale(scale)
}

/// Gram-Schmidt in f64 on the shorter side of a random matrix, so that its rows or columns are orthonormal.
fn orthogonal(values: &[f32], [rows, columns]: [usize; 2]) -> Vec<f32> {
    let (count, length) = (rows.min(columns), rows.max(columns));
    let at =
        |vector: usize, entry: usize| if rows <= columns { vector * columns + entry } else { entry * columns + vector };
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    for vector in 0..count {
        let mut candidate: Vec<f64> = (0..length).map(|entry| f64::from(values[at(vector, entry)])).collect();
        // Twice, because one pass loses orthogonality to rounding when many vectors are removed.
        for _ in 0..2 {
            for other in &basis {
                let overlap: f64 = candidate.iter().zip(other).map(|(a, b)| a * b).sum();
                candidate.iter_mut().zip(other).for_each(|(a, b)| *a -= overlap * b);
            }
        }
        let norm = candidate.iter().map(|a| a * a).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        for entry in &mut candidate {
            *entry /= norm;
        }
        basis.push(candidate);
    }
    let mut result = vec![0.0; values.len()];
    for (vector, entries) in basis.iter().enumerate() {
        for (entry, value) in entries.iter().enumerate() {
            result[at(vector, entry)] = *value as f32;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Streams;

    #[test]
    fn orthogonal_matrices_have_orthonormal_vectors() {
        for shape in [[4, 4], [3, 7], [9, 2], [1, 5]] {
            let values = normals(&mut Streams::new(1).at("test", 0), shape[0] * shape[1]);
            let matrix = orthogonal(&values, shape);
            let at = |row: usize, column: usize| f64::from(matrix[row * shape[1] + column]);
            let by_rows = shape[0] <= shape[1];
            let (count, length) = (shape[0].min(shape[1]), shape[0].max(shape[1]));
            for first in 0..count {
                for second in 0..count {
                    let dot: f64 = (0..length)
                        .map(|k| if by_rows { at(first, k) * at(second, k) } else { at(k, first) * at(k, second) })
                        .sum();
                    let expected = if first == second { 1.0 } else { 0.0 };
                    assert!((dot - expected).abs() < 1e-6, "{shape:?} {first} {second}: {dot}");
                }
            }
        }
    }
}
