//! Layers with a graph: linear and leaky `ReLU` have the bits of burn's operations and of their gradients, batch norm its
//! values.

mod graphs;
mod near;

use burn::tensor::{Gradients, Tensor, activation};
use ganymede_kernels::layers;
use ganymede_kernels::norm::{Moments, normalize};
use proptest::prelude::*;

use crate::graphs::{bits, gradient, tensor, tracked, values};
use crate::near::assert_near;

const EPSILON: f64 = 1e-5;

fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![9 => -3.0..3.0f32, 1 => Just(0.0f32)], count)
}

/// The gradients of the sum of an output times a cotangent.
fn backward(output: &Tensor<2>, cotangent: &Tensor<2>) -> Gradients {
    output.clone().mul(cotangent.clone().autodiff()).sum().backward()
}

/// Asserts that outputs of tensors and their gradients are the same, bit by bit.
fn assert_same<const N: usize>(
    (ours, found): ([Tensor<2>; N], Tensor<2>),
    (theirs, expected): ([Tensor<2>; N], Tensor<2>),
    cotangent: &Tensor<2>,
) {
    let (mut gradients, mut expected_gradients) = (backward(&found, cotangent), backward(&expected, cotangent));
    assert_eq!(bits(found), bits(expected), "output");
    for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        let (ours, theirs) = (gradient(ours, &mut gradients), gradient(theirs, &mut expected_gradients));
        assert_eq!(bits(ours), bits(theirs), "gradient of input {at}");
    }
}

fn doubles(tensor: Tensor<2>) -> Vec<f64> {
    values(tensor).into_iter().map(f64::from).collect()
}

/// Leaky `ReLU` by burn's operations.
fn composed_leaky_relu(input: Tensor<2>, slope: f64) -> Tensor<2> {
    let rectified = activation::relu(input.clone());
    if slope == 0.0 { rectified } else { rectified.mul_scalar(1.0 - slope).add(input.mul_scalar(slope)) }
}

/// Batch norm by burn's operations.
fn composed(input: Tensor<2>, scale: Tensor<2>, shift: Tensor<2>) -> Tensor<2> {
    let centered = input.clone().sub(input.mean_dim(0));
    let inverse_std = centered.clone().square().mean_dim(0).add_scalar(EPSILON).sqrt().recip();
    centered.mul(inverse_std).mul(scale).add(shift)
}

