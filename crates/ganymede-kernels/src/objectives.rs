//! Objectives for tensors with or without a graph: one node each, where burn's operations make some ten passes over a column of logits,
//! each of which takes longer to set out than to compute.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::flex::{changed, matrix, slice};
use crate::logistic::{self, Terms};

pub use crate::flex::serves;

/// See [`logistic::cross_entropy`]: the mean of `softplus(x) - t x` over `logits` and `targets`, `[rows, 1]` each. The targets are
/// constants. Value and gradient have the bits of burn's operations.
///
/// # Panics
/// When the shapes differ, or [`serves`] does not hold.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let targets = targets.without_autodiff();
    Tensor::from_dispatch(<Dispatch as Objectives>::cross_entropy(logits.into_dispatch(), targets.into_dispatch()))
}

/// The mean of `softplus(x)` over `logits`, `[rows, 1]`, with the bits of burn's operations.
///
/// # Panics
/// When [`serves`] does not hold.
pub fn mean_softplus(logits: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Objectives>::mean_softplus(logits.into_dispatch()))
}

/// `value`, `[1]`, as a function of `at`, `[rows, columns]`, with this derivative at each of its numbers. Both are constants.
///
/// # Panics
/// When [`serves`] does not hold, or, where the gradient is taken, the shapes differ.
pub fn with_gradient(at: Tensor<2>, value: Tensor<1>, gradient: Tensor<2>) -> Tensor<1> {
    let (value, gradient) = (value.without_autodiff().into_dispatch(), gradient.without_autodiff().into_dispatch());
    Tensor::from_dispatch(<Dispatch as Objectives>::with_gradient(at.into_dispatch(), value, gradient))
}

#[backend_extension(Flex)]
trait Slopes: Backend {
    /// The mean, and its derivative at each logit.
    fn cross_entropy_with_slopes(
        logits: FloatTensor<Self>,
        targets: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn mean_softplus_with_slopes(logits: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The slopes times a number, `[1]`.
    fn scaled(slopes: FloatTensor<Self>, by: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Slopes for Flex {
    fn cross_entropy_with_slopes(logits: FlexTensor, targets: FlexTensor) -> (FlexTensor, FlexTensor) {
        let [logits, targets] = [logits, targets].map(|tensor| tensor.to_contiguous());
        mean_and_slopes(logistic::cross_entropy(slice(&logits), slice(&targets)))
    }

    fn mean_softplus_with_slopes(logits: FlexTensor) -> (FlexTensor, FlexTensor) {
        mean_and_slopes(logistic::mean_softplus(slice(&logits.to_contiguous())))
    }

    fn scaled(slopes: FlexTensor, by: FlexTensor) -> FlexTensor {
        let by = slice(&by.to_contiguous())[0];
        changed(slopes, |slopes| slopes.iter_mut().for_each(|slope| *slope *= by))
    }
}

fn mean_and_slopes(terms: Terms) -> (FlexTensor, FlexTensor) {
    (Flex::float_mean(matrix(terms.values, 1)), matrix(terms.slopes, 1))
}

#[backend_extension(Flex, Autodiff)]
trait Objectives: Backend {
    fn cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self>;

    fn mean_softplus(logits: FloatTensor<Self>) -> FloatTensor<Self>;

    fn with_gradient(at: FloatTensor<Self>, value: FloatTensor<Self>, gradient: FloatTensor<Self>)
    -> FloatTensor<Self>;
}

impl Objectives for Flex {
    fn cross_entropy(logits: FlexTensor, targets: FlexTensor) -> FlexTensor {
        Self::cross_entropy_with_slopes(logits, targets).0
    }

    fn mean_softplus(logits: FlexTensor) -> FlexTensor {
        Self::mean_softplus_with_slopes(logits).0
    }

    fn with_gradient(_: FlexTensor, value: FlexTensor, _: FlexTensor) -> FlexTensor {
        value
    }
}

impl<B: Objectives + Slopes, C: CheckpointStrategy> Objectives for Autodiff<B, C> {
    fn cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        known::<B, C>(logits, |logits| B::cross_entropy_with_slopes(logits, targets.into_primitive()))
    }

    fn mean_softplus(logits: FloatTensor<Self>) -> FloatTensor<Self> {
        known::<B, C>(logits, B::mean_softplus_with_slopes)
    }

    fn with_gradient(
        at: FloatTensor<Self>,
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        known::<B, C>(at, |_| (value.into_primitive(), gradient.into_primitive()))
    }
}

/// A number as a node of a tensor's graph, from the function that gives it and its slopes.
fn known<B: Slopes, C: CheckpointStrategy>(
    at: FloatTensor<Autodiff<B, C>>,
    with_slopes: impl FnOnce(FloatTensor<B>) -> (FloatTensor<B>, FloatTensor<B>),
) -> FloatTensor<Autodiff<B, C>> {
    let node = at.node();
    let (value, slopes) = with_slopes(at.into_primitive());
    match Known.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(slopes, value),
        OpsKind::UnTracked(prepared) => prepared.finish(value),
    }
}

/// A number whose derivative is known.
#[derive(Debug)]
struct Known;

impl<B: Slopes> Backward<B, 1> for Known {
    /// The derivative at each number that it depends on.
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let slopes = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |cotangent| B::scaled(slopes, cotangent));
    }
}
