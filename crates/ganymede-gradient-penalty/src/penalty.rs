//! The mathematics: norms of the logit's gradient, and what they cost. Tensor operations throughout, so that burn's
//! backward gives the exact gradient at the discriminator's weights.

use burn::tensor::{Tensor, activation};
use ganymede_core::network::{Network, Pass, Trace};

/// Added to a squared norm before the root, whose slope is infinite at zero: a discriminator that has died would give
/// NaN. A norm of 1e-3 changes by less than a part in a million.
const ROOT_GUARD: f64 = 1e-12;

/// The squared Euclidean norm of the gradient of each logit at its samples, `[logits, 1]`.
///
/// A logit on several samples, which are consecutive rows, has one norm over all of them. Only the first output is
/// looked at. Where a layer lets logits depend on each other's samples, the gradient is that of the logits' sum.
pub fn squared_norms(discriminator: &Network, samples: Tensor<2>, pass: &Pass) -> Tensor<2> {
    squared_norms_of(&discriminator.trace(samples, pass))
}

/// [`squared_norms`] at the samples of a pass that was made already.
pub fn squared_norms_of(trace: &Trace<'_>) -> Tensor<2> {
    let [logits, _] = trace.output.dims();
    let gradient = trace.logit_gradient();
    let [rows, features] = gradient.dims();
    let gradient = if rows == logits { gradient } else { gradient.reshape([logits, rows / logits * features]) };
    gradient.square().sum_dim(1)
}

/// The mean of `(norm - target)^2`; with `one_sided` only norms above the target count.
pub fn squared_distance(squared_norms: Tensor<2>, target: f64, one_sided: bool) -> Tensor<1> {
    let excess = squared_norms.add_scalar(ROOT_GUARD).sqrt().sub_scalar(target);
    let excess = if one_sided { activation::relu(excess) } else { excess };
    excess.square().mean()
}

/// Half the mean squared norm.
pub fn half_mean(squared_norms: Tensor<2>) -> Tensor<1> {
    squared_norms.mean().mul_scalar(0.5)
}
