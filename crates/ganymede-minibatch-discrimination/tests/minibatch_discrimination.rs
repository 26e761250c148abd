//! What the appended features say, and their derivatives.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::chain::Entry;
use ganymede_core::network::layers::activation::Function;
use ganymede_core::network::plan::LayerPlan;
use ganymede_minibatch_discrimination::{FACTORY, MinibatchDiscrimination, MinibatchDiscriminationLayer};
use ganymede_testing::games::{assert_keys_are_refused, ring, run};
use ganymede_testing::layers::{
    INPUTS, assert_derivatives, assert_equals_autodiff, layer, linear, network, network_on, stack, training,
};
use ganymede_testing::numbers::{assert_close, noise, values};

/// The appended features, row by row, by the definition.
fn expected(rows: &[f64], kernels: &[f64], [count, distances, dimensions]: [usize; 3]) -> Vec<f64> {
    let columns = distances * dimensions;
    let projected = |row: usize, column: usize| -> f64 {
        (0..INPUTS).map(|feature| rows[row * INPUTS + feature] * kernels[feature * columns + column]).sum()
    };
    let close = |one: usize, other: usize, kernel: usize| {
        let columns = kernel * dimensions..(kernel + 1) * dimensions;
        (-columns.map(|column| (projected(one, column) - projected(other, column)).abs()).sum::<f64>()).exp()
    };
    let feature =
        |row: usize, kernel: usize| (0..count).map(|other| close(row, other, kernel)).sum::<f64>() / count as f64;
    (0..count).flat_map(|row| (0..distances).map(move |kernel| (row, kernel))).map(|(row, k)| feature(row, k)).collect()
}

#[test]
fn features_are_those_of_the_definition() {
    for (rows, kernels, dimensions) in [(5, 3, 2), (4, 1, 1), (2, 2, 5), (1, 3, 2)] {
        let network = network(vec![layer(move |input| MinibatchDiscriminationLayer { input, kernels, dimensions })], 1);
        let input = noise("rows", [rows, INPUTS]);
        let output = network.forward(input.clone(), &training());
        let appended = values(&output.clone().slice_dim(1, INPUTS..INPUTS + kernels));
        let weights = values(&network.parameters()[0]);
        let expected = expected(&values(&input), &weights, [rows, kernels, dimensions]);
        assert_close(&format!("{rows} rows"), &appended, &expected, 1e-12);
        assert_eq!(values(&output.slice_dim(1, 0..INPUTS)), values(&input), "the features go through");
        assert!(appended.iter().all(|feature| *feature > 0.0 && *feature <= 1.0));
    }
}

#[test]
fn equal_rows_are_as_close_as_can_be() {
    let network = network(vec![layer(|input| MinibatchDiscriminationLayer { input, kernels: 2, dimensions: 3 })], 1);
    let output = network.forward(noise("one", [1, INPUTS]).repeat_dim(0, 4), &training());
    assert_close("collapsed", &values(&output.slice_dim(1, INPUTS..INPUTS + 2)), &[1.0; 8], 1e-12);
}

#[test]
fn derivatives_are_exact() {
    for (kernels, dimensions) in [(1, 1), (3, 2), (2, 4)] {
        let network = stack(layer(move |input| MinibatchDiscriminationLayer { input, kernels, dimensions }), 1);
        assert_derivatives(&format!("{kernels} x {dimensions}"), &network, &training(), &noise("input", [5, INPUTS]));
    }
    let network = stack(layer(|input| MinibatchDiscriminationLayer { input, kernels: 2, dimensions: 2 }), 3);
    let pass = training().with_groups(vec![4, 0, 1]);
    assert_equals_autodiff("members", &network, &pass, &noise("input", [5, INPUTS]));
}

#[test]
fn on_pictures_derivatives_are_exact() {
    let picture = Shape { channels: 2, height: 2, width: 2 };
    let plan = layer(|input| MinibatchDiscriminationLayer { input, kernels: 2, dimensions: 3 });
    let network = network_on(picture, vec![plan, LayerPlan::activation(Function::Tanh), linear(2)], 1);
    assert_eq!(network.layers()[0].facts().output, Shape { channels: 4, ..picture });
    assert_derivatives("pictures", &network, &training(), &noise("pictures", [4, picture.features()]));
}

#[test]
fn it_stands_before_the_last_layer_and_keeps_real_from_fake() {
    let strategy = MinibatchDiscrimination { kernels: 3, dimensions: 2 };
    let strategy = Entry::new("minibatch-discrimination", strategy);
    let mut run = run(&ring(8, "[6, 5]"), vec![strategy]).unwrap();
    let discriminator = &run.state.discriminator.network;
    let shapes: Vec<_> = discriminator.parameters().iter().map(Tensor::dims).collect();
    assert_eq!(shapes, [[2, 6], [1, 6], [6, 5], [1, 5], [5, 6], [8, 1], [1, 1]]);
    assert!(discriminator.rows_interact());
    assert!(run.advance().unwrap().values().all(|loss| loss.is_finite()));
}

#[test]
fn bad_keys_are_named() {
    let rows = [
        ("kernels = 0", "kernels"),
        ("kernels = 1001", "kernels"),
        ("kernels = -1", "kernels"),
        ("dimensions = 0", "dimensions"),
        ("dimensions = 1001", "dimensions"),
        ("dimensions = 1.5", "dimensions"),
        ("kernel = 5", "kernel"),
    ];
    assert_keys_are_refused(&FACTORY, &rows);
}
