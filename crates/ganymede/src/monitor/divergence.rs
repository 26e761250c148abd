//! Losses that run away: no collapse, and never called one.

use std::collections::BTreeMap;

use ganymede_core::objective::Objective;

/// Mean losses from this size on have run away. Where logits enter through a sigmoid or a softplus a loss of 10,000 is a logit of
/// 10,000, at which single precision has no gradient left; squared, it is a logit of 100 that should be 0 or 1.
const LIMIT: f64 = 1e4;

/// What ends the names of the losses that the objective gives.
const OBJECTIVE: &str = "/objective";

/// Knows which losses are too large.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divergence {
    limit: f64,
    /// Whether the run is to end at a divergence.
    stops: bool,
    reached: bool,
}

impl Divergence {
    /// For training with an objective. The Wasserstein objective's losses are in the critic's own unit, so no value is too
    /// large.
    pub(super) fn of(objective: Objective, stops: bool) -> Self {
        let limit = if objective == Objective::Wasserstein { f64::INFINITY } else { LIMIT };
        Self { limit, stops, reached: false }
    }

    /// Takes note that a loss has run away.
    pub(super) fn reach(&mut self) {
        self.reached = true;
    }

    /// Whether the run is to end here.
    pub(super) fn ends_the_run(self) -> bool {
        self.stops && self.reached
    }

    /// The largest of the objective's mean losses, with its name, if it has run away.
    pub(super) fn worst(self, losses: &BTreeMap<String, f64>) -> Option<(String, f64)> {
        let of_objective = losses.iter().filter(|(name, value)| name.ends_with(OBJECTIVE) && value.abs() > self.limit);
        let worst = of_objective.max_by(|(_, left), (_, right)| left.abs().total_cmp(&right.abs()))?;
        Some((worst.0.clone(), *worst.1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Divergence, Objective};

    /// The objective, the losses, and the one that has run away.
    type Case<'case> = (Objective, &'case [(&'case str, f64)], Option<(&'case str, f64)>);

    #[test]
    fn only_the_objectives_losses_run_away() {
        let rows: [Case; 5] = [
            (Objective::NonSaturating, &[("generator/objective", 9.0), ("discriminator/objective", 0.1)], None),
            (
                Objective::NonSaturating,
                &[("generator/objective", 2e4), ("discriminator/objective", -9e8)],
                Some(("discriminator/objective", -9e8)),
            ),
            (Objective::NonSaturating, &[("discriminator/penalty", 9e8)], None),
            (Objective::Wasserstein, &[("discriminator/objective", 9e8)], None),
            (Objective::Hinge, &[], None),
        ];
        for (objective, losses, expected) in rows {
            let losses = losses.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
            let found = Divergence::of(objective, false).worst(&losses);
            assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value)), "{losses:?}");
        }
    }
}
