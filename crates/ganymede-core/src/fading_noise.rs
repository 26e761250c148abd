//! Gaussian noise that fades over a run, for the layers of strategies.

use burn::tensor::Tensor;

use crate::invalid::{InvalidValue, ensure};
use crate::network::{Mode, Pass};
use crate::optimizer::schedule::Schedule;
use crate::place::Place;
use crate::random::normal_tensor;

/// `std(t) e`, `e ~ N(0, I)`, in training passes; none in evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct FadingNoise {
    /// Names its random numbers: the strategy's name.
    pub kind: String,
    /// Standard deviation at the beginning of the run; at least 0.
    pub std: f64,
    /// How it changes over the run, resolved.
    pub decay: Schedule,
}

impl FadingNoise {
    /// Checks the keys `std`, of which `expected` says what is legal, and `decay`.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self, expected: &str) -> Result<(), InvalidValue> {
        ensure(self.std.is_finite() && self.std >= 0.0, "std", self.std, expected)?;
        self.decay.check().map_err(|error| error.within("decay"))
    }

    /// These tensors with noise, drawn one after the other from the stream of the layer that sees this pass.
    pub fn disturb(&self, tensors: &[Tensor<2>], pass: &Pass) -> Vec<Tensor<2>> {
        let std = if pass.mode == Mode::Evaluate { 0.0 } else { self.std * self.decay.at(pass.step) };
        if std == 0.0 {
            return tensors.to_vec();
        }
        let mut stream = pass.stream(&self.kind);
        let mut disturb = |tensor: &Tensor<2>| {
            let noise = normal_tensor(&mut stream, tensor.dims(), &Place::of(tensor));
            tensor.clone().add(noise.mul_scalar(std))
        };
        tensors.iter().map(&mut disturb).collect()
    }
}
