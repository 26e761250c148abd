//! Checks the generator at intervals, reports a collapse and can roll the run back.
//!
//! It does not know where the modes are: it uses a fixed sample of real rows, the same latents each time, and the
//! discriminator's accuracy. What chance alone does it learns from real samples, drawn anew, before the first step. Looking
//! changes nothing; only a rollback changes the run.

use std::ops::Range;

use ganymede_metrics::{
    Detector, DetectorConfig, MatrixView, MetricError, Observation, Reference, Signals, Thresholds, Verdict,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::batch::Batch;
use crate::checkpoint::{Checkpoint, CheckpointState};
use crate::config::{DetectorSection, OnCollapse};
use crate::data::{LabelledMatrix, Matrix};
use crate::network::Pass;
use crate::network::plan::Routing;
use crate::random::Streams;
use crate::run::Run;
use crate::sampling::{Generated, NotFiniteSample, SampleRequest, host_values};
use crate::step::{Step, logit};
use crate::store::{StoreError, TensorFile};
use crate::strategy::StrategyStateError;

/// What the detector found after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorReport {
    /// Steps made.
    pub step: u64,
    /// The signals.
    pub signals: Signals,
    /// What the detector concluded from them.
    pub observation: Observation,
}

/// How a run came back to an earlier step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// The step at which the collapse was found.
    pub from: u64,
    /// The step that the run went back to.
    pub to: u64,
    /// Which rollback of the run this is, counted from 1.
    pub number: u32,
    /// The factor on the configured learning rates after it.
    pub learning_rate_factor: f64,
}

/// What should happen to the run after a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It continues.
    Continue,
    /// It ends.
    Stop,
    /// It returns to where it was last healthy.
    RollBack,
}

