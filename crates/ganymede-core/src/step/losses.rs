//! The losses of a step, by name.

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
#[error(
    "step {step}: the loss `{term}` of the {network} became {value}; lower the learning rate of the {network} or clip \
     its gradient (`clip_norm`)"
)]
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

/// The sum of a network's objective and terms. Writes each of them into `losses`, and refuses one that is not finite.
pub(super) fn total(
    role: Role,
    objective: Tensor<1>,
    terms: Terms,
    step: u64,
    losses: &mut Losses,
) -> Result<Tensor<1>, NotFinite> {
    let mut check = |name: &str, term: &Tensor<1>| {
        let value: f64 = term.clone().without_autodiff().into_scalar::<f64>();
        losses.insert(format!("{}/{name}", role.name()), value);
        let not_finite = || NotFinite { step, network: role.name(), term: name.to_owned(), value };
        value.is_finite().then_some(()).ok_or_else(not_finite)
    };
    check("objective", &objective)?;
    terms.into_entries().into_iter().try_fold(objective, |sum, Term { name, value, minimised }| {
        check(&name, &value)?;
        Ok(if minimised { sum.add(value) } else { sum })
    })
}
