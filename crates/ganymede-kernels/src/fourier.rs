//! Fourier features of tensors, with or without a graph: a node for all sines and cosines, and one for their backward pass, which is
//! differentiated in both of its tensors.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::flex::{matrix, slice};
use crate::waves::Waves;

pub use crate::flex::serves;

/// See [`Waves::features`]: `[rows, channels]` to `[rows, channels (1 + 2 octaves)]`.
///
/// # Panics
/// When the shape is another, or [`serves`] does not hold.
pub fn features(waves: Waves, values: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Features>::features(values.into_dispatch(), waves))
}

/// See [`Waves::pullback`]: cotangent and features, `[rows, channels (1 + 2 octaves)]` each, to `[rows, channels]`.
///
/// # Panics
/// When a shape is another, or [`serves`] does not hold.
pub fn pullback(waves: Waves, cotangent: Tensor<2>, features: Tensor<2>) -> Tensor<2> {
    let (cotangent, features) = (cotangent.into_dispatch(), features.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Features>::pullback(cotangent, features, waves))
}

#[backend_extension(Flex)]
trait Turns: Backend {
    fn to_cotangent(g: FloatTensor<Self>, features: FloatTensor<Self>, waves: Waves) -> FloatTensor<Self>;

    fn to_features(g: FloatTensor<Self>, cotangent: FloatTensor<Self>, waves: Waves) -> FloatTensor<Self>;
}

impl Turns for Flex {
    fn to_cotangent(g: FlexTensor, features: FlexTensor, waves: Waves) -> FlexTensor {
        let [g, features] = [g, features].map(|tensor| tensor.to_contiguous());
        matrix(waves.pullback_to_cotangent(slice(&g), slice(&features)), waves.width())
    }

    fn to_features(g: FlexTensor, cotangent: FlexTensor, waves: Waves) -> FlexTensor {
        let [g, cotangent] = [g, cotangent].map(|tensor| tensor.to_contiguous());
        matrix(waves.pullback_to_features(slice(&g), slice(&cotangent)), waves.width())
    }
}

#[backend_extension(Flex, Autodiff)]
trait Features: Backend {
    fn features(values: FloatTensor<Self>, waves: Waves) -> FloatTensor<Self>;

    fn pullback(cotangent: FloatTensor<Self>, features: FloatTensor<Self>, waves: Waves) -> FloatTensor<Self>;
}

impl Features for Flex {
    fn features(values: FlexTensor, waves: Waves) -> FlexTensor {
        matrix(waves.features(slice(&values.to_contiguous())), waves.width())
    }

    fn pullback(cotangent: FlexTensor, features: FlexTensor, waves: Waves) -> FlexTensor {
        let [cotangent, features] = [cotangent, features].map(|tensor| tensor.to_contiguous());
        matrix(waves.pullback(slice(&cotangent), slice(&features)), waves.channels)
    }
}

impl<B: Features + Turns, C: CheckpointStrategy> Features for Autodiff<B, C> {
    fn features(values: FloatTensor<Self>, waves: Waves) -> FloatTensor<Self> {
        let node = values.node();
        let features = B::features(values.into_primitive(), waves);
        match Forwards.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((features.clone(), waves), features),
            OpsKind::UnTracked(prepared) => prepared.finish(features),
        }
    }

    fn pullback(cotangent: FloatTensor<Self>, features: FloatTensor<Self>, waves: Waves) -> FloatTensor<Self> {
        let nodes = [cotangent.node(), features.node()];
        let (cotangent, features) = (cotangent.into_primitive(), features.into_primitive());
        let values = B::pullback(cotangent.clone(), features.clone(), waves);
        match Backwards.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((cotangent, features, waves), values),
            OpsKind::UnTracked(prepared) => prepared.finish(values),
        }
    }
}

#[derive(Debug)]
struct Forwards;

impl<B: Features> Backward<B, 1> for Forwards {
    /// The features.
    type State = (FloatTensor<B>, Waves);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (features, waves) = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |cotangent| B::pullback(cotangent, features, waves));
    }
}

#[derive(Debug)]
struct Backwards;

impl<B: Turns> Backward<B, 2> for Backwards {
    /// Cotangent and features.
    type State = (FloatTensor<B>, FloatTensor<B>, Waves);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([cotangent_node, features_node], (cotangent, features, waves)) = (ops.parents, ops.state);
        let g = gradients.consume::<B>(&ops.node);
        if let Some(node) = cotangent_node {
            gradients.register::<B>(node.id, B::to_cotangent(g.clone(), features, waves));
        }
        if let Some(node) = features_node {
            gradients.register::<B>(node.id, B::to_features(g, cotangent, waves));
        }
    }
}
