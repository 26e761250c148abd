//! The mathematics: norms of the logit's gradient, and what they cost. Tensor operations throughout, or the derivative in closed form,
//! so that burn's backward gives the exact gradient at the discriminator's weights.

use burn::tensor::{Tensor, activation};
use ganymede_core::derivative::with_gradient;
use ganymede_core::network::{Network, Pass, Trace};

/// Added to a squared norm before the root, whose slope is infinite at zero: a discriminator that has died would give
/// NaN. A norm of 1e-3 changes by less than a part in a million.
const ROOT_GUARD: f64 = 1e-12;

/// The gradient of each logit at its samples, `[logits, features]`.
///
/// A logit on several samples, which are consecutive rows, has one gradient over all of them. Only the first output is looked at.
/// Where a layer lets logits depend on each other's samples, the gradient is that of the logits' sum.
pub fn gradients(discriminator: &Network, samples: Tensor<2>, pass: &Pass) -> Tensor<2> {
    gradients_of(&discriminator.trace(samples, pass))
}

/// [`gradients`] at the samples of a pass that was made already.
pub fn gradients_of(trace: &Trace<'_>) -> Tensor<2> {
    let [logits, _] = trace.output.dims();
    let gradient = trace.logit_gradient();
    let [rows, features] = gradient.dims();
    if rows == logits { gradient } else { gradient.reshape([logits, rows / logits * features]) }
}

/// The mean of `(norm - target)^2` over the Euclidean norms of gradients, `[logits, features]`; with `one_sided` only norms above the
/// target count. Its derivative at each gradient is computed with it, `2 / logits (1 - target / norm)` times the gradient.
pub fn squared_distance(gradients: Tensor<2>, target: f64, one_sided: bool) -> Tensor<1> {
    let known = gradients.clone().without_autodiff();
    let logits = known.dims()[0] as f64;
    let norms = squared_norms(known.clone()).add_scalar(ROOT_GUARD).sqrt();
    let excess = norms.clone().sub_scalar(target);
    let excess = if one_sided { activation::relu(excess) } else { excess };
    let slopes = known.mul(excess.clone().div(norms).mul_scalar(2.0 / logits));
    with_gradient(gradients, excess.square().mean(), slopes)
}

/// Half the mean squared norm of gradients, `[logits, features]`.
pub fn half_mean(gradients: Tensor<2>) -> Tensor<1> {
    squared_norms(gradients).mean().mul_scalar(0.5)
}

/// The squared Euclidean norm of each gradient, `[logits, 1]`.
fn squared_norms(gradients: Tensor<2>) -> Tensor<2> {
    gradients.square().sum_dim(1)
}
