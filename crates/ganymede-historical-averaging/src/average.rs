//! The mean of a network's past parameters.

use burn::tensor::Tensor;
use ganymede_core::network::Network;

/// The mean of the parameters that were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Average {
    /// How many times parameters were seen.
    pub(crate) count: u64,
    /// One tensor for each parameter, untracked; empty before the first.
    pub(crate) mean: Vec<Tensor<2>>,
}

impl Average {
    /// The squared distance of a network from the mean of its past, which then includes its present as well; 0 for the
    /// first. The mean is a constant for the gradient.
    pub(crate) fn pull(&mut self, network: &Network) -> Option<Tensor<1>> {
        let now: Vec<Tensor<2>> = network.parameters().iter().map(|value| value.clone().without_autodiff()).collect();
        if self.mean.is_empty() {
            self.mean.clone_from(&now);
        }
        let squares = network.parameters().iter().zip(&self.mean);
        let distance = squares.map(|(value, mean)| value.clone().sub(mean.clone()).square().sum()).reduce(Tensor::add);
        self.count += 1;
        let share = 1.0 / self.count as f64;
        let moved = self.mean.iter().zip(now);
        self.mean = moved.map(|(mean, now)| mean.clone().add(now.sub(mean.clone()).mul_scalar(share))).collect();
        distance
    }
}
