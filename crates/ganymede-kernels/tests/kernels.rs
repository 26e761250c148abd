//! The kernels against sums written out, their derivatives against each other, and the same bits on any number of threads.

mod cases;
mod graphs;
mod near;

use burn::tensor::{Device, Tensor, TensorData};
use cases::{Case, cases};
use ganymede_kernels::{Geometry, convolution, layers};
use graphs::{bits, gradient, tracked};
use near::assert_near;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_map_is_the_sum_written_out(case in cases()) {
        let Case { geometry, large, small, weight, .. } = &case;
        let [small_bias, large_bias] = [&case.small_bias, &case.large_bias];
        let sums = case.sums();
        assert_near(&geometry.to_small_rows(large, weight, Some(small_bias)), &sums.small, "the convolution");
        assert_near(&geometry.to_large_rows(small, weight, Some(large_bias)), &sums.large, "the transposed convolution");
        assert_near(&geometry.weight_gradient(large, small), &sums.weight, "the gradient of the weight");
    }

    #[test]
    fn without_a_bias_there_is_none(case in cases()) {
        let Case { geometry, large, small, weight, .. } = &case;
        let zeros = vec![0.0; geometry.small.channels.max(geometry.large.channels)];
        let [to_small, to_large] = [&zeros[..geometry.small.channels], &zeros[..geometry.large.channels]];
        prop_assert_eq!(
            geometry.to_small_rows(large, weight, None),
            geometry.to_small_rows(large, weight, Some(to_small))
        );
        prop_assert_eq!(
            geometry.to_large_rows(small, weight, None),
            geometry.to_large_rows(small, weight, Some(to_large))
        );
    }

    #[test]
    fn bits_do_not_depend_on_threads(case in cases()) {
        let Case { geometry, large, small, weight, .. } = &case;
        let results = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let small_rows = geometry.to_small_rows(large, weight, Some(&case.small_bias));
                let large_rows = geometry.to_large_rows(small, weight, Some(&case.large_bias));
                [small_rows, large_rows, geometry.weight_gradient(large, small)]
                    .map(|numbers| numbers.into_iter().map(f32::to_bits).collect::<Vec<_>>())
            })
        };
        let one = results(1);
        prop_assert_eq!(&one, &results(2));
        prop_assert_eq!(&one, &results(5));
    }

    /// Of the sum of the squares of what each map gives, for tensors: burn's gradients against the maps that they must be.
    #[test]
    fn gradients_are_the_other_maps(case in cases()) {
        let Case { geometry, large, small, weight, small_bias, large_bias } = &case;
        let place = Device::flex().autodiff();
        let leaf = |numbers: &[f32], columns: usize| {
            let data = TensorData::new(numbers.to_vec(), [numbers.len() / columns, columns]);
            Tensor::<2>::from_data(data, &place).require_grad()
        };
        let fan_in = geometry.weight_len() / geometry.small.channels;
        let (l, s) = (leaf(large, geometry.large.features()), leaf(small, geometry.small.features()));
        let (w, b) = (leaf(weight, fan_in), leaf(small_bias, geometry.small.channels));
        let c = leaf(large_bias, geometry.large.channels);
        prop_assert!(convolution::serves(&l));
        let numbers = |tensor: Option<Tensor<2>>| tensor.unwrap().into_data().try_to_vec::<f32>().expect("single precision");
        let doubled = |numbers: Vec<f32>| numbers.into_iter().map(|number| 2.0 * number).collect::<Vec<_>>();

        let value = convolution::to_small(*geometry, l.clone(), w.clone(), Some(b.clone()));
        let gradients = value.square().sum().backward();
        let cotangent = doubled(geometry.to_small_rows(large, weight, Some(small_bias)));
        assert_near(&numbers(l.grad(&gradients)), &wide(geometry.to_large_rows(&cotangent, weight, None)), "large");
        assert_near(&numbers(w.grad(&gradients)), &wide(geometry.weight_gradient(large, &cotangent)), "weight");
        assert_near(&numbers(b.grad(&gradients)), &by_channel(&cotangent, geometry.small.channels), "small bias");

        let value = convolution::to_large(*geometry, s.clone(), w.clone(), Some(c.clone()));
        let gradients = value.square().sum().backward();
        let cotangent = doubled(geometry.to_large_rows(small, weight, Some(large_bias)));
        assert_near(&numbers(s.grad(&gradients)), &wide(geometry.to_small_rows(&cotangent, weight, None)), "small");
        assert_near(&numbers(w.grad(&gradients)), &wide(geometry.weight_gradient(&cotangent, small)), "weight");
        assert_near(&numbers(c.grad(&gradients)), &by_channel(&cotangent, geometry.large.channels), "large bias");

        let gradients = convolution::weight_gradient(*geometry, l.clone(), s.clone()).square().sum().backward();
        let cotangent = doubled(geometry.weight_gradient(large, small));
        assert_near(&numbers(l.grad(&gradients)), &wide(geometry.to_large_rows(small, &cotangent, None)), "large");
        assert_near(&numbers(s.grad(&gradients)), &wide(geometry.to_small_rows(large, &cotangent, None)), "small");
    }

    #[test]
    fn leaky_relu_behind_a_map_has_the_bits_of_both(
        case in cases(),
        slope in prop_oneof![1 => Just(0.0), 2 => 0.01..1.0f64],
        has_bias in any::<bool>(),
    ) {
        let Case { geometry, large, small, weight, small_bias, large_bias } = &case;
        let (geometry, fan_in) = (*geometry, geometry.weight_len() / geometry.small.channels);
        for way_to_small in [true, false] {
            let (input, picture, bias) =
                if way_to_small { (large, geometry.large, small_bias) } else { (small, geometry.small, large_bias) };
            let parts = || [tracked(input, picture.features()), tracked(weight, fan_in), tracked(bias, bias.len())];
            let (ours, theirs) = (parts(), parts());
            let of = |[input, weight, bias]: [Tensor<2>; 3]| (input, weight, has_bias.then_some(bias));
            let ((x, w, b), (input, weight, bias)) = (of(ours.clone()), of(theirs.clone()));
            let (found, plain) = if way_to_small {
                let found = convolution::to_small_leaky_relu(geometry, x, w, b, slope);
                (found, convolution::to_small(geometry, input, weight, bias))
            } else {
                let found = convolution::to_large_leaky_relu(geometry, x, w, b, slope);
                (found, convolution::to_large(geometry, input, weight, bias))
            };
            let expected = layers::leaky_relu(plain, slope);
            prop_assert_eq!(bits(found.clone()), bits(expected.clone()));
            let [mut found, mut expected] = [found, expected].map(|output| output.square().sum().backward());
            let count = if has_bias { 3 } else { 2 };
            for (ours, theirs) in ours.iter().zip(&theirs).take(count) {
                prop_assert_eq!(bits(gradient(ours, &mut found)), bits(gradient(theirs, &mut expected)));
            }
        }
    }
}