proptest! {
    #[test]
    fn products_and_their_gradients(
        (rows, inner, columns) in (1..20usize, 1..20usize, 1..40usize),
        transposed in any::<bool>(),
        left in numbers(400),
        right in numbers(800),
        cotangent in numbers(800),
    ) {
        let parts = || {
            let left = tracked(&left[..rows * inner], if transposed { rows } else { inner });
            [left, tracked(&right[..inner * columns], columns)]
        };
        let lying = |[left, right]: [Tensor<2>; 2]| [if transposed { left.transpose() } else { left }, right];
        let cotangent = tensor(&cotangent[..rows * columns], columns);
        let (ours, theirs) = (parts(), parts());
        let [left, right] = lying(ours.clone());
        let found = layers::product(left, right, [false, false]);
        let [left, right] = lying(theirs.clone());
        assert_same((ours, found), (theirs, left.matmul(right)), &cotangent);
    }

    #[test]
    fn products_of_transposed_matrices_and_their_gradients(
        (rows, inner, columns) in (1..20usize, 1..20usize, 1..40usize),
        transposed in any::<[bool; 2]>(),
        left in numbers(400),
        right in numbers(800),
        cotangent in numbers(800),
    ) {
        let parts = || {
            let left = tracked(&left[..rows * inner], if transposed[0] { rows } else { inner });
            [left, tracked(&right[..inner * columns], if transposed[1] { inner } else { columns })]
        };
        let turned = |matrix: &Tensor<2>, transposed| if transposed { matrix.clone().transpose() } else { matrix.clone() };
        let cotangent = tensor(&cotangent[..rows * columns], columns);
        let ([left, right], theirs) = (parts(), parts());
        let found = layers::product(left.clone(), right.clone(), transposed);
        let expected = turned(&theirs[0], transposed[0]).matmul(turned(&theirs[1], transposed[1]));
        let (mut gradients, mut expected_gradients) = (backward(&found, &cotangent), backward(&expected, &cotangent));
        assert_near(&values(found), &doubles(expected), "product");
        for (ours, theirs) in [left, right].iter().zip(&theirs) {
            let (ours, theirs) = (gradient(ours, &mut gradients), gradient(theirs, &mut expected_gradients));
            prop_assert_eq!(ours.dims(), theirs.dims());
            assert_near(&values(ours), &doubles(theirs), "gradient");
        }
    }

    #[test]
    fn linear_layers_with_and_without_leaky_relu_and_their_gradients(
        (rows, inputs, outputs) in (1..20usize, 1..20usize, 1..40usize),
        slope in prop_oneof![2 => Just(None), 1 => Just(Some(0.0)), 2 => (0.01..1.0f64).prop_map(Some)],
        input in numbers(400),
        weight in numbers(800),
        bias in numbers(40),
        cotangent in numbers(800),
    ) {
        let parts = || [
            tracked(&input[..rows * inputs], inputs),
            tracked(&weight[..inputs * outputs], outputs),
            tracked(&bias[..outputs], outputs),
        ];
        let cotangent = tensor(&cotangent[..rows * outputs], outputs);
        let (ours, theirs) = (parts(), parts());
        let [x, w, b] = ours.clone();
        let found = match slope {
            None => layers::linear(x, w, b),
            Some(slope) => layers::linear_leaky_relu(x, w, b, slope),
        };
        let [x, w, b] = theirs.clone();
        let plain = x.matmul(w).add(b);
        let expected = slope.map_or(plain.clone(), |slope| composed_leaky_relu(plain, slope));
        assert_same((ours, found), (theirs, expected), &cotangent);
    }

    #[test]
    fn leaky_relu_and_its_gradients(
        rows in 1..40usize,
        slope in prop_oneof![1 => Just(0.0), 4 => 0.01..1.0f64],
        input in numbers(120),
        cotangent in numbers(120),
        further in numbers(120),
    ) {
        let [plain, cotangent, further] = [&input, &cotangent, &further].map(|numbers| tensor(&numbers[..rows * 3], 3));
        let (ours, theirs) = (plain.clone().autodiff().require_grad(), plain.clone().autodiff().require_grad());
        let found = layers::leaky_relu(ours.clone(), slope);
        let expected = composed_leaky_relu(theirs.clone(), slope);
        assert_same(([ours], found.clone()), ([theirs], expected), &cotangent);
        // The backward pass as tensor code, differentiated again: a product with the slopes.
        let ours = cotangent.clone().autodiff().require_grad();
        let mut gradients = backward(&layers::leaky_relu_backward(ours.clone(), found, slope), &further);
        let slopes = plain.greater_elem(0.0).float().mul_scalar(1.0 - slope).add_scalar(slope);
        prop_assert_eq!(bits(gradient(&ours, &mut gradients)), bits(further.mul(slopes)));
    }

    #[test]
    fn batch_norm_and_its_gradients(
        (rows, channels) in (2..200usize, 1..20usize),
        // In steps, since a channel that hardly varies loses its digits in single precision.
        input in prop::collection::vec((-24..=24i8).prop_map(|step| f32::from(step) / 8.0), 4_000),
        scale in numbers(20),
        shift in numbers(20),
        cotangent in numbers(4_000),
    ) {
        let parts = || [
            tracked(&input[..rows * channels], channels),
            tracked(&scale[..channels], channels),
            tracked(&shift[..channels], channels),
        ];
        let cotangent = tensor(&cotangent[..rows * channels], channels);
        let ours = parts();
        let [x, gain, level] = ours.clone();
        let [found, mean, variance] = layers::batch_norm(x, gain, level, EPSILON);
        let theirs = parts().map(|part| part.without_autodiff().cast(burn::tensor::DType::F64).autodiff().require_grad());
        let [x, gain, level] = theirs.clone();
        let wide = |tensor: Tensor<2>| tensor.without_autodiff().into_data().try_to_vec::<f64>().expect("double precision");
        let expected = composed(x.clone(), gain, level);
        let mut gradients = backward(&found, &cotangent);
        let mut expected_gradients = backward(&expected, &cotangent.clone().cast(burn::tensor::DType::F64));
        assert_near(&values(found), &wide(expected), "output");
        assert_near(&values(mean), &wide(x.clone().mean_dim(0)), "mean");
        assert_near(&values(variance), &wide(x.clone().sub(x.mean_dim(0)).square().mean_dim(0)), "variance");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let (ours, theirs) = (gradient(ours, &mut gradients), gradient(theirs, &mut expected_gradients));
            assert_near(&values(ours), &wide(theirs), "gradient");
        }
    }
}

