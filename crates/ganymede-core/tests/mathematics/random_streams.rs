//! Counter-based random numbers, and what is made of them.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::latent::{LatentConfig, LatentKind};
use ganymede_core::network::initialization::{Initialization, InitializationKind};
use ganymede_core::network::layers::dropout::Dropout;
use ganymede_core::network::{Layer, Network, Pass};
use ganymede_core::random::{Streams, normals, uniforms};
use std::sync::Arc;

use ganymede_testing::numbers::{assert_close, double, single, values};

const COUNT: usize = 100_000;

fn moment(values: &[f64], power: i32) -> f64 {
    values.iter().map(|value| value.powi(power)).sum::<f64>() / values.len() as f64
}

/// Every moment within five standard errors, which the `2 power`-th moment gives.
#[track_caller]
fn assert_moments(what: &str, values: &[f64], expected: &[f64]) {
    for (power, expected) in (1..).zip(expected) {
        let error = (moment(values, 2 * power) / values.len() as f64).sqrt();
        let found = moment(values, power);
        assert!((found - expected).abs() < 5.0 * error, "{what}, moment {power}: found {found}, expected {expected}");
    }
}

fn normal_draws(seed: u64, purpose: &str, step: u64) -> Vec<f64> {
    normals(&mut Streams::new(seed).at(purpose, step), COUNT).into_iter().map(f64::from).collect()
}

#[test]
fn draws_have_the_moments_of_their_distributions() {
    assert_moments("normal", &normal_draws(0, "moments", 0), &[0.0, 1.0, 0.0, 3.0, 0.0, 15.0]);
    let rows = [(0.0, 1.0), (-1.0, 1.0), (2.0, 5.0)];
    for (low, high) in rows {
        let draws = uniforms(&mut Streams::new(0).at("moments", 1), COUNT, low, high);
        let outside: Vec<&f32> = draws.iter().filter(|draw| !(low..high).contains(*draw)).collect();
        assert!(outside.is_empty(), "[{low}, {high}) does not hold {outside:?}");
        let (low, high) = (f64::from(low), f64::from(high));
        let unit: Vec<f64> = draws.into_iter().map(|draw| (f64::from(draw) - low) / (high - low)).collect();
        assert_moments(&format!("uniform on [{low}, {high})"), &unit, &[1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0, 1.0 / 5.0]);
    }
}

#[test]
fn streams_of_other_purposes_steps_and_seeds_are_independent() {
    let first = normal_draws(1, "latents", 7);
    assert_eq!(first, normal_draws(1, "latents", 7), "the same stream gives the same numbers");
    let rows = [
        (1, "latents", 8),
        (1, "latents", 6),
        (1, "latents", 7 + (1 << 32)),
        (1, "latent", 7),
        (1, "latents/0", 7),
        (1, "stnetal", 7),
        (1, "", 7),
        (2, "latents", 7),
        (1 << 63, "latents", 7),
    ];
    for (seed, purpose, step) in rows {
        let other = normal_draws(seed, purpose, step);
        let products: Vec<f64> = first.iter().zip(&other).map(|(a, b)| a * b).collect();
        assert_moments(&format!("correlation with {seed} {purpose} {step}"), &products, &[0.0]);
        let lagged: Vec<f64> = first[1..].iter().zip(&other).map(|(a, b)| a * b).collect();
        assert_moments(&format!("lagged correlation with {seed} {purpose} {step}"), &lagged, &[0.0]);
    }
}

#[test]
fn neighbouring_draws_of_a_stream_are_independent() {
    let draws = normal_draws(3, "neighbours", 0);
    for lag in [1, 2, 16] {
        let products: Vec<f64> = draws.iter().zip(&draws[lag..]).map(|(a, b)| a * b).collect();
        assert_moments(&format!("lag {lag}"), &products, &[0.0]);
    }
}

#[test]
fn latents_have_their_distribution_and_shape_in_every_precision() {
    let rows = [(LatentKind::Normal, [0.0, 1.0, 0.0, 3.0]), (LatentKind::Uniform, [0.0, 1.0 / 3.0, 0.0, 1.0 / 5.0])];
    for (kind, moments) in rows {
        let latents = |place| {
            let config = LatentConfig { kind, size: 5 };
            config.draw(&mut Streams::new(2).at("latents", 0), 20_000, &place)
        };
        assert_eq!(latents(double()).dims(), [20_000, 5]);
        assert_moments(&format!("{kind:?}"), &values(&latents(double())), &moments);
        assert_eq!(values(&latents(single())), values(&latents(double())), "{kind:?}: same noise in both precisions");
    }
}

