//! What the configurations of all synthetic mixtures share: how points are drawn, and checks of their numbers.

use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};

/// Whether training sees one set of points again and again, or new ones at every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Draw {
    /// A set of `samples` points is drawn once and walked in epochs, each in a new order, as PacGAN does.
    #[default]
    Fixed,
    /// Every batch is drawn afresh from the mixture; `samples` is not used.
    Fresh,
}

/// The most values that a synthetic set may hold: 4 GiB of single precision.
const MAXIMUM_VALUES: usize = 1 << 30;

/// The most modes of a synthetic mixture.
pub(super) const MAXIMUM_MODES: usize = 1 << 20;

/// A length above 0, far enough from the limits of single precision that no coordinate overflows or vanishes.
pub(super) fn check_positive(key: &str, value: f64) -> Result<(), InvalidValue> {
    ensure((1e-30..=1e30).contains(&value), key, value, "expected a number above 0, from 1e-30 to 1e30")
}

/// A count of modes, or of rows or columns of modes.
pub(super) fn check_modes(key: &str, modes: usize) -> Result<(), InvalidValue> {
    ensure(
        (1..=MAXIMUM_MODES).contains(&modes),
        key,
        modes,
        &format!("expected at least 1 and at most {MAXIMUM_MODES} modes"),
    )
}

/// One weight above 0 for each mode, or none at all for equal ones.
pub(super) fn check_weights(weights: &[f64], modes: usize) -> Result<(), InvalidValue> {
    ensure(
        weights.is_empty() || weights.len() == modes,
        "weights",
        format_args!("[{} numbers]", weights.len()),
        &format!("expected one weight for each of the {modes} modes, or an empty list for equal weights"),
    )?;
    for (mode, weight) in weights.iter().enumerate() {
        ensure(
            *weight > 0.0 && weight.is_finite(),
            &format!("weights.{mode}"),
            weight,
            "expected a finite number above 0; leave a mode out by lowering the number of modes",
        )?;
    }
    ensure(
        weights.iter().sum::<f64>().is_finite(),
        "weights",
        "[sum overflows]",
        "expected weights with a finite sum: only their ratios count, so scale them down",
    )
}

/// A number of samples whose values fit into memory.
pub(super) fn check_samples(samples: usize, features: usize) -> Result<(), InvalidValue> {
    let maximum = MAXIMUM_VALUES / features.max(1);
    ensure(
        (1..=maximum).contains(&samples),
        "samples",
        samples,
        &format!("expected 1 to {maximum} points of {features} coordinates; draw = \"fresh\" needs no stored set"),
    )
}
