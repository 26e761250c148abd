//! What the appended feature says, and its derivatives.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::chain::Entry;
use ganymede_core::network::layers::activation::Function;
use ganymede_core::network::plan::LayerPlan;
use ganymede_minibatch_stddev::{FACTORY, MinibatchStddev, MinibatchStddevLayer};
use ganymede_testing::games::{assert_keys_are_refused, ring, run};
use ganymede_testing::layers::{
    INPUTS, assert_derivatives, assert_equals_autodiff, layer, linear, network, network_on, stack, training,
};
use ganymede_testing::numbers::{assert_close, noise, values};

/// The appended feature of each row, by the definition.
fn expected(rows: &[f64], group: usize) -> Vec<f64> {
    let count = rows.len() / INPUTS;
    let groups = if group == 0 || group > count { 1 } else { count / group };
    let std = |row: usize, feature: usize| {
        let of_group: Vec<f64> = (0..count)
            .filter(|other| other % groups == row % groups)
            .map(|other| rows[other * INPUTS + feature])
            .collect();
        let mean = of_group.iter().sum::<f64>() / of_group.len() as f64;
        (of_group.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / of_group.len() as f64 + 1e-8).sqrt()
    };
    (0..count).map(|row| (0..INPUTS).map(|feature| std(row, feature)).sum::<f64>() / INPUTS as f64).collect()
}

#[test]
fn the_feature_is_the_mean_standard_deviation_of_the_group() {
    for (rows, group) in [(8, 0), (8, 4), (8, 2), (8, 3), (8, 8), (8, 100), (7, 2), (5, 4), (1, 0), (1, 4)] {
        let network = network(vec![layer(move |input| MinibatchStddevLayer { input, group })], 1);
        let input = noise("rows", [rows, INPUTS]);
        let output = network.forward(input.clone(), &training());
        assert_eq!(output.dims(), [rows, INPUTS + 1]);
        let [kept, appended] =
            [output.clone().slice_dim(1, 0..INPUTS), output.slice_dim(1, INPUTS..INPUTS + 1)].map(|part| values(&part));
        assert_eq!(kept, values(&input), "the features go through");
        assert_close(&format!("{rows} rows in {group}"), &appended, &expected(&values(&input), group), 1e-12);
    }
}

#[test]
fn derivatives_are_exact() {
    for (group, members, groups) in
        [(0, 1, vec![]), (2, 1, vec![]), (3, 1, vec![]), (4, 1, vec![]), (2, 3, vec![4, 0, 2])]
    {
        let network = stack(layer(move |input| MinibatchStddevLayer { input, group }), members);
        let pass = training().with_groups(groups.clone());
        if members == 1 {
            assert_derivatives(&format!("group {group}"), &network, &pass, &noise("input", [6, INPUTS]));
        } else {
            assert_equals_autodiff("members", &network, &pass, &noise("input", [6, INPUTS]));
        }
    }
}

#[test]
fn on_pictures_it_is_a_plane_and_its_derivatives_are_exact() {
    let picture = Shape { channels: 2, height: 2, width: 3 };
    let input = noise("pictures", [4, picture.features()]);
    let plan = || layer(|input| MinibatchStddevLayer { input, group: 2 });
    let rows = network_on(picture, vec![plan()], 1).forward(input.clone(), &training());
    let rows = values(&rows);
    assert_eq!(rows.len(), 4 * 6 * 3);
    for (pixel, before) in rows.chunks(3).zip(values(&input).chunks(2)) {
        assert_eq!(pixel[..2], *before, "the channels go through");
    }
    for row in rows.chunks(18) {
        assert!(row.chunks(3).all(|pixel| pixel[2].to_bits() == row[2].to_bits()), "{row:?}");
    }
    let network = network_on(picture, vec![plan(), LayerPlan::activation(Function::Tanh), linear(2)], 1);
    assert_derivatives("pictures", &network, &training(), &input);
}

#[test]
fn equal_rows_have_a_finite_derivative() {
    let network = stack(layer(|input| MinibatchStddevLayer { input, group: 2 }), 1);
    let input = noise("one", [1, INPUTS]).repeat_dim(0, 4);
    let trace = network.trace(input, &training());
    let (input, parameters) = trace.vjp(trace.output.clone());
    assert!(std::iter::once(&input).chain(&parameters).flat_map(values).all(f64::is_finite));
}

#[test]
fn it_stands_before_the_last_layer_and_keeps_real_from_fake() {
    let strategy = Entry::new("minibatch-stddev", MinibatchStddev::default());
    let mut run = run(&ring(8, "[6, 5]"), vec![strategy]).unwrap();
    let discriminator = &run.state.discriminator.network;
    let shapes: Vec<_> = discriminator.parameters().iter().map(Tensor::dims).collect();
    assert_eq!(shapes, [[2, 6], [1, 6], [6, 5], [1, 5], [6, 1], [1, 1]]);
    assert!(discriminator.rows_interact());
    assert!(run.advance().unwrap().values().all(|loss| loss.is_finite()));
}

#[test]
fn bad_keys_are_named() {
    let rows = [
        ("group = 1", "group"),
        ("group = -4", "group"),
        ("group = 2.5", "group"),
        ("group = \"all\"", "group"),
        ("groups = 4", "groups"),
    ];
    assert_keys_are_refused(&FACTORY, &rows);
}
