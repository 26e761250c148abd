//! The losses of a step, by name: read at once, or kept on the device and read together with those of later steps.

use std::collections::BTreeMap;

use burn::tensor::Tensor;
use thiserror::Error;

use crate::role::Role;
use crate::strategy::{Term, Terms};

/// The losses of one step by name: `discriminator/objective`, `generator/objective` and every strategy's terms
/// and reports. With several phases of one network, those of the last.
pub type Losses = BTreeMap<String, f64>;

/// A loss that is not a finite number.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("step {step}: the loss `{term}` of the {network} became {value}; {}", self.remedy())]
pub struct NotFinite {
    /// The step, counted from 0.
    pub step: u64,
    /// The network whose loss it is.
    pub network: &'static str,
    /// The term.
    pub term: String,
    /// NaN or an infinity.
    pub value: f64,
}

impl NotFinite {
    /// What helps. The network whose loss it is need not be the one whose weights ran away: its loss is of what the other makes.
    fn remedy(&self) -> &'static str {
        if self.step == 0 && self.network == Role::Discriminator.name() {
            "neither network has learnt yet: look at the values of the data, and at the settings of the strategies"
        } else {
            "lower the learning rates of the networks or clip their gradients (`clip_norm`): either of them may have run away"
        }
    }
}

/// The losses of one step as they are on the device, `[1]` each, in the order in which the phases gave them.
#[derive(Debug, Default)]
pub struct UnreadLosses(Vec<(String, Tensor<1>)>);

impl UnreadLosses {
    /// The losses of these steps, each as [`Step::run`](super::Step::run) would have read them, or `None` for a step that it would
    /// have refused: one with a loss that is not finite, in any phase. The device is waited for once.
    pub fn read(steps: Vec<Self>) -> Vec<Option<Losses>> {
        let tensors: Vec<Tensor<1>> = steps.iter().flat_map(|step| &step.0).map(|(_, value)| value.clone()).collect();
        if tensors.is_empty() {
            return steps.iter().map(|_| Some(Losses::new())).collect();
        }
        let data = Tensor::cat(tensors, 0).into_data();
        let mut values = data.iter::<f64>();
        let mut read = |step: Self| {
            let all: Vec<(String, f64)> = step.0.into_iter().map(|(name, _)| name).zip(&mut values).collect();
            // A network with several phases gives a loss of each, of which the last is kept.
            all.iter().all(|(_, value)| value.is_finite()).then(|| all.into_iter().collect())
        };
        steps.into_iter().map(&mut read).collect()
    }
}

/// Whether a step's losses are read at once or later.
pub(super) enum LossBook<'a> {
    /// Each is read before the network learns from it.
    Read(&'a mut Losses),
    /// All are read later, so that the step does not wait for the device.
    Unread(&'a mut UnreadLosses),
}

impl LossBook<'_> {
    /// Takes note of a loss. Where it is read at once, one that is not finite is refused.
    fn note(&mut self, role: Role, term: &str, value: &Tensor<1>, step: u64) -> Result<(), NotFinite> {
        let name = format!("{}/{term}", role.name());
        let value = value.clone().without_autodiff();
        match self {
            Self::Unread(unread) => unread.0.push((name, value)),
            Self::Read(losses) => {
                let value = value.into_scalar::<f64>();
                losses.insert(name, value);
                if !value.is_finite() {
                    return Err(NotFinite { step, network: role.name(), term: term.to_owned(), value });
                }
            }
        }
        Ok(())
    }
}

/// The sum of a network's objective and terms. Notes each of them in `book`.
pub(super) fn total(
    role: Role,
    objective: Tensor<1>,
    terms: Terms,
    step: u64,
    book: &mut LossBook<'_>,
) -> Result<Tensor<1>, NotFinite> {
    book.note(role, "objective", &objective, step)?;
    terms.into_entries().into_iter().try_fold(objective, |sum, Term { name, value, minimised }| {
        book.note(role, &name, &value, step)?;
        Ok(if minimised { sum.add(value) } else { sum })
    })
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::{NotFinite, UnreadLosses};

    /// A step with these losses of two phases of one network.
    fn step(first: f32, second: f32) -> UnreadLosses {
        let loss = |value| ("generator/objective".to_owned(), Tensor::from_floats([value], &Device::flex()));
        UnreadLosses(vec![loss(first), loss(second)])
    }

    #[test]
    fn a_step_counts_only_where_the_losses_of_all_its_phases_are_finite() {
        let steps = vec![step(1.0, 2.0), step(f32::INFINITY, 2.0), step(1.0, f32::NAN)];
        let read = UnreadLosses::read(steps);
        assert_eq!(read[0].as_ref().and_then(|losses| losses.get("generator/objective")), Some(&2.0));
        assert_eq!([&read[1], &read[2]], [&None, &None]);
    }

    #[test]
    fn the_remedy_is_for_what_can_have_happened() {
        let of = |step, network| NotFinite { step, network, term: "objective".to_owned(), value: f64::NAN }.to_string();
        assert!(of(0, "discriminator").contains("neither network has learnt yet"));
        for (step, network) in [(0, "generator"), (1, "discriminator"), (7, "generator")] {
            assert!(of(step, network).contains("lower the learning rates of the networks"), "{step} {network}");
        }
    }
}
