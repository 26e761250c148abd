//! `[detector]`: who watches a run for collapse, and what happens when it is found.

use ganymede_metrics::{DetectorConfig, MetricError, SignalOptions};
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};

/// Looks in a run, where the configuration does not give their distance: a collapse is then known within a twentieth of the run.
const LOOKS: u64 = 100;

/// ... and steps between two of them at least, for their cost is that of about two steps; a run of fewer than 500 steps has
/// [`FEWEST_LOOKS`].
const STEPS_A_LOOK: u64 = 50;

/// Looks in a short run.
const FEWEST_LOOKS: u64 = 10;

/// What to do when the generator has collapsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnCollapse {
    /// Write it into the records and continue.
    Ignore,
    /// Say so as well.
    #[default]
    Warn,
    /// End the run.
    Stop,
    /// Go back to where it was last healthy, with other noise and lower learning rates.
    Rollback,
}

/// The detector of a run, as configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectorSection {
    /// Steps between two looks, 0 for none. When left out a hundredth of the run, but at least 50, or a tenth of a run of
    /// fewer than 500 steps.
    pub every: Option<u64>,
    /// What to do about a collapse.
    pub on_collapse: OnCollapse,
    /// Rollbacks before the run is given up, at least 1.
    pub max_rollbacks: u32,
    /// Both learning rates are multiplied by this at each rollback, in `(0, 1]`.
    pub learning_rate_factor: f64,
    /// Looks at real samples before the first step, by which limits become wider where chance alone would pass them; 0 takes
    /// the limits as they are written.
    pub null_looks: u32,
    /// How samples become signals.
    pub signals: SignalOptions,
    /// How signals become a verdict.
    pub rule: DetectorConfig,
}

impl Default for DetectorSection {
    fn default() -> Self {
        Self {
            every: None,
            on_collapse: OnCollapse::default(),
            max_rollbacks: 3,
            learning_rate_factor: 0.5,
            null_looks: 16,
            signals: SignalOptions::default(),
            rule: DetectorConfig::default(),
        }
    }
}

impl DetectorSection {
    /// The same with every default spelled out for a run of `steps`.
    #[must_use]
    pub fn resolved(self, steps: u64) -> Self {
        let least = STEPS_A_LOOK.min(steps.div_ceil(FEWEST_LOOKS));
        Self { every: Some(self.every.unwrap_or_else(|| steps.div_ceil(LOOKS).max(least))), ..self }
    }

    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let (most, factor) = (self.max_rollbacks, self.learning_rate_factor);
        ensure(most >= 1, "max_rollbacks", most, "expected a whole number of at least 1")?;
        ensure(factor > 0.0 && factor <= 1.0, "learning_rate_factor", factor, "expected a number in (0, 1]")?;
        let watches = self.every != Some(0);
        let acts = matches!(self.on_collapse, OnCollapse::Stop | OnCollapse::Rollback);
        ensure(watches || !acts, "every", 0, "expected at least 1, since on_collapse says to act on what is seen")?;
        self.signals.check().map_err(|error| invalid("signals", error))?;
        self.rule.thresholds.check().map_err(|error| invalid("rule.thresholds", error))?;
        self.rule.check().map_err(|error| invalid("rule", error))
    }
}

/// A range error of the metrics as one of the configuration.
fn invalid(section: &str, error: MetricError) -> InvalidValue {
    match error {
        MetricError::OutOfRange { name, value, range } => InvalidValue::new(name, value, format!("expected {range}")),
        other => InvalidValue::new("", "(these values)", other.to_string()),
    }
    .within(section)
}
