//! A discriminator without hidden layers has the same gradient everywhere: its weight.

use ganymede_core::chain::Entry;
use ganymede_core::network::Network;
use ganymede_gradient_penalty::{GradientPenalty, Kind};
use ganymede_testing::numbers::{assert_all_close, values};

use crate::support::{Game, Neighbour, text};

/// A linear discriminator with this weight for the logit; other outputs have weight 7.
fn linear(game: &Game, weight: &[f64]) -> Network {
    let [rows, columns] = game.discriminator().parameters()[0].dims();
    assert_eq!(rows, weight.len());
    let entries = weight.iter().flat_map(|entry| (0..columns).map(|at| if at == 0 { *entry as f32 } else { 7.0 }));
    let weight = game.run.step.place.tensor(entries.collect(), [rows, columns]);
    let mut parameters = game.discriminator().parameters().to_vec();
    parameters[0] = weight;
    game.discriminator().with_parameters(parameters)
}

fn config(kind: Kind, one_sided: bool, target: f64) -> GradientPenalty {
    let has_target = matches!(kind, Kind::WganGp | Kind::Dragan);
    GradientPenalty {
        kind,
        one_sided: has_target.then_some(one_sided),
        target: has_target.then_some(target),
        noise: None,
    }
}

#[test]
fn linear_discriminators_have_their_weights_norm() {
    use Kind::{Dragan, R1, R1R2, R2, WganGp};
    // The norm of (3, 4) is 5, and so is that of (1, 2, 2, 4) over the two samples of a logit.
    let rows = [
        (config(WganGp, false, 1.0), 16.0),
        (config(WganGp, true, 1.0), 16.0),
        (config(WganGp, false, 6.0), 1.0),
        (config(WganGp, true, 6.0), 0.0),
        (config(Dragan, false, 0.0), 25.0),
        (config(Dragan, false, 7.0), 4.0),
        (config(Dragan, true, 7.0), 0.0),
        (config(R1, false, 0.0), 12.5),
        (config(R2, false, 0.0), 12.5),
        (config(R1R2, false, 0.0), 25.0),
    ];
    for (config, expected) in rows {
        for (neighbour, weight) in [
            (Neighbour::None, &[3.0, 4.0][..]),
            (Neighbour::Outputs, &[3.0, 4.0][..]),
            (Neighbour::Packing, &[1.0, 2.0, 2.0, 4.0][..]),
        ] {
            let game = Game::new(&text(12, "hidden = []"), config.clone(), vec![Entry::new("neighbour", neighbour)]);
            let found = game.loss(&linear(&game, weight)).into_scalar::<f64>();
            assert!((found - expected).abs() < 1e-9, "{config:?} with {neighbour:?}: {found}, expected {expected}");
        }
    }
}

#[test]
fn their_weight_gradient_points_along_the_weight() {
    // d/dw (|w| - 1)^2 = 2 (|w| - 1) w / |w|, and d/dw |w|^2 / 2 = w; other outputs and biases get nothing.
    let rows = [
        (config(Kind::WganGp, false, 1.0), 1.6),
        (config(Kind::Dragan, false, 1.0), 1.6),
        (config(Kind::WganGp, true, 6.0), 0.0),
        (config(Kind::R1, false, 0.0), 1.0),
        (config(Kind::R1R2, false, 0.0), 2.0),
    ];
    for (config, factor) in rows {
        let game =
            Game::new(&text(12, "hidden = []"), config.clone(), vec![Entry::new("neighbour", Neighbour::Outputs)]);
        let discriminator = linear(&game, &[3.0, 4.0]).tracked();
        let gradients = discriminator.gradients(&mut game.loss(&discriminator).backward());
        let expected = [3.0 * factor, 0.0, 0.0, 4.0 * factor, 0.0, 0.0];
        for (found, expected) in values(&gradients[0]).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{config:?}: {found}, expected {expected}");
        }
        assert_eq!(values(&gradients[1]), [0.0; 3], "{config:?}: the biases");
    }
}

#[test]
fn a_dead_discriminator_has_a_finite_gradient() {
    for kind in [Kind::WganGp, Kind::Dragan, Kind::R1, Kind::R1R2] {
        let game = Game::new(&text(12, "hidden = [4]"), config(kind, false, 1.0), Vec::new());
        let dead: Vec<_> = game.discriminator().parameters().iter().map(|p| p.clone().mul_scalar(0.0)).collect();
        let discriminator = game.discriminator().with_parameters(dead).tracked();
        let loss = game.loss(&discriminator);
        let expected = if matches!(kind, Kind::WganGp | Kind::Dragan) { 1.0 } else { 0.0 };
        assert!((loss.clone().into_scalar::<f64>() - expected).abs() < 1e-5, "{kind:?}");
        let gradients = discriminator.gradients(&mut loss.backward());
        assert!(gradients.iter().flat_map(values).all(|entry| entry == 0.0), "{kind:?}");
    }
}

#[test]
fn the_steps_own_pass_serves_as_well_as_another_one() {
    for (neighbour, hidden) in [(Neighbour::None, "hidden = [5, 4]"), (Neighbour::Packing, "hidden = [5]")] {
        let game =
            Game::new(&text(12, hidden), config(Kind::R1R2, false, 0.0), vec![Entry::new("neighbour", neighbour)]);
        let own = game.gradients_of(|discriminator| game.loss_of_own_pass(discriminator));
        assert_eq!(own, game.gradients(), "{neighbour:?}");
        assert!(own.iter().flatten().any(|entry| *entry != 0.0));
    }
}

#[test]
fn a_step_learns_from_the_objective_and_the_penalty() {
    for objective in ["non-saturating", "relativistic", "hinge"] {
        for (kind, neighbour) in [Kind::R1R2, Kind::R1].into_iter().flat_map(|kind| Neighbour::ALL.map(|by| (kind, by)))
        {
            let rates = "[optimizer.discriminator]\nkind = \"sgd\"\nlearning_rate = 1.0\n";
            let objective = format!("[objective]\nkind = \"{objective}\"\n");
            let text = text(12, "hidden = [5, 4]") + &objective + rates;
            let mut game = Game::new(&text, config(kind, false, 0.0), vec![Entry::new("neighbour", neighbour)]);
            let expected = game.gradients_of(|discriminator| game.whole_loss(discriminator));
            let before: Vec<_> = game.discriminator().parameters().iter().map(values).collect();
            game.run.advance().unwrap();
            let after = game.discriminator().parameters().iter().map(values);
            let found: Vec<Vec<f64>> = before
                .iter()
                .zip(after)
                .map(|(before, after)| before.iter().zip(after).map(|(before, after)| before - after).collect())
                .collect();
            assert_all_close(&format!("{objective} {kind:?} {neighbour:?}"), &found, &expected, 1e-10);
        }
    }
}
