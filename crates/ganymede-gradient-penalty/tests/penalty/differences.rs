//! Weight gradients against central differences in f64.

use ganymede_core::chain::Entry;
use ganymede_testing::numbers::{distance, largest};

use crate::support::{Game, Neighbour, configs, text};

/// The penalty's gradient by central differences of the fourth order.
fn differences(game: &Game) -> Vec<Vec<f64>> {
    const WIDTH: f64 = 2e-4;
    let discriminator = game.discriminator();
    let slope = |index: usize, entry: usize| {
        let parameter = &discriminator.parameters()[index];
        let at = |by: f64| {
            let mut direction = vec![0.0; parameter.dims().iter().product()];
            direction[entry] = 1.0;
            let direction = game.run.step.place.tensor(direction, parameter.dims()).mul_scalar(by);
            let mut parameters = discriminator.parameters().to_vec();
            parameters[index] = parameter.clone().add(direction);
            game.loss(&discriminator.with_parameters(parameters)).into_scalar::<f64>()
        };
        let (near, far) = (at(WIDTH) - at(-WIDTH), at(2.0 * WIDTH) - at(-2.0 * WIDTH));
        (8.0 * near - far) / (12.0 * WIDTH)
    };
    let sizes = discriminator.parameters().iter().map(|parameter| parameter.dims().iter().product::<usize>());
    sizes.enumerate().map(|(index, size)| (0..size).map(|entry| slope(index, entry)).collect()).collect()
}

#[test]
fn weight_gradients_equal_central_differences() {
    let networks = [
        "hidden = [6]\nactivation = \"tanh\"",
        "hidden = [6, 5]\nactivation = \"tanh\"",
        "hidden = [6, 5]\nactivation = \"sigmoid\"\ninitialization = \"normal\"\ninitialization_std = 1.5",
        "hidden = [5]\nactivation = \"tanh\"\nlayer_norm = true",
        "hidden = [6, 5]\nactivation = \"tanh\"\nlayer_norm = true\ndropout = 0.2",
    ];
    for network in networks {
        for config in configs() {
            for neighbour in Neighbour::ALL {
                let what = format!("{config:?} with {neighbour:?} on {network:?}");
                let game = Game::new(&text(12, network), config.clone(), vec![Entry::new("neighbour", neighbour)]);
                let (found, expected) = (game.gradients(), differences(&game));
                let error = distance(&found.concat(), &expected.concat());
                assert!(error < 1e-6, "{what}: relative error {error:e}");
                // The first weight of every member: it is two or six matrices away from the norm.
                assert!(largest(&found[0]) > 1e-4, "{what}: no gradient arrived");
            }
        }
    }
}
