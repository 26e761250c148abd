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
use burn::tensor::{Shape, Tensor};
use ganymede_samples::Shape as Picture;

use crate::flex::{matrix, slice};
use crate::geometry::Geometry;
use crate::passes::Passes;
use crate::pictures::Ending;

pub use crate::flex::serves;

/// The convolution of `large`, `[rows, large features]`, with `weight`, `[small channels, large channels / groups * kernel *
/// kernel]`, plus `bias`, `[1, small channels]`: `[rows, small features]`.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn to_small(geometry: Geometry, large: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    map(Way::ToSmall, geometry, large, weight, bias, None)
}

/// [`to_small`], then [`leaky_relu`](crate::layers::leaky_relu), with the bits of both and in fewer passes.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn to_small_leaky_relu(
    geometry: Geometry,
    large: Tensor<2>,
    weight: Tensor<2>,
    bias: Option<Tensor<2>>,
    slope: f64,
) -> Tensor<2> {
    map(Way::ToSmall, geometry, large, weight, bias, Some(slope))
}

/// The transposed convolution of `small`, `[rows, small features]`, with `weight` as in [`to_small`], plus `bias`, `[1, large
/// channels]`: `[rows, large features]`.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn to_large(geometry: Geometry, small: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<2>>) -> Tensor<2> {
    map(Way::ToLarge, geometry, small, weight, bias, None)
}

/// [`to_large`], then [`leaky_relu`](crate::layers::leaky_relu), with the bits of both and in fewer passes.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn to_large_leaky_relu(
    geometry: Geometry,
    small: Tensor<2>,
    weight: Tensor<2>,
    bias: Option<Tensor<2>>,
    slope: f64,
) -> Tensor<2> {
    map(Way::ToLarge, geometry, small, weight, bias, Some(slope))
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

fn map(
    way: Way,
    geometry: Geometry,
    input: Tensor<2>,
    weight: Tensor<2>,
    bias: Option<Tensor<2>>,
    slope: Option<f64>,
) -> Tensor<2> {
    let channels = way.output(geometry).channels;
    let bias = bias.unwrap_or_else(|| Tensor::zeros([1, channels], &weight.device().without_autodiff()));
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Convolutions>::map(input, weight, bias, geometry, way, slope))
}

/// The two directions of a [`Geometry`].
#[derive(Clone, Copy, Debug)]
enum Way {
    ToSmall,
    ToLarge,
}

impl Way {
    fn back(self) -> Self {
        match self {
            Self::ToSmall => Self::ToLarge,
            Self::ToLarge => Self::ToSmall,
        }
    }

    /// The picture that is written.
    fn output(self, geometry: Geometry) -> Picture {
        match self {
            Self::ToSmall => geometry.small,
            Self::ToLarge => geometry.large,
        }
    }
}

#[backend_extension(Flex, Autodiff)]
trait Convolutions: Backend {
    /// One way or the other, then leaky `ReLU` where there is a slope.
    fn map(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
        way: Way,
        slope: Option<f64>,
    ) -> FloatTensor<Self>;

    fn weight_gradient(large: FloatTensor<Self>, small: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;
}

impl Convolutions for Flex {
    fn map(
        input: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        geometry: Geometry,
        way: Way,
        slope: Option<f64>,
    ) -> FlexTensor {
        let [input, weight, bias] = [input, weight, bias].map(|tensor| tensor.to_contiguous());
        let (input, weight, ending) = (slice(&input), slice(&weight), Ending { bias: Some(slice(&bias)), slope });
        let rows = match way {
            Way::ToSmall => geometry.to_small_with(input, weight, ending),
            Way::ToLarge => geometry.to_large_with(input, weight, ending),
        };
        matrix(rows, way.output(geometry).features())
    }

