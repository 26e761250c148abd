//! The norm of the discriminator's weights, its derivatives, and what is kept of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::chain::Entry;
use ganymede_core::network::initialization::InitializationKind;
use ganymede_core::network::layers::activation::Function;
use ganymede_core::network::layers::label::ProjectionHead;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::network::{Mode, Network, Pass};
use ganymede_core::run::Run;
use ganymede_spectral_norm::{FACTORY, SpectralNorm, SpectralNormLayer};
use ganymede_testing::games::{self, assert_keys_are_refused, assert_resumes_to_the_bit, ring};
use ganymede_testing::layers::{assert_derivatives, assert_equals_autodiff, linear, network, training};
use ganymede_testing::numbers::{assert_close, noise, tensor, values};

fn run(iterations: usize) -> Run {
    games::run(&ring(8, "[6, 5]"), vec![Entry::new("spectral-norm", SpectralNorm { iterations })]).unwrap()
}

fn around(plain: LayerPlan, iterations: usize) -> LayerPlan {
    let make = move |input, output| SpectralNormLayer::around(plain.build(input, output), iterations);
    LayerPlan::shared("normalised", make)
}

/// The largest singular value of a `[rows, columns]` matrix: the root of the largest eigenvalue of `W W^T`, by Jacobi's
/// rotations.
fn largest_singular_value(weight: &Tensor<2>) -> f64 {
    let [n, _] = weight.dims();
    let mut gram = values(&weight.clone().matmul(weight.clone().transpose()));
    for _ in 0..60 {
        for p in 0..n {
            for q in p + 1..n {
                let off = gram[p * n + q];
                if off.abs() < 1e-300 {
                    continue;
                }
                let angle = 0.5 * (2.0 * off).atan2(gram[q * n + q] - gram[p * n + p]);
                let (sine, cosine) = angle.sin_cos();
                for k in 0..n {
                    let (a, b) = (gram[k * n + p], gram[k * n + q]);
                    (gram[k * n + p], gram[k * n + q]) = (cosine * a - sine * b, sine * a + cosine * b);
                }
                for k in 0..n {
                    let (a, b) = (gram[p * n + k], gram[q * n + k]);
                    (gram[p * n + k], gram[q * n + k]) = (cosine * a - sine * b, sine * a + cosine * b);
                }
            }
        }
    }
    (0..n).map(|k| gram[k * n + k]).fold(0.0, f64::max).sqrt()
}

/// A training pass of three rows.
fn labelled() -> Pass {
    training().with_labels(Some(vec![0, 2, 1]))
}

/// The network after so many training passes, whose power iterations have added up.
fn warmed(mut network: Network, passes: usize) -> Network {
    for _ in 0..passes {
        let (_, statistics) = network.forward_with_statistics(noise("warm", [3, 4]), &labelled());
        network = network.with_statistics(&statistics);
    }
    network
}

/// The weight that a network of one layer multiplies its rows with.
fn effective(network: &Network, mode: Mode) -> Tensor<2> {
    let identity: Vec<f64> = (0..16).map(|entry| if entry % 5 == 0 { 1.0 } else { 0.0 }).collect();
    let identity = tensor(&identity, [4, 4]);
    network.forward(identity, &Pass { mode, ..training() }).sub(network.parameters()[1].clone())
}

#[test]
fn the_norm_of_the_effective_weight_tends_to_one() {
    for (outputs, iterations, passes) in [(7, 1, 400), (7, 5, 80), (3, 1, 400), (4, 2, 200), (1, 1, 1)] {
        let network = warmed(network(vec![around(linear(outputs), iterations)], 1), passes);
        let sigma = largest_singular_value(&network.parameters()[0]);
        assert!((sigma - 1.0).abs() > 0.01, "the weight itself has another norm: {sigma}");
        for mode in [Mode::Train, Mode::Evaluate] {
            let norm = largest_singular_value(&effective(&network, mode));
            assert_close(&format!("{outputs} outputs, {iterations} iterations"), &[norm], &[1.0], 1e-9);
        }
    }
}

#[test]
fn each_pass_comes_closer() {
    let start = network(vec![around(linear(6), 1)], 1);
    let error =
        |passes| (largest_singular_value(&effective(&warmed(start.clone(), passes), Mode::Evaluate)) - 1.0).abs();
    let errors = [error(1), error(4), error(16), error(64)];
    assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{errors:?}");
}

#[test]
fn derivatives_are_exact_with_the_vectors_held() {
    let tanh = || LayerPlan::activation(Function::Tanh);
    let head = || {
        LayerPlan::new("label projection", |input, output| {
            let initialization = InitializationKind::Xavier;
            ProjectionHead { input, output, classes: 3, initialization, scale: 1.0 }
        })
    };
    let rows = [
        ("one layer", vec![around(linear(3), 1)]),
        ("two layers", vec![around(linear(5), 1), tanh(), around(linear(2), 1)]),
        ("a head with class vectors", vec![around(linear(5), 1), tanh(), around(head(), 1)]),
    ];
    for (name, layers) in rows {
        // Few passes, so that the vectors are far from singular ones, where a wrong derivative could hide.
        for passes in [1, 2] {
            let network = warmed(network(layers.clone(), 1), passes);
            let pass = Pass { mode: Mode::Evaluate, ..labelled() };
            assert_derivatives(&format!("{name}, {passes} passes"), &network, &pass, &noise("input", [3, 4]));
        }
        // In training the vectors follow the weight, and the gradient takes them as constants all the same.
        assert_equals_autodiff(name, &network(layers, 1), &labelled(), &noise("input", [3, 4]));
    }
}

#[test]
fn layers_without_a_weight_stay_what_they_are() {
    for plain in [LayerPlan::activation(Function::Tanh), LayerPlan::batch_norm(0.1), LayerPlan::layer_norm()] {
        let plain = plain.build(Shape::point(4), Shape::point(1));
        let wrapped = SpectralNormLayer::around(plain.clone(), 1);
        assert_eq!(format!("{plain:?}"), format!("{wrapped:?}"));
    }
}

#[test]
fn weights_start_as_without_it_and_the_generator_is_left_alone() {
    let plain = games::run(&ring(8, "[6, 5]"), Vec::new()).unwrap().state;
    let normalized = run(1).state;
    let host = |network: &Network| -> Vec<f32> {
        network.parameters().iter().flat_map(|tensor| tensor.try_to_vec_as::<f32>().unwrap()).collect()
    };
    assert_eq!(host(&plain.discriminator.network), host(&normalized.discriminator.network));
    assert_eq!(host(&plain.generator.network), host(&normalized.generator.network));
    assert!(normalized.generator.network.buffers().is_empty());
    let (_, buffers) = normalized.discriminator.network.names();
    assert_eq!(buffers[..2], ["layers.0.weight_u", "layers.0.weight_v"]);
    assert_eq!(buffers.len(), 6);
}

#[test]
fn the_vectors_are_saved_with_the_network() {
    assert_resumes_to_the_bit(|| run(1), 3);
}

#[test]
fn bad_keys_are_named() {
    let rows = [
        ("iterations = 0", "iterations"),
        ("iterations = 101", "iterations"),
        ("iterations = -1", "iterations"),
        ("iterations = 1.5", "iterations"),
        ("iterations = \"one\"", "iterations"),
        ("iteration = 1", "iteration"),
    ];
    assert_keys_are_refused(&FACTORY, &rows);
}
