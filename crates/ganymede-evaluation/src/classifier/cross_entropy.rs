//! The loss of a classifier.

use burn::tensor::{Tensor, activation};

/// The cross entropy of a batch, and where it leads.
#[derive(Clone, Debug)]
pub struct CrossEntropy {
    /// The mean over the rows, in nats.
    pub loss: Tensor<1>,
    /// The loss's gradient at the logits, `[rows, classes]`.
    pub cotangent: Tensor<2>,
}

/// The cross entropy between targets and the softmax of logits, both `[rows, classes]`: `-sum_k t_k ln p_k`, the mean over the
/// rows. Each row of the targets sums to 1, so that the gradient at the logits is `(p - t) / rows`.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> CrossEntropy {
    let rows = logits.dims()[0] as f64;
    let log_probabilities = activation::log_softmax(logits, 1);
    let loss = targets.clone().mul(log_probabilities.clone()).sum().div_scalar(-rows);
    let cotangent = log_probabilities.exp().sub(targets).div_scalar(rows);
    CrossEntropy { loss, cotangent }
}
