//! Values that change over a run: learning rates and weights.

use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};

/// The shape of a schedule between its first and last step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// Straight line.
    Linear,
    /// Half a cosine wave, flat at both ends.
    #[default]
    Cosine,
    /// The same ratio each step.
    Exponential,
    /// A single jump at `until`.
    Step,
}

/// A multiplier that goes from 1 to `factor` between the steps `from` and `until`, after a linear warm-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// Shape between `from` and `until`.
    pub kind: ScheduleKind,
    /// Multiplier from `until` on; at least 0, and above 0 for `exponential`.
    pub factor: f64,
    /// Step at which the multiplier starts to move.
    pub from: u64,
    /// Step at which it has arrived; the run's last step when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Steps over which the multiplier first rises from 0 to 1; 0 for none.
    pub warmup: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { kind: ScheduleKind::default(), factor: 0.0, from: 0, until: None, warmup: 0 }
    }
}

impl Schedule {
    /// The same schedule with `until` spelled out for a run of `steps`. Of a run that ends before `from` it is the step after
    /// `from`, which the run never reaches, so that what was spelled out is still a schedule.
    #[must_use]
    pub fn resolved(self, steps: u64) -> Self {
        let end = steps.max(self.from.saturating_add(1));
        Self { until: Some(self.until.unwrap_or(end)), ..self }
    }

    /// The multiplier at a step.
    pub fn at(&self, step: u64) -> f64 {
        let warmup = if step < self.warmup { (step + 1) as f64 / self.warmup as f64 } else { 1.0 };
        let until = self.until.unwrap_or(u64::MAX);
        let progress = if step < self.from {
            0.0
        } else if step >= until {
            1.0
        } else {
            (step - self.from) as f64 / (until - self.from) as f64
        };
        let shape = match self.kind {
            ScheduleKind::Linear => 1.0 + (self.factor - 1.0) * progress,
            ScheduleKind::Cosine => {
                self.factor + (1.0 - self.factor) * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
            }
            ScheduleKind::Exponential => self.factor.powf(progress),
            ScheduleKind::Step => {
                if progress < 1.0 {
                    1.0
                } else {
                    self.factor
                }
            }
        };
        warmup * shape
    }

    /// Checks the values.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] that names the key.
    pub fn check(&self) -> Result<(), InvalidValue> {
        ensure(
            self.factor.is_finite() && self.factor >= 0.0,
            "factor",
            self.factor,
            "expected a number of at least 0",
        )?;
        ensure(
            self.kind != ScheduleKind::Exponential || self.factor > 0.0,
            "factor",
            self.factor,
            "expected a number above 0, as an exponential schedule never reaches 0",
        )?;
        let until = self.until.unwrap_or(u64::MAX);
        ensure(until > self.from, "until", until, &format!("expected a step after from = {}", self.from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_start_at_one_and_end_at_the_factor() {
        for kind in [ScheduleKind::Linear, ScheduleKind::Cosine, ScheduleKind::Exponential, ScheduleKind::Step] {
            let schedule = Schedule { kind, factor: 0.1, from: 100, until: Some(200), warmup: 10 };
            let rows = [(0, 0.1), (4, 0.5), (10, 1.0), (99, 1.0), (100, 1.0), (200, 0.1), (10_000, 0.1)];
            for (step, expected) in rows {
                assert!((schedule.at(step) - expected).abs() < 1e-12, "{kind:?} at {step}: {}", schedule.at(step));
            }
            let middle = schedule.at(150);
            let expected = match kind {
                ScheduleKind::Linear | ScheduleKind::Cosine => 0.55,
                ScheduleKind::Exponential => 0.1_f64.sqrt(),
                ScheduleKind::Step => 1.0,
            };
            assert!((middle - expected).abs() < 1e-12, "{kind:?}: {middle}");
        }
    }

    #[test]
    fn what_is_spelled_out_is_a_schedule_and_changes_nothing_within_the_run() {
        for (from, until, steps, end) in [
            (0, None, 100, 100),
            (50, None, 100, 100),
            (100, None, 100, 101),
            (8_000, None, 1, 8_001),
            (8_000, Some(9_000), 1, 9_000),
        ] {
            let schedule = Schedule { factor: 0.1, from, until, ..Schedule::default() };
            let resolved = schedule.clone().resolved(steps);
            assert_eq!((resolved.until, resolved.check()), (Some(end), Ok(())), "{from} in {steps} steps");
            assert_eq!(resolved.clone().resolved(steps), resolved, "{from} in {steps} steps");
            if from >= steps {
                assert!((0..steps).all(|step| (resolved.at(step) - 1.0).abs() < 1e-12), "{from} in {steps} steps");
            }
        }
    }
}
