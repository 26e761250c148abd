//! When the generator's weights carry noise, and when not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::chain::Entry;
use ganymede_core::fading_noise::FadingNoiseConfig;
use ganymede_core::network::Pass;
use ganymede_core::optimizer::schedule::Schedule;
use ganymede_core::run::Run;
use ganymede_core::sampling::SampleRequest;
use ganymede_testing::numbers::{double, values};
use ganymede_weight_noise::WeightNoise;

const LATENT: usize = 200;

fn text(hidden: &str) -> String {
    format!(
        "steps = 10\nbatch_size = 8\n[data]\nkind = \"ring\"\nsamples = 60\n[latent]\nsize = {LATENT}\n\
         [generator]\nhidden = {hidden}\nactivation = \"tanh\"\n[discriminator]\nhidden = [4]\n"
    )
}

/// A run with this much noise at its beginning and a share of it at its end.
fn fading(hidden: &str, std: Option<f64>, factor: f64) -> Run {
    let decay = Schedule { factor, until: Some(10), ..Schedule::default() };
    let strategy = |std| WeightNoise(FadingNoiseConfig { std: Some(std), decay });
    let strategies = std.map(|std| Entry::new("weight-noise", strategy(std)));
    Run::parse(&text(hidden), strategies.into_iter().collect(), double()).unwrap()
}

fn run(hidden: &str, std: Option<f64>) -> Run {
    fading(hidden, std, 0.0)
}

/// The generator's output for [`latents`] in the training pass of a phase.
fn training_pass(run: &Run, step: u64, phase: u64) -> Tensor<2> {
    let context = run.step.context(step, phase);
    let pass = Pass::train("generator", context.streams, context.draw_index).in_step(step);
    run.state.generator.network.forward(latents(), &pass)
}

/// Rows of the unit matrix.
fn latents() -> Tensor<2> {
    let values = (0..50 * LATENT).map(|entry| if entry / LATENT == entry % LATENT { 1.0 } else { 0.0 });
    double().tensor(values.collect(), [50, LATENT])
}

fn distance(first: Tensor<2>, second: Tensor<2>) -> f64 {
    let pairs = values(&first).into_iter().zip(values(&second));
    pairs.map(|(first, second)| (first - second).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn evaluation_and_samples_are_without_noise() {
    let (plain, noisy) = (run("[6]", None), run("[6]", Some(0.3)));
    assert_eq!(plain.state.generator.network.names(), noisy.state.generator.network.names());
    let of = |run: &Run| run.state.generator.network.forward(latents(), &Pass::evaluate());
    assert_eq!(values(&of(&plain)), values(&of(&noisy)));
    let streams = plain.step.streams.derive("test");
    let request = SampleRequest { count: 20, label: None, generator: None, streams };
    assert_eq!(plain.sample(&request), noisy.sample(&request));
}

#[test]
fn training_passes_carry_noise_that_differs_between_phases_and_fades() {
    let run = run("[6]", Some(0.3));
    let evaluated = run.state.generator.network.forward(latents(), &Pass::evaluate());
    let noise = |step, phase| distance(training_pass(&run, step, phase), evaluated.clone());
    assert_eq!(values(&training_pass(&run, 0, 0)), values(&training_pass(&run, 0, 0)), "a repeated pass is the same");
    assert!(distance(training_pass(&run, 0, 0), training_pass(&run, 0, 1)) > 1e-3);
    assert!(noise(0, 0) > 1e-2 && noise(9, 1) < 0.2 * noise(0, 1), "{} {}", noise(0, 1), noise(9, 1));
    assert_eq!(values(&training_pass(&run, 10, 0)), values(&evaluated), "at the end of the run nothing is left");
}

#[test]
fn noise_has_the_stated_size() {
    // One linear layer without weights, on the rows of the unit matrix: what comes out is the noise of one weight and
    // of one bias.
    let mut run = fading("[]", Some(0.3), 1.0);
    let zeros = run.state.generator.network.parameters().iter().map(Tensor::zeros_like).collect();
    run.state.generator.network = run.state.generator.network.with_parameters(zeros);
    let squares: Vec<f64> =
        (0..200).flat_map(|phase| values(&training_pass(&run, 0, phase))).map(|value| value * value).collect();
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    assert!((mean / (2.0 * 0.09) - 1.0).abs() < 0.1, "{mean}");
}

#[test]
fn no_noise_changes_no_bit() {
    let losses = |std| {
        let mut run = run("[6]", std);
        (0..5).map(|_| run.advance().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(losses(None), losses(Some(0.0)));
    assert_ne!(losses(None), losses(Some(0.1)));
}

#[test]
fn the_backward_pass_is_burns() {
    let run = run("[6]", Some(0.3));
    let generator = run.state.generator.network.tracked();
    let pass = run.step.context(0, 1);
    let pass = Pass::train("generator", pass.streams, pass.draw_index);
    let mut gradients = generator.forward(latents(), &pass).sum().backward();
    let by_burn = generator.gradients(&mut gradients);
    let (_, by_hand) = run.state.generator.network.trace(latents(), &pass).vjp(run.step.place.full([50, 2], 1.0));
    for (by_hand, by_burn) in by_hand.into_iter().zip(by_burn) {
        let size = by_burn.clone().square().sum().sqrt().into_scalar::<f64>();
        assert!(distance(by_hand, by_burn) < 1e-12 * size && size > 0.0);
    }
}
