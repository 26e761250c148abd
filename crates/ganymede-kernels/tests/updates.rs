//! Adam's update with and without a graph: the bits of burn's operations, and the gradients of the formula in double precision.

mod graphs;
mod near;

use burn::tensor::{DType, Tensor};
use ganymede_kernels::elementwise::Adam;
use ganymede_kernels::updates;
use proptest::prelude::*;

use crate::graphs::{bits, gradient, tensor, tracked, values};
use crate::near::assert_near;

const COLUMNS: usize = 3;

/// Numbers of every size, both zeros among them.
fn wild(count: usize) -> impl Strategy<Value = Vec<f32>> {
    let number = prop_oneof![8 => -3.0..3.0f32, 1 => Just(0.0f32), 1 => Just(-0.0f32), 1 => -1e30..1e30f32];
    prop::collection::vec(number, count)
}

/// Numbers away from zero, where the root of a square has no slope.
fn tame(count: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![0.1..3.0f32, -3.0..-0.1f32], count)
}

fn updates() -> impl Strategy<Value = Adam> {
    let shrink = prop_oneof![Just(1.0), 0.9..1.0f64];
    (0.0..0.99f64, 0.5..0.9999f64, 1..50i32, 1e-5..1e-1f64, shrink).prop_map(|(beta1, beta2, count, rate, shrink)| {
        let root_correction = (1.0 - beta2.powi(count)).sqrt();
        let scale = root_correction / (1.0 - beta1.powi(count));
        Adam { beta1, beta2, scale, guard: 1e-30, epsilon: 1e-8 * root_correction, rate, shrink }
    })
}

/// The formula in burn's operations.
fn composed(step: Adam, [parameter, gradient, mean, square]: [Tensor<2>; 4]) -> [Tensor<2>; 3] {
    let mean = mean.mul_scalar(step.beta1).add(gradient.clone().mul_scalar(1.0 - step.beta1));
    let square = square.mul_scalar(step.beta2).add(gradient.square().mul_scalar(1.0 - step.beta2));
    let root = square.clone().add_scalar(step.guard).sqrt().add_scalar(step.epsilon);
    let direction = mean.clone().mul_scalar(step.scale).div(root);
    [parameter.mul_scalar(step.shrink).sub(direction.mul_scalar(step.rate)), mean, square]
}

fn kernels(step: Adam, [parameter, gradient, mean, square]: [Tensor<2>; 4]) -> [Tensor<2>; 3] {
    updates::adam(step, parameter, gradient, [mean, square])
}

/// The sum of parameter, mean and square, each times its cotangent.
fn weighed(updated: [Tensor<2>; 3], cotangents: [Tensor<2>; 3]) -> Tensor<1> {
    let [parameter, mean, square] = updated
        .into_iter()
        .zip(cotangents)
        .map(|(one, by)| one.mul(by.autodiff()).sum())
        .collect::<Vec<_>>()
        .try_into()
        .expect("three");
    parameter.add(mean).add(square)
}

proptest! {
    #[test]
    fn the_values_have_the_bits_of_burns_operations(
        rows in 1..40usize,
        step in updates(),
        with_graph in prop::collection::vec(any::<bool>(), 4),
        numbers in prop::collection::vec(wild(120), 4),
    ) {
        let parts = || [0, 1, 2, 3].map(|at: usize| {
            let positive = |number: &f32| if at == 3 { number.abs() } else { *number };
            let numbers: Vec<f32> = numbers[at][..rows * COLUMNS].iter().map(positive).collect();
            if with_graph[at] { tracked(&numbers, COLUMNS) } else { tensor(&numbers, COLUMNS) }
        });
        let untracked = parts().map(Tensor::without_autodiff);
        prop_assert_eq!(kernels(step, parts()).map(bits), composed(step, untracked).map(bits));
    }

    #[test]
    fn the_gradients_are_those_of_the_formula(
        rows in 1..40usize,
        step in updates(),
        numbers in prop::collection::vec(tame(120), 7),
    ) {
        let part = |at: usize| {
            let positive = |number: &f32| if at == 3 { number.abs() } else { *number };
            numbers[at][..rows * COLUMNS].iter().map(positive).collect::<Vec<f32>>()
        };
        let cotangents = [4, 5, 6].map(|at| tensor(&part(at), COLUMNS));
        let ours = [0, 1, 2, 3].map(|at| tracked(&part(at), COLUMNS));
        let double = |tensor: Tensor<2>| tensor.without_autodiff().cast(DType::F64);
        let theirs = ours.clone().map(|part| double(part).autodiff().require_grad());
        let mut found = weighed(kernels(step, ours.clone()), cotangents.clone()).backward();
        let mut expected = weighed(composed(step, theirs.clone()), cotangents.map(double)).backward();
        for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            let expected: Vec<f64> = gradient(theirs, &mut expected).into_data().try_to_vec().expect("double precision");
            assert_near(&values(gradient(ours, &mut found)), &expected, ["parameter", "gradient", "mean", "square"][at]);
        }
    }
}

#[test]
fn a_dead_unit_has_finite_gradients() {
    let step = Adam { beta1: 0.5, beta2: 0.999, scale: 1.0, guard: 1e-30, epsilon: 1e-8, rate: 1e-3, shrink: 1.0 };
    let parts = || [1.0, 0.0, 0.0, 0.0].map(|number| tracked(&[number; COLUMNS], COLUMNS));
    let ours = parts();
    let [parameter, _, _] = kernels(step, ours.clone());
    let mut gradients = parameter.sum().backward();
    let [parameter, past @ ..] = ours.map(|part| values(gradient(&part, &mut gradients)));
    assert_eq!(parameter, [1.0; COLUMNS]);
    let expected = -(1e-3 / (1e-8 + 1e-15));
    let [slope, mean, square] = past;
    assert_near(&slope, &[0.5 * expected; COLUMNS], "gradient");
    assert_near(&mean, &[0.5 * expected; COLUMNS], "mean");
    assert_eq!(square, [0.0; COLUMNS]);
}

#[test]
fn long_tensors_are_shared_among_threads_and_have_the_same_bits() {
    let numbers: Vec<f32> = (0..COLUMNS * 100_001).map(|at| (at % 1013) as f32 * 0.01 + 0.1).collect();
    let step = Adam { beta1: 0.5, beta2: 0.999, scale: 0.9, guard: 1e-30, epsilon: 1e-8, rate: 1e-3, shrink: 0.99 };
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        pool.install(|| {
            let parts = [0; 4].map(|_| tracked(&numbers, COLUMNS));
            let updated = kernels(step, parts.clone());
            let cotangents = [0; 3].map(|_| tensor(&numbers, COLUMNS));
            let mut gradients = weighed(updated.clone(), cotangents).backward();
            (updated.map(bits), parts.map(|part| bits(gradient(&part, &mut gradients))))
        })
    };
    let alone = of(1);
    assert_eq!(of(2), alone);
    assert_eq!(of(5), alone);
}
