//! Draws against the distributions' closed forms.

use crate::data::{DataConfig, Draw, Embedding, GridConfig, HighDimensionalConfig, Mixture, RingConfig};
use crate::random::Streams;

fn streams() -> Streams {
    Streams::new(3)
}

/// Draws, then checks each mode's share, mean and variance, each within five standard errors.
fn check_statistics(name: &str, mixture: &Mixture, count: usize) {
    let batch = mixture.draw(&mut streams().at(name, 0), count);
    let labels = batch.labels.unwrap();
    for mode in 0..mixture.modes() {
        let members: Vec<&[f32]> =
            (0..count).filter(|row| labels[*row] == mode).map(|row| batch.samples.row(row)).collect();
        let (weight, n, std) = (mixture.weights[mode], members.len() as f64, f64::from(mixture.stds[mode]));
        let share_error = (weight * (1.0 - weight) / count as f64).sqrt();
        assert!((n / count as f64 - weight).abs() <= 5.0 * share_error, "{name}: share of mode {mode}: {n}");
        for (feature, &center) in mixture.center(mode).iter().enumerate() {
            let differences = || members.iter().map(|row| f64::from(row[feature]) - f64::from(center));
            let mean = differences().sum::<f64>() / n;
            let variance = differences().map(|difference| difference.powi(2)).sum::<f64>() / n;
            assert!(mean.abs() < 5.0 * std / n.sqrt(), "{name}: mode {mode}, feature {feature}: mean off by {mean}");
            let deviation = (variance / std.powi(2) - 1.0).abs();
            assert!(deviation < 5.0 * (2.0 / n).sqrt(), "{name}: mode {mode}, feature {feature}: variance {variance}");
        }
    }
}

#[test]
fn draws_have_the_weights_means_and_variances_of_their_mixture() {
    let ring = RingConfig::default();
    let cases = [
        ("ring", ring.mixture()),
        ("wide ring", RingConfig { modes: 3, radius: 2.0, std: 0.5, ..ring.clone() }.mixture()),
        ("one mode", RingConfig { modes: 1, ..ring.clone() }.mixture()),
        ("unbalanced ring", RingConfig { modes: 4, weights: vec![10.0, 1.0, 5.0, 4.0], ..ring }.mixture()),
        ("grid", GridConfig::default().mixture()),
        ("oblong grid", GridConfig { rows: 2, columns: 3, spacing: 0.5, ..GridConfig::default() }.mixture()),
        ("three dimensions", Mixture::new(vec![0.0, 0.0, 0.0, 1.0, 2.0, 3.0], vec![0.1, 2.0], &[0.25, 0.75])),
    ];
    for (name, mixture) in cases {
        check_statistics(name, &mixture, 40_000);
    }
}

#[test]
fn a_ring_never_closes_on_itself() {
    for modes in [1, 2, 3, 8, 100] {
        let mixture = RingConfig { modes, radius: 2.0, ..RingConfig::default() }.mixture();
        assert_eq!(mixture.modes(), modes);
        let chord = 4.0 * (std::f64::consts::PI / modes as f64).sin();
        for mode in 0..modes {
            let (center, next) = (mixture.center(mode), mixture.center((mode + 1) % modes));
            assert!((center[0].hypot(center[1]) - 2.0).abs() < 1e-6);
            let distance = f64::from((center[0] - next[0]).hypot(center[1] - next[1]));
            assert!((distance - chord).abs() < 1e-5, "{modes} modes: {distance} for {chord}");
        }
    }
    assert_eq!(RingConfig::default().mixture().center(0), [1.0, 0.0]);
}

#[test]
fn the_default_grid_is_pacgans() {
    let mixture = GridConfig::default().mixture();
    let expected: Vec<f32> =
        (0..25).flat_map(|mode| [(mode % 5) as f32 * 2.0 - 4.0, (mode / 5) as f32 * 2.0 - 4.0]).collect();
    assert_eq!(mixture.centers, expected);
}

#[test]
fn the_radius_of_high_quality_holds_the_literatures_share_of_real_samples() {
    // A mode's share within three standard deviations: in the plane, and so above it; on the line it is larger.
    let share = |dimensions| if dimensions == 1 { 0.9973 } else { 1.0 - (-4.5_f64).exp() };
    for dimensions in [1, 2, 3, 10, 64, 700] {
        let mixture = Mixture::new(vec![0.0; dimensions], vec![0.5], &[]);
        let radius = 0.5 * mixture.high_quality_stds();
        let count = 6_000;
        let samples = mixture.draw(&mut streams().at("radius", dimensions as u64), count).samples;
        let length = |row: usize| samples.row(row).iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let within = (0..count).filter(|row| length(*row) <= radius).count() as f64 / count as f64;
        assert!((within - share(dimensions)).abs() < 0.006, "{dimensions} dimensions: {within}");
    }
    assert!((Mixture::new(vec![0.0; 2], vec![1.0], &[]).high_quality_stds() - 3.0).abs() < 1e-12);
}

