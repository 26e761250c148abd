//! What to try next: strategies by name, with the lines to paste.

use std::path::Path;

use ganymede_metrics::{Diagnosis, Thresholds, Verdict};
use serde::Serialize;

use crate::run::folder::names;
use crate::run::prepare::Planned;

/// How many strategies are named.
const MOST: usize = 3;

/// Below this, so much of the real data is lost that labels or several generators are the better cure.
const PARTS_LOST: f64 = 0.97;

/// What is known of the training that samples come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Training {
    /// The strategies in use.
    pub(crate) strategies: Vec<String>,
    /// The objective's name.
    pub(crate) objective: String,
    /// Whether the discriminator told nearly all samples right at the last look.
    pub(crate) discriminator_won: bool,
}

impl Training {
    /// That of a run's folder.
    pub(crate) fn of(planned: &Planned, run: &Path) -> Self {
        Self {
            strategies: planned.chain.names(),
            objective: planned.experiment.objective.kind.name().to_owned(),
            discriminator_won: std::fs::read_to_string(run.join(names::STATS))
                .is_ok_and(|records| discriminator_won(&records)),
        }
    }

    fn uses(&self, name: &str) -> bool {
        self.strategies.iter().any(|used| used == name)
    }
}

/// Whether the last look of the detector in a run's records says so. Records without one say nothing.
fn discriminator_won(records: &str) -> bool {
    let looks = records.lines().rev().filter_map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).ok()?;
        record["detector"]["discriminator_accuracy"].as_f64()
    });
    looks.take(1).any(|accuracy| accuracy > Thresholds::default().discriminator_accuracy)
}

/// A strategy to try.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Advice {
    /// Its name.
    pub(crate) strategy: &'static str,
    /// Why.
    pub(crate) why: &'static str,
    /// The lines for the configuration.
    pub(crate) config: String,
    /// Whether this build has it.
    pub(crate) in_build: bool,
}

/// What a remedy is chosen by.
struct Findings<'a> {
    /// Whether parts of the data or classes are lost, rather than all of it being narrow or blurred.
    lost: bool,
    /// Whether the real samples have labels.
    labelled: bool,
    training: &'a Training,
}

/// A cure and when it suits.
struct Remedy {
    strategy: &'static str,
    suits: fn(&Findings<'_>) -> bool,
    why: &'static str,
    keys: &'static str,
}

/// The best first. Several may name one strategy with other keys; the first that suits counts.
const REMEDIES: &[Remedy] = &[
    Remedy {
        strategy: "label-smoothing",
        suits: |findings| findings.training.discriminator_won && has_targets(&findings.training.objective),
        why: "the discriminator has won, and the generator learns nothing more",
        keys: "real = 0.9",
    },
    Remedy {
        strategy: "conditional",
        suits: |findings| findings.labelled && !assigns_classes(findings.training),
        why: "with the labels, a class left out is a mistake that is seen",
        keys: "method = \"concatenate\"",
    },
    Remedy {
        strategy: "unrolled",
        suits: |findings| !findings.training.uses("multi-generator"),
        why: "the generator sees the discriminator's answers coming, and spreads",
        keys: "steps = 5",
    },
    Remedy {
        strategy: "multi-generator",
        suits: |findings| findings.lost && findings.labelled && !findings.training.uses("conditional"),
        why: "a generator for each class cannot leave a class out",
        keys: "assignment = \"class\"",
    },
    Remedy {
        strategy: "multi-generator",
        suits: |findings| findings.lost && !findings.labelled && !findings.training.uses("unrolled"),
        why: "several generators, kept apart, share out the data",
        keys: "assignment = \"mixture\"\ngenerators = 8",
    },
    Remedy {
        strategy: "replay",
        suits: |findings| findings.training.uses("conditional") || findings.training.uses("multi-generator"),
        why: "fakes of the past keep the generator from going round in circles",
        keys: "capacity = 2_000",
    },
];

/// Whether an objective gives the discriminator targets that can be softened.
fn has_targets(objective: &str) -> bool {
    matches!(objective, "non-saturating" | "minimax" | "least-squares")
}

/// Whether a training already tells the networks their classes.
fn assigns_classes(training: &Training) -> bool {
    training.uses("conditional") || training.uses("multi-generator")
}

/// What to try, the best first; nothing for healthy samples. `present` are the strategies of this build and `known` all.
pub(crate) fn advise(
    diagnosis: &Diagnosis,
    labelled: bool,
    training: Option<&Training>,
    present: &[&str],
    known: &[&str],
) -> Vec<Advice> {
    if diagnosis.verdict <= Verdict::Healthy {
        return Vec::new();
    }
    let unknown = Training::default();
    let training = training.unwrap_or(&unknown);
    let lost = diagnosis.kept_share.is_none_or(|kept| kept < PARTS_LOST)
        || diagnosis.per_class.iter().flatten().any(|class| class.missing);
    let findings = Findings { lost, labelled, training };
    let mut advice: Vec<Advice> = Vec::new();
    for remedy in REMEDIES {
        let name = remedy.strategy;
        let new = !training.uses(name) && advice.iter().all(|advice| advice.strategy != name);
        if new && known.contains(&name) && (remedy.suits)(&findings) {
            advice.push(Advice {
                strategy: name,
                why: remedy.why,
                config: format!("[[strategy]]\nname = \"{name}\"\n{}", remedy.keys),
                in_build: present.contains(&name),
            });
        }
    }
    advice.truncate(MOST);
    advice
}

#[cfg(test)]
mod tests {
    use ganymede_metrics::{DiagnosisOptions, Labelled, MatrixView, diagnose};

