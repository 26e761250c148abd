//! Gradients of gradients: burn's backward through [`Trace::vjp`](ganymede_core::network::Trace::vjp).

use burn::tensor::{Tensor, activation};

use crate::cases::{Case, GROUPS, cases};
use ganymede_testing::derivatives::{by_autodiff, by_differences};
use ganymede_testing::numbers::{assert_all_close, double, largest};

/// A scalar function of a backward pass.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Penalty {
    /// The square of the input's cotangent, as in a gradient penalty.
    Input,
    /// The squares of the parameters' gradients, as in an unrolled step.
    Parameters,
    /// Both, from a cotangent that depends on the output as an objective's does.
    Responsive,
}

fn penalty(kind: Penalty, case: &Case, groups: &[usize], point: &[Tensor<2>]) -> Tensor<1> {
    let network = case.network(groups).with_parameters(point[1..].to_vec());
    let trace = network.trace(point[0].clone(), &case.pass(groups));
    let cotangent = match kind {
        Penalty::Responsive => activation::sigmoid(trace.output.clone()),
        Penalty::Input | Penalty::Parameters => case.cotangent(groups),
    };
    let (input, parameters) = trace.vjp(cotangent);
    let taken = match kind {
        Penalty::Input => vec![input],
        Penalty::Parameters => parameters,
        Penalty::Responsive => [vec![input], parameters].concat(),
    };
    let squares = taken.into_iter().map(|gradient| gradient.square().sum());
    squares.reduce(Tensor::add).unwrap_or_else(|| double().full([1, 1], 0.0).sum())
}

#[test]
fn gradients_of_gradients_equal_central_differences() {
    for case in cases().iter().filter(|case| case.smooth) {
        for groups in GROUPS {
            for kind in [Penalty::Input, Penalty::Parameters, Penalty::Responsive] {
                let point = case.point(groups);
                let what = format!("{} {groups:?} {kind:?}", case.name);
                let found = by_autodiff(&|point| penalty(kind, case, groups, point), &point);
                let expected = by_differences(&|point| penalty(kind, case, groups, point), &point);
                assert_all_close(&what, &found, &expected, 1e-6);
                if case.stack || kind == Penalty::Responsive {
                    assert!(largest(&found.concat()) > 1e-3, "{what}: no gradient arrived");
                }
            }
        }
    }
}

#[test]
fn a_gradient_penalty_reaches_every_weight_of_a_stack() {
    for case in cases().iter().filter(|case| case.smooth && case.stack) {
        let point = case.point(&[]);
        let found = by_autodiff(&|point| penalty(Penalty::Responsive, case, &[], point), &point);
        for (index, gradient) in found.iter().enumerate().filter(|(index, _)| point[*index].dims()[0] > 1) {
            assert!(largest(gradient) > 1e-6, "{}, tensor {index}: no gradient arrived", case.name);
        }
    }
}
