//! The logistic objectives: the bits of burn's operations and of their gradients, and the formulas in double precision.

mod graphs;
mod near;

use burn::tensor::{DType, Tensor, activation};
use ganymede_kernels::objectives;
use proptest::prelude::*;

use crate::graphs::{bits, gradient, tensor, tracked, values};
use crate::near::assert_near;

/// Logits of every size, both zeros among them.
fn logits(count: usize) -> impl Strategy<Value = Vec<f32>> {
    let logit = prop_oneof![8 => -5.0..5.0f32, 2 => -100.0..100.0f32, 1 => Just(0.0f32), 1 => Just(-0.0f32), 1 => -1e30..1e30f32];
    prop::collection::vec(logit, count)
}

fn targets(count: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![Just(0.0f32), Just(1.0f32), 0.0..1.0f32], count)
}

/// `softplus(x)` by burn's operations.
fn softplus(logits: Tensor<2>) -> Tensor<2> {
    activation::log_sigmoid(logits.neg()).neg()
}

fn composed(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    softplus(logits.clone()).sub(targets.autodiff().mul(logits)).mean()
}

/// The bits of a loss and of its gradient, of either sign.
fn both_bits(logits: &[f32], sign: f64, loss: impl Fn(Tensor<2>) -> Tensor<1>) -> [Vec<u32>; 2] {
    let leaf = tracked(logits, 1);
    let loss = loss(leaf.clone()).mul_scalar(sign);
    let mut gradients = loss.backward();
    [bits(loss.reshape([1, 1])), bits(gradient(&leaf, &mut gradients))]
}

proptest! {
    #[test]
    fn values_and_gradients_have_the_bits_of_burns_operations(
        rows in 1..70usize,
        logits in logits(70),
        targets in targets(70),
        is_negative in any::<bool>(),
    ) {
        let (logits, targets) = (&logits[..rows], || tensor(&targets[..rows], 1));
        let sign = if is_negative { -1.0 } else { 1.0 };
        let found = both_bits(logits, 1.0, |logits| objectives::cross_entropy(logits, targets()));
        prop_assert_eq!(found, both_bits(logits, 1.0, |logits| composed(logits, targets())));
        let found = both_bits(logits, sign, objectives::mean_softplus);
        prop_assert_eq!(found, both_bits(logits, sign, |logits| softplus(logits).mean()));
    }

    #[test]
    fn halves_of_a_tensor_are_taken_where_they_lie(rows in 1..35usize, logits in logits(70), targets in targets(35)) {
        let half = |sum: fn(Tensor<2>, Tensor<2>) -> Tensor<1>| {
            both_bits(&logits[..2 * rows], 1.0, |logits| {
                sum(logits.slice_dim(0, rows..2 * rows), tensor(&targets[..rows], 1))
            })
        };
        prop_assert_eq!(half(objectives::cross_entropy), half(composed));
    }

    #[test]
    fn values_and_gradients_are_those_of_the_formulas(
        numbers in prop::collection::vec(-30.0..30.0f32, 1..70),
        targets in targets(70),
        weight in 0.1..3.0f64,
    ) {
        let count = numbers.len() as f64;
        let leaf = tracked(&numbers, 1);
        let loss = objectives::cross_entropy(leaf.clone(), tensor(&targets[..numbers.len()], 1)).mul_scalar(weight);
        let mut gradients = loss.backward();
        let pairs: Vec<(f64, f64)> = numbers.iter().zip(&targets).map(|(x, t)| (f64::from(*x), f64::from(*t))).collect();
        let value = pairs.iter().map(|(x, t)| x.max(0.0) + (-x.abs()).exp().ln_1p() - t * x).sum::<f64>() / count;
        assert_near(&values(loss.reshape([1, 1])), &[weight * value], "value");
        let slopes: Vec<f64> = pairs.iter().map(|(x, t)| weight * (1.0 / (1.0 + (-x).exp()) - t)).collect();
        let found: Vec<f32> = values(gradient(&leaf, &mut gradients)).iter().map(|slope| slope * count as f32).collect();
        assert_near(&found, &slopes, "gradient");
    }
}

#[test]
fn tensors_without_a_graph_are_served_and_double_precision_is_not() {
    let plain = tensor(&[1.0, -2.0], 1);
    assert!(objectives::serves(&plain));
    assert!(!objectives::serves(&plain.clone().cast(DType::F64)));
    let expected = bits(softplus(plain.clone()).mean().reshape([1, 1]));
    assert_eq!(bits(objectives::mean_softplus(plain).reshape([1, 1])), expected);
}

#[test]
fn what_is_not_a_number_or_infinite_is_not_hidden() {
    for number in [f32::NAN, f32::INFINITY] {
        let loss = objectives::mean_softplus(tensor(&[0.0, number], 1));
        assert!(!values(loss.reshape([1, 1]))[0].is_finite(), "{number}");
    }
}
