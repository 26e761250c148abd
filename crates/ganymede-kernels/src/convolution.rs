//! A convolution's three maps for tensors.
//!
//! Each is linear in both of its tensors, and its derivatives are the other two: so the backward pass of each is made of the
//! others, and a penalty on gradients that were computed with them is differentiated exactly.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Device, Shape, Tensor};

use crate::flex::{matrix, slice};
use crate::geometry::Geometry;

/// Whether this module's maps take the tensor: single precision on the backend `flex`, with or without autodiff.
pub fn serves<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && tensor.device().without_autodiff() == Device::flex()
}

/// The convolution of `large`, `[rows, large features]`, with `weight`, `[small channels, large channels / groups * kernel *
/// kernel]`, plus `bias`, `[1, small channels]`: `[rows, small features]`.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn to_small(geometry: Geometry, large: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    let bias = bias.unwrap_or_else(|| Tensor::zeros([1, geometry.small.channels], &weight.device().without_autodiff()));
    let (large, weight, bias) = (large.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Convolutions>::to_small(large, weight, bias, geometry))
}

/// The transposed convolution of `small`, `[rows, small features]`, with `weight` as in [`to_small`], plus `bias`, `[1, large
/// channels]`: `[rows, large features]`.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn to_large(geometry: Geometry, small: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    let bias = bias.unwrap_or_else(|| Tensor::zeros([1, geometry.large.channels], &weight.device().without_autodiff()));
    let (small, weight, bias) = (small.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Convolutions>::to_large(small, weight, bias, geometry))
}

/// The gradient of the weight for rows of both pictures, of which one is a cotangent: `[rows, large features]` and `[rows,
/// small features]` to the weight's shape.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn weight_gradient(geometry: Geometry, large: Tensor<2>, small: Tensor<2>) -> Tensor<2> {
    let (large, small) = (large.into_dispatch(), small.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Convolutions>::weight_gradient(large, small, geometry))
}

#[backend_extension(Flex, Autodiff)]
trait Convolutions: Backend {
    fn to_small(
        large: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    fn to_large(
        small: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self>;

    fn weight_gradient(large: FloatTensor<Self>, small: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;
}

impl Convolutions for Flex {
    fn to_small(large: FlexTensor, weight: FlexTensor, bias: FlexTensor, geometry: Geometry) -> FlexTensor {
        let [large, weight, bias] = [large, weight, bias].map(|tensor| tensor.to_contiguous());
        let small = geometry.to_small_rows(slice(&large), slice(&weight), Some(slice(&bias)));
        matrix(small, geometry.small.features())
    }

    fn to_large(small: FlexTensor, weight: FlexTensor, bias: FlexTensor, geometry: Geometry) -> FlexTensor {
        let [small, weight, bias] = [small, weight, bias].map(|tensor| tensor.to_contiguous());
        let large = geometry.to_large_rows(slice(&small), slice(&weight), Some(slice(&bias)));
        matrix(large, geometry.large.features())
    }

    fn weight_gradient(large: FlexTensor, small: FlexTensor, geometry: Geometry) -> FlexTensor {
        let [large, small] = [large, small].map(|tensor| tensor.to_contiguous());
        let gradient = geometry.weight_gradient(slice(&large), slice(&small));
        matrix(gradient, geometry.weight_len() / geometry.small.channels)
    }
}

/// The sum over rows and pixels of each channel: the gradient of a bias.
fn by_channel<B: Backend>(rows: FloatTensor<B>, channels: usize) -> FloatTensor<B> {
    let pixels = rows.shape().num_elements() / channels;
    B::float_sum_dim(B::float_reshape(rows, Shape::new([pixels, channels])), 0)
}

impl<B: Convolutions, C: CheckpointStrategy> Convolutions for Autodiff<B, C> {
    fn to_small(
        large: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let nodes = [large.node(), weight.node(), bias.node()];
        let (large, weight, bias) = (large.into_primitive(), weight.into_primitive(), bias.into_primitive());
        match ToSmall.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let small = B::to_small(large.clone(), weight.clone(), bias, geometry);
                prepared.finish((large, weight, geometry), small)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::to_small(large, weight, bias, geometry)),
        }
    }

    fn to_large(
        small: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let nodes = [small.node(), weight.node(), bias.node()];
        let (small, weight, bias) = (small.into_primitive(), weight.into_primitive(), bias.into_primitive());
        match ToLarge.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let large = B::to_large(small.clone(), weight.clone(), bias, geometry);
                prepared.finish((small, weight, geometry), large)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::to_large(small, weight, bias, geometry)),
        }
    }

    fn weight_gradient(large: FloatTensor<Self>, small: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        let nodes = [large.node(), small.node()];
        let (large, small) = (large.into_primitive(), small.into_primitive());
        match WeightGradient.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let gradient = B::weight_gradient(large.clone(), small.clone(), geometry);
                prepared.finish((large, small, geometry), gradient)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::weight_gradient(large, small, geometry)),
        }
    }
}

