//! Updates can be differentiated, as an unrolled step does.

use burn::tensor::Tensor;
use ganymede_core::optimizer::config::{OptimizerConfig, OptimizerKind};
use ganymede_core::optimizer::{Optimizer, OptimizerState};
use ganymede_core::place::Place;

use crate::optimizers::rows;
use ganymede_testing::derivatives::{by_autodiff, by_differences};
use ganymede_testing::numbers::{assert_all_close, double, largest, noise, single, tensor_at, values};

const SHAPES: [[usize; 2]; 2] = [[2, 3], [1, 3]];

/// Parameters, and then gradients.
fn point() -> Vec<Tensor<2>> {
    let named = |name: &str| SHAPES.map(|shape| noise(&format!("{name} {shape:?}"), shape));
    [named("parameters"), named("gradients")].concat()
}

/// The state after three updates, without any graph.
fn used_state(optimizer: &Optimizer) -> OptimizerState {
    let mut parameters = point()[..2].to_vec();
    let mut state = OptimizerState::default();
    for step in 0..3 {
        let gradients = SHAPES.map(|shape| noise(&format!("past {step} {shape:?}"), shape)).to_vec();
        (parameters, state) = optimizer.update(&parameters, gradients, &state, 0.1);
    }
    state.untracked()
}

/// A weighting of the parameters after several updates, each on a gradient that depends on where the last one led.
fn after(optimizer: &Optimizer, state: &OptimizerState, updates: usize, point: &[Tensor<2>]) -> Tensor<1> {
    let mut parameters = point[..2].to_vec();
    let mut state = state.clone();
    for _ in 0..updates {
        let pull = parameters.iter().map(|parameter| parameter.clone().tanh().mul_scalar(0.5));
        let gradients = point[2..].iter().zip(pull).map(|(gradient, pull)| gradient.clone().add(pull)).collect();
        (parameters, state) = optimizer.update(&parameters, gradients, &state, 0.5);
    }
    let weighted = |(index, parameter): (usize, &Tensor<2>)| {
        parameter.clone().mul(noise(&format!("weights {index}"), parameter.dims())).sum()
    };
    parameters.iter().enumerate().map(weighted).reduce(Tensor::add).expect("there are two parameters")
}

#[test]
fn derivatives_of_updates_equal_central_differences() {
    let plain = OptimizerConfig { epsilon: Some(0.1), ..OptimizerConfig::default() };
    let smooth_start = ("adam with a large epsilon", plain);
    for (name, config) in rows().into_iter().chain([smooth_start]).filter(|(_, config)| config.schedule.is_none()) {
        let optimizer = Optimizer::new(config, 10);
        for (start, state) in [("fresh", OptimizerState::default()), ("used", used_state(&optimizer))] {
            for updates in [1, 2, 5] {
                let what = format!("{name}, {start} state, {updates} updates");
                let function = |point: &[Tensor<2>]| after(&optimizer, &state, updates, point);
                let found = by_autodiff(&function, &point());
                assert_all_close(&what, &found, &by_differences(&function, &point()), 1e-6);
                let through_gradients = largest(&found[2..].concat());
                // Adam's first update is the gradient's sign but for epsilon, so nothing is left of its slope.
                let is_sign = start == "fresh" && updates == 1;
                assert!(is_sign || through_gradients > 1e-3, "{what}: no gradient arrived");
            }
        }
    }
}

#[test]
fn adam_from_a_fresh_state_has_the_slope_of_its_first_step() {
    let (epsilon, rate) = (0.1, 0.5);
    let optimizer = Optimizer::new(OptimizerConfig { epsilon: Some(epsilon), ..OptimizerConfig::default() }, 10);
    let [parameter, gradient] = ["parameter", "gradient"].map(|name| noise(name, [1, 4]));
    let update = |gradients: &[Tensor<2>]| {
        let state = OptimizerState::default();
        optimizer.update(std::slice::from_ref(&parameter), gradients.to_vec(), &state, rate).0[0].clone().sum()
    };
    // The first step is rate * g / (|g| + epsilon).
    let slope = |g: f64| -rate * epsilon / (g.abs() + epsilon).powi(2);
    let expected = vec![values(&gradient).into_iter().map(slope).collect()];
    assert_all_close("slope", &by_autodiff(&update, &[gradient]), &expected, 1e-10);
}

/// Values and slopes after updates on gradients that are zero: in one entry, or in all of them.
fn with_dead_units(config: OptimizerConfig, gradients: &[f64], place: &Place) -> Vec<f64> {
    let optimizer = Optimizer::new(config, 10);
    let leaf = |values: &[f64]| tensor_at(place, values, [1, 3]).autodiff().require_grad();
    let (first, gradient) = (leaf(&[0.4, -0.2, 0.1]), leaf(gradients));
    let (mut parameters, mut state) = (vec![first.clone()], OptimizerState::default());
    for _ in 0..3 {
        (parameters, state) = optimizer.update(&parameters, vec![gradient.clone()], &state, 1e-3);
    }
    let slopes = parameters[0].clone().sum().backward();
    let leaves = [&first, &gradient].map(|leaf| leaf.grad(&slopes).map(|slope| values(&slope)));
    [values(&parameters[0]), leaves.into_iter().flatten().flatten().collect()].concat()
}

#[test]
fn a_gradient_of_zero_stays_finite() {
    let default = ["adam", "adamw", "sgd", "rmsprop"].into_iter().zip([
        OptimizerKind::Adam,
        OptimizerKind::AdamW,
        OptimizerKind::Sgd,
        OptimizerKind::RmsProp,
    ]);
    let clip = |(name, kind)| {
        let plain = OptimizerConfig { kind, ..OptimizerConfig::default() };
        let clipped = OptimizerConfig { clip_norm: Some(0.5), clip_value: Some(0.4), ..plain.clone() };
        [(name, plain), (name, clipped)]
    };
    for (name, config) in default.flat_map(clip) {
        for gradients in [[0.0, 0.7, -0.3], [0.0; 3]] {
            for place in [single(), double()] {
                let found = with_dead_units(config.clone(), &gradients, &place);
                assert_eq!(found.len(), 9, "{name}: both leaves have a slope");
                assert!(found.iter().all(|value| value.is_finite()), "{name} {:?}: {found:?}", place.dtype());
                let stayed = if gradients[1] == 0.0 { &found[..3] } else { &found[..1] };
                assert!(
                    stayed.iter().zip([0.4, -0.2, 0.1]).all(|(found, start)| (found - start).abs() < 1e-7),
                    "{name}: a dead unit stays where it is: {found:?}"
                );
            }
        }
    }
}
