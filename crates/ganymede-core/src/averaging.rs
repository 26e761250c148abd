//! Averages of the generator's weights over training.

use burn::tensor::Tensor;
use ganymede_kernels::passes;
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::network::Network;

/// An exponential moving average of the generator, buffers included, as configured (Yazici et al. 2019).
///
/// Batch norm's running statistics are averaged as the weights are, so the average evaluates by statistics of the same past
/// as its weights, and nothing has to be recomputed.
///
/// Samples and evaluation use the average; training does not see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AveragingConfig {
    /// Weight of the past in `[0, 1)`; a thousand steps' memory at 0.999.
    pub decay: f64,
    /// Generator updates before averaging starts; until then the average is the generator itself.
    pub start: u64,
}

impl Default for AveragingConfig {
    fn default() -> Self {
        Self { decay: 0.999, start: 0 }
    }
}

impl AveragingConfig {
    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self) -> Result<(), InvalidValue> {
        ensure((0.0..1.0).contains(&self.decay), "decay", self.decay, "expected a number in [0, 1), such as 0.999")
    }

    /// The average after one more update of `generator`, the `updates`-th of the run. The past weighs less in the
    /// first updates, `(1 + n) / (10 + n)`, so that the initial weights are soon forgotten.
    #[must_use]
    pub fn update(&self, average: &Network, generator: &Network, updates: u64) -> Network {
        if updates <= self.start {
            return generator.clone();
        }
        let since = (updates - self.start) as f64;
        let decay = self.decay.min((1.0 + since) / (10.0 + since));
        let blend = |(past, now): (&Tensor<2>, &Tensor<2>)| {
            if passes::serves(past) && passes::serves(now) {
                return passes::blend(past.clone(), now.clone(), decay);
            }
            past.clone().mul_scalar(decay).add(now.clone().mul_scalar(1.0 - decay))
        };
        let parameters = average.parameters().iter().zip(generator.parameters()).map(blend).collect();
        let buffers = average.buffers().iter().zip(generator.buffers()).map(blend).collect();
        average.with_parameters(parameters).with_buffers(buffers)
    }
}
