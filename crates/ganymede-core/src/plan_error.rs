//! Why a run's parts cannot work together.

use thiserror::Error;

use crate::claim::{Claim, StrategyId};
use crate::precision::Precision;
use crate::role::Role;

/// Why strategies, objective, networks and data cannot work together.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// Two strategies want to decide the same thing.
    #[error("strategies \"{first}\" and \"{second}\" both decide {claim}; keep one of them")]
    Claimed {
        /// What both want to decide.
        claim: Claim,
        /// Who came first.
        first: StrategyId,
        /// Who came second.
        second: StrategyId,
    },
    /// A strategy needs something that this run does not have.
    #[error("strategy \"{strategy}\" {needs}; {remedy}")]
    Needs {
        /// The strategy.
        strategy: StrategyId,
        /// What it needs and what there is instead, as a sentence part.
        needs: String,
        /// What to do about it.
        remedy: String,
    },
    /// Two strategies cannot be stacked.
    #[error("strategies \"{first}\" and \"{second}\" cannot be stacked: {reason}; keep one of them")]
    Conflict {
        /// One of them.
        first: StrategyId,
        /// The other.
        second: StrategyId,
        /// Why.
        reason: String,
    },
    /// The layers of a network do not fit together.
    #[error("the {} does not fit together: {what}; change the table [{}]", .network.name(), .network.name())]
    Shape {
        /// The network.
        network: Role,
        /// Which layer, and why, as a sentence part.
        what: String,
    },
    /// The device has no numbers of this kind.
    #[error("precision = \"{}\" cannot be computed on this device; leave it out, or compute on another (--device)", .precision.name())]
    Precision {
        /// What was asked for.
        precision: Precision,
    },
}

impl PlanError {
    /// Where the strategy that is refused is configured, if a configuration names it.
    pub fn location(&self) -> Option<&str> {
        match self {
            Self::Claimed { second: refused, .. }
            | Self::Needs { strategy: refused, .. }
            | Self::Conflict { second: refused, .. } => refused.location.as_deref(),
            Self::Shape { .. } | Self::Precision { .. } => None,
        }
    }
}
