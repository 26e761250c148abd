//! The loop over the steps of a run, with a guard and observers around it.

use std::error::Error;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::guard::{Answer, DetectorReport, Guard, GuardError, Rollback};
use crate::run::Run;
use crate::step::{Losses, NotFinite, UnreadLosses};
use crate::strategy::StrategyStateError;

/// A run that stopped before its end.
#[derive(Debug, ThisError)]
pub enum TrainError {
    /// A loss is no longer a number.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// The samples cannot be checked, or a rollback cannot be made.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// A strategy does not return to what it remembered before a loss that is no longer a number.
    #[error("a loss is not finite, and the run cannot go back before it: {0}")]
    Strategy(#[from] StrategyStateError),
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
    /// The losses of the steps made since observers last saw the run, in order; none before the first and after a rollback.
    pub losses: &'a [Losses],
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
    /// The losses of the steps since observers last saw the run.
    pub losses: Vec<Losses>,
    /// The detector's report after these, if it looked.
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
    /// Called before the first step, after each rollback, and after each step that [`Observer::looks_at`], the guard or the end of
    /// the run asks for; after other steps whenever their losses are read. Breaking stops the run.
    ///
    /// # Errors
    ///
    /// Any error stops the run, as failed.
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>>;

    /// Whether it must see the run as it is now, after a step. Where it need not, the device is not waited for.
    fn looks_at(&self, run: &Run) -> bool {
        let _ = run;
        true
    }
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
        let mut read_singly_before = 0;
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
                    let due = |run: &Self| {
                        let step = run.state.step;
                        step >= run.steps
                            || guard.as_ref().is_some_and(|guard| guard.is_due(step))
                            || observers.iter().any(|observer| observer.looks_at(run))
                    };
                    let losses = self.advance_until(due, &mut read_singly_before)?;
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

    /// Makes steps until one after which `due` says that somebody looks, [`Run::read_every`] at most, and reads their losses.
    ///
    /// Where one of them is not finite, none of these steps counts: the run returns to where it was before them and makes them
    /// again, one by one up to the step before `read_singly_before`, so that it ends exactly where it would have ended had each
    /// loss been read before its update.
    fn advance_until(
        &mut self,
        due: impl Fn(&Self) -> bool,
        read_singly_before: &mut u64,
    ) -> Result<Vec<Losses>, TrainError> {
        if self.read_every > 1 && self.state.step >= *read_singly_before {
            let before = self.checkpoint();
            let mut unread: Vec<UnreadLosses> = Vec::new();
            while unread.is_empty() || (unread.len() as u64) < self.read_every && !due(self) {
                let inputs = self.next_inputs();
                unread.push(self.step.run_unread(&mut self.state, inputs, &mut self.chain));
            }
            let losses = UnreadLosses::read(unread);
            let Some(failed) = losses.iter().position(Option::is_none) else {
                return Ok(losses.into_iter().flatten().collect());
            };
            *read_singly_before = before.state.step + failed as u64 + 1;
            self.restore(&before)?;
        }
        Ok(vec![self.advance()?])
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
            let (losses, report) = (observed.losses.as_slice(), observed.report.as_ref());
            let snapshot = Snapshot { run: self, losses, guard, report, rollback };
            // Every observer sees the same steps, also the one at which another asks to stop.
            let answer =
                observer.observe(snapshot).map_err(|source| TrainError::Observer { step: self.state.step, source })?;
            if answer.is_break() {
                flow = answer;
            }
        }
        Ok(flow)
    }
}
