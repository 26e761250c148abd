//! From the verdicts of single observations to a state over time that changes only when several observations agree.

use serde::{Deserialize, Serialize};

use crate::outcome::Verdict;
use crate::verdict::{Judgement, Thresholds, judge};
use crate::{MetricError, Signals};

/// How many observations the detector needs before it changes its state.
///
/// The defaults are those with which `cargo xtask bench --suite detector` finds every collapse and raises no false alarm
/// (`xtask/results/detector`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DetectorConfig {
    /// The limits of each signal.
    pub thresholds: Thresholds,
    /// Consecutive observations at least as bad as a worse state before the detector moves to it; at least 1.
    pub patience: u32,
    /// Consecutive observations better than the state before the detector leaves it; at least 1.
    pub recovery: u32,
    /// A run that was never healthy is at worst suspect during its first `warm_up` observations.
    pub warm_up: u32,
    /// It is also at worst suspect for `progress_window` observations after its best one, so that slow starters are not
    /// called collapsed.
    pub progress_window: u32,
    /// By how much [`Judgement::health`] must rise to count as a new best, 0 to 1.
    pub progress: f64,
}

impl Default for DetectorConfig {
    fn default() -> Self {
        Self {
            thresholds: Thresholds::default(),
            patience: 2,
            recovery: 3,
            warm_up: 7,
            progress_window: 4,
            progress: 0.06,
        }
    }
}

impl DetectorConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] for the first field outside its range.
    pub fn check(&self) -> Result<(), MetricError> {
        self.thresholds.check()?;
        for (name, value) in [("patience", self.patience), ("recovery", self.recovery)] {
            if value == 0 {
                return Err(MetricError::out_of_range(name, &value, "at least 1"));
            }
        }
        if !(0.0..=1.0).contains(&self.progress) {
            return Err(MetricError::out_of_range("progress", &self.progress, "between 0 and 1"));
        }
        Ok(())
    }
}

/// The detector's state after one observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The state after the observation.
    pub verdict: Verdict,
    /// The state before it.
    pub before: Verdict,
    /// The state after the observation by [`Judgement::modes`] alone.
    pub modes: Verdict,
    /// The judgement of this observation alone.
    pub judgement: Judgement,
}

impl Observation {
    /// Whether the observation changed the state.
    pub fn changed(&self) -> bool {
        self.verdict != self.before
    }
}

/// A state that changes only when several consecutive verdicts agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    verdict: Verdict,
    /// The latest verdicts, newest last.
    recent: Vec<Verdict>,
}

impl State {
    const NEW: Self = Self { verdict: Verdict::Healthy, recent: Vec::new() };

    /// Adds a verdict.
    fn follow(&mut self, verdict: Verdict, config: &DetectorConfig) {
        self.recent.push(verdict);
        let kept = config.patience.max(config.recovery) as usize;
        self.recent.drain(..self.recent.len().saturating_sub(kept));
        self.verdict = self.next(config);
    }

    /// The state that the latest verdicts lead to.
    fn next(&self, config: &DetectorConfig) -> Verdict {
        let latest = |count: u32| {
            let count = count as usize;
            (self.recent.len() >= count).then(|| &self.recent[self.recent.len() - count..])
        };
        if let Some(mildest) = latest(config.patience).and_then(|recent| recent.iter().min())
            && *mildest > self.verdict
        {
            return *mildest;
        }
        if let Some(worst) = latest(config.recovery).and_then(|recent| recent.iter().max())
            && *worst < self.verdict
        {
            return *worst;
        }
        self.verdict
    }
}

/// Watches one run. Its whole state can be saved with serde, so a resumed run continues as if uninterrupted.
///
/// It starts healthy. It moves to a worse state after [`DetectorConfig::patience`] consecutive observations that are at
/// least that bad. After [`DetectorConfig::recovery`] consecutive observations that are all better than its state, it
/// moves to the worst of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    config: DetectorConfig,
    state: State,
    /// The state by [`Judgement::modes`] alone.
    modes: State,
    observations: u64,
    was_healthy: bool,
    best_health: f64,
    since_best: u32,
}

impl Detector {
    /// A detector without observations.
    ///
    /// # Errors
    /// Those of [`DetectorConfig::check`].
    pub fn new(config: DetectorConfig) -> Result<Self, MetricError> {
        config.check()?;
        Ok(Self {
            config,
            state: State::NEW,
            modes: State::NEW,
            observations: 0,
            was_healthy: false,
            best_health: 0.0,
            since_best: 0,
        })
    }

    /// The present state.
    pub fn verdict(&self) -> Verdict {
        self.state.verdict
    }

    /// The limits in force.
    pub fn thresholds(&self) -> &Thresholds {
        &self.config.thresholds
    }

    /// The number of observations so far.
    pub fn observations(&self) -> u64 {
        self.observations
    }

    /// Adds the signals of one observation. Without any signal of the samples the state stays as it is.
    pub fn observe(&mut self, signals: &Signals) -> Observation {
        let before = self.state.verdict;
        let judgement = judge(signals, &self.config.thresholds);
        self.observations += 1;
        if judgement.modes == Verdict::Inconclusive {
            return Observation { verdict: before, before, modes: self.modes.verdict, judgement };
        }
        if judgement.health > self.best_health + self.config.progress {
            self.best_health = judgement.health;
            self.since_best = 0;
        } else {
            self.since_best = self.since_best.saturating_add(1);
        }
        self.was_healthy |= judgement.modes == Verdict::Healthy;
        let worst = if self.may_be_starting() { Verdict::Suspect } else { Verdict::Collapsed };
        self.state.follow(judgement.verdict.min(worst), &self.config);
        self.modes.follow(judgement.modes.min(worst), &self.config);
        Observation { verdict: self.state.verdict, before, modes: self.modes.verdict, judgement }
    }

    /// Returns to the healthy state, as after a rollback. It still counts the earlier observations, and knows whether the
    /// run was ever healthy.
    pub fn reset(&mut self) {
        (self.state, self.modes) = (State::NEW, State::NEW);
    }

    /// Whether the run was never healthy, and is young or still improving.
    fn may_be_starting(&self) -> bool {
        !self.was_healthy
            && (self.observations <= u64::from(self.config.warm_up) || self.since_best < self.config.progress_window)
    }
}
