//! The signs of the discriminator's answers to real pictures since the probability last moved.

use burn::tensor::Tensor;
use ganymede_core::strategy::{StrategyState, StrategyStateError};
use serde::{Deserialize, Serialize};

/// Their sum, which stays on the device, and how many there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signs {
    sum: Option<Tensor<2>>,
    counts: Counts,
}

/// What a checkpoint holds besides the sum.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    /// Updates of the discriminator.
    updates: u64,
    /// Answers.
    answers: u64,
}

impl Signs {
    /// Adds the signs of a batch's answers, `[logits, 1]`, and gives their mean.
    pub(crate) fn add(&mut self, answers: Tensor<2>) -> Tensor<1> {
        let count = answers.dims()[0];
        let sum = answers.sign().sum();
        let column = sum.clone().reshape([1, 1]);
        self.sum = Some(match self.sum.take() {
            Some(before) => before.add(column),
            None => column,
        });
        self.counts.updates += 1;
        self.counts.answers += count as u64;
        sum.div_scalar(count as f64)
    }

    /// The mean sign, `[1, 1]`, once `interval` updates have been added; the next begin anew.
    pub(crate) fn take(&mut self, interval: u64) -> Option<Tensor<2>> {
        if self.counts.updates < interval {
            return None;
        }
        let Self { sum, counts } = std::mem::take(self);
        Some(sum?.div_scalar(counts.answers as f64))
    }

    /// The state that a checkpoint keeps; `None` while there is no sum.
    pub(crate) fn state(&self) -> Option<StrategyState> {
        let sum = self.sum.clone()?;
        let Counts { updates, answers } = self.counts;
        let values = serde_json::json!({ "updates": updates, "answers": answers });
        Some(StrategyState { tensors: vec![("signs".to_owned(), sum)], values })
    }

    /// The reverse of [`Signs::state`].
    pub(crate) fn from_state(state: StrategyState) -> Result<Self, StrategyStateError> {
        let counts: Counts = serde_json::from_value(state.values)
            .map_err(|error| StrategyStateError::new(format!("the counts of signs: {error}")))?;
        let Counts { updates, answers } = counts;
        if updates == 0 || answers < updates {
            let reason = format!("{answers} signs of {updates} updates cannot be");
            return Err(StrategyStateError::new(reason));
        }
        match state.tensors.as_slice() {
            [(name, sum)] if name == "signs" && sum.dims() == [1, 1] => Ok(Self { sum: Some(sum.clone()), counts }),
            other => {
                let found: Vec<_> = other.iter().map(|(name, tensor)| format!("{name} {:?}", tensor.dims())).collect();
                let reason = format!("expected the tensor signs [1, 1], found {}", found.join(", "));
                Err(StrategyStateError::new(reason))
            }
        }
    }
}
