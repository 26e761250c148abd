//! A learned picture at the beginning of a generator.

use burn::tensor::Tensor;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::initialization::Initialization;
use crate::network::layer::{Layer, ParameterSpec, Values};
use crate::network::pass::Pass;
use crate::network::tape::{SavedTensors, Tape};

/// A learned picture whose channels the latent weighs: `y_pc = B_pc (z W)_c` for pixel p and channel c, as R3GAN's
/// generator begins (Huang et al. 2024). B is `[pixels, channels]` and starts normal, W is `[latent, channels]`.
#[derive(Clone, Copy, Debug)]
pub struct LearnedBasis {
    /// The shape of the latents.
    pub input: Shape,
    /// The shape of the picture.
    pub output: Shape,
    /// How W starts.
    pub weight: Initialization,
}

impl Layer for LearnedBasis {
    fn facts(&self) -> Facts {
        let multiply_adds = self.input.features() * self.output.channels + self.output.features();
        Facts { multiply_adds, ..Facts::new("learned basis", self.output) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let Shape { channels, .. } = self.output;
        vec![
            ParameterSpec::new("weight", [self.input.features(), channels], self.weight),
            ParameterSpec::new("basis", [self.output.pixels(), channels], Initialization::Normal(1.0)),
        ]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let Shape { channels, .. } = self.output;
        let weights = input.clone().matmul(values.parameters[0].clone());
        tape.keep(|| [input, weights.clone()]);
        let weights: Tensor<3> = weights.reshape([rows, 1, channels]);
        let basis: Tensor<3> = values.parameters[1].clone().reshape([1, self.output.pixels(), channels]);
        weights.mul(basis).reshape([rows, self.output.features()])
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let ([rows, _], Shape { channels, .. }, pixels) = (cotangent.dims(), self.output, self.output.pixels());
        let [input, weights] = [0, 1].map(|index: usize| saved.tensors[index].clone());
        let cotangent: Tensor<3> = cotangent.reshape([rows, pixels, channels]);
        let weights: Tensor<3> = weights.reshape([rows, 1, channels]);
        let basis: Tensor<3> = values.parameters[1].clone().reshape([1, pixels, channels]);
        let of_basis = cotangent.clone().mul(weights).sum_dim(0).reshape([pixels, channels]);
        let of_weights: Tensor<2> = cotangent.mul(basis).sum_dim(1).reshape([rows, channels]);
        let weight = input.transpose().matmul(of_weights.clone());
        (of_weights.matmul(values.parameters[0].clone().transpose()), vec![weight, of_basis])
    }
}
