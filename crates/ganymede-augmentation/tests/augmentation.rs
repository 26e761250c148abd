//! What the discriminator sees, how often, and how the probability follows its answers.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_augmentation::{Augmentation, AugmentationLayer, FACTORY, PROBABILITY, Strengths};
use ganymede_core::Shape;
use ganymede_core::chain::Entry;
use ganymede_core::network::layers::activation::Function;
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::network::{Mode, Network, Pass};
use ganymede_core::run::Run;
use ganymede_testing::games::{self, assert_keys_are_refused, assert_resumes_to_the_bit, bits, ring};
use ganymede_testing::layers::{assert_derivatives, layer, linear, network_on, training};
use ganymede_testing::numbers::{noise, values};

const OFF: Strengths = Strengths { colour: 0.0, translation: 0.0, cutout: 0.0 };

fn augmenting(strengths: Strengths, probability: f64) -> LayerPlan {
    layer(move |shape| AugmentationLayer { shape, strengths, probability, kind: "augmentation".to_owned() })
}

/// A game on small pictures; `objective` is its name.
fn pictures(objective: &str) -> String {
    format!(
        "steps = 10\nbatch_size = 8\n[data]\nkind = \"glyphs\"\nsamples = 40\nside = 16\n[latent]\nsize = 2\n\
         [generator]\nhidden = [4]\n[discriminator]\nhidden = [4]\n[objective]\nkind = \"{objective}\"\n"
    )
}

fn run(strategy: Augmentation) -> Run {
    games::run(&pictures("non-saturating"), vec![Entry::new("augmentation", strategy)]).unwrap()
}

fn fixed(probability: f64) -> Augmentation {
    let mut strategy = Augmentation::default();
    (strategy.adaptive, strategy.probability) = (false, Some(probability));
    strategy
}

/// From this probability, in strides of a tenth every two updates.
fn adaptive(probability: f64, target: f64) -> Augmentation {
    let mut strategy = Augmentation::default();
    (strategy.probability, strategy.target) = (Some(probability), Some(target));
    (strategy.interval, strategy.pictures) = (Some(2), Some(160));
    strategy
}

fn probability(network: &Network) -> f64 {
    let (_, names) = network.names();
    let at = names.iter().position(|name| name.ends_with(PROBABILITY)).unwrap();
    values(&network.buffers()[at])[0]
}

#[test]
fn derivatives_are_exact() {
    let shape = Shape { channels: 3, height: 5, width: 3 };
    for (what, strengths) in [
        ("colour", Strengths { colour: 1.0, ..OFF }),
        ("translation", Strengths { translation: 0.4, ..OFF }),
        ("cutout", Strengths { cutout: 0.5, ..OFF }),
        ("all", Strengths::default()),
    ] {
        for probability in [0.5, 1.0] {
            let layers =
                vec![augmenting(strengths, probability), linear(4), LayerPlan::activation(Function::Tanh), linear(2)];
            let network = network_on(shape, layers, 1);
            assert_derivatives(what, &network, &training(), &noise("pictures", [3, shape.features()]));
        }
    }
}

#[test]
fn evaluation_sees_pictures_as_they_are() {
    let shape = Shape { channels: 1, height: 6, width: 6 };
    let network = network_on(shape, vec![augmenting(Strengths::default(), 1.0)], 1);
    let rows = noise("pictures", [4, shape.features()]);
    let seen = |pass: &Pass| values(&network.forward(rows.clone(), pass));
    assert_eq!(seen(&Pass { mode: Mode::Evaluate, ..training() }), values(&rows));
    assert_ne!(seen(&training()), values(&rows));
    assert_eq!(seen(&training()), seen(&training()), "a repeated pass is the same");
}

/// How many of these pictures lie at each of the columns that a point of light can be shifted to.
fn columns(pictures: &Tensor<2>, width: usize) -> Vec<usize> {
    let mut counts = vec![0; width];
    for picture in values(pictures).chunks(width) {
        counts[picture.iter().position(|value| *value > 0.5).unwrap()] += 1;
    }
    counts
}

#[test]
fn real_and_fake_rows_are_changed_alike_with_the_stated_probability() {
    const ROWS: usize = 12_000;
    const WIDTH: usize = 9;
    // One light in the middle, shifted by at most two pixels.
    let shape = Shape { channels: 1, height: 1, width: WIDTH };
    let light: Vec<f64> = (0..WIDTH).map(|column| if column == WIDTH / 2 { 1.0 } else { 0.0 }).collect();
    let rows = ganymede_testing::numbers::tensor(&light, [1, WIDTH]).repeat_dim(0, 2 * ROWS);
    for probability in [0.0, 0.3, 1.0] {
        let network = network_on(shape, vec![augmenting(Strengths { translation: 0.2, ..OFF }, probability)], 1);
        let seen = network.forward(rows.clone(), &training());
        for (what, half) in [("real", 0..ROWS), ("fake", ROWS..2 * ROWS)] {
            let counts = columns(&seen.clone().slice_dim(0, half), WIDTH);
            for (column, count) in counts.iter().enumerate() {
                let moved = if column.abs_diff(WIDTH / 2) <= 2 { probability / 5.0 } else { 0.0 };
                let expected = if column == WIDTH / 2 { moved + 1.0 - probability } else { moved };
                let deviation = (ROWS as f64 * expected * (1.0 - expected)).sqrt();
                let error = (*count as f64 - ROWS as f64 * expected).abs();
                assert!(error <= 4.5 * deviation, "{what}, p = {probability}, column {column}: {count} for {expected}");
            }
        }
    }
}

