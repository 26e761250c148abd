//! The distance of means, and whether the generator closes it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ganymede_core::chain::{Chain, Entry};
use ganymede_feature_matching::{FeatureMatching, distance_of_means};
use ganymede_testing::games::run;
use ganymede_testing::numbers::tensor;

#[test]
fn only_means_count() {
    let real = tensor(&[0.0, 1.0, 2.0, 5.0], [2, 2]);
    let rows = [
        (tensor(&[1.0, 3.0], [1, 2]), 0.0),
        (tensor(&[2.0, 5.0, 0.0, 1.0], [2, 2]), 0.0),
        (tensor(&[4.0, 7.0], [1, 2]), 25.0),
        (tensor(&[1.0, 3.0, 1.0, 3.0, 1.0, 0.0], [3, 2]), 1.0),
    ];
    for (fake, expected) in rows {
        let found = distance_of_means(real.clone(), fake.clone()).into_scalar::<f64>();
        assert!((found - expected).abs() < 1e-12, "{fake}: {found}");
    }
}

#[test]
fn the_generator_closes_the_distance_to_a_discriminator_that_stands_still() {
    let text = "steps = 300\nbatch_size = 128\n[data]\nkind = \"ring\"\nsamples = 600\n[latent]\nsize = 2\n\
                [generator]\nhidden = [8]\n[discriminator]\nhidden = [8]\n[optimizer.generator]\nlearning_rate = 1e-2\n\
                [optimizer.discriminator]\nlearning_rate = 1e-12\n";
    let mut run = run(text, Vec::new()).unwrap();
    // Heavy enough that the objective, which such a discriminator leads astray, does not count.
    run.chain = Chain::new(vec![Entry { weight: 1_000.0, ..Entry::new("feature-matching", FeatureMatching {}) }]);
    let mut term = || run.advance().unwrap()["generator/feature-matching"];
    let first: f64 = (0..10).map(|_| term()).sum();
    for _ in 0..200 {
        term();
    }
    let last: f64 = (0..10).map(|_| term()).sum();
    assert!(last < 0.5 * first, "{first} became {last}");
}
