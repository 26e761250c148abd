//! Fourier features: the formulas in double precision, and the gradients of both maps beside those of burn's operations.

mod graphs;
mod near;

use burn::tensor::Tensor;
use ganymede_kernels::fourier;
use ganymede_kernels::waves::Waves;
use proptest::prelude::*;

use crate::graphs::{bits, gradient, tensor, tracked, values};
use crate::near::assert_near;

/// Numbers of no more bits than single precision has.
fn doubles(tensor: Tensor<2>) -> Vec<f64> {
    values(tensor).into_iter().map(f64::from).collect()
}

fn numbers(count: usize, bound: f32) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-bound..bound, count)
}

fn waves() -> impl Strategy<Value = Waves> {
    (1..5usize, 1..8usize, 0.1..4.0f64).prop_map(|(channels, octaves, frequency)| Waves {
        channels,
        octaves,
        frequency,
    })
}

fn parts(waves: Waves) -> impl Iterator<Item = (usize, f64)> {
    (0..waves.octaves).map(move |octave| (octave, waves.frequency * f64::from(1u32 << octave)))
}

fn composed(waves: Waves, values: &Tensor<2>) -> Tensor<2> {
    let of_waves = parts(waves).flat_map(|(_, frequency)| {
        let phases = values.clone().mul_scalar(frequency);
        [phases.clone().sin(), phases.cos()]
    });
    Tensor::cat(std::iter::once(values.clone()).chain(of_waves).collect(), 1)
}

fn composed_pullback(waves: Waves, cotangent: &Tensor<2>, features: &Tensor<2>) -> Tensor<2> {
    let part = |of: &Tensor<2>, index: usize| of.clone().narrow(1, index * waves.channels, waves.channels);
    parts(waves).fold(part(cotangent, 0), |sum, (octave, frequency)| {
        let [sine, cosine] = [2 * octave + 1, 2 * octave + 2];
        let rising = part(cotangent, sine).mul(part(features, cosine));
        let falling = part(cotangent, cosine).mul(part(features, sine));
        sum.add(rising.sub(falling).mul_scalar(frequency))
    })
}

proptest! {
    #[test]
    fn features_are_the_sines_and_cosines_of_the_phases(
        waves in waves(),
        rows in 1..300usize,
        values in numbers(1200, 300.0),
    ) {
        let values = &values[..rows * waves.channels];
        let found = waves.features(values);
        for (row, found) in values.chunks(waves.channels).zip(found.chunks(waves.width())) {
            let mut expected = row.to_vec();
            for (_, frequency) in parts(waves) {
                let phases = row.iter().map(|value| f64::from(value * frequency as f32));
                let (sines, cosines): (Vec<f32>, Vec<f32>) =
                    phases.map(|phase| (phase.sin() as f32, phase.cos() as f32)).unzip();
                expected.extend(sines.into_iter().chain(cosines));
            }
            prop_assert_eq!(&found[..waves.channels], row);
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found - expected).abs() <= 2e-7, "{} for {}", found, expected);
            }
        }
    }

    #[test]
    fn gradients_of_the_features_are_burns(
        waves in waves(),
        rows in 1..20usize,
        values in numbers(100, 2.0),
        cotangent in numbers(2000, 1.0),
    ) {
        let values = &values[..rows * waves.channels];
        let cotangent = tensor(&cotangent[..rows * waves.width()], waves.width());
        let of = |features: &dyn Fn(&Tensor<2>) -> Tensor<2>| {
            let leaf = tracked(values, waves.channels);
            let mut gradients = features(&leaf).mul(cotangent.clone().autodiff()).sum().backward();
            gradient(&leaf, &mut gradients)
        };
        let found = of(&|values| fourier::features(waves, values.clone()));
        let expected = of(&|values| composed(waves, values));
        assert_near(&graphs::values(found), &doubles(expected), "gradient");
    }

    #[test]
    fn the_backward_pass_and_its_gradients_are_those_of_burns_operations(
        waves in waves(),
        rows in 1..20usize,
        values in numbers(100, 2.0),
        given in numbers(2000, 1.0),
        of_result in numbers(100, 1.0),
    ) {
        let (values, given) = (&values[..rows * waves.channels], &given[..rows * waves.width()]);
        let of_result = tensor(&of_result[..rows * waves.channels], waves.channels);
        let of = |pullback: &dyn Fn(&Tensor<2>, &Tensor<2>) -> Tensor<2>| {
            let cotangent = tracked(given, waves.width());
            let features = tracked(&waves.features(values), waves.width());
            let result = pullback(&cotangent, &features);
            let mut gradients = result.clone().mul(of_result.clone().autodiff()).sum().backward();
            [result, gradient(&cotangent, &mut gradients), gradient(&features, &mut gradients)]
        };
        let found = of(&|cotangent, features| fourier::pullback(waves, cotangent.clone(), features.clone()));
        let expected = of(&|cotangent, features| composed_pullback(waves, cotangent, features));
        for (found, expected) in found.into_iter().zip(expected) {
            prop_assert_eq!(found.dims(), expected.dims());
            assert_near(&graphs::values(found), &doubles(expected), "pullback");
        }
    }
}

#[test]
fn phases_of_any_size_are_served_and_what_is_no_number_is_not_hidden() {
    let waves = Waves { channels: 1, octaves: 2, frequency: 1.0 };
    for value in [0.0f32, -0.0, 4_096.5, 8_192.0, 8_193.0, -3e6, 1e30] {
        let found = waves.features(&[value]);
        let expected = [1.0, 2.0].map(|frequency| f64::from(value * frequency)).map(f64::sin_cos);
        for (found, (sine, cosine)) in found[1..].chunks(2).zip(expected) {
            let error = (f64::from(found[0]) - sine).abs().max((f64::from(found[1]) - cosine).abs());
            assert!(error <= 2e-7, "{value}: {found:?} for {sine} and {cosine}");
        }
    }
    for value in [f32::NAN, f32::INFINITY] {
        assert!(waves.features(&[value, 0.5])[1..5].iter().all(|feature| feature.is_nan()), "{value}");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let waves = Waves { channels: 3, octaves: 6, frequency: 0.7 };
    let given: Vec<f32> = (0..30_000).map(|at| (at * 37 % 1013) as f32 * 0.01 - 5.0).collect();
    let of_threads = |count| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        pool.install(|| bits(fourier::features(waves, tensor(&given, 3))))
    };
    let alone = of_threads(1);
    assert_eq!(of_threads(2), alone);
    assert_eq!(of_threads(5), alone);
}

#[test]
#[should_panic(expected = "rows of")]
fn rows_of_another_width_are_refused() {
    let _ = Waves { channels: 2, octaves: 1, frequency: 1.0 }.pullback(&[0.0; 12], &[0.0; 11]);
}