#[test]
fn both_phases_see_it_and_a_probability_of_zero_changes_no_bit() {
    let plain = || games::run(&pictures("non-saturating"), Vec::new()).unwrap();
    let (before, changed) = (plain().advance().unwrap(), run(fixed(1.0)).advance().unwrap());
    for term in ["discriminator/objective", "generator/objective"] {
        assert!((before[term] - changed[term]).abs() > 1e-6, "{term}: {before:?} {changed:?}");
    }
    for strategy in [fixed(0.0), adaptive(0.0, 1.0)] {
        let (mut without, mut with) = (plain(), run(strategy));
        for _ in 0..4 {
            without.advance().unwrap();
            with.advance().unwrap();
        }
        let parameters = |run: &Run| -> Vec<Vec<f64>> {
            let networks = [&run.state.generator.network, &run.state.discriminator.network];
            networks.iter().flat_map(|network| network.parameters()).map(values).collect()
        };
        assert_eq!(parameters(&without), parameters(&with), "what is reported is no part of the loss");
    }
}

#[test]
fn the_probability_follows_the_signs() {
    let mut directions = Vec::new();
    for (start, target) in [(0.2, -0.9), (0.9, -0.9), (0.5, 1.0), (0.05, 1.0), (0.5, 0.0)] {
        let mut run = run(adaptive(start, target));
        let (mut expected, mut signs): (f64, Vec<f64>) = (start, Vec::new());
        for step in 0..8 {
            let losses = run.advance().unwrap();
            let reported = losses["discriminator/augmentation/probability"];
            assert!((reported - expected).abs() < 1e-6, "step {step}: {reported} {expected}");
            signs.push(losses["discriminator/augmentation/sign"]);
            if signs.len() == 2 {
                let excess = f64::midpoint(signs[0], signs[1]) - target;
                let direction = if excess == 0.0 { 0.0 } else { excess.signum() };
                expected = (expected + 0.1 * direction).clamp(0.0, 1.0);
                directions.push(direction);
                signs.clear();
            }
            let found = probability(&run.state.discriminator.network);
            assert!((found - expected).abs() < 1e-6, "after step {step}: {found} {expected}");
        }
    }
    assert!(directions.contains(&1.0) && directions.contains(&-1.0), "it went both ways: {directions:?}");
    let mut fixed = run(fixed(0.4));
    for _ in 0..5 {
        assert!(!fixed.advance().unwrap().contains_key("discriminator/augmentation/probability"));
    }
    assert!((probability(&fixed.state.discriminator.network) - 0.4).abs() < 1e-6);
}

#[test]
fn a_saved_run_continues_to_the_bit() {
    for before in 1..=4 {
        assert_resumes_to_the_bit(|| run(adaptive(0.3, -0.99)), before);
    }
    let start = run(adaptive(0.3, -0.99));
    assert_eq!(bits(&start.state), bits(&run(adaptive(0.3, -0.99)).state));
}

#[test]
fn states_of_another_shape_are_refused_by_name() {
    let mut whole = run(adaptive(0.3, -0.99));
    whole.advance().unwrap();
    let good = whole.checkpoint();
    let spoilt: [fn(&mut ganymede_core::strategy::StrategyState); 4] = [
        |state| state.tensors[0].1 = Tensor::cat(vec![state.tensors[0].1.clone(); 2], 0),
        |state| state.tensors.clear(),
        |state| state.values["augmentation"]["updates"] = 0.into(),
        |state| state.values["augmentation"]["answers"] = "many".into(),
    ];
    whole.restore(&good).unwrap();
    for spoil in spoilt {
        let mut broken = good.clone();
        spoil(broken.strategies.as_mut().unwrap());
        let error = whole.restore(&broken).unwrap_err().to_string();
        assert!(error.contains("\"augmentation\""), "{error}");
    }
}

#[test]
fn what_it_cannot_work_with_is_refused_with_both_sides_named() {
    let refusal = |text: &str, strategy| games::run(text, vec![Entry::new("augmentation", strategy)]).err();
    let points = refusal(&ring(8, "[4]"), Augmentation::default()).unwrap();
    assert!(points.contains("\"augmentation\"") && points.contains("points of 2 features"), "{points}");
    for objective in ["wasserstein", "relativistic"] {
        let error = refusal(&pictures(objective), Augmentation::default()).unwrap();
        assert!(error.contains("\"augmentation\"") && error.contains(objective), "{error}");
        assert!(error.contains("adaptive = false"), "{error}");
        assert_eq!(refusal(&pictures(objective), fixed(1.0)), None);
    }
    for objective in ["non-saturating", "minimax", "least-squares", "hinge"] {
        assert_eq!(refusal(&pictures(objective), Augmentation::default()), None);
    }
}

#[test]
fn bad_keys_are_named() {
    let rows = [
        ("colour = -0.1", "colour"),
        ("colour = nan", "colour"),
        ("colour = 0\ntranslation = 0\ncutout = 0", "colour"),
        ("translation = 1.5", "translation"),
        ("cutout = inf", "cutout"),
        ("probability = 2", "probability"),
        ("target = -1.5", "target"),
        ("interval = 0", "interval"),
        ("pictures = 0", "pictures"),
        ("pictures = 1.5", "pictures"),
        ("adaptive = false\ntarget = 0.6", "target"),
        ("adaptive = false\ninterval = 4", "interval"),
        ("adaptive = false\npictures = 1000", "pictures"),
        ("adaptive = \"yes\"", "adaptive"),
        ("color = 1", "color"),
        ("signs = 1", "signs"),
    ];
    assert_keys_are_refused(&FACTORY, &rows);
}