    fn weight_gradient(large: FlexTensor, small: FlexTensor, geometry: Geometry) -> FlexTensor {
        let [large, small] = [large, small].map(|tensor| tensor.to_contiguous());
        let gradient = geometry.weight_gradient(slice(&large), slice(&small));
        matrix(gradient, geometry.weight_len() / geometry.small.channels)
    }
}

impl<B: Convolutions + Passes, C: CheckpointStrategy> Convolutions for Autodiff<B, C> {
    fn map(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
        way: Way,
        slope: Option<f64>,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node(), bias.node()];
        let (input, weight, bias) = (input.into_primitive(), weight.into_primitive(), bias.into_primitive());
        match Map.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::map(input.clone(), weight.clone(), bias, geometry, way, slope);
                let rectified = slope.map(|slope| (output.clone(), slope));
                prepared.finish(MapState { input, weight, geometry, way, rectified }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::map(input, weight, bias, geometry, way, slope)),
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

/// A map without a bias and without an activation.
fn linear_map<B: Convolutions>(
    way: Way,
    geometry: Geometry,
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
) -> FloatTensor<B> {
    let channels = Shape::new([1, way.output(geometry).channels]);
    let bias = B::float_zeros(channels, &weight.device(), weight.dtype().into());
    B::map(input, weight, bias, geometry, way, None)
}

#[derive(Debug)]
struct Map;

/// What the backward pass of a map remembers.
#[derive(Clone, Debug)]
struct MapState<B: Backend> {
    input: FloatTensor<B>,
    weight: FloatTensor<B>,
    geometry: Geometry,
    way: Way,
    /// Output and slope of leaky `ReLU`.
    rectified: Option<(FloatTensor<B>, f64)>,
}

impl<B: Convolutions + Passes> Backward<B, 3> for Map {
    type State = MapState<B>;

    fn backward(self, ops: Ops<MapState<B>, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([input_node, weight_node, bias_node], state) = (ops.parents, ops.state);
        let MapState { input, weight, geometry, way, rectified } = state;
        let cotangent = gradients.consume::<B>(&ops.node);
        // By pixels, whose rows are channels.
        let (shape, channels) = (cotangent.shape(), way.output(geometry).channels);
        let by_pixel = |tensor: FloatTensor<B>| {
            let pixels = tensor.shape().num_elements() / channels;
            B::float_reshape(tensor, Shape::new([pixels, channels]))
        };
        let cotangent = by_pixel(cotangent);
        let (cotangent, bias) = match (rectified, &bias_node) {
            (Some((output, slope)), Some(_)) => {
                let (cotangent, bias) = B::leaky_relu_pullback_and_sum(cotangent, by_pixel(output), slope);
                (cotangent, Some(bias))
            }
            (Some((output, slope)), None) => (B::leaky_relu_pullback(cotangent, by_pixel(output), slope), None),
            (None, Some(_)) => (cotangent.clone(), Some(B::float_sum_dim(cotangent, 0))),
            (None, None) => (cotangent, None),
        };
        if let Some((node, bias)) = bias_node.zip(bias) {
            gradients.register::<B>(node.id, bias);
        }
        let cotangent = B::float_reshape(cotangent, shape);
        if let Some(node) = input_node {
            gradients.register::<B>(node.id, linear_map::<B>(way.back(), geometry, cotangent.clone(), weight));
        }
        if let Some(node) = weight_node {
            let (large, small) = match way {
                Way::ToSmall => (input, cotangent),
                Way::ToLarge => (cotangent, input),
            };
            gradients.register::<B>(node.id, B::weight_gradient(large, small, geometry));
        }
    }
}

#[derive(Debug)]
struct WeightGradient;

impl<B: Convolutions> Backward<B, 2> for WeightGradient {
    /// Both pictures.
    type State = (FloatTensor<B>, FloatTensor<B>, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([large_node, small_node], (large, small, geometry)) = (ops.parents, ops.state);
        let weight = gradients.consume::<B>(&ops.node);
        if let Some(node) = large_node {
            gradients.register::<B>(node.id, linear_map::<B>(Way::ToLarge, geometry, small.clone(), weight.clone()));
        }
        if let Some(node) = small_node {
            gradients.register::<B>(node.id, linear_map::<B>(Way::ToSmall, geometry, large, weight));
        }
    }
}
