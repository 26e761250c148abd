//! A run at one moment, as tensors and a small JSON value: what it takes to go on as if nothing had been.
//!
//! Random numbers are functions of seed, purpose and step, so no random state is among it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::guard::{Guard, GuardRecord};
use crate::network::Network;
use crate::optimizer::OptimizerState;
use crate::place::Place;
use crate::step::State;
use crate::store::{StoreError, TensorFile};
use crate::strategy::{Networks, Record, RecordError, Strategy};
use crate::trainer::Run;

/// Everything that training has changed, at one moment. Tensors are shared with the run, so it costs little to keep.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The networks, their optimisers and the step.
    pub state: State,
    /// The strategies' records.
    pub record: Option<Record>,
}

/// What a [`Checkpoint`] holds besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRecord {
    /// Steps made.
    pub step: u64,
    generator_optimizer: OptimizerRecord,
    discriminator_optimizer: OptimizerRecord,
    averaged: bool,
    strategies: Option<StrategiesRecord>,
}

/// What an optimiser's state holds besides tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OptimizerRecord {
    updates: u64,
    /// Lists of moments: none before the first update.
    moments: usize,
}

/// What the strategies' records hold besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrategiesRecord {
    values: Value,
    /// The names of the tensors, in order.
    tensors: Vec<String>,
}

/// What a run holds besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// The run itself.
    pub run: CheckpointRecord,
    /// Its guard, where it has one.
    pub guard: Option<GuardRecord>,
}

/// A saved run that cannot be gone on with.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// A tensor is missing or has another shape.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A strategy's record does not fit.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The run has a guard and the file none, or the other way round.
    #[error("it was saved {saved} a detector, and the configuration wants {wanted}")]
    Guard {
        /// `with` or `without`.
        saved: &'static str,
        /// `one` or `none`.
        wanted: &'static str,
    },
}

impl Checkpoint {
    /// Adds the tensors to a file, each name after `prefix`, and gives what is not a tensor.
    pub fn save(&self, prefix: &str, file: &mut TensorFile) -> CheckpointRecord {
        let state = &self.state;
        file.push_network(&format!("{prefix}generator."), &state.networks.generator);
        file.push_network(&format!("{prefix}discriminator."), &state.networks.discriminator);
        if let Some(average) = &state.average {
            file.push_network(&format!("{prefix}average."), average);
        }
        let mut optimizer = |name: &str, network: &Network, state: &OptimizerState| {
            let (names, _) = network.names();
            for (list, moments) in state.moments.iter().enumerate() {
                for (parameter, moment) in names.iter().zip(&network.split_members(moments)) {
                    file.push(format!("{prefix}{name}.{list}.{parameter}"), moment);
                }
            }
            OptimizerRecord { updates: state.updates, moments: state.moments.len() }
        };
        let generator_optimizer =
            optimizer("generator_optimizer", &state.networks.generator, &state.generator_optimizer);
        let discriminator_optimizer =
            optimizer("discriminator_optimizer", &state.networks.discriminator, &state.discriminator_optimizer);
        let strategies = self.record.as_ref().map(|record| {
            for (name, tensor) in &record.tensors {
                file.push(format!("{prefix}strategies.{name}"), tensor);
            }
            let tensors = record.tensors.iter().map(|(name, _)| name.clone()).collect();
            StrategiesRecord { values: record.values.clone(), tensors }
        });
        CheckpointRecord {
            step: state.step,
            generator_optimizer,
            discriminator_optimizer,
            averaged: state.average.is_some(),
            strategies,
        }
    }

    /// Reads what [`Checkpoint::save`] has added. `like` is any state of the same run.
    ///
    /// # Errors
    ///
    /// [`StoreError`] that names a tensor that is missing or has another shape than the run's.
    pub fn load(
        prefix: &str,
        file: &TensorFile,
        record: &CheckpointRecord,
        like: &State,
        place: &Place,
    ) -> Result<Self, StoreError> {
        let network = |name: &str, like: &Network| file.network(&format!("{prefix}{name}."), like, place);
        let networks = Networks {
            generator: network("generator", &like.networks.generator)?,
            discriminator: network("discriminator", &like.networks.discriminator)?,
        };
        let average = record.averaged.then(|| network("average", &like.networks.generator)).transpose()?;
        let optimizer = |name: &str, network: &Network, record: OptimizerRecord| {
            let (names, _) = network.names();
            let tensor = |list: usize, (parameter, like): (&String, &burn::tensor::Tensor<2>)| {
                file.tensor(&format!("{prefix}{name}.{list}.{parameter}"), like.dims(), place)
            };
            let like = network.split_members(network.parameters());
            let list = |list| names.iter().zip(&like).map(|pair| tensor(list, pair)).collect::<Result<_, StoreError>>();
            let moments = (0..record.moments)
                .map(|index| Ok(network.join_members(list(index)?)))
                .collect::<Result<_, StoreError>>()?;
            Ok::<_, StoreError>(OptimizerState { updates: record.updates, moments })
        };
        let generator_optimizer = optimizer("generator_optimizer", &networks.generator, record.generator_optimizer)?;
        let discriminator_optimizer =
            optimizer("discriminator_optimizer", &networks.discriminator, record.discriminator_optimizer)?;
        let strategies = record.strategies.as_ref().map(|strategies| {
            let tensor = |name: &String| Ok((name.clone(), file.matrix(&format!("{prefix}strategies.{name}"), place)?));
            let tensors = strategies.tensors.iter().map(tensor).collect::<Result<_, StoreError>>()?;
            Ok::<_, StoreError>(Record { tensors, values: strategies.values.clone() })
        });
        let step = record.step;
        let state = State { step, networks, generator_optimizer, discriminator_optimizer, average };
        Ok(Self { state, record: strategies.transpose()? })
    }
}

impl Run {
    /// What it takes to come back to this moment.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { state: self.state.clone(), record: self.chain.record() }
    }

    /// Goes back to a moment of this run, or on from one of a run with the same configuration.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when a strategy's record does not fit; the networks are left as they were.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), RecordError> {
        self.chain.load_record(checkpoint.record.clone())?;
        self.state = checkpoint.state.clone();
        Ok(())
    }

    /// Adds everything that training has changed to a file, the guard's memory included, and gives what is not a tensor.
    pub fn save(&self, guard: Option<&Guard>, file: &mut TensorFile) -> RunRecord {
        RunRecord { run: self.checkpoint().save("", file), guard: guard.map(|guard| guard.save(file)) }
    }

    /// Goes on from what [`Run::save`] has written for a run with the same configuration.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] when the two do not belong together; the networks are left as they were.
    pub fn load(
        &mut self,
        guard: Option<&mut Guard>,
        file: &TensorFile,
        record: &RunRecord,
    ) -> Result<(), RestoreError> {
        let checkpoint = Checkpoint::load("", file, &record.run, &self.state, &self.step.place)?;
        match (guard, &record.guard) {
            (None, None) => {}
            (Some(guard), Some(record)) => guard.load(self, file, record)?,
            (guard, record) => {
                return Err(RestoreError::Guard {
                    saved: if record.is_some() { "with" } else { "without" },
                    wanted: if guard.is_some() { "one" } else { "none" },
                });
            }
        }
        Ok(self.restore(&checkpoint)?)
    }
}
