//! In which numbers the passes of a step compute.

use burn::tensor::{FloatDType, Tensor};
use serde::{Deserialize, Serialize};

/// In which numbers the passes of a step compute, as configured (`precision`).
///
/// Weights, optimisers, losses and buffers stay in the precision of their [`Place`](crate::place::Place). Under
/// [`Precision::BrainFloat16`] weights and rows are rounded where they enter a network, and its outputs are widened where they
/// leave it, as Micikevicius et al. (2018) train with half-precision numbers and single-precision weights. A brain float has
/// the range of single precision, so losses are not scaled. Layers that [sum many values](crate::network::Facts::sums_rows), such
/// as norms, and every [traced](crate::network::Network::trace) pass, on which penalties and unrolled updates rest, compute in
/// full, and so do samples and evaluations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    /// Every pass in the precision of its weights.
    #[default]
    #[serde(rename = "f32")]
    Single,
    /// Passes of 16 bits, of which 8 are the exponent: three significant digits.
    #[serde(rename = "bf16")]
    BrainFloat16,
}

impl Precision {
    /// The name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "f32",
            Self::BrainFloat16 => "bf16",
        }
    }

    /// The numbers of a pass, where they are not those of its weights.
    pub(crate) fn narrow(self) -> Option<FloatDType> {
        match self {
            Self::Single => None,
            Self::BrainFloat16 => Some(FloatDType::BF16),
        }
    }
}

/// The same values as numbers of another kind; a graph stays.
pub(crate) fn cast_all(tensors: &[Tensor<2>], dtype: FloatDType) -> Vec<Tensor<2>> {
    tensors.iter().map(|tensor| tensor.clone().cast(dtype)).collect()
}
