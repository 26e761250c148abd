//! The layer through which the discriminator sees pictures.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::network::initialization::Initialization;
use ganymede_core::network::{BufferSpec, Facts, Layer, Mode, Pass, SavedTensors, Tape, Values};

use crate::config::Strengths;
use crate::draws::Draws;
use crate::transform::Transform;

/// The name of the layer's one buffer: the probability of each transformation, `[1, 1]`.
pub const PROBABILITY: &str = "augmentation_probability";

/// Changes each picture of a training pass at random; the identity in evaluation.
///
/// Draws are constants of the pass, so it is an affine function of the pictures, and gradients of any order go through.
#[derive(Clone, Debug)]
pub struct AugmentationLayer {
    /// The shape of a picture.
    pub shape: Shape,
    /// How strong the transformations are.
    pub strengths: Strengths,
    /// The probability of each transformation before anybody moves it.
    pub probability: f64,
    /// Names the random numbers: the strategy's name.
    pub kind: String,
}

impl AugmentationLayer {
    fn transform(&self) -> Transform {
        Transform { shape: self.shape, strengths: self.strengths }
    }
}

impl Layer for AugmentationLayer {
    fn facts(&self) -> Facts {
        Facts::new("augmentation", self.shape)
    }

    fn buffers(&self) -> Vec<BufferSpec> {
        let initialization = Initialization::Constant(self.probability);
        // A pass reports the probability it was made with, which a momentum of 1 takes over unchanged.
        vec![BufferSpec { name: PROBABILITY.to_owned(), shape: [1, 1], initialization, momentum: 1.0 }]
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        if pass.mode == Mode::Evaluate {
            return input;
        }
        let probability = &values.buffers[0];
        tape.observe([probability.clone()]);
        let rows = input.dims()[0];
        let draws = Draws::new(rows, self.shape, self.strengths, probability, &mut pass.stream(&self.kind));
        tape.keep(|| draws.clone().into_columns());
        self.transform().apply(input, &draws)
    }

    fn vjp(&self, _: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let cotangent = match Draws::from_columns(&saved.tensors) {
            Some(draws) => self.transform().transposed(cotangent, &draws),
            None => cotangent,
        };
        (cotangent, Vec::new())
    }
}