    use super::*;

    #[test]
    fn every_remedy_is_a_strategy_that_exists() {
        for remedy in REMEDIES {
            assert!(ganymede_strategies::NAMES.contains(&remedy.strategy), "{}", remedy.strategy);
        }
    }

    /// One point of two, drawn over and over.
    fn collapsed() -> Diagnosis {
        let (real, fake): (Vec<f32>, Vec<f32>) = (0..200).map(|row| ((row % 2) as f32, 0.0)).unzip();
        let set = |values| Labelled { samples: MatrixView::new(values, 100, 2).unwrap(), labels: None };
        diagnose(set(&fake), Some(set(&real)), &DiagnosisOptions::default()).unwrap()
    }

    #[test]
    fn advice_fits_what_is_known() {
        let training = |strategies: &[&str], discriminator_won| Training {
            strategies: strategies.iter().map(|name| (*name).to_owned()).collect(),
            objective: "non-saturating".to_owned(),
            discriminator_won,
        };
        let rows: [(bool, Option<Training>, &[&str]); 6] = [
            (false, None, &["unrolled", "multi-generator"]),
            (true, None, &["conditional", "unrolled", "multi-generator"]),
            (true, Some(training(&["conditional"], false)), &["unrolled", "replay"]),
            (false, Some(training(&["unrolled"], false)), &[]),
            (false, Some(training(&["multi-generator"], false)), &["replay"]),
            (false, Some(training(&[], true)), &["label-smoothing", "unrolled", "multi-generator"]),
        ];
        let mut diagnosis = collapsed();
        // What the remedies look at is set by hand, so that the row says all.
        (diagnosis.verdict, diagnosis.kept_share) = (Verdict::Collapsed, Some(0.4));
        for (labelled, training, expected) in rows {
            let names = ganymede_strategies::NAMES;
            let advice = advise(&diagnosis, labelled, training.as_ref(), &["unrolled"], names);
            let found: Vec<&str> = advice.iter().map(|advice| advice.strategy).collect();
            assert_eq!(found, expected, "labelled: {labelled}, {training:?}");
            assert!(advice.iter().all(|advice| advice.in_build == (advice.strategy == "unrolled")));
        }
        diagnosis.verdict = Verdict::Healthy;
        assert_eq!(advise(&diagnosis, true, None, &[], ganymede_strategies::NAMES), []);
    }

    #[test]
    fn the_last_look_says_whether_the_discriminator_has_won() {
        let line =
            |accuracy: f64| format!("{{\"step\": 5, \"detector\": {{\"discriminator_accuracy\": {accuracy}}}}}\n");
        let rows = [
            (String::new(), false),
            ("{\"step\": 5}\nnot json".to_owned(), false),
            (line(1.0), true),
            (line(1.0) + &line(0.6), false),
            (line(0.6) + &line(0.999) + "{\"step\": 6}\n", true),
        ];
        for (records, expected) in rows {
            assert_eq!(discriminator_won(&records), expected, "{records}");
        }
    }
}
