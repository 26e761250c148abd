//! The strategy's keys.

use ganymede_core::config::RunLength;
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::registry::Configurable;
use serde::{Deserialize, Serialize};

use crate::Augmentation;

/// Share of positive signs that the adaptive probability is steered to: Karras et al. 2020, section 3.1 (0.6).
pub(crate) const TARGET: f64 = 0.6;

/// Updates of the discriminator between two moves of the probability: Karras et al. 2020, section 3.1 ("once every four
/// minibatches").
pub(crate) const INTERVAL: u64 = 4;

/// Real pictures in which the probability can rise from 0 to 1: Karras et al. 2020, section 3.1 ("500k images").
pub(crate) const PICTURES: u64 = 500_000;

/// How strong the transformations are, in `DiffAugment`'s own units (Zhao et al. 2020, section 4 and its code).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strengths {
    /// Strength of the three changes of colour; 1 is the paper's, 0 is none.
    pub colour: f64,
    /// The farthest shift, as a share of each side.
    pub translation: f64,
    /// The side of the hole, as a share of each side.
    pub cutout: f64,
}

impl Default for Strengths {
    fn default() -> Self {
        Self { colour: 1.0, translation: 0.125, cutout: 0.5 }
    }
}

impl Configurable for Augmentation {
    fn check(&self) -> Result<(), InvalidValue> {
        let share = "expected a share of each side from 0 (none) to 1";
        for (key, value, expected) in [
            ("colour", self.colour, "expected a strength from 0 (none) to 1 (the paper's)"),
            ("translation", self.translation, share),
            ("cutout", self.cutout, share),
            ("probability", self.probability.unwrap_or(0.0), "expected a probability from 0 to 1"),
        ] {
            ensure((0.0..=1.0).contains(&value), key, value, expected)?;
        }
        let nothing = self.colour == 0.0 && self.translation == 0.0 && self.cutout == 0.0;
        ensure(
            !nothing,
            "colour",
            self.colour,
            "colour, translation and cutout are all 0; give one of them, or remove the strategy",
        )?;
        let unused = "a fixed probability (adaptive = false) does not use it; leave it out";
        if let Some(target) = self.target {
            ensure(self.adaptive, "target", target, unused)?;
            ensure((-1.0..=1.0).contains(&target), "target", target, "expected a mean sign from -1 to 1, such as 0.6")?;
        }
        if let Some(interval) = self.interval {
            ensure(self.adaptive, "interval", interval, unused)?;
            ensure((1..=1_000_000).contains(&interval), "interval", interval, "expected 1 to 1000000 updates")?;
        }
        if let Some(pictures) = self.pictures {
            ensure(self.adaptive, "pictures", pictures, unused)?;
            let expected = "expected 1 to 1000000000000 pictures";
            ensure((1..=1_000_000_000_000).contains(&pictures), "pictures", pictures, expected)?;
        }
        Ok(())
    }

    fn resolved(self, _: RunLength) -> Self {
        Self {
            probability: Some(self.first_probability()),
            target: self.target.or(self.adaptive.then_some(TARGET)),
            interval: self.interval.or(self.adaptive.then_some(INTERVAL)),
            pictures: self.pictures.or(self.adaptive.then_some(PICTURES)),
            ..self
        }
    }
}
