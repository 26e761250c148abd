//! The gradient that a strategy sends into a network, against central differences, through a whole step in f64.
//!
//! The network that is looked at learns by plain gradient descent, so that its change is its gradient; the other stands
//! still. Activations are smooth: a kink makes differences lie.

use burn::tensor::Device;
use ganymede_core::network::Network;
use ganymede_core::place::Place;
use ganymede_core::role::Role;
use ganymede_core::run::Run;
use ganymede_tests::{run_at, with_strategies};

const RATE: f64 = 0.1;
/// Small enough that no bit of a parameter changes.
const NO_RATE: f64 = 1e-30;

/// A strategy's name, the keys of its table, and the network that it sends a gradient to.
type Row = (&'static str, &'static str, Role);

const ROWS: [Row; 10] = [
    ("feature-matching", "weight = 2.0", Role::Generator),
    ("gdpp", "gap = 1e-9", Role::Generator),
    ("gdpp", "gap = 1e-9\nkernel = \"features\"\nstructure = 0.5", Role::Generator),
    ("historical-averaging", "weight = 3.0", Role::Discriminator),
    ("historical-averaging", "weight = 3.0", Role::Generator),
    ("instance-noise", "std = 0.3", Role::Discriminator),
    ("instance-noise", "std = 0.3", Role::Generator),
    ("mode-seeking", "", Role::Generator),
    ("mode-seeking", "epsilon = 0.5", Role::Generator),
    ("weight-noise", "std = 0.1", Role::Generator),
];

/// A small game in which only one network learns, some steps after its beginning.
fn game(strategies: &[(&str, &str)], learner: Role) -> Run {
    let rate = |role: Role| if role == learner { RATE } else { NO_RATE };
    let base = format!(
        "steps = 20\nbatch_size = 12\nseed = 3\n[data]\nkind = \"ring\"\nsamples = 100\nradius = 1.0\nstd = 0.1\n\
         [latent]\nsize = 3\n[generator]\nhidden = [5]\nactivation = \"tanh\"\n\
         [discriminator]\nhidden = [6, 4]\nactivation = \"tanh\"\n\
         [optimizer.generator]\nkind = \"sgd\"\nlearning_rate = {:e}\n\
         [optimizer.discriminator]\nkind = \"sgd\"\nlearning_rate = {:e}\n",
        rate(Role::Generator),
        rate(Role::Discriminator),
    );
    let place = Place::new(Device::flex()).double();
    let mut run = run_at(&with_strategies(&base, strategies), place).unwrap();
    for _ in 0..3 {
        run.advance().unwrap();
    }
    run
}

fn network(run: &mut Run, role: Role) -> &mut Network {
    match role {
        Role::Generator => &mut run.state.generator.network,
        Role::Discriminator => &mut run.state.discriminator.network,
    }
}

fn values(network: &Network) -> Vec<f64> {
    network.parameters().iter().flat_map(|parameter| parameter.try_to_vec_as::<f64>().unwrap()).collect()
}

/// The gradient of one step, all parameters in a row.
fn gradient(run: &mut Run, role: Role) -> Vec<f64> {
    let start = run.checkpoint();
    let before = values(network(run, role));
    run.advance().unwrap();
    let after = values(network(run, role));
    run.restore(&start).unwrap();
    before.iter().zip(after).map(|(before, after)| (before - after) / RATE).collect()
}

/// The same by central differences of the sum of all losses of the network.
fn differences(run: &mut Run, role: Role) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let start = run.checkpoint();
    let parameters = network(run, role).parameters().to_vec();
    let mut differences = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let [rows, columns] = parameter.dims();
        for entry in 0..rows * columns {
            let mut loss_at = |by: f64| -> f64 {
                let mut direction = vec![0.0; rows * columns];
                direction[entry] = 1.0;
                let direction = run.step.place.tensor(direction, [rows, columns]).mul_scalar(by);
                let mut moved = parameters.clone();
                moved[index] = parameter.clone().add(direction);
                let network = network(run, role);
                *network = network.with_parameters(moved);
                let losses = run.advance().unwrap();
                run.restore(&start).unwrap();
                let own = losses.iter().filter(|(name, _)| name.starts_with(role.name()));
                own.map(|(_, loss)| loss).sum()
            };
            differences.push((loss_at(STEP) - loss_at(-STEP)) / (2.0 * STEP));
        }
    }
    differences
}

fn distance(first: &[f64], second: &[f64]) -> f64 {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    norm(&mut first.iter().zip(second).map(|(a, b)| a - b)) / norm(&mut second.iter().copied())
}

#[test]
fn gradients_equal_central_differences_and_are_not_the_baselines() {
    for (name, keys, role) in ROWS {
        let mut with = game(&[(name, keys)], role);
        let found = gradient(&mut with, role);
        let error = distance(&found, &differences(&mut with, role));
        assert!(error < 1e-6, "{name} {keys:?}, {role:?}: relative error {error:e}");
        // The same parameters at the same step in a game without the strategy.
        let mut without = game(&[], role);
        for each in [Role::Generator, Role::Discriminator] {
            let parameters = network(&mut with, each).parameters().to_vec();
            let plain = network(&mut without, each);
            *plain = plain.with_parameters(parameters);
        }
        let apart = distance(&found, &gradient(&mut without, role));
        assert!(apart > 1e-3, "{name} {keys:?}, {role:?}: differs from the baseline's by {apart:e} only");
    }
}
