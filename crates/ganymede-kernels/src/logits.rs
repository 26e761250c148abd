//! The mean cross entropy of logits for tensors with or without a graph: one node, where burn's operations make some six.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, TensorData};

use crate::elementwise;
use crate::flex::slice;
use crate::passes::Passes;

pub use crate::flex::serves;

/// See [`cross_entropy`](crate::elementwise::cross_entropy): a tensor of one number. Targets are constants.
///
/// # Panics
/// When the shapes differ, or [`serves`] does not hold.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let (logits, targets) = (logits.into_dispatch(), targets.without_autodiff().into_dispatch());
    Tensor::from_dispatch(<Dispatch as Logits>::cross_entropy(logits, targets))
}

#[backend_extension(Flex, Autodiff)]
trait Logits: Backend {
    fn cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Logits for Flex {
    fn cross_entropy(logits: FlexTensor, targets: FlexTensor) -> FlexTensor {
        let [logits, targets] = [logits, targets].map(|tensor| tensor.to_contiguous());
        let mean = elementwise::cross_entropy(slice(&logits), slice(&targets));
        FlexTensor::from_data(TensorData::new(vec![mean], [1]))
    }
}

impl<B: Logits + Passes, C: CheckpointStrategy> Logits for Autodiff<B, C> {
    fn cross_entropy(logits: FloatTensor<Self>, targets: FloatTensor<Self>) -> FloatTensor<Self> {
        let node = logits.node();
        let (logits, targets) = (logits.into_primitive(), targets.into_primitive());
        let mean = B::cross_entropy(logits.clone(), targets.clone());
        match CrossEntropy.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((logits, targets), mean),
            OpsKind::UnTracked(prepared) => prepared.finish(mean),
        }
    }
}

#[derive(Debug)]
struct CrossEntropy;

impl<B: Passes> Backward<B, 1> for CrossEntropy {
    /// Logits and targets.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (logits, targets) = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |cotangent| {
            B::cross_entropy_pullback(cotangent, logits, targets)
        });
    }
}
