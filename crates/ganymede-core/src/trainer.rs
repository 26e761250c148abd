//! The loop over the steps of a run, with a guard and observers around it.

use std::error::Error;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::guard::{Answer, DetectorReport, Guard, GuardError, Rollback};
use crate::run::Run;
use crate::step::{Losses, NotFinite};

/// A run that stopped before its end.
#[derive(Debug, ThisError)]
pub enum TrainError {
    /// A loss is no longer a number.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// The samples cannot be checked, or a rollback cannot be made.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// An observer failed.
    #[error("step {step}: {source}")]
    Observer {
        /// Steps made so far.
        step: u64,
        /// Its error.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What observers see; nothing in it can be changed.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    /// The run, before its first step or after one.
    pub run: &'a Run,
    /// The losses of the step just made; `None` before the first and after a rollback.
    pub losses: Option<&'a Losses>,
    /// The run's guard, where it has one, before it acts on its report.
    pub guard: Option<&'a Guard>,
    /// The detector's report, after a step at which it looked.
    pub report: Option<&'a DetectorReport>,
    /// The rollback just made; `None` after a step.
    pub rollback: Option<&'a Rollback>,
}

/// What the observers saw last. A resumed run shows it again first, so a checkpoint holds only what was known before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The losses of the step just made.
    pub losses: Option<Losses>,
    /// The detector's report after it, where it looked.
    pub report: Option<DetectorReport>,
}

/// How training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// All steps were made.
    Finished,
    /// An observer asked to stop.
    Stopped,
    /// The detector found a collapse, and the configuration says to stop then.
    Collapsed,
}

/// Watches a run: progress, records, samples, detector, checkpoints.
pub trait Observer {
    /// Called before the first step, after each, and after each rollback. Breaking stops the run.
    ///
    /// # Errors
    ///
    /// Any error stops the run, as failed.
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>>;
}

impl Run {
    /// Trains to the last step.
    ///
    /// # Errors
    ///
    /// [`TrainError`] when a loss is no longer finite or an observer fails. The state is that of the last good phase.
    pub fn train(&mut self, observers: &mut [&mut dyn Observer]) -> Result<RunEnd, TrainError> {
        self.train_guarded(None, observers)
    }

    /// Trains to the last step, with a guard that may stop the run or roll it back.
    ///
    /// # Errors
    ///
    /// As [`Run::train`], and when the samples that the guard draws are not finite.
    pub fn train_guarded(
        &mut self,
        guard: Option<&mut Guard>,
        observers: &mut [&mut dyn Observer],
    ) -> Result<RunEnd, TrainError> {
        self.train_from(&Observed::default(), guard, observers)
    }

    /// Trains to the last step, from the beginning or from where a saved run was loaded; the observers first see
    /// `observed` again.
    ///
    /// # Errors
    ///
    /// As [`Run::train_guarded`].
    pub fn train_from(
        &mut self,
        observed: &Observed,
        mut guard: Option<&mut Guard>,
        observers: &mut [&mut dyn Observer],
    ) -> Result<RunEnd, TrainError> {
        let mut flow = self.notify(guard.as_deref(), observers, observed, None)?;
        while flow.is_continue() {
            let answer = guard.as_deref_mut().map_or(Answer::Continue, Guard::answer);
            flow = match (answer, guard.as_deref_mut()) {
                (Answer::Stop, _) => return Ok(RunEnd::Collapsed),
                (Answer::RollBack, Some(guard)) => {
                    let rollback = guard.roll_back(self)?;
                    self.notify(Some(guard), observers, &Observed::default(), Some(&rollback))?
                }
                _ if self.state.step >= self.steps => return Ok(RunEnd::Finished),
                (_, guard) => {
                    let losses = Some(self.advance()?);
                    let (guard, report) = match guard {
                        Some(guard) => {
                            let report = guard.look(self)?;
                            (Some(&*guard), report)
                        }
                        None => (None, None),
                    };
                    self.notify(guard, observers, &Observed { losses, report }, None)?
                }
            };
        }
        Ok(RunEnd::Stopped)
    }

    fn notify(
        &self,
        guard: Option<&Guard>,
        observers: &mut [&mut dyn Observer],
        observed: &Observed,
        rollback: Option<&Rollback>,
    ) -> Result<ControlFlow<()>, TrainError> {
        let mut flow = ControlFlow::Continue(());
        for observer in observers {
            let (losses, report) = (observed.losses.as_ref(), observed.report.as_ref());
            let snapshot = Snapshot { run: self, losses, guard, report, rollback };
            // Every observer sees every step, also the one at which another asks to stop.
            let answer =
                observer.observe(snapshot).map_err(|source| TrainError::Observer { step: self.state.step, source })?;
            if answer.is_break() {
                flow = answer;
            }
        }
        Ok(flow)
    }
}
