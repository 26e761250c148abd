//! Values and weight gradients against `PyTorch`'s double backward, in f32; the fixtures are made by
//! `tests/fixtures/make_fixtures.py`.

use burn::tensor::{Device, Tensor};
use ganymede_core::Shape;
use ganymede_core::network::layers::activation::ActivationKind;
use ganymede_core::network::plan::NetworkPlan;
use ganymede_core::network::preset::NetworkConfig;
use ganymede_core::network::{Network, Pass};
use ganymede_core::place::Place;
use ganymede_core::random::Streams;
use ganymede_core::role::Role;
use ganymede_gradient_penalty::penalty::{gradients, half_mean, squared_distance};
use ganymede_testing::numbers::{largest, values};
use serde_json::Value;

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// The network of a fixture, with its weights.
fn network(fixture: &Value, all: &Value, place: &Place) -> Network {
    let activation: ActivationKind = serde_json::from_value(fixture["activation"].clone()).unwrap();
    let config = NetworkConfig {
        hidden: Some(fixture["hidden"].as_array().unwrap().iter().map(count).collect()),
        activation: Some(activation),
        pieces: (activation == ActivationKind::Maxout).then(|| count(&all["pieces"])),
        layer_norm: fixture["layer_norm"].as_bool(),
        ..NetworkConfig::default()
    };
    let layers = config.resolved(Role::Discriminator).layers();
    let input = Shape::point(count(&all["features"]));
    let plan = NetworkPlan::new(input, Shape::point(1), layers);
    let network = plan.build(Role::Discriminator, Streams::new(0), place);
    let given = fixture["parameters"].as_array().unwrap();
    assert_eq!(given.len(), network.parameters().len());
    let parameters = network.parameters().iter().zip(given);
    network.with_parameters(parameters.map(|(old, given)| place.tensor(floats(given), old.dims())).collect())
}

#[test]
fn penalties_and_weight_gradients_equal_pytorchs() {
    let all: Value = serde_json::from_str(include_str!("../fixtures/pytorch.json")).unwrap();
    let place = Place::new(Device::flex());
    let mut cases = 0;
    for fixture in all["networks"].as_array().unwrap() {
        let network = network(fixture, &all, &place);
        for case in fixture["cases"].as_array().unwrap() {
            let what = format!("{} on {} {}", case["name"], fixture["activation"], fixture["hidden"]);
            let shape = [count(&all["rows"]), count(&all["features"])];
            let discriminator = network.tracked();
            let slopes = gradients(&discriminator, place.tensor(floats(&case["points"]), shape), &Pass::evaluate());
            let target = case["target"].as_f64().unwrap();
            let loss: Tensor<1> = match case["penalty"].as_str().unwrap() {
                "half-square" => half_mean(slopes),
                sides => squared_distance(slopes, target, sides == "one-sided"),
            };
            let (value, expected) = (loss.clone().into_scalar::<f64>(), case["value"].as_f64().unwrap());
            assert!((value - expected).abs() <= 1e-5 * expected, "{what}: {value}, PyTorch has {expected}");

            let gradients = discriminator.gradients(&mut loss.backward());
            let found: Vec<Vec<f64>> = gradients.iter().map(values).collect();
            let expected: Vec<Vec<f64>> = case["gradients"]
                .as_array()
                .unwrap()
                .iter()
                .map(|gradient| gradient.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect())
                .collect();
            assert!(largest(&expected[0]) > 1e-3, "{what}: a gradient of zero shows nothing");
            for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let scale = largest(expected).max(1e-3);
                let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(apart <= 1e-5 * scale, "{what}, parameter {index}: {apart:e} apart at {scale:e}");
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 50);
}