#[test]
fn batch_norm_has_the_same_bits_on_any_number_of_threads() {
    let (rows, channels) = (30_001, 13);
    let numbers: Vec<f32> = (0..rows * channels).map(|at| ((at * 37) % 1009) as f32 * 0.01 - 3.0).collect();
    let (scale, shift) = (vec![0.7; channels], vec![-0.1; channels]);
    let of_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let moments = Moments::of(&numbers, channels);
            let (mut result, mut cotangent) = (numbers.clone(), numbers.clone());
            normalize(&mut result, &moments, [&scale, &shift], EPSILON);
            let gradients =
                ganymede_kernels::norm::normalize_backward(&mut cotangent, &result, &moments, &scale, EPSILON);
            (moments, result, cotangent, gradients)
        })
    };
    let alone = of_threads(1);
    assert_eq!(of_threads(2), alone);
    assert_eq!(of_threads(5), alone);
}

#[test]
fn a_matrix_that_runs_backwards_is_copied() {
    let numbers: Vec<f32> = (0..6).map(|at| at as f32 - 2.5).collect();
    let backwards: Vec<f32> = numbers.iter().rev().copied().collect();
    let (flipped, copied) = (tensor(&numbers, 2).flip([0, 1]), tensor(&backwards, 2));
    let left = tensor(&numbers, 3);
    let product = |right| bits(layers::product(left.clone(), right, [false, false]));
    assert_eq!(product(flipped), product(copied));
}

#[test]
fn a_large_weight_that_lies_by_columns_has_the_bits_of_burns_product() {
    // Sides at and off the parts in which a matrix is transposed, and more numbers than one part of a sum has.
    for [rows, inner, columns] in [[1, 256, 256], [5, 256, 256], [64, 512, 512], [128, 300, 259], [61, 1_100, 273]] {
        let numbers = |count: usize, period: usize| -> Vec<f32> {
            (0..count).map(|at| (at * 37 % period) as f32 * 0.01 - 3.0 + 1.0 / (at + 3) as f32).collect()
        };
        let (left, right) =
            (tensor(&numbers(rows * inner, 1013), inner), tensor(&numbers(columns * inner, 997), inner));
        let found = layers::product(left.clone(), right.clone(), [false, true]);
        assert_eq!(bits(found), bits(left.matmul(right.transpose())), "{rows} x {inner} x {columns}");
    }
}

#[test]
fn a_layer_that_is_shared_out_among_threads_has_the_same_bits() {
    // 2,100 x 128 numbers are more than a thread makes alone.
    let numbers: Vec<f32> = (0..2_100 * 128).map(|at| (at % 1013) as f32 * 0.01 - 5.0).collect();
    let (weight, bias) = (tensor(&numbers[..4 * 128], 128), tensor(&numbers[..128], 128));
    let of = |layer: fn(Tensor<2>, Tensor<2>, Tensor<2>) -> Tensor<2>| {
        let bias = bias.clone().autodiff().require_grad();
        let input = tensor(&numbers[..2_100 * 4], 4).autodiff();
        let output = layer(input, weight.clone().autodiff(), bias.clone());
        let mut gradients = backward(&output, &tensor(&numbers, 128));
        (bits(output), bits(gradient(&bias, &mut gradients)))
    };
    let expected = of(|x, w, b| composed_leaky_relu(x.matmul(w).add(b), 0.2));
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
        assert_eq!(
            pool.install(|| of(|x, w, b| layers::linear_leaky_relu(x, w, b, 0.2))),
            expected,
            "{threads} threads"
        );
    }
}

#[test]
fn a_constant_channel_becomes_its_shift() {
    let input = tracked(&[2.0; 12], 3);
    let one = |value: f32| tensor(&[value; 3], 3).autodiff();
    let [found, mean, variance] = layers::batch_norm(input, one(1.5), one(0.25), EPSILON);
    assert_eq!(values(found), vec![0.25; 12]);
    assert_eq!((values(mean), values(variance)), (vec![2.0; 3], vec![0.0; 3]));
}

#[test]
fn networks_without_a_graph_are_served_too() {
    let (input, weight, bias) = (tensor(&[1.0, 2.0], 2), tensor(&[3.0, 4.0], 1), tensor(&[0.5], 1));
    assert_eq!(values(layers::linear(input.clone(), weight.clone(), bias.clone())), [11.5]);
    // A weight that learns beside rows that do not.
    let weight = weight.autodiff().require_grad();
    let output = layers::linear(input, weight.clone(), bias);
    let mut gradients = output.sum().backward();
    assert_eq!(values(gradient(&weight, &mut gradients)), [1.0, 2.0]);
}
