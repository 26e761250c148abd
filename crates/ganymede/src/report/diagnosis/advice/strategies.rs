//! Which strategies cure which fault, as a table.

use ganymede_metrics::Headline;

use super::Advice;
use super::training::Training;

/// What a remedy is chosen by.
pub(super) struct Findings<'a> {
    pub(super) headline: Headline,
    /// Whether the real samples have labels.
    pub(super) labelled: bool,
    pub(super) training: &'a Training,
}

/// A cure and when it suits.
struct Remedy {
    strategy: &'static str,
    against: &'static [Headline],
    suits: fn(&Findings<'_>) -> bool,
    why: &'static str,
    keys: &'static str,
}

/// All that is called a collapse.
const COLLAPSE: &[Headline] = &[
    Headline::ModesLost,
    Headline::InsideCollapse,
    Headline::SpreadLost,
    Headline::Repeats,
    Headline::Unbalanced,
    Headline::DiscriminatorWins,
];

/// The best first. Several may name one strategy with other keys; the first that suits counts.
const REMEDIES: &[Remedy] = &[
    Remedy {
        strategy: "label-smoothing",
        against: COLLAPSE,
        suits: |findings| findings.discriminator_has_won() && has_targets(&findings.training.objective),
        why: "the discriminator has won, and the generator learns nothing more",
        keys: "real = 0.9",
    },
    Remedy {
        strategy: "conditional",
        against: &[Headline::ModesLost, Headline::Unbalanced, Headline::Repeats, Headline::SpreadLost],
        suits: |findings| findings.labelled && !assigns_classes(findings.training),
        why: "with the labels, a class left out is a mistake that is seen",
        keys: "method = \"concatenate\"",
    },
    Remedy {
        strategy: "conditional",
        against: &[Headline::LabelsIgnored],
        suits: |findings| !assigns_classes(findings.training),
        why: "with the labels in the discriminator's last layer, a sample of another class is a mistake that is seen",
        keys: "method = \"projection\"",
    },
    Remedy {
        strategy: "unrolled",
        against: COLLAPSE,
        suits: |findings| !findings.training.uses("multi-generator"),
        why: "the generator sees the discriminator's answers coming, and spreads",
        keys: "steps = 5",
    },
    Remedy {
        strategy: "multi-generator",
        against: &[Headline::ModesLost, Headline::Repeats, Headline::SpreadLost],
        suits: |findings| findings.labelled && !findings.training.uses("conditional"),
        why: "a generator for each class cannot leave a class out",
        keys: "assignment = \"class\"",
    },
    Remedy {
        strategy: "multi-generator",
        against: &[Headline::ModesLost, Headline::Repeats, Headline::SpreadLost],
        suits: |findings| !findings.labelled && !findings.training.uses("unrolled"),
        why: "several generators, kept apart, share out the data",
        keys: "assignment = \"mixture\"\ngenerators = 8",
    },
    Remedy {
        strategy: "packing",
        against: &[Headline::InsideCollapse, Headline::Unbalanced],
        suits: |_| true,
        why: "the discriminator sees several samples at once, and so that they are too much alike",
        keys: "samples = 2",
    },
    Remedy {
        strategy: "instance-noise",
        against: &[Headline::Copies],
        suits: |_| true,
        why: "under noise the discriminator cannot remember single samples",
        keys: "std = 0.1",
    },
    Remedy {
        strategy: "replay",
        against: COLLAPSE,
        suits: |findings| findings.training.uses("conditional") || findings.training.uses("multi-generator"),
        why: "fakes of the past keep the generator from going round in circles",
        keys: "capacity = 2_000",
    },
];

impl Findings<'_> {
    fn discriminator_has_won(&self) -> bool {
        self.training.discriminator_won || self.headline == Headline::DiscriminatorWins
    }
}

/// Whether an objective gives the discriminator targets that can be softened.
fn has_targets(objective: &str) -> bool {
    matches!(objective, "non-saturating" | "minimax" | "least-squares")
}

/// Whether a training already gives the networks their classes.
fn assigns_classes(training: &Training) -> bool {
    training.uses("conditional") || training.uses("multi-generator")
}

/// The strategies that suit, the best first. `present` are those of this build and `known` all.
pub(super) fn suitable(findings: &Findings<'_>, present: &[&str], known: &[&str]) -> Vec<Advice> {
    let mut advice: Vec<Advice> = Vec::new();
    for remedy in REMEDIES.iter().filter(|remedy| remedy.against.contains(&findings.headline)) {
        let name = remedy.strategy;
        let new = !findings.training.uses(name) && advice.iter().all(|advice| advice.strategy != Some(name));
        if new && known.contains(&name) && (remedy.suits)(findings) {
            advice.push(Advice {
                what: format!("add the strategy {name}"),
                why: remedy.why.to_owned(),
                strategy: Some(name),
                in_build: present.contains(&name),
                config: Some(format!("[[strategy]]\nname = \"{name}\"\n{}", remedy.keys)),
                ..Advice::default()
            });
        }
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::REMEDIES;

    #[test]
    fn every_remedy_is_a_strategy_that_exists() {
        for remedy in REMEDIES {
            assert!(ganymede_strategies::NAMES.contains(&remedy.strategy), "{}", remedy.strategy);
        }
    }
}
