//! Where each penalty takes the gradient, and with which labels.

use ganymede_core::chain::Entry;
use ganymede_gradient_penalty::{GradientPenalty, Kind};
use ganymede_testing::numbers::values;

use crate::support::{Game, Neighbour, Passed, Shown, Spy, text};

const ROWS: usize = 400;

/// The penalty's passes through the discriminator, and the game.
fn shown(kind: Kind, neighbour: Neighbour) -> (Game, Vec<Passed>) {
    let shown = Shown::default();
    let config = GradientPenalty { kind, ..GradientPenalty::default() };
    let game = Game::new(
        &text(ROWS, "hidden = [4]"),
        config,
        vec![Entry::new("neighbour", neighbour), Entry::new("spy", Spy(shown.clone()))],
    );
    game.loss(game.discriminator());
    let passes = std::mem::take(&mut *shown.lock().unwrap());
    (game, passes)
}

#[test]
fn wgan_gp_looks_at_one_place_on_each_line() {
    for (neighbour, samples) in [(Neighbour::None, 1), (Neighbour::Packing, 2)] {
        let (game, passes) = shown(Kind::WganGp, neighbour);
        let [Passed { points, labels: None }] = passes.as_slice() else { panic!("one pass without labels") };
        let (real, fake) = (values(&game.batch.real.samples), values(&game.batch.fake.samples));
        let place = |entry: usize| (points[entry] - real[entry]) / (fake[entry] - real[entry]);
        let places: Vec<f64> = (0..2 * ROWS).map(place).collect();
        for logit in places.chunks(2 * samples) {
            assert!(logit.iter().all(|place| (place - logit[0]).abs() < 1e-6), "{logit:?}");
            assert!((0.0..1.0).contains(&logit[0]), "{logit:?}");
        }
        // Uniform on [0, 1): mean 1/2, variance 1/12.
        let mean = places.iter().sum::<f64>() / places.len() as f64;
        let variance = places.iter().map(|place| (place - mean).powi(2)).sum::<f64>() / places.len() as f64;
        assert!((mean - 0.5).abs() < 0.06 && (variance - 1.0 / 12.0).abs() < 0.012, "{mean}, {variance}");
    }
}

#[test]
fn dragan_looks_around_real_samples() {
    let (game, passes) = shown(Kind::Dragan, Neighbour::None);
    let [Passed { points, labels: None }] = passes.as_slice() else { panic!("one pass without labels") };
    let real = values(&game.batch.real.samples);
    let mean = real.iter().sum::<f64>() / real.len() as f64;
    let std = (real.iter().map(|entry| (entry - mean).powi(2)).sum::<f64>() / real.len() as f64).sqrt();
    let noise: Vec<f64> = points.iter().zip(&real).map(|(point, real)| (point - real) / std).collect();
    let mean = noise.iter().sum::<f64>() / noise.len() as f64;
    let root = (noise.iter().map(|entry| entry * entry).sum::<f64>() / noise.len() as f64).sqrt();
    assert!(mean.abs() < 0.06 && (root - 0.5).abs() < 0.04, "mean {mean}, root mean square {root}");
}

#[test]
fn r1_and_r2_look_at_what_the_discriminator_learns_from() {
    for neighbour in [Neighbour::None, Neighbour::Members] {
        let expected = |game: &Game| [values(&game.batch.real.samples), values(&game.batch.fake.samples)];
        let points = |kind| {
            let (game, passes) = shown(kind, neighbour);
            let points: Vec<f64> = passes.into_iter().flat_map(|pass| pass.points).collect();
            (expected(&game), points)
        };
        let ([real, _], found) = points(Kind::R1);
        assert_eq!(found, real, "{neighbour:?}");
        let ([_, fake], found) = points(Kind::R2);
        assert_eq!(found, fake, "{neighbour:?}");
        let ([real, fake], found) = points(Kind::R1R2);
        assert_eq!(found, [real, fake].concat(), "{neighbour:?}");
    }
}

#[test]
fn labels_and_members_go_with_the_points() {
    for kind in [Kind::WganGp, Kind::Dragan, Kind::R1, Kind::R2, Kind::R1R2] {
        let (game, passes) = shown(kind, Neighbour::Members);
        let labels = game.batch.real.labels.clone().unwrap();
        let counts: Vec<usize> = (0..3).map(|class| labels.iter().filter(|label| **label == class).count()).collect();
        // Each member sees its own class's rows, once for each pass.
        let passes_of_all = if kind == Kind::R1R2 { 2 } else { 1 };
        let expected: Vec<Vec<usize>> = (0..passes_of_all * 3).map(|at| vec![at % 3; counts[at % 3]]).collect();
        let found: Vec<Vec<usize>> = passes.into_iter().map(|pass| pass.labels.unwrap()).collect();
        assert_eq!(found, expected, "{kind:?}");
    }
}
