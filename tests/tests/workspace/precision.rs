//! Passes in brain floats: every strategy trains, weights stay whole, and what is learnt is what single precision learns but
//! for rounding.

use burn::tensor::{DType, Device, Tensor};
use ganymede_core::network::{Network, Pass};
use ganymede_core::precision::Precision;
use ganymede_core::random::Streams;
use ganymede_core::run::Run;
use ganymede_core::step::Losses;
use ganymede_testing::numbers::values;
use ganymede_tests::{LISTED, PICTURES, SMALL, run, with_strategies};

use crate::stacking::{FORMS, ON_PICTURES};

const NARROW: &str = "precision = \"bf16\"\n";

/// How far the losses of the first step may be from those of single precision, over one more than their size. A brain float has
/// eight binary digits, a network here some five layers, and a tenth step's losses belong to other weights already.
const TOLERANCE: f64 = 0.03;

/// The losses of the first steps.
fn losses(run: &mut Run, steps: usize) -> Vec<Losses> {
    (0..steps).map(|_| run.advance().unwrap()).collect()
}

#[test]
fn every_strategy_trains_in_brain_floats_and_its_first_losses_are_those_of_single_precision() {
    let points = FORMS.iter().map(|form| (SMALL, *form));
    let pictures = FORMS.iter().chain(&ON_PICTURES).map(|form| (PICTURES, *form));
    let listed = [(LISTED, ("label-smoothing", ""))];
    let mut trained = 0;
    for (base, form) in points.chain(pictures).chain(listed) {
        let text = with_strategies(base, &[form]);
        let Ok(mut single) = run(&text, Device::flex()) else { continue };
        let mut narrow = run(&format!("{NARROW}{text}"), Device::flex()).unwrap();
        let expected = losses(&mut single, 1);
        let found = losses(&mut narrow, 4);
        for (name, value) in &expected[0] {
            let off = (found[0][name] - value).abs();
            assert!(off <= TOLERANCE * (1.0 + value.abs()), "{form:?}, {name}: {} instead of {value}", found[0][name]);
        }
        assert_ne!(expected[0], found[0], "{form:?} rounds nothing");
        for network in [&narrow.state.generator.network, &narrow.state.discriminator.network] {
            let tensors = network.parameters().iter().chain(network.buffers());
            assert!(tensors.clone().all(|tensor| tensor.dtype() == DType::F32), "{form:?} narrows what is kept");
        }
        trained += 1;
    }
    assert!(trained > 40, "{trained} configurations trained");
}

#[test]
fn samples_are_those_of_the_weights_in_single_precision() {
    let single = run(PICTURES, Device::flex()).unwrap();
    let narrow = run(&format!("{NARROW}{PICTURES}"), Device::flex()).unwrap();
    let request =
        || ganymede_core::sampling::SampleRequest { count: 8, label: None, generator: None, streams: Streams::new(1) };
    assert_eq!(single.sample(&request()).samples.values, narrow.sample(&request()).samples.values);
}

/// The gradient of the mean output of a training pass for every parameter, one after another.
fn gradient(network: &Network, rows: &Tensor<2>, precision: Precision) -> Vec<f64> {
    let tracked = network.tracked();
    let pass = Pass::train("test", Streams::new(2), 0).computing_in(precision);
    let output = tracked.forward(rows.clone(), &pass);
    assert_eq!(output.dtype(), DType::F32, "an output leaves in full");
    let mut gradients = output.square().mean().backward();
    let gradients = tracked.gradients(&mut gradients);
    assert!(gradients.iter().all(|gradient| gradient.dtype() == DType::F32), "a gradient arrives in full");
    gradients.iter().flat_map(values).collect()
}

#[test]
fn a_gradient_in_brain_floats_points_where_that_of_single_precision_does() {
    for text in [SMALL, PICTURES, LISTED] {
        let run = run(text, Device::flex()).unwrap();
        let network = &run.state.discriminator.network;
        let rows = run.data.oracle(Streams::new(3), 32).samples;
        let rows = run.step.place.tensor(rows.values, [32, rows.features]);
        let [single, narrow] =
            [Precision::Single, Precision::BrainFloat16].map(|precision| gradient(network, &rows, precision));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let cosine = dot(&single, &narrow) / (dot(&single, &single) * dot(&narrow, &narrow)).sqrt();
        assert!(cosine > 0.99, "{cosine} between the two: {text}");
        assert!(cosine < 1.0 - 1e-9, "{cosine}: nothing was rounded: {text}");
    }
}

#[test]
fn a_traced_pass_computes_in_full() {
    let run = run(SMALL, Device::flex()).unwrap();
    let network = &run.state.discriminator.network;
    let rows = run.data.oracle(Streams::new(3), 8).samples;
    let rows = run.step.place.tensor(rows.values, [8, rows.features]);
    let single = Pass::train("test", Streams::new(2), 0);
    let narrow = single.clone().computing_in(Precision::BrainFloat16);
    let output = |pass: &Pass| values(&network.trace(rows.clone(), pass).output);
    assert_eq!(output(&single), output(&narrow));
}

#[test]
fn an_unknown_precision_is_refused_with_those_that_are_known() {
    let message = run(&format!("precision = \"half\"\n{SMALL}"), Device::flex()).err().unwrap();
    assert!(message.contains("test.toml:1") && message.contains("bf16"), "{message}");
}
