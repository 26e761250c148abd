//! Dropout.

use burn::tensor::Tensor;

use crate::network::layer::{Layer, Mode, Pass, Tape, Values, place_of};
use crate::random::uniforms;

/// Dropout (Srivastava et al. 2014), inverted: in training an entry is zero with this probability, and the others
/// are divided by what is left, so that evaluation is the identity.
///
/// The mask comes from the pass's random stream: the same pass drops the same entries, on every backend.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    /// Features of a row.
    pub width: usize,
    /// Probability that an entry is dropped, in `[0, 1)`.
    pub probability: f64,
}

impl Layer for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn serves_members(&self) -> bool {
        true
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, index: usize, tape: &mut Tape) -> Tensor<2> {
        let place = place_of(&input);
        if pass.mode == Mode::Evaluate {
            tape.keep(|| [place.full([1, 1], 1.0)]);
            return input;
        }
        let shape = input.dims();
        let mut stream = pass.streams.at(&format!("dropout/{}/{index}", pass.purpose), pass.draw_index);
        let kept = (1.0 / (1.0 - self.probability)) as f32;
        let drop_below = self.probability as f32;
        let values = uniforms(&mut stream, shape[0] * shape[1], 0.0, 1.0);
        let mask = values.into_iter().map(|draw| if draw < drop_below { 0.0 } else { kept }).collect();
        let mask = place.tensor(mask, shape);
        tape.keep(|| [mask.clone()]);
        input.mul(mask)
    }

    fn vjp(&self, _: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent.mul(saved[0].clone()), Vec::new())
    }
}
