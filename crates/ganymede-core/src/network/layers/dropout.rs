//! Dropout.

use burn::tensor::Tensor;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::layer::{Layer, Values};
use crate::network::pass::{Mode, Pass};
use crate::network::tape::{SavedTensors, Tape};
use crate::place::Place;
use crate::random::uniforms;

/// Dropout (Srivastava et al. 2014), inverted: in training an entry is zero with this probability, and the others
/// are divided by what is left, so that evaluation is the identity.
///
/// The mask comes from the pass's random stream: the same pass drops the same entries, on every backend.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// The shape of a row.
    pub shape: Shape,
    /// Probability that an entry is dropped, in `[0, 1)`.
    pub probability: f64,
}

impl Layer for Dropout {
    fn facts(&self) -> Facts {
        let settings = vec![("probability", self.probability)];
        Facts { serves_members: true, settings, ..Facts::new("dropout", self.shape) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let place = Place::of(&input);
        if pass.mode == Mode::Evaluate {
            tape.keep(|| [place.full([1, 1], 1.0)]);
            return input;
        }
        let shape = input.dims();
        let mut stream = pass.stream("dropout");
        let kept = (1.0 / (1.0 - self.probability)) as f32;
        let drop_below = self.probability as f32;
        let values = uniforms(&mut stream, shape[0] * shape[1], 0.0, 1.0);
        let mask = values.into_iter().map(|draw| if draw < drop_below { 0.0 } else { kept }).collect();
        let mask = place.tensor(mask, shape);
        tape.keep(|| [mask.clone()]);
        input.mul(mask)
    }

    fn vjp(&self, _: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent.mul(saved.tensors[0].clone()), Vec::new())
    }
}
