//! What a step takes from the host: rows of the data and the noise of latents. Both are functions of the streams and the step
//! alone, so they can be made on any thread and before they are needed.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::batch::{Batch, Targets};
use crate::data::{Dataset, LabelledMatrix, Resident, StoredBatch};
use crate::latent::LatentConfig;
use crate::network::plan::Routing;
use crate::random::Streams;
use crate::step::Step;
use crate::step::batches::Examples;

/// What decides the inputs of every step of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InputPlan {
    streams: Streams,
    /// Rows of a batch.
    rows: usize,
    /// Batches of a step.
    batches: u64,
    /// Draws of latents in a step, and what a step adds to the number of a draw.
    draws: u64,
    stride: u64,
    latent: LatentConfig,
    /// What rows are gathered from on the device, where that is done.
    resident: Option<Arc<Resident>>,
}

/// The inputs of a step on the host.
#[derive(Debug)]
pub(crate) struct HostInputs {
    batches: Vec<HostRows>,
    noise: Vec<Vec<f32>>,
}

/// Rows of the data, as values or by where they are stored.
#[derive(Debug)]
enum HostRows {
    Values(LabelledMatrix),
    Stored(StoredBatch, Arc<Resident>),
}

/// The inputs of a step on the device.
#[derive(Debug)]
pub struct Inputs {
    /// The real rows of every batch, with their targets.
    pub(super) examples: Vec<Examples>,
    /// The noise of every draw of latents, `[rows, latent]`.
    pub(super) noise: Vec<Tensor<2>>,
}

impl InputPlan {
    pub(crate) fn make(&self, data: &Dataset, step: u64) -> HostInputs {
        let batch = |index| {
            let resident = self.resident.as_ref();
            let stored = resident.and_then(|resident| {
                let batch = data.stored_batch(self.streams, "batch", index, self.rows)?;
                Some(HostRows::Stored(batch, Arc::clone(resident)))
            });
            stored.unwrap_or_else(|| HostRows::Values(data.batch(self.streams, "batch", index, self.rows)))
        };
        let noise = |draw| self.latent.values(&mut self.streams.at("latents", step * self.stride + draw), self.rows);
        let first = step * self.batches;
        HostInputs {
            batches: (first..first + self.batches).map(batch).collect(),
            noise: (0..self.draws).map(noise).collect(),
        }
    }
}

impl Step {
    /// What decides the inputs of every step, with what rows are gathered from on the device.
    pub(crate) fn input_plan(&self, resident: Option<Arc<Resident>>) -> InputPlan {
        let phases = || self.phases.iter();
        InputPlan {
            streams: self.streams,
            rows: self.plan.batch_size,
            batches: phases().map(|phase| phase.batch as u64 + 1).max().unwrap_or(0),
            draws: phases().map(|phase| phase.draw + 1).max().unwrap_or(0),
            stride: self.phases.len() as u64,
            latent: self.latent.clone(),
            resident,
        }
    }

    /// The inputs of a step, made here and now.
    pub fn inputs(&self, data: &Dataset, step: u64) -> Inputs {
        self.upload(self.input_plan(None).make(data, step))
    }

    /// Brings inputs to the device; targets of real rows are ones, those of fake rows zeros.
    pub(crate) fn upload(&self, host: HostInputs) -> Inputs {
        let logits = [self.plan.batch_size / self.plan.samples_per_logit, 1];
        let targets = || Targets { real: self.place.full(logits, 1.0), fake: self.place.full(logits, 0.0) };
        let batches = host.batches.into_iter().map(|rows| self.real_batch(rows));
        let noise = host.noise.into_iter();
        Inputs {
            examples: batches.map(|real| Examples { real, targets: targets() }).collect(),
            noise: noise.map(|noise| self.place.tensor(noise, [self.plan.batch_size, self.latent.size])).collect(),
        }
    }

    /// A batch of real rows; sorted by class where a network shares them out so.
    fn real_batch(&self, rows: HostRows) -> Batch {
        let (samples, labels) = match rows {
            HostRows::Values(host) => {
                let shape = [host.rows(), self.plan.shape.features()];
                (self.place.tensor(host.samples.values, shape), host.labels)
            }
            HostRows::Stored(stored, resident) => (resident.gather(&stored), stored.labels),
        };
        let batch = Batch { samples, labels: labels.filter(|_| self.plan.labelled), generators: None };
        let by_class = [self.plan.generator.routing, self.plan.discriminator.routing].contains(&Routing::ByClass);
        match batch.label_order().filter(|_| by_class) {
            Some(order) => batch.select(&order),
            None => batch,
        }
    }
}
