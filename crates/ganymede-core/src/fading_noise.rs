//! Gaussian noise that fades over a run, for the layers of strategies.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::config::RunLength;
use crate::invalid::{InvalidValue, ensure};
use crate::network::{Mode, Pass};
use crate::optimizer::schedule::Schedule;
use crate::place::Place;
use crate::plan::Plan;
use crate::random::normal_tensor;

/// The keys of a strategy that adds fading noise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FadingNoiseConfig {
    /// Standard deviation of the noise at the beginning; at least 0. Left out, the strategy's own default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std: Option<f64>,
    /// How it changes over the run.
    pub decay: Schedule,
}

impl FadingNoiseConfig {
    /// Checks both keys; `expected` says which `std` is legal.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self, expected: &str) -> Result<(), InvalidValue> {
        let std = self.std.unwrap_or_default();
        ensure(std.is_finite() && std >= 0.0, "std", std, expected)?;
        self.decay.check().map_err(|error| error.within("decay"))
    }

    /// The same with the strategy's default standard deviation and the run's length filled in.
    #[must_use]
    pub fn resolved(self, std: f64, run: RunLength) -> Self {
        Self { std: self.std.or(Some(std)), decay: self.decay.resolved(run.steps) }
    }

    /// The noise of the strategy that configures `plan`, with its default standard deviation.
    pub fn noise(&self, std: f64, plan: &Plan) -> FadingNoise {
        let kind = plan.strategy().name.clone();
        FadingNoise { kind, std: self.std.unwrap_or(std), decay: self.decay.clone() }
    }
}

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