fn wide(numbers: Vec<f32>) -> Vec<f64> {
    numbers.into_iter().map(f64::from).collect()
}

fn by_channel(rows: &[f32], channels: usize) -> Vec<f64> {
    let mut sums = vec![0.0; channels];
    for pixel in rows.chunks_exact(channels) {
        sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sums
}

#[test]
fn a_tensor_that_is_not_contiguous_counts_as_it_reads() {
    let shape = |channels, side| ganymede_samples::Shape { channels, height: side, width: side };
    let geometry = Geometry { large: shape(2, 4), small: shape(3, 2), kernel: 2, stride: 2, padding: 0, groups: 1 };
    let device = Device::flex();
    let large: Vec<f32> = (0..64).map(|at| at as f32 * 0.1).collect();
    let columns = Tensor::<2>::from_data(TensorData::new(large, [32, 2]), &device);
    let weight = Tensor::<2>::from_data(TensorData::new(vec![0.5f32; 24], [3, 8]), &device);
    let turned = convolution::to_small(geometry, columns.clone().transpose(), weight.clone(), None);
    let copied = Tensor::<2>::from_data(columns.transpose().into_data(), &device);
    let copied = convolution::to_small(geometry, copied, weight, None);
    assert_eq!(
        turned.into_data().try_to_vec::<f32>().expect("single precision"),
        copied.into_data().try_to_vec::<f32>().unwrap()
    );
}

#[test]
fn double_precision_is_left_to_others() {
    let device = Device::flex();
    let tensor = Tensor::<2>::from_data(TensorData::new(vec![1.0f64], [1, 1]), (&device, burn::tensor::DType::F64));
    assert!(!convolution::serves(&tensor));
}
