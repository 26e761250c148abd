//! The backward pass of every layer.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::network::Pass;
use ganymede_core::network::layers::activation::Maxout;
use ganymede_core::network::layers::normalization::BatchNorm;
use ganymede_core::network::{Layer, Network};
use ganymede_core::random::Streams;
use std::sync::Arc;

use crate::cases::{Case, GROUPS, cases};
use ganymede_testing::derivatives::{by_autodiff, by_differences};
use ganymede_testing::numbers::{assert_all_close, assert_close, double, noise, tensor, values};

/// The inner product of the outputs with the cotangent, whose gradient is the vector-Jacobian product.
fn inner_product(case: &Case, groups: &[usize], point: &[Tensor<2>]) -> Tensor<1> {
    let network = case.network(groups).with_parameters(point[1..].to_vec());
    network.forward(point[0].clone(), &case.pass(groups)).mul(case.cotangent(groups)).sum()
}

fn by_vjp(case: &Case, groups: &[usize], point: &[Tensor<2>]) -> Vec<Vec<f64>> {
    let network = case.network(groups).with_parameters(point[1..].to_vec());
    let (input, parameters) = network.trace(point[0].clone(), &case.pass(groups)).vjp(case.cotangent(groups));
    std::iter::once(input).chain(parameters).map(|gradient| values(&gradient)).collect()
}

#[test]
fn vector_jacobian_products_equal_autodiff() {
    for case in cases() {
        for groups in GROUPS {
            let point = case.point(groups);
            let expected = by_autodiff(&|point| inner_product(&case, groups, point), &point);
            assert_all_close(&format!("{} {groups:?}", case.name), &by_vjp(&case, groups, &point), &expected, 1e-10);
        }
    }
}

#[test]
fn vector_jacobian_products_equal_central_differences() {
    for case in cases().iter().filter(|case| case.smooth) {
        for groups in GROUPS {
            let point = case.point(groups);
            let expected = by_differences(&|point| inner_product(case, groups, point), &point);
            assert_all_close(&format!("{} {groups:?}", case.name), &by_vjp(case, groups, &point), &expected, 1e-6);
        }
    }
}

#[test]
fn the_inputs_cotangent_alone_is_the_same() {
    for case in cases() {
        for groups in GROUPS {
            let point = case.point(groups);
            let network = case.network(groups).with_parameters(point[1..].to_vec());
            let trace = network.trace(point[0].clone(), &case.pass(groups));
            let (input, _) = trace.vjp(case.cotangent(groups));
            let alone = trace.input_cotangent(case.cotangent(groups));
            assert_eq!(values(&alone), values(&input), "{} {groups:?}", case.name);
        }
    }
}

#[test]
fn losses_of_logits_are_differentiated_from_what_the_logits_gradient_met() {
    for case in cases() {
        let point = case.point(&[]);
        let network = case.network(&[]).with_parameters(point[1..].to_vec());
        let trace = network.trace(point[0].clone(), &case.pass(&[]));
        let [rows, columns] = trace.output.dims();
        let slopes = noise("slopes", [rows, 1]);
        assert!(trace.logit_loss_gradients(&slopes).is_none(), "{}: no gradient was taken", case.name);

        let of_sum = |slopes: Tensor<2>| Tensor::cat(vec![slopes, double().full([rows, columns - 1], 0.0)], 1);
        let (input, _) = trace.vjp(of_sum(double().full([rows, 1], 1.0)));
        assert_close(case.name, &values(&trace.logit_gradient()), &values(&input), 1e-12);

        let found = trace.logit_loss_gradients(&slopes);
        assert_eq!(found.is_some(), !network.rows_interact(), "{}", case.name);
        let (_, expected) = trace.vjp(of_sum(slopes));
        if let Some(found) = found {
            assert_eq!(found.len(), expected.len(), "{}", case.name);
            for (found, expected) in found.iter().zip(&expected) {
                assert_close(case.name, &values(found), &values(expected), 1e-10);
            }
        }
    }
}

