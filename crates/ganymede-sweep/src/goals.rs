//! How far the runs of a sweep are to be trained.

use crate::plan::Plan;

/// How far a cell is to be trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goal {
    /// To this step; to that of its configuration where there is none.
    pub steps: Option<u64>,
    /// Whether its variant was stopped, so that it is not trained any more.
    pub stopped: bool,
}

/// How far each variant is to be trained.
#[derive(Clone, Debug)]
pub struct Goals(Vec<Goal>);

impl Goals {
    /// Every run to its end.
    pub fn whole(plan: &Plan) -> Self {
        Self(vec![Goal::default(); plan.variants.len()])
    }

    /// A goal for each variant of a plan.
    pub(crate) fn each(goals: Vec<Goal>) -> Self {
        Self(goals)
    }

    /// The goal of a variant.
    pub fn of(&self, variant: usize) -> Goal {
        self.0.get(variant).copied().unwrap_or_default()
    }
}
