//! A layer whose values are disturbed in training.

use std::sync::Arc;

use burn::tensor::Tensor;
use ganymede_core::fading_noise::FadingNoise;
use ganymede_core::network::{Layer, ParameterSpec, Pass, Tape, Values};

/// Another layer on parameters with noise: `f(x; theta + std e)`, `e ~ N(0, I)`, one draw for a pass. The noise is a
/// constant of the pass, so gradients at the disturbed parameters go to the undisturbed ones.
#[derive(Debug)]
pub(crate) struct NoisyLayer {
    pub(crate) inner: Arc<dyn Layer>,
    pub(crate) noise: FadingNoise,
    /// Names its random numbers.
    pub(crate) kind: String,
}

impl Layer for NoisyLayer {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn output_width(&self) -> usize {
        self.inner.output_width()
    }

    fn settings(&self) -> Vec<(&'static str, f64)> {
        self.inner.settings()
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        self.inner.parameters()
    }

    fn buffers(&self) -> Vec<ParameterSpec> {
        self.inner.buffers()
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, index: usize, tape: &mut Tape) -> Tensor<2> {
        let parameters = self.noise.disturb(values.parameters, &self.kind, pass, index);
        // The backward pass must see the same disturbed parameters; they go before what the inner layer keeps.
        for parameter in &parameters {
            tape.keep(|| [parameter.clone()]);
        }
        self.inner.forward(Values { parameters: &parameters, ..values }, input, pass, index, tape)
    }

    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let (parameters, saved) = saved.split_at(values.parameters.len());
        self.inner.vjp(Values { parameters, ..values }, saved, cotangent)
    }

    fn has_vjp(&self) -> bool {
        self.inner.has_vjp()
    }

    fn mixes_rows(&self) -> bool {
        self.inner.mixes_rows()
    }

    fn momentum(&self) -> f64 {
        self.inner.momentum()
    }
}