#[test]
fn a_traced_pass_has_the_output_of_a_plain_one() {
    for case in cases() {
        for groups in GROUPS {
            let point = case.point(groups);
            let network = case.network(groups).with_parameters(point[1..].to_vec());
            let plain = network.forward(point[0].clone(), &case.pass(groups));
            let traced = network.trace(point[0].clone(), &case.pass(groups));
            assert_eq!(values(&plain), values(&traced.output), "{} {groups:?}", case.name);
        }
    }
}

#[test]
fn members_are_networks_of_their_own() {
    for case in cases().iter().filter(|case| !case.name.contains("dropout")) {
        for groups in GROUPS.into_iter().filter(|groups| !groups.is_empty()) {
            let members = groups.len();
            let point = case.point(groups);
            let whole = case.network(groups).with_parameters(point[1..].to_vec());
            let output = whole.forward(point[0].clone(), &case.pass(groups));
            let parameters = whole.split_members(whole.parameters());
            let joined = whole.join_members(parameters.clone());
            let all = |tensors: &[Tensor<2>]| tensors.iter().map(values).collect::<Vec<_>>();
            assert_eq!(all(&joined), all(whole.parameters()), "{} {groups:?}", case.name);
            let own = |all: &[Tensor<2>], member: usize| {
                let count = all.len() / members;
                all[member * count..(member + 1) * count].to_vec()
            };
            let mut end = 0;
            for (member, count) in groups.iter().enumerate().filter(|(_, count)| **count > 0) {
                let rows = end..end + count;
                end = rows.end;
                let alone = case.network(&[]).with_parameters(own(&parameters, member));
                let alone = alone.with_buffers(own(whole.buffers(), member));
                let pass = case.pass(&[]);
                let labels = pass.labels.as_ref().map(|labels| labels[rows.clone()].to_vec());
                let expected = alone.forward(point[0].clone().slice_dim(0, rows.clone()), &pass.with_labels(labels));
                let found = output.clone().slice_dim(0, rows);
                let what = format!("{} {groups:?} member {member}", case.name);
                assert_close(&what, &values(&found), &values(&expected), 1e-12);
            }
        }
    }
}

#[test]
fn maxout_shares_the_cotangent_of_a_tie() {
    let layers: Vec<Arc<dyn Layer>> = vec![Arc::new(Maxout { input: Shape::point(3), pieces: 3 })];
    let network = Network::new("test", Shape::point(3), layers, 1, Streams::new(0), &double());
    let trace = network.trace(tensor(&[2.0, 2.0, 1.0], [1, 3]), &Pass::evaluate());
    assert_close("output", &values(&trace.output), &[2.0], 0.0);
    let (input, parameters) = trace.vjp(tensor(&[3.0], [1, 1]));
    assert_close("cotangent", &values(&input), &[1.5, 1.5, 0.0], 1e-12);
    assert!(parameters.is_empty());
}

#[test]
fn running_statistics_move_by_momentum_and_only_for_members_with_rows() {
    let layers: Vec<Arc<dyn Layer>> = vec![Arc::new(BatchNorm { shape: Shape::point(2), momentum: 0.25 })];
    let network = Network::new("test", Shape::point(2), layers, 2, Streams::new(0), &double());
    let input = noise("statistics", [5, 2]);
    let entries = values(&input);
    let pass = Pass::train("test", Streams::new(0), 0).with_groups(vec![0, 5]);
    let (_, statistics) = network.forward_with_statistics(input, &pass);
    let moved = network.with_statistics(&statistics);
    for (feature, entries) in [0, 1].map(|k| (k, entries.iter().skip(k).step_by(2).copied().collect::<Vec<f64>>())) {
        let mean = entries.iter().sum::<f64>() / 5.0;
        let variance = entries.iter().map(|entry| (entry - mean).powi(2)).sum::<f64>() / 5.0;
        let buffer = |index: usize| values(&moved.buffers()[index])[feature];
        let found: Vec<f64> = (0..4).map(buffer).collect();
        assert_close("buffers", &found, &[0.0, 1.0, 0.25 * mean, 0.75 + 0.25 * variance], 1e-12);
    }
}
