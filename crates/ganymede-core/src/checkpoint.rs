//! Everything that training has changed, as tensors and a small JSON value, so that a run can continue from there.
//!
//! Random numbers are functions of seed, purpose and step, so no random state is saved.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::optimizer::OptimizerState;
use crate::place::Place;
use crate::run::Run;
use crate::step::{Learner, State};
use crate::store::{StoreError, TensorFile};
use crate::strategy::{Strategy, StrategyState, StrategyStateError};

/// Everything that training has changed, after some step. It shares its tensors with the run, so keeping one is cheap.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The networks, their optimisers and the step.
    pub state: State,
    /// What the strategies remember.
    pub strategies: Option<StrategyState>,
}

/// What a [`Checkpoint`] holds besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointState {
    /// Steps made.
    pub step: u64,
    generator_optimizer: SavedOptimizer,
    discriminator_optimizer: SavedOptimizer,
    averaged: bool,
    strategies: Option<SavedStrategies>,
}

/// What an optimiser's state holds besides tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedOptimizer {
    updates: u64,
    /// Number of lists of running means; none before the first update.
    moments: usize,
}

/// What the strategies remember besides tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedStrategies {
    values: Value,
    /// The names of the tensors, in order.
    tensors: Vec<String>,
}

impl Checkpoint {
    /// Adds the tensors to a file, each name after `prefix`, and returns everything else.
    pub fn save(&self, prefix: &str, file: &mut TensorFile) -> CheckpointState {
        let state = &self.state;
        file.push_network(&format!("{prefix}generator."), &state.generator.network);
        file.push_network(&format!("{prefix}discriminator."), &state.discriminator.network);
        if let Some(average) = &state.average {
            file.push_network(&format!("{prefix}average."), average);
        }
        let mut optimizer = |name: &str, Learner { network, optimizer }: &Learner| {
            let (names, _) = network.names();
            for (list, moments) in optimizer.moments.iter().enumerate() {
                for (parameter, moment) in names.iter().zip(&network.split_members(moments)) {
                    file.push(format!("{prefix}{name}_optimizer.{list}.{parameter}"), moment);
                }
            }
            SavedOptimizer { updates: optimizer.updates, moments: optimizer.moments.len() }
        };
        let generator_optimizer = optimizer("generator", &state.generator);
        let discriminator_optimizer = optimizer("discriminator", &state.discriminator);
        let strategies = self.strategies.as_ref().map(|strategies| {
            for (name, tensor) in &strategies.tensors {
                file.push(format!("{prefix}strategies.{name}"), tensor);
            }
            let tensors = strategies.tensors.iter().map(|(name, _)| name.clone()).collect();
            SavedStrategies { values: strategies.values.clone(), tensors }
        });
        CheckpointState {
            step: state.step,
            generator_optimizer,
            discriminator_optimizer,
            averaged: state.average.is_some(),
            strategies,
        }
    }

    /// Reads what [`Checkpoint::save`] wrote. `like` is any state of the same run.
    ///
    /// # Errors
    ///
    /// [`StoreError`] that names a tensor that is missing or has another shape than the run's.
    pub fn load(
        prefix: &str,
        file: &TensorFile,
        saved: &CheckpointState,
        like: &State,
        place: &Place,
    ) -> Result<Self, StoreError> {
        let network = |name: &str, like: &Learner| file.network(&format!("{prefix}{name}."), &like.network, place);
        let learner = |name: &str, like: &Learner, saved: SavedOptimizer| {
            let network = network(name, like)?;
            let (names, _) = network.names();
            let like = network.split_members(network.parameters());
            let moments = |list: usize| {
                let pairs = names.iter().zip(&like);
                let tensors = pairs.map(|(parameter, like)| {
                    file.tensor(&format!("{prefix}{name}_optimizer.{list}.{parameter}"), like.dims(), place)
                });
                Ok(network.join_members(tensors.collect::<Result<_, StoreError>>()?))
            };
            let moments = (0..saved.moments).map(moments).collect::<Result<_, StoreError>>()?;
            Ok::<_, StoreError>(Learner { network, optimizer: OptimizerState { updates: saved.updates, moments } })
        };
        let generator = learner("generator", &like.generator, saved.generator_optimizer)?;
        let discriminator = learner("discriminator", &like.discriminator, saved.discriminator_optimizer)?;
        let average = saved.averaged.then(|| network("average", &like.generator)).transpose()?;
        let strategies = saved.strategies.as_ref().map(|strategies| {
            let tensor = |name: &String| Ok((name.clone(), file.matrix(&format!("{prefix}strategies.{name}"), place)?));
            let tensors = strategies.tensors.iter().map(tensor).collect::<Result<_, StoreError>>()?;
            Ok::<_, StoreError>(StrategyState { tensors, values: strategies.values.clone() })
        });
        let state = State { step: saved.step, generator, discriminator, average };
        Ok(Self { state, strategies: strategies.transpose()? })
    }
}

impl Run {
    /// The run as it is now, to return to later.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { state: self.state.clone(), strategies: self.chain.state() }
    }

    /// Takes on the state of a checkpoint of this run, or of a run with the same configuration.
    ///
    /// # Errors
    ///
    /// [`StrategyStateError`] when what a strategy remembers does not fit; the networks stay as they were.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), StrategyStateError> {
        self.chain.load_state(checkpoint.strategies.clone())?;
        self.state = checkpoint.state.clone();
        Ok(())
    }
}
