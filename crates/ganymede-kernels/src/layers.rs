//! Products, linear layers, leaky `ReLU` and batch norm for tensors with or without a graph: one node each, where burn's operations make one for
//! every pass over memory.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::elementwise;
use crate::flex::{changed, forwards, matrix, matrix_ref, slice};
use crate::passes::Passes;

pub use crate::flex::serves;

/// `input`, `[rows, inputs]`, times `weight`, `[inputs, outputs]`, plus `bias`, `[1, outputs]`: `[rows, outputs]`. It and its gradients
/// are sums of [products](crate::matrix::MatrixRef::product) and have the bits of burn's where these do.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn linear(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>) -> Tensor<2> {
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Layers>::linear(input, weight, bias))
}

/// [`linear`], then [`leaky_relu`], with the bits of both and in fewer passes.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn linear_leaky_relu(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<2>, slope: f64) -> Tensor<2> {
    let (input, weight, bias) = (input.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Layers>::linear_leaky_relu(input, weight, bias, slope))
}

/// The [product](crate::matrix::MatrixRef::product) of `left`, `[rows, inner]`, and `right`, `[inner, columns]`, each of which is
/// given as its transpose where `transposed` says so: `[true, false]` takes `[inner, rows]` and `[inner, columns]`. The gradient of
/// a matrix lies row by row as the matrix given does, so that it is added to others in one pass; that of a tensor transposed
/// before lies column by column. A matrix whose index runs backwards is copied first.
///
/// # Panics
/// When the shapes do not match, or [`serves`] does not hold.
pub fn product(left: Tensor<2>, right: Tensor<2>, transposed: [bool; 2]) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Layers>::product(left.into_dispatch(), right.into_dispatch(), transposed))
}

/// See [`leaky_relu`](crate::elementwise::leaky_relu). Its gradient has the bits of the mixture's, see
/// [`leaky_relu_pullback`](crate::elementwise::leaky_relu_pullback).
///
/// # Panics
/// When [`serves`] does not hold.
pub fn leaky_relu(input: Tensor<2>, slope: f64) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Layers>::leaky_relu(input.into_dispatch(), slope))
}

/// See [`leaky_relu_backward`](crate::elementwise::leaky_relu_backward). A linear map of `cotangent`; `output` is a constant.
///
/// # Panics
/// When the shapes differ, or [`serves`] does not hold.
pub fn leaky_relu_backward(cotangent: Tensor<2>, output: Tensor<2>, slope: f64) -> Tensor<2> {
    let (cotangent, output) = (cotangent.into_dispatch(), output.without_autodiff().into_dispatch());
    Tensor::from_dispatch(<Dispatch as Layers>::leaky_relu_backward(cotangent, output, slope))
}

/// Batch norm with the batch's own statistics of `input`, `[rows, channels]`, with `scale` and `shift`, `[1, channels]`; see
/// [`norm`](crate::norm). The first tensor is the result. The others are mean and variance, without a graph; gradients flow
/// through both all the same.
///
/// # Panics
/// When a tensor has another shape, or [`serves`] does not hold.
pub fn batch_norm(input: Tensor<2>, scale: Tensor<2>, shift: Tensor<2>, epsilon: f64) -> [Tensor<2>; 3] {
    let (mean, variance) = <Dispatch as Passes>::moments(input.clone().without_autodiff().into_dispatch());
    let result = <Dispatch as Layers>::batch_norm(
        input.into_dispatch(),
        scale.into_dispatch(),
        shift.into_dispatch(),
        mean.clone(),
        variance.clone(),
        epsilon,
    );
    [result, mean, variance].map(Tensor::from_dispatch)
}

#[backend_extension(Flex, Autodiff)]
trait Layers: Backend {
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self>;

