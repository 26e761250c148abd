#![doc = include_str!("../README.md")]

use ganymede_core::batch::{Batch, DiscriminatorBatch};
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::{StepContext, Strategy, StrategyState, StrategyStateError};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "replay",
    summary: "The discriminator also learns from fakes of the past, so that it does not forget them.",
    paper: "Shrivastava et al. 2017, Learning from simulated and unsupervised images through adversarial training",
    equation: "fake_i <- buffer_j with probability p, and buffer_j <- fake_i",
    defaults: "capacity = 2_000\nprobability = 0.5",
    build: build::<Replay>,
};

/// A buffer of past fakes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Replay {
    /// Fakes that the buffer holds, at least 1.
    pub capacity: usize,
    /// Probability in `[0, 1]` that a fake is exchanged for a stored one, once the buffer is full.
    pub probability: f64,
    #[serde(skip)]
    buffer: Option<Batch>,
}

impl Default for Replay {
    fn default() -> Self {
        Self::new(2_000, 0.5)
    }
}

impl Replay {
    /// An empty buffer of this capacity, whose fakes are exchanged with this probability.
    pub fn new(capacity: usize, probability: f64) -> Self {
        Self { capacity, probability, buffer: None }
    }

    /// How many fakes the buffer holds.
    pub fn stored(&self) -> usize {
        self.buffer.as_ref().map_or(0, Batch::rows)
    }
}

impl Configurable for Replay {
    fn check(&self) -> Result<(), InvalidValue> {
        let (capacity, probability) = (self.capacity, self.probability);
        let expected = "expected a whole number from 1 to 100000000";
        ensure((1..=100_000_000).contains(&capacity), "capacity", capacity, expected)?;
        ensure((0.0..=1.0).contains(&probability), "probability", probability, "expected a number in [0, 1]")
    }
}

impl Strategy for Replay {
    fn discriminator_batch(&mut self, batch: DiscriminatorBatch, context: &StepContext<'_>) -> DiscriminatorBatch {
        let rows = batch.fake.rows();
        let stored = self.stored();
        let mut stream = context.stream("exchange");
        let draw = |slots: usize| (stream.random::<f64>() < self.probability).then(|| stream.random_range(0..slots));
        let exchange = Exchange::plan(rows, stored, self.capacity, draw);
        let all = match self.buffer.take() {
            None => batch.fake,
            Some(buffer) => batch.fake.concatenate(buffer),
        };
        self.buffer = Some(all.select(&exchange.stored));
        DiscriminatorBatch { fake: all.select(&exchange.shown), ..batch }
    }

    fn state(&self) -> Option<StrategyState> {
        let buffer = self.buffer.as_ref()?;
        Some(StrategyState {
            tensors: vec![("buffer".to_owned(), buffer.samples.clone())],
            values: serde_json::json!({ "labels": buffer.labels, "generators": buffer.generators }),
        })
    }

    fn load_state(&mut self, state: Option<StrategyState>) -> Result<(), StrategyStateError> {
        let Some(state) = state else {
            self.buffer = None;
            return Ok(());
        };
        let tags = |key: &str| -> Result<Option<Vec<usize>>, StrategyStateError> {
            serde_json::from_value(state.values[key].clone())
                .map_err(|error| StrategyStateError::new(format!("`{key}`: {error}")))
        };
        let (labels, generators) = (tags("labels")?, tags("generators")?);
        let [(name, samples)] = state.tensors.as_slice() else {
            return Err(StrategyStateError::new("expected one tensor, `buffer`"));
        };
        let rows = samples.dims()[0];
        let fits = |tags: &Option<Vec<usize>>| tags.as_ref().is_none_or(|tags| tags.len() == rows);
        if name != "buffer" || rows > self.capacity || !fits(&labels) || !fits(&generators) {
            return Err(StrategyStateError::new("its buffer has another shape"));
        }
        self.buffer = Some(Batch { samples: samples.clone(), labels, generators });
        Ok(())
    }
}

/// Which rows of (new fakes, then the stored ones) are shown to the discriminator and which are stored afterwards.
#[derive(Debug, PartialEq, Eq)]
struct Exchange {
    shown: Vec<usize>,
    stored: Vec<usize>,
}

impl Exchange {
    /// Goes through the new fakes one after the other, as the method does: while the buffer is not full a fake is
    /// stored and shown; after that, where `draw` names a slot, the slot's fake is shown and the new one takes its
    /// place, so that a later fake of the same batch may find an earlier one.
    fn plan(rows: usize, stored: usize, capacity: usize, mut draw: impl FnMut(usize) -> Option<usize>) -> Self {
        let mut slots: Vec<usize> = (rows..rows + stored).collect();
        let mut shown = Vec::with_capacity(rows);
        for fake in 0..rows {
            if slots.len() < capacity {
                slots.push(fake);
                shown.push(fake);
            } else if let Some(slot) = draw(capacity) {
                shown.push(std::mem::replace(&mut slots[slot], fake));
            } else {
                shown.push(fake);
            }
        }
        Self { shown, stored: slots }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanges_row_by_row() {
        let never = |_| None;
        // The buffer fills first, and shows what it stores.
        let filling = Exchange::plan(3, 0, 5, never);
        assert_eq!(filling, Exchange { shown: vec![0, 1, 2], stored: vec![0, 1, 2] });
        // Rows 0..2 are new, 2..4 are stored; both new ones take slot 1, the second finds the first.
        let twice = Exchange::plan(2, 2, 2, |_| Some(1));
        assert_eq!(twice, Exchange { shown: vec![3, 0], stored: vec![2, 1] });
        // Full and never drawn: nothing changes.
        assert_eq!(Exchange::plan(2, 2, 2, never), Exchange { shown: vec![0, 1], stored: vec![2, 3] });
    }
}
