//! The claims and demands that the strategies of a run have made on its plan.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::claim::{Claim, StrategyId};
use crate::role::Role;

/// Claims and demands, each with the strategy that made it. Written and read through [`Plan`](crate::plan::Plan).
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The strategy that changes the plan now.
    pub(crate) asked: StrategyId,
    pub(crate) claims: BTreeMap<Claim, StrategyId>,
    /// Columns of the discriminator's outputs.
    pub(crate) outputs: Vec<(String, Range<usize>)>,
    /// Who adds terms to the discriminator's loss.
    pub(crate) discriminator_terms: Vec<StrategyId>,
    /// Who needs the vector-Jacobian product of a network.
    pub(crate) second_order: Vec<(StrategyId, Role)>,
    /// Who takes the gradient of the logits at the rows of the step's own pass.
    pub(crate) traced_passes: Vec<StrategyId>,
    /// Who needs the rows of a network not to influence each other through batch norm.
    pub(crate) separate_rows: Vec<(StrategyId, Role)>,
}