    fn linear(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    fn linear_leaky_relu(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self>;

    fn leaky_relu(input: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    fn leaky_relu_backward(cotangent: FloatTensor<Self>, output: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    fn batch_norm(
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self>;
}

impl Layers for Flex {
    fn product(left: FlexTensor, right: FlexTensor, transposed: [bool; 2]) -> FlexTensor {
        let turned = |matrix, transposed| if transposed { Self::float_transpose(matrix) } else { matrix };
        let [left, right] = [turned(left, transposed[0]), turned(right, transposed[1])].map(forwards);
        let columns = right.layout().shape()[1];
        matrix(matrix_ref(&left).product(matrix_ref(&right)), columns)
    }

    fn linear(input: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        let bias = bias.to_contiguous();
        changed(Self::product(input, weight, [false, false]), |numbers| elementwise::add_row(numbers, slice(&bias)))
    }

    fn linear_leaky_relu(input: FlexTensor, weight: FlexTensor, bias: FlexTensor, slope: f64) -> FlexTensor {
        let bias = bias.to_contiguous();
        changed(Self::product(input, weight, [false, false]), |numbers| {
            elementwise::add_row_leaky_relu(numbers, slice(&bias), slope);
        })
    }

    fn leaky_relu(input: FlexTensor, slope: f64) -> FlexTensor {
        changed(input, |numbers| elementwise::leaky_relu(numbers, slope))
    }

    fn leaky_relu_backward(cotangent: FlexTensor, output: FlexTensor, slope: f64) -> FlexTensor {
        let output = output.to_contiguous();
        changed(cotangent, |numbers| elementwise::leaky_relu_backward(numbers, slice(&output), slope))
    }

    fn batch_norm(
        input: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        epsilon: f64,
    ) -> FlexTensor {
        Self::normalize(input, scale, shift, mean, variance, epsilon)
    }
}

impl<B: Layers + Passes, C: CheckpointStrategy> Layers for Autodiff<B, C> {
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>, transposed: [bool; 2]) -> FloatTensor<Self> {
        let nodes = [left.node(), right.node()];
        let (left, right) = (left.into_primitive(), right.into_primitive());
        match Product.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let product = B::product(left.clone(), right.clone(), transposed);
                prepared.finish((left, right, transposed), product)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::product(left, right, transposed)),
        }
    }

    fn linear(input: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node(), bias.node()];
        let (input, weight, bias) = (input.into_primitive(), weight.into_primitive(), bias.into_primitive());
        match Linear.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = <B as Layers>::linear(input.clone(), weight.clone(), bias);
                prepared.finish((input, weight), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(<B as Layers>::linear(input, weight, bias)),
        }
    }

    fn linear_leaky_relu(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), weight.node(), bias.node()];
        let (input, weight, bias) = (input.into_primitive(), weight.into_primitive(), bias.into_primitive());
        match LinearLeakyRelu.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let output = B::linear_leaky_relu(input.clone(), weight.clone(), bias, slope);
                prepared.finish((input, weight, output.clone(), slope), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::linear_leaky_relu(input, weight, bias, slope)),
        }
    }

    fn leaky_relu(input: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let node = input.node();
        let output = <B as Layers>::leaky_relu(input.into_primitive(), slope);
        match LeakyRelu.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((output.clone(), slope), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn leaky_relu_backward(cotangent: FloatTensor<Self>, output: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let node = cotangent.node();
        let (cotangent, output) = (cotangent.into_primitive(), output.into_primitive());
        let kept = output.clone();
        let result = B::leaky_relu_backward(cotangent, output, slope);
        match LeakyReluSlope.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((kept, slope), result),
            OpsKind::UnTracked(prepared) => prepared.finish(result),
        }
    }

    fn batch_norm(
        input: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        let nodes = [input.node(), scale.node(), shift.node()];
        let (input, scale, shift) = (input.into_primitive(), scale.into_primitive(), shift.into_primitive());
        let (mean, variance) = (mean.into_primitive(), variance.into_primitive());
        match BatchNorm.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let kept = (input.clone(), scale.clone(), mean.clone(), variance.clone(), epsilon);
                prepared.finish(kept, B::normalize(input, scale, shift, mean, variance, epsilon))
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::normalize(input, scale, shift, mean, variance, epsilon)),
        }
    }
}

#[derive(Debug)]
struct Product;