#[test]
fn weights_start_with_the_documented_variance() {
    let (inputs, outputs) = (200, 300);
    let rows = [
        (InitializationKind::Xavier, 1.0, 2.0 / 500.0, 0.0),
        (InitializationKind::Kaiming, 1.0, 2.0 / 200.0, 0.0),
        (InitializationKind::Normal, 0.02, 0.02 * 0.02, 0.0),
        (InitializationKind::Orthogonal, 0.8, 0.8 * 0.8 / 300.0, 0.0),
        (InitializationKind::FanIn, 1.5, 1.5 * 1.5 / 200.0, 0.0),
        (InitializationKind::Pytorch, 1.0, 1.0 / 200.0 / 3.0, 1.0 / 200.0 / 3.0),
    ];
    for (kind, scale, weight_variance, bias_variance) in rows {
        let draw =
            |start: Initialization, shape| values(&start.draw(&mut Streams::new(6).at("weights", 0), shape, &double()));
        let weights = draw(kind.weight(inputs, outputs, scale), [inputs, outputs]);
        assert_moments(&format!("{kind:?} weights"), &weights, &[0.0, weight_variance]);
        let biases = draw(kind.bias(inputs), [1, 20_000]);
        if bias_variance > 0.0 {
            assert_moments(&format!("{kind:?} biases"), &biases, &[0.0, bias_variance]);
        } else {
            assert!(biases.iter().all(|bias| *bias == 0.0), "{kind:?} biases are zero");
        }
    }
}

#[test]
fn orthogonal_weights_have_orthonormal_vectors_times_the_gain() {
    for shape in [[5, 5], [3, 8], [8, 3]] {
        let start = InitializationKind::Orthogonal.weight(shape[0], shape[1], 0.8);
        let weight = start.draw(&mut Streams::new(6).at("orthogonal", 0), shape, &double());
        let short = if shape[0] <= shape[1] { weight } else { weight.transpose() };
        let count = short.dims()[0];
        let products = short.clone().matmul(short.transpose());
        let expected: Vec<f64> = (0..count * count).map(|at| if at % (count + 1) == 0 { 0.64 } else { 0.0 }).collect();
        // The draws are made in single precision, so that every precision starts from the same numbers.
        assert_close(&format!("{shape:?}"), &values(&products), &expected, 1e-6);
    }
}

fn dropout(probability: f64, width: usize, layers: usize) -> Network {
    let layer: Arc<dyn Layer> = Arc::new(Dropout { shape: Shape::point(width), probability });
    Network::new("test", Shape::point(width), vec![layer; layers], 1, Streams::new(0), &double())
}

fn mask(purpose: &str, seed: u64, step: u64) -> Vec<f64> {
    let input = double().full([40, 25], 1.0);
    values(&dropout(0.4, 25, 1).forward(input, &Pass::train(purpose, Streams::new(seed), step)))
}

#[test]
fn dropout_keeps_expectations() {
    for probability in [0.0, 0.1, 0.5, 0.9] {
        let input: Tensor<2> = double().full([1000, 100], 1.0);
        let pass = Pass::train("test", Streams::new(1), 0);
        let output = values(&dropout(probability, 100, 1).forward(input.clone(), &pass));
        let kept = 1.0 / (1.0 - probability);
        assert!(
            output.iter().all(|value| *value == 0.0 || (value - kept).abs() < 1e-6),
            "{probability}: an entry is dropped or divided by what is left"
        );
        assert_moments(&format!("dropout {probability}"), &output, &[1.0, kept]);
        assert_eq!(values(&dropout(probability, 100, 1).forward(input.clone(), &Pass::evaluate())), values(&input));
    }
}

#[test]
fn the_mask_belongs_to_seed_purpose_step_and_layer() {
    let first = mask("discriminator/real", 1, 3);
    assert_eq!(first, mask("discriminator/real", 1, 3), "the same pass drops the same entries");
    let rows = [("discriminator/fake", 1, 3), ("discriminator/real", 2, 3), ("discriminator/real", 1, 4)];
    for (purpose, seed, step) in rows {
        assert_ne!(first, mask(purpose, seed, step), "{purpose} {seed} {step}");
    }
    let input: Tensor<2> = double().full([40, 25], 1.0);
    let twice = values(&dropout(0.4, 25, 2).forward(input, &Pass::train("discriminator/real", Streams::new(1), 3)));
    let survivors = |mask: &[f64]| mask.iter().filter(|value| **value > 0.0).count();
    let share = survivors(&twice) as f64 / survivors(&first) as f64;
    assert!((share - 0.6).abs() < 0.1, "the second layer drops on its own: {share}");
}

#[test]
fn members_drop_and_start_on_their_own() {
    let layer: Arc<dyn Layer> = Arc::new(Dropout { shape: Shape::point(25), probability: 0.4 });
    let network = Network::new("test", Shape::point(25), vec![layer], 2, Streams::new(0), &double());
    let pass = Pass::train("test", Streams::new(1), 0).with_groups(vec![20, 20]);
    let output = values(&network.forward(double().full([40, 25], 1.0), &pass));
    assert_ne!(output[..500], output[500..]);
    let linear = ganymede_core::network::layers::linear::Linear {
        input: Shape::point(3),
        output: Shape::point(2),
        initialization: InitializationKind::Xavier,
        scale: 1.0,
    };
    let layers: Vec<Arc<dyn Layer>> = vec![Arc::new(linear)];
    let network = |members| Network::new("test", Shape::point(3), layers.clone(), members, Streams::new(0), &double());
    let weight = |members: usize, member: usize| {
        let network = network(members);
        values(&network.split_members(network.parameters())[2 * member])
    };
    assert_ne!(weight(2, 0), weight(2, 1));
    assert_eq!(weight(2, 0), weight(1, 0), "a member more shifts no other");
}