/// What a backward pass remembers: the two tensors that the map is linear in.
type State<B> = (FloatTensor<B>, FloatTensor<B>, Geometry);

/// A bias of zeros for so many channels, like `tensor`.
fn no_bias<B: Backend>(tensor: &FloatTensor<B>, channels: usize) -> FloatTensor<B> {
    B::float_zeros(Shape::new([1, channels]), &tensor.device(), tensor.dtype().into())
}

#[derive(Debug)]
struct ToSmall;

impl<B: Convolutions> Backward<B, 3> for ToSmall {
    type State = State<B>;

    fn backward(self, ops: Ops<State<B>, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([large_node, weight_node, bias_node], (large, weight, geometry)) = (ops.parents, ops.state);
        let small = gradients.consume::<B>(&ops.node);
        if let Some(node) = large_node {
            let bias = no_bias::<B>(&weight, geometry.large.channels);
            gradients.register::<B>(node.id, B::to_large(small.clone(), weight, bias, geometry));
        }
        if let Some(node) = weight_node {
            gradients.register::<B>(node.id, B::weight_gradient(large, small.clone(), geometry));
        }
        if let Some(node) = bias_node {
            gradients.register::<B>(node.id, by_channel::<B>(small, geometry.small.channels));
        }
    }
}

#[derive(Debug)]
struct ToLarge;

impl<B: Convolutions> Backward<B, 3> for ToLarge {
    type State = State<B>;

    fn backward(self, ops: Ops<State<B>, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([small_node, weight_node, bias_node], (small, weight, geometry)) = (ops.parents, ops.state);
        let large = gradients.consume::<B>(&ops.node);
        if let Some(node) = small_node {
            let bias = no_bias::<B>(&weight, geometry.small.channels);
            gradients.register::<B>(node.id, B::to_small(large.clone(), weight, bias, geometry));
        }
        if let Some(node) = weight_node {
            gradients.register::<B>(node.id, B::weight_gradient(large.clone(), small, geometry));
        }
        if let Some(node) = bias_node {
            gradients.register::<B>(node.id, by_channel::<B>(large, geometry.large.channels));
        }
    }
}

#[derive(Debug)]
struct WeightGradient;

impl<B: Convolutions> Backward<B, 2> for WeightGradient {
    type State = State<B>;

    fn backward(self, ops: Ops<State<B>, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([large_node, small_node], (large, small, geometry)) = (ops.parents, ops.state);
        let weight = gradients.consume::<B>(&ops.node);
        if let Some(node) = large_node {
            let bias = no_bias::<B>(&weight, geometry.large.channels);
            gradients.register::<B>(node.id, B::to_large(small.clone(), weight.clone(), bias, geometry));
        }
        if let Some(node) = small_node {
            let bias = no_bias::<B>(&weight, geometry.small.channels);
            gradients.register::<B>(node.id, B::to_small(large, weight, bias, geometry));
        }
    }
}
