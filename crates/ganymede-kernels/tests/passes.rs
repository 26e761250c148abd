//! The element-wise kernels have the bits of the library's own operations, in place or not.

use burn::tensor::{Device, Tensor, TensorData, activation};
use ganymede_kernels::elementwise::add_row;
use ganymede_kernels::{layers, passes};
use proptest::prelude::*;

const COLUMNS: usize = 3;

/// Numbers of every size, both zeros among them.
fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
    let number = prop_oneof![8 => -3.0..3.0f32, 1 => Just(0.0f32), 1 => Just(-0.0f32), 1 => -1e30..1e30f32];
    prop::collection::vec(number, count)
}

fn tensor(numbers: &[f32]) -> Tensor<2> {
    let shape = [numbers.len() / COLUMNS, COLUMNS];
    Tensor::from_data(TensorData::new(numbers.to_vec(), shape), &Device::flex())
}

fn bits(tensor: Tensor<2>) -> Vec<u32> {
    tensor.into_data().try_to_vec::<f32>().expect("single precision").into_iter().map(f32::to_bits).collect()
}

/// A tensor that shares its memory, and the same alone.
fn both(numbers: &[f32], apply: impl Fn(Tensor<2>) -> Tensor<2>) -> [Vec<u32>; 2] {
    let shared = tensor(numbers);
    let copied = bits(apply(shared.clone()));
    assert_eq!(bits(shared), numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), "changed in place");
    [copied, bits(apply(tensor(numbers)))]
}

fn with_row(numbers: &[f32], row: &[f32]) -> Vec<f32> {
    let mut numbers = numbers.to_vec();
    add_row(&mut numbers, row);
    numbers
}

proptest! {
    #[test]
    fn leaky_relu_and_its_slope(rows in 1..40usize, slope in 0.0..1.0f64, seed in numbers(120), cotangent in numbers(120)) {
        let (input, cotangent) = (&seed[..rows * COLUMNS], &cotangent[..rows * COLUMNS]);
        let output = activation::relu(tensor(input)).mul_scalar(1.0 - slope).add(tensor(input).mul_scalar(slope));
        let expected = bits(output.clone());
        for found in both(input, |input| layers::leaky_relu(input, slope)) {
            prop_assert_eq!(&found, &expected);
        }
        let positive = tensor(input).greater_elem(0.0).float();
        let expected = bits(tensor(cotangent).mul(positive.mul_scalar(1.0 - slope).add_scalar(slope)));
        for found in both(cotangent, |cotangent| layers::leaky_relu_backward(cotangent, output.clone(), slope)) {
            prop_assert_eq!(&found, &expected);
        }
    }

    #[test]
    fn rows_and_averages(rows in 1..40usize, decay in 0.0..1.0f64, first in numbers(120), second in numbers(120)) {
        let (first, second) = (&first[..rows * COLUMNS], &second[..rows * COLUMNS]);
        let row = &second[..COLUMNS];
        prop_assert_eq!(bits(tensor(&with_row(first, row))), bits(tensor(first).add(tensor(row))));
        let expected = bits(tensor(first).mul_scalar(decay).add(tensor(second).mul_scalar(1.0 - decay)));
        for found in both(first, |first| passes::blend(first, tensor(second), decay)) {
            prop_assert_eq!(&found, &expected);
        }
    }
}

#[test]
fn long_tensors_are_shared_among_threads_and_short_rows_are_not_cut() {
    let count = 3 * 100_001;
    let numbers: Vec<f32> = (0..count).map(|at| (at % 1013) as f32 * 0.01 - 5.0).collect();
    let row = [0.5, -1.25, 3.0];
    assert_eq!(bits(tensor(&with_row(&numbers, &row))), bits(tensor(&numbers).add(tensor(&row))));
    let expected = bits(activation::relu(tensor(&numbers)).mul_scalar(0.8).add(tensor(&numbers).mul_scalar(0.2)));
    assert_eq!(bits(layers::leaky_relu(tensor(&numbers), 0.2)), expected);
}

#[test]
fn what_is_not_a_number_stays_so() {
    // Of either sign: the difference of two infinities has the other one than the constant.
    for slope in [0.0, 0.2] {
        let found = layers::leaky_relu(tensor(&[f32::NAN, -f32::NAN, f32::NEG_INFINITY]), slope);
        let found: Vec<f32> = found.into_data().try_to_vec().expect("single precision");
        assert!(found[0].is_nan() && found[1].is_nan() && !found[2].is_nan(), "{found:?}");
    }
}

#[test]
fn graphs_and_double_precision_are_left_to_others() {
    let plain = tensor(&[1.0, 2.0, 3.0]);
    assert!(passes::serves(&plain));
    assert!(!passes::serves(&plain.clone().autodiff()));
    assert!(!passes::serves(&plain.cast(burn::tensor::DType::F64)));
}
