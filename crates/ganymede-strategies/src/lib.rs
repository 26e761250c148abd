#![doc = include_str!("../README.md")]

use ganymede_core::registry::{Factory, Registry};

/// The strategies of this build, by name.
const FACTORIES: &[&Factory] = &[
    // registry:begin
    #[cfg(feature = "augmentation")]
    &ganymede_augmentation::FACTORY,
    #[cfg(feature = "conditional")]
    &ganymede_conditional::FACTORY,
    #[cfg(feature = "feature-matching")]
    &ganymede_feature_matching::FACTORY,
    #[cfg(feature = "gdpp")]
    &ganymede_gdpp::FACTORY,
    #[cfg(feature = "gradient-penalty")]
    &ganymede_gradient_penalty::FACTORY,
    #[cfg(feature = "historical-averaging")]
    &ganymede_historical_averaging::FACTORY,
    #[cfg(feature = "instance-noise")]
    &ganymede_instance_noise::FACTORY,
    #[cfg(feature = "label-smoothing")]
    &ganymede_label_smoothing::FACTORY,
    #[cfg(feature = "minibatch-discrimination")]
    &ganymede_minibatch_discrimination::FACTORY,
    #[cfg(feature = "minibatch-stddev")]
    &ganymede_minibatch_stddev::FACTORY,
    #[cfg(feature = "mode-seeking")]
    &ganymede_mode_seeking::FACTORY,
    #[cfg(feature = "multi-generator")]
    &ganymede_multi_generator::FACTORY,
    #[cfg(feature = "packing")]
    &ganymede_packing::FACTORY,
    #[cfg(feature = "replay")]
    &ganymede_replay::FACTORY,
    #[cfg(feature = "spectral-norm")]
    &ganymede_spectral_norm::FACTORY,
    #[cfg(feature = "unrolled")]
    &ganymede_unrolled::FACTORY,
    #[cfg(feature = "weight-noise")]
    &ganymede_weight_noise::FACTORY,
    // registry:end
];

/// The names of every strategy of the workspace, in this build or not, so that a missing one can be named.
pub const NAMES: &[&str] = &[
    // names:begin
    "augmentation",
    "conditional",
    "feature-matching",
    "gdpp",
    "gradient-penalty",
    "historical-averaging",
    "instance-noise",
    "label-smoothing",
    "minibatch-discrimination",
    "minibatch-stddev",
    "mode-seeking",
    "multi-generator",
    "packing",
    "replay",
    "spectral-norm",
    "unrolled",
    "weight-noise",
    // names:end
];

/// The registry of this build. [`Registry::with`] adds a strategy from elsewhere.
pub fn registry() -> Registry {
    Registry::new(FACTORIES, NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factory_has_a_known_name_and_describes_itself() {
        for factory in FACTORIES {
            assert!(NAMES.contains(&factory.name), "{}", factory.name);
            for text in [factory.summary, factory.paper, factory.equation] {
                assert!(!text.is_empty() && !text.contains('\n'), "{}: {text:?}", factory.name);
            }
        }
    }

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(NAMES.is_sorted_by(|first, second| first < second));
    }
}
