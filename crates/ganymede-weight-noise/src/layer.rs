//! A layer whose values are disturbed in training.

use std::sync::Arc;

use burn::tensor::Tensor;
use ganymede_core::fading_noise::FadingNoise;
use ganymede_core::network::{BufferSpec, Facts, Layer, ParameterSpec, Pass, SavedTensors, Tape, Values};

/// Another layer on parameters with noise: `f(x; theta + std e)`, `e ~ N(0, I)`, one draw for a pass. The noise is a
/// constant of the pass, so gradients at the disturbed parameters go to the undisturbed ones.
#[derive(Debug)]
pub(crate) struct NoisyLayer {
    pub(crate) inner: Arc<dyn Layer>,
    pub(crate) noise: FadingNoise,
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
        let parameters = self.noise.disturb(values.parameters, pass);
        // The backward pass must see the same disturbed parameters.
        for parameter in &parameters {
            tape.keep(|| [parameter.clone()]);
        }
        tape.inside(|tape| self.inner.forward(Values { parameters: &parameters, ..values }, input, pass, tape))
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        self.inner.vjp(Values { parameters: &saved.tensors, ..values }, &saved.children[0], cotangent)
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        self.inner.input_cotangent(Values { parameters: &saved.tensors, ..values }, &saved.children[0], cotangent)
    }
}
