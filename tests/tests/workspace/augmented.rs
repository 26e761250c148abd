//! Augmentation beside every other strategy, on pictures: they work together, or the refusal names both.

use burn::tensor::Device;
use ganymede_tests::{SMALL, run, with_strategies};

use crate::stacking::{FORMS, ON_PICTURES};

/// Glyphs of 16 x 16 with small convolutional networks without batch norm.
const PICTURES: &str = "steps = 20\nbatch_size = 8\nseed = 5\n[data]\nkind = \"glyphs\"\nside = 16\nsamples = 50\n\
                        [latent]\nsize = 3\n[generator]\nkind = \"dcgan\"\nchannels = 2\nnorm = \"none\"\n\
                        [discriminator]\nkind = \"dcgan\"\nchannels = 2\nnorm = \"none\"\n";

#[test]
fn every_strategy_trains_beside_augmentation_in_either_order() {
    for form in ON_PICTURES {
        for other in FORMS {
            for order in [[form, other], [other, form]] {
                let mut run = run(&with_strategies(PICTURES, &order), Device::flex())
                    .unwrap_or_else(|error| panic!("{order:?}: {error}"));
                let first = run.state.discriminator.network.layers()[0].facts().name;
                assert_eq!(first, "augmentation", "{order:?}: it sees pictures before anything is added to them");
                for _ in 0..2 {
                    let losses = run.advance().unwrap();
                    assert!(losses.values().all(|loss| loss.is_finite()), "{order:?}: {losses:?}");
                }
            }
        }
    }
}

#[test]
fn points_are_refused_by_name() {
    for form in ON_PICTURES {
        let error = run(&with_strategies(SMALL, &[form]), Device::flex()).err().unwrap();
        for part in ["\"augmentation\"", "pictures", "points of 2 features", "remove the strategy"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