/// Why a guard cannot work.
#[derive(Debug, Error)]
pub enum GuardError {
    /// The generator makes samples that are not numbers.
    #[error(transparent)]
    NotFinite(#[from] NotFiniteSample),
    /// The samples cannot be measured.
    #[error("the detector cannot look at the samples: {0}")]
    Metric(#[from] MetricError),
    /// The run cannot go back.
    #[error("the run cannot be rolled back: {0}")]
    Strategy(#[from] StrategyStateError),
}

/// Watches one run.
pub struct Guard {
    config: DetectorSection,
    every: u64,
    reference: Reference,
    real: LabelledMatrix,
    request: SampleRequest,
    detector: Detector,
    original: Step,
    healthy: Checkpoint,
    rollbacks: u32,
    /// Whether the latest report has not been acted on yet.
    unanswered: bool,
}

/// What a guard remembers besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardState {
    detector: Detector,
    rollbacks: u32,
    unanswered: bool,
    /// Where the run was last healthy; only where it may be rolled back.
    healthy: Option<CheckpointState>,
}

/// Rows that the looks at real samples draw from, in sets of [`ganymede_metrics::SignalOptions::rows`]: two a look, and as
/// many to choose from.
const NULL_SETS: usize = 4;

/// The prefix of the names of the healthy checkpoint's tensors.
const HEALTHY: &str = "healthy.";

impl Guard {
    /// A guard for a run before its first step; `None` when the configuration wants none.
    ///
    /// # Errors
    ///
    /// [`GuardError::Metric`] when the real data cannot serve as a reference: too few rows, or all the same.
    pub fn new(config: &DetectorSection, run: &Run) -> Result<Option<Self>, GuardError> {
        let config = config.clone().resolved(run.steps);
        let Some(every) = config.every.filter(|every| *every > 0) else { return Ok(None) };
        let streams = run.step.streams.derive("detector");
        let real = run.data.oracle(streams, config.signals.rows);
        let reference = Reference::new(view(&real.samples)?, config.signals)?;
        let request = SampleRequest { count: config.signals.rows, label: None, generator: None, streams };
        let detector = Detector::new(DetectorConfig { thresholds: thresholds(&config, run, streams)?, ..config.rule })?;
        let (original, healthy) = (run.step.clone(), run.checkpoint());
        Ok(Some(Self {
            config,
            every,
            reference,
            real,
            request,
            detector,
            original,
            healthy,
            rollbacks: 0,
            unanswered: false,
        }))
    }

    /// What happens when the generator has collapsed.
    pub fn on_collapse(&self) -> OnCollapse {
        self.config.on_collapse
    }

    /// The present state of the generator.
    pub fn verdict(&self) -> Verdict {
        self.detector.verdict()
    }

    /// Rollbacks so far.
    pub fn rollbacks(&self) -> u32 {
        self.rollbacks
    }

    /// Whether a check is due after this step.
    pub(crate) fn is_due(&self, step: u64) -> bool {
        step.is_multiple_of(self.every)
    }

    /// Checks the run when a check is due, and remembers it where it is healthy.
    pub(crate) fn look(&mut self, run: &Run) -> Result<Option<DetectorReport>, GuardError> {
        let step = run.state.step;
        if !self.is_due(step) {
            return Ok(None);
        }
        let fake = run.sample(&self.request);
        fake.check_finite()?;
        let mut signals = self.reference.signals(view(&fake.samples)?)?;
        if let Some((accuracy, real_called_real)) = discriminator_accuracy(run, &self.real, &fake) {
            signals.discriminator_accuracy = Some(accuracy);
            signals.real_called_real = Some(real_called_real);
        }
        let observation = self.detector.observe(&signals);
        let healthy = [observation.modes, observation.judgement.modes] == [Verdict::Healthy; 2];
        self.unanswered = true;
        if healthy && self.config.on_collapse == OnCollapse::Rollback {
            self.healthy = run.checkpoint();
        }
        Ok(Some(DetectorReport { step, signals, observation }))
    }

    /// What should happen after the latest report; each report is answered once.
    pub(crate) fn answer(&mut self) -> Answer {
        if !std::mem::take(&mut self.unanswered) {
            return Answer::Continue;
        }
        match (self.detector.verdict(), self.config.on_collapse) {
            (Verdict::Collapsed, OnCollapse::Rollback) if self.rollbacks < self.config.max_rollbacks => {
                Answer::RollBack
            }
            (Verdict::Collapsed, OnCollapse::Stop | OnCollapse::Rollback) => Answer::Stop,
            _ => Answer::Continue,
        }
    }

    /// Returns the run to where it was last healthy (or to its start, if it never was), with new noise and with
    /// learning rates lower than in every earlier attempt.
    pub(crate) fn roll_back(&mut self, run: &mut Run) -> Result<Rollback, GuardError> {
        let from = run.state.step;
        run.restore(&self.healthy)?;
        self.rollbacks += 1;
        let learning_rate_factor = self.slowdown();
        run.step = self.original.retried(self.rollbacks, learning_rate_factor);
        self.detector.reset();
        Ok(Rollback { from, to: run.state.step, number: self.rollbacks, learning_rate_factor })
    }

    /// Adds the tensors that it remembers to a file, and returns everything else.
    pub(crate) fn save(&self, file: &mut TensorFile) -> GuardState {
        let rolls_back = self.config.on_collapse == OnCollapse::Rollback;
        GuardState {
            detector: self.detector.clone(),
            rollbacks: self.rollbacks,
            unanswered: self.unanswered,
            healthy: rolls_back.then(|| self.healthy.save(HEALTHY, file)),
        }
    }

    /// Takes on what a guard of the same run remembered, and sets the run to the attempt that it was in.
    pub(crate) fn load(&mut self, run: &mut Run, file: &TensorFile, saved: &GuardState) -> Result<(), StoreError> {
        if let Some(healthy) = &saved.healthy {
            self.healthy = Checkpoint::load(HEALTHY, file, healthy, &run.state, &run.step.place)?;
        }
        self.detector = saved.detector.clone();
        self.rollbacks = saved.rollbacks;
        self.unanswered = saved.unanswered;
        run.step = match self.rollbacks {
            0 => self.original.clone(),
            attempt => self.original.retried(attempt, self.slowdown()),
        };
        Ok(())
    }

    /// The limits in force, which are wider than the configured ones where chance would pass those.
    pub fn thresholds(&self) -> &Thresholds {
        self.detector.thresholds()
    }

    /// The factor on the configured learning rates in the present attempt.
    fn slowdown(&self) -> f64 {
        self.config.learning_rate_factor.powi(self.rollbacks.cast_signed())
    }
}

/// The limits as configured, wider where real samples would pass them by chance.
fn thresholds(config: &DetectorSection, run: &Run, streams: Streams) -> Result<Thresholds, MetricError> {
    let written = config.rule.thresholds;
    if config.null_looks == 0 {
        return Ok(written);
    }
    let real = run.data.oracle(streams.derive("null"), NULL_SETS * config.signals.rows);
    let null = Reference::null(view(&real.samples)?, config.signals, config.null_looks as usize)?;
    Ok(written.widened(&null))
}

fn view(samples: &Matrix) -> Result<MatrixView<'_>, MetricError> {
    MatrixView::new(&samples.values, samples.rows(), samples.features)
}

/// The share of real and fake rows that the discriminator classifies correctly, and the share of real rows that it
/// takes for real; `None` where its logits have no boundary.
fn discriminator_accuracy(run: &Run, real: &LabelledMatrix, fake: &Generated) -> Option<(f64, f64)> {
    let boundary = run.step.plan.objective.boundary()?;
    let above = |samples: &Matrix, labels: Option<&Vec<usize>>| {
        let logits = logits(run, samples, labels);
        logits.iter().filter(|logit| f64::from(**logit) > boundary).count() as f64 / logits.len() as f64
    };
    let real = above(&real.samples, real.labels.as_ref());
    let fake = above(&fake.samples, fake.labels.as_ref());
    Some((f64::midpoint(real, 1.0 - fake), real))
}

/// The discriminator's logits in evaluation mode, on batches as it sees them in training: as large, and in the samples' own
/// order, since layers that compare rows depend on both. Rows left over from the last full group of a logit are left out.
fn logits(run: &Run, samples: &Matrix, labels: Option<&Vec<usize>>) -> Vec<f32> {
    let plan = &run.step.plan;
    let rows = samples.rows() / plan.samples_per_logit * plan.samples_per_logit;
    let labels = labels.filter(|_| plan.labelled);
    let batches = (0..rows).step_by(plan.batch_size).map(|first| first..rows.min(first + plan.batch_size));
    batches.flat_map(|batch| logits_of_batch(run, samples, labels, batch)).collect()
}

fn logits_of_batch(run: &Run, samples: &Matrix, labels: Option<&Vec<usize>>, batch: Range<usize>) -> Vec<f32> {
    let (plan, rows) = (&run.step.plan, batch.len());
    let values = samples.values[batch.start * samples.features..batch.end * samples.features].to_vec();
    let labels = labels.map(|labels| labels[batch].to_vec());
    let batch = Batch { samples: run.step.place.tensor(values, [rows, samples.features]), labels, generators: None };
    let order = batch.label_order().filter(|_| plan.discriminator.routing == Routing::ByClass);
    let batch = order.map_or_else(|| batch.clone(), |order| batch.select(&order));
    let groups = plan.discriminator.groups(rows, batch.labels.as_deref());
    let pass = Pass::evaluate().with_labels(batch.labels).with_groups(groups);
    host_values(logit(&run.state.discriminator.network.forward(batch.samples, &pass)))
}