impl<B: Layers> Backward<B, 2> for Product {
    /// The two matrices, and which of them were transposed.
    type State = (FloatTensor<B>, FloatTensor<B>, [bool; 2]);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (left, right, transposed) = ops.state;
        let cotangent = gradients.consume::<B>(&ops.node);
        let nodes = ops.parents.map(|node| node.map(|node| node.id));
        backward_of_product::<B>(nodes, (left, right, transposed), cotangent, gradients);
    }
}

#[derive(Debug)]
struct Linear;

impl<B: Layers> Backward<B, 3> for Linear {
    /// Input and weight.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([input_node, weight_node, bias_node], (input, weight)) = (ops.parents, ops.state);
        let cotangent = gradients.consume::<B>(&ops.node);
        if let Some(node) = bias_node {
            gradients.register::<B>(node.id, B::float_sum_dim(cotangent.clone(), 0));
        }
        let nodes = [input_node, weight_node].map(|node| node.map(|node| node.id));
        backward_of_product::<B>(nodes, (input, weight, [false, false]), cotangent, gradients);
    }
}

/// Registers the gradients of the two matrices of a product, from that of the product: each in the order of its matrix.
fn backward_of_product<B: Layers>(
    [left_node, right_node]: [Option<NodeId>; 2],
    (left, right, [left_transposed, right_transposed]): (FloatTensor<B>, FloatTensor<B>, [bool; 2]),
    cotangent: FloatTensor<B>,
    gradients: &mut Gradients,
) {
    if let Some(node) = left_node {
        let cotangent = cotangent.clone();
        let gradient = if left_transposed {
            B::product(right, cotangent, [right_transposed, true])
        } else {
            B::product(cotangent, right, [false, !right_transposed])
        };
        gradients.register::<B>(node, gradient);
    }
    if let Some(node) = right_node {
        let gradient = if right_transposed {
            B::product(cotangent, left, [true, left_transposed])
        } else {
            B::product(left, cotangent, [!left_transposed, false])
        };
        gradients.register::<B>(node, gradient);
    }
}

#[derive(Debug)]
struct LinearLeakyRelu;

impl<B: Layers + Passes> Backward<B, 3> for LinearLeakyRelu {
    /// Input, weight, output and slope.
    type State = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([input_node, weight_node, bias_node], (input, weight, output, slope)) = (ops.parents, ops.state);
        let cotangent = gradients.consume::<B>(&ops.node);
        let cotangent = if let Some(node) = bias_node {
            let (cotangent, bias) = B::leaky_relu_pullback_and_sum(cotangent, output, slope);
            gradients.register::<B>(node.id, bias);
            cotangent
        } else {
            B::leaky_relu_pullback(cotangent, output, slope)
        };
        let nodes = [input_node, weight_node].map(|node| node.map(|node| node.id));
        backward_of_product::<B>(nodes, (input, weight, [false, false]), cotangent, gradients);
    }
}

#[derive(Debug)]
struct LeakyRelu;

impl<B: Passes> Backward<B, 1> for LeakyRelu {
    /// Output and slope.
    type State = (FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (output, slope) = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |cotangent| B::leaky_relu_pullback(cotangent, output, slope));
    }
}

#[derive(Debug)]
struct LeakyReluSlope;

impl<B: Layers> Backward<B, 1> for LeakyReluSlope {
    /// Output and slope.
    type State = (FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (output, slope) = ops.state;
        unary::<B, _>(ops.parents, ops.node, gradients, |cotangent| B::leaky_relu_backward(cotangent, output, slope));
    }
}

#[derive(Debug)]
struct BatchNorm;

impl<B: Passes> Backward<B, 3> for BatchNorm {
    /// Input, scale, mean, variance and epsilon.
    type State = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (nodes, (input, scale, mean, variance, epsilon)) = (ops.parents, ops.state);
        let cotangent = gradients.consume::<B>(&ops.node);
        let (input, scale, shift) = B::normalize_backward(cotangent, input, scale, mean, variance, epsilon);
        for (node, gradient) in nodes.into_iter().zip([input, scale, shift]) {
            if let Some(node) = node {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}
