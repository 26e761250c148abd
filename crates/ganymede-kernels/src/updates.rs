//! Adam's update for tensors with or without a graph: one pass without one, three nodes with one, where burn's operations make
//! some ten for each parameter.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::elementwise::Adam;
use crate::passes::{self, Passes};

pub use crate::flex::serves;

/// Parameter, mean and mean of squares after one update, all three differentiable; see [`Adam`]. With or without a graph their
/// bits are those of the formula in burn's operations.
///
/// # Panics
/// When the shapes differ, or [`serves`] does not hold.
pub fn adam(step: Adam, parameter: Tensor<2>, gradient: Tensor<2>, [mean, square]: [Tensor<2>; 2]) -> [Tensor<2>; 3] {
    if [&parameter, &gradient, &mean, &square].into_iter().all(passes::serves) {
        let (parameter, gradient) = (parameter.into_dispatch(), gradient.into_dispatch());
        let (mean, square) = (mean.into_dispatch(), square.into_dispatch());
        let (parameter, mean, square) = <Dispatch as Passes>::adam(parameter, gradient, mean, square, step);
        return [parameter, mean, square].map(Tensor::from_dispatch);
    }
    let gradient = gradient.into_dispatch();
    let mean = <Dispatch as Updates>::average(mean.into_dispatch(), gradient.clone(), step.beta1);
    let square = <Dispatch as Updates>::average_of_squares(square.into_dispatch(), gradient, step.beta2);
    let parameter = <Dispatch as Updates>::stepped(parameter.into_dispatch(), mean.clone(), square.clone(), step);
    [parameter, mean, square].map(Tensor::from_dispatch)
}

#[backend_extension(Flex, Autodiff)]
trait Updates: Backend {
    fn average(past: FloatTensor<Self>, now: FloatTensor<Self>, decay: f64) -> FloatTensor<Self>;

    fn average_of_squares(past: FloatTensor<Self>, now: FloatTensor<Self>, decay: f64) -> FloatTensor<Self>;

    /// The new parameter from the new moments.
    fn stepped(
        parameter: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: Adam,
    ) -> FloatTensor<Self>;
}

impl Updates for Flex {
    fn average(past: FlexTensor, now: FlexTensor, decay: f64) -> FlexTensor {
        Self::blend(past, now, decay)
    }

    fn average_of_squares(past: FlexTensor, now: FlexTensor, decay: f64) -> FlexTensor {
        Self::blend_squares(past, now, decay)
    }

    fn stepped(parameter: FlexTensor, mean: FlexTensor, square: FlexTensor, step: Adam) -> FlexTensor {
        Self::adam_step(parameter, mean, square, step)
    }
}

impl<B: Updates + Passes, C: CheckpointStrategy> Updates for Autodiff<B, C> {
    fn average(past: FloatTensor<Self>, now: FloatTensor<Self>, decay: f64) -> FloatTensor<Self> {
        let nodes = [past.node(), now.node()];
        let (past, now) = (past.into_primitive(), now.into_primitive());
        match Average.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(decay, B::average(past, now, decay)),
            OpsKind::UnTracked(prepared) => prepared.finish(B::average(past, now, decay)),
        }
    }

    fn average_of_squares(past: FloatTensor<Self>, now: FloatTensor<Self>, decay: f64) -> FloatTensor<Self> {
        let nodes = [past.node(), now.node()];
        let (past, now) = (past.into_primitive(), now.into_primitive());
        match AverageOfSquares.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let average = B::average_of_squares(past, now.clone(), decay);
                prepared.finish((now, decay), average)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::average_of_squares(past, now, decay)),
        }
    }

    fn stepped(
        parameter: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        square: FloatTensor<Self>,
        step: Adam,
    ) -> FloatTensor<Self> {
        let nodes = [parameter.node(), mean.node(), square.node()];
        let (parameter, mean, square) = (parameter.into_primitive(), mean.into_primitive(), square.into_primitive());
        match Stepped.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let parameter = B::stepped(parameter, mean.clone(), square.clone(), step);
                prepared.finish((mean, square, step), parameter)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::stepped(parameter, mean, square, step)),
        }
    }
}

#[derive(Debug)]
struct Average;

impl<B: Backend> Backward<B, 2> for Average {
    /// The weight of the past.
    type State = f64;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([past_node, now_node], decay) = (ops.parents, ops.state);
        let cotangent = gradients.consume::<B>(&ops.node);
        for (node, weight) in [(past_node, decay), (now_node, 1.0 - decay)] {
            if let Some(node) = node {
                gradients.register::<B>(node.id, B::float_mul_scalar(cotangent.clone(), weight.into()));
            }
        }
    }
}

#[derive(Debug)]
struct AverageOfSquares;

impl<B: Passes> Backward<B, 2> for AverageOfSquares {
    /// What is squared, and the weight of the past.
    type State = (FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([past_node, now_node], (now, decay)) = (ops.parents, ops.state);
        let cotangent = gradients.consume::<B>(&ops.node);
        if let Some(node) = past_node {
            gradients.register::<B>(node.id, B::float_mul_scalar(cotangent.clone(), decay.into()));
        }
        if let Some(node) = now_node {
            gradients.register::<B>(node.id, B::blend_squares_pullback(cotangent, now, decay));
        }
    }
}

#[derive(Debug)]
struct Stepped;

impl<B: Passes> Backward<B, 3> for Stepped {
    /// The new moments, and the update.
    type State = (FloatTensor<B>, FloatTensor<B>, Adam);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let ([parameter_node, mean_node, square_node], (mean, square, step)) = (ops.parents, ops.state);
        let cotangent = gradients.consume::<B>(&ops.node);
        if let Some(node) = square_node {
            let gradient = B::adam_step_square_pullback(cotangent.clone(), mean, square.clone(), step);
            gradients.register::<B>(node.id, gradient);
        }
        if let Some(node) = mean_node {
            gradients.register::<B>(node.id, B::adam_step_mean_pullback(cotangent.clone(), square, step));
        }
        if let Some(node) = parameter_node {
            let shrinks = step.shrink < 1.0;
            let gradient = if shrinks { B::float_mul_scalar(cotangent, step.shrink.into()) } else { cotangent };
            gradients.register::<B>(node.id, gradient);
        }
    }
}