fn dot(left: &[f32], right: &[f32]) -> f64 {
    left.iter().zip(right).map(|(left, right)| f64::from(*left) * f64::from(*right)).sum()
}

#[test]
fn an_embedding_keeps_lengths_and_angles_and_reaches_every_coordinate() {
    for (intrinsic, features) in [(1, 1), (1, 2), (3, 7), (20, 33), (700, 1_200)] {
        let embedding = Embedding::random(&mut streams().at("embedding", 0), intrinsic, features);
        let images: Vec<Vec<f32>> = (0..intrinsic.min(40))
            .map(|direction| {
                let mut row = vec![0.0; features];
                row[direction] = 1.0;
                embedding.rotate(&mut row);
                row
            })
            .collect();
        for (i, left) in images.iter().enumerate() {
            for (j, right) in images.iter().enumerate() {
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((dot(left, right) - expected).abs() < 1e-5, "{intrinsic} in {features}: {i}, {j}");
            }
        }
    }
}

#[test]
fn the_high_dimensional_mixture_is_thick_in_its_subspace_and_in_no_other_direction() {
    let config = HighDimensionalConfig::default();
    config.check().unwrap();
    let mixture = config.mixture(streams());
    assert_eq!((mixture.modes(), mixture.features, mixture.noise_dimensions()), (10, 1_200, 700));
    assert!((mixture.high_quality_stds() - 28.08).abs() < 0.01);

    // Centers: lengths and distances of a 700-dimensional standard normal.
    for mode in 0..10 {
        let center = mixture.center(mode);
        assert!((dot(center, center) / 700.0 - 1.0).abs() < 5.0 * (2.0_f64 / 700.0).sqrt());
        for other in 0..mode {
            assert!(dot(center, mixture.center(other)).abs() < 5.0 * 700.0_f64.sqrt());
        }
    }

    // Noise: the right length, and spread over all 1,200 coordinates.
    let batch = mixture.draw(&mut streams().at("high-dimensional", 0), 2_000);
    let labels = batch.labels.unwrap();
    let mut variances = vec![0.0; 1_200];
    for (row, label) in labels.iter().enumerate() {
        let sample = batch.samples.row(row);
        let noise: Vec<f32> = sample.iter().zip(mixture.center(*label)).map(|(value, center)| value - center).collect();
        let stds = dot(&noise, &noise).sqrt() / 0.1;
        assert!((stds - 700.0_f64.sqrt()).abs() < 5.0, "a sample lies {stds} standard deviations out");
        assert!(stds > 10.0, "VEEGAN's radius would hold a real sample");
        for (variance, value) in variances.iter_mut().zip(&noise) {
            *variance += f64::from(*value).powi(2) / 2_000.0 / 0.01;
        }
    }
    let (low, high) = variances.iter().fold((f64::MAX, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    assert!(low > 0.4 && high < 0.77, "variances of the coordinates from {low} to {high}; all alike would be 0.58");

    assert_ne!(mixture.centers, config.mixture(Streams::new(4)).centers, "another seed, another mixture");
    assert_eq!(mixture, config.mixture(streams()), "the same seed, the same mixture");
}

#[test]
fn a_fixed_set_and_fresh_draws_have_the_labels_of_their_modes() {
    for draw in [Draw::Fixed, Draw::Fresh] {
        let config = DataConfig::Ring(RingConfig { samples: 500, draw, ..RingConfig::default() });
        let dataset = config.build(".".as_ref(), streams()).unwrap();
        assert_eq!(dataset.rows(), (draw == Draw::Fixed).then_some(500));
        assert_eq!(dataset.classes(), Some(8));
        let mixture = dataset.mixture().unwrap();
        for batch in [dataset.batch(streams(), "real", 1, 200), dataset.oracle(streams(), 200)] {
            for (row, label) in batch.labels.as_ref().unwrap().iter().enumerate() {
                let (sample, center) = (batch.samples.row(row), mixture.center(*label));
                assert!((sample[0] - center[0]).hypot(sample[1] - center[1]) < 0.06);
            }
        }
    }
}
