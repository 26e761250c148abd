//! A layer whose values are disturbed in training.

use std::sync::Arc;

use burn::tensor::Tensor;
use ganymede_core::network::{BufferSpec, Facts, Layer, Mode, ParameterSpec, Pass, Saved, Tape, Values};
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::place::Place;
use ganymede_core::random::normal_tensor;

use crate::NAME;

/// How strong the noise is at a pass.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) std: f64,
    pub(crate) decay: Schedule,
}

impl Level {
    /// The standard deviation in this pass; 0 outside training.
    fn at(&self, pass: &Pass) -> f64 {
        if pass.mode == Mode::Evaluate { 0.0 } else { self.std * self.decay.at(pass.step) }
    }
}

/// Another layer on parameters with noise: `f(x; theta + std e)`, `e ~ N(0, I)`, one draw for a pass. The noise is a
/// constant of the pass, so gradients at the disturbed parameters go to the undisturbed ones.
#[derive(Debug)]
pub(crate) struct NoisyLayer {
    pub(crate) inner: Arc<dyn Layer>,
    pub(crate) level: Level,
}

impl NoisyLayer {
    fn disturbed(&self, parameters: &[Tensor<2>], pass: &Pass) -> Vec<Tensor<2>> {
        let std = self.level.at(pass);
        if std == 0.0 {
            return parameters.to_vec();
        }
        let mut stream = pass.stream(NAME);
        let disturb = |parameter: &Tensor<2>| {
            let noise = normal_tensor(&mut stream, parameter.dims(), &Place::of(parameter));
            parameter.clone().add(noise.mul_scalar(std))
        };
        parameters.iter().map(disturb).collect()
    }
}

impl Layer for NoisyLayer {
    fn facts(&self) -> Facts {
        // Every member draws noise of its own.
        Facts { serves_members: false, ..self.inner.facts() }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        self.inner.parameters()
    }

    fn buffers(&self) -> Vec<BufferSpec> {
        self.inner.buffers()
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let parameters = self.disturbed(values.parameters, pass);
        // The backward pass must see the same disturbed parameters.
        for parameter in &parameters {
            tape.keep(|| [parameter.clone()]);
        }
        tape.inside(|tape| self.inner.forward(Values { parameters: &parameters, ..values }, input, pass, tape))
    }

    fn vjp(&self, values: Values<'_>, saved: &Saved, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        self.inner.vjp(Values { parameters: &saved.tensors, ..values }, &saved.children[0], cotangent)
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &Saved, cotangent: Tensor<2>) -> Tensor<2> {
        self.inner.input_cotangent(Values { parameters: &saved.tensors, ..values }, &saved.children[0], cotangent)
    }
}
