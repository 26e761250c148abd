//! Why a run's parts cannot work together.

use thiserror::Error;

use crate::claim::Claim;
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
        first: String,
        /// Who came second.
        second: String,
    },
    /// A strategy needs something that this run has not.
    #[error("strategy \"{strategy}\" {needs}; {remedy}")]
    Needs {
        /// The strategy.
        strategy: String,
        /// What it needs and what there is instead, as a sentence part.
        needs: String,
        /// What to do about it.
        remedy: String,
    },
    /// Two strategies cannot be stacked.
    #[error("strategies \"{first}\" and \"{second}\" cannot be stacked: {reason}; keep one of them")]
    Conflict {
        /// One of them.
        first: String,
        /// The other.
        second: String,
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
}
