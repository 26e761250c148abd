//! Advice for every headline.

use ganymede_metrics::{DiagnosisOptions, Labelled, MatrixView, diagnose};

use super::*;

/// One point of two, drawn over and over.
fn collapsed() -> Diagnosis {
    let (real, fake): (Vec<f32>, Vec<f32>) = (0..200).map(|row| ((row % 2) as f32, 0.0)).unzip();
    let set = |values| Labelled { samples: MatrixView::new(values, 100, 2).unwrap(), labels: None };
    diagnose(set(&fake), Some(set(&real)), &DiagnosisOptions::default()).unwrap()
}

fn training(strategies: &[&str]) -> Training {
    let tables: Vec<String> = strategies.iter().map(|name| format!("[[strategy]]\nname = \"{name}\"\n")).collect();
    let tables = tables.concat();
    let config = format!(
        "steps = 500\n[optimizer.generator]\nlearning_rate = 3e-3\n[optimizer.discriminator]\nlearning_rate = 1e-4\n{tables}"
    );
    Training {
        strategies: strategies.iter().map(|name| (*name).to_owned()).collect(),
        objective: "non-saturating".to_owned(),
        run: "runs/1".into(),
        steps: 500,
        locations: vec![("optimizer.generator.learning_rate", "runs/1/config.toml:9".to_owned())],
        config: config.parse().unwrap(),
        ..Training::default()
    }
}

fn advised(headline: Headline, labelled: bool, training: Option<&Training>) -> Vec<Advice> {
    let diagnosis = Diagnosis { headline, ..collapsed() };
    let case = Case { diagnosis: &diagnosis, labelled, training };
    advise(&case, &["unrolled"], ganymede_strategies::NAMES)
}

#[test]
fn strategies_fit_what_is_known() {
    let won = Training { discriminator_won: true, ..training(&[]) };
    let rows: [(Headline, bool, Option<Training>, &[&str]); 10] = [
        (Headline::ModesLost, false, None, &["unrolled", "multi-generator"]),
        (Headline::ModesLost, true, None, &["conditional", "unrolled", "multi-generator"]),
        (Headline::ModesLost, true, Some(training(&["conditional"])), &["unrolled", "replay"]),
        (Headline::ModesLost, false, Some(training(&["multi-generator"])), &["replay"]),
        (Headline::ModesLost, false, Some(won), &["label-smoothing", "unrolled", "multi-generator"]),
        (Headline::InsideCollapse, true, None, &["unrolled", "packing"]),
        (Headline::LabelsIgnored, true, None, &["conditional"]),
        (Headline::Copies, false, None, &["instance-noise"]),
        (Headline::DiscriminatorWins, false, Some(training(&[])), &["label-smoothing", "unrolled"]),
        (Headline::Complete, true, None, &[]),
    ];
    for (headline, labelled, training, expected) in rows {
        let advice = advised(headline, labelled, training.as_ref());
        let found: Vec<&str> = advice.iter().filter_map(|advice| advice.strategy).collect();
        assert_eq!(found, expected, "{headline:?}, labelled: {labelled}, {training:?}");
        assert!(advice.iter().all(|advice| advice.in_build == (advice.strategy == Some("unrolled"))));
    }
}

#[test]
fn what_no_strategy_cures_is_a_command() {
    let used = training(&["unrolled", "packing", "conditional", "replay"]);
    let rate = |generator: &str, discriminator: &str| {
        format!(
            "ganymede train runs/1/config.toml --set optimizer.generator.learning_rate={generator} --set \
             optimizer.discriminator.learning_rate={discriminator}"
        )
    };
    let rows = [
        (Headline::Divergence, training(&[]), rate("3e-4", "1e-5")),
        (Headline::InsideCollapse, used.clone(), rate("1.5e-3", "5e-5")),
        (Headline::NotLearnt, training(&[]), "ganymede train --resume runs/1 --steps 1000".to_owned()),
        (
            Headline::LabelsIgnored,
            used,
            "ganymede train runs/1/config.toml --set strategy.2.method=projection".to_owned(),
        ),
    ];
    for (headline, training, command) in rows {
        let advice = advised(headline, false, Some(&training));
        assert_eq!(advice.len(), 1, "{headline:?}: {advice:?}");
        assert_eq!(advice[0].command.as_ref(), Some(&command), "{headline:?}");
    }
    let spaced = Training { run: "my runs/it's".into(), ..training(&[]) };
    let advice = advised(Headline::NotLearnt, false, Some(&spaced));
    let command = "ganymede train --resume \"my runs/it's\" --steps 1000";
    assert_eq!(advice[0].command.as_deref(), Some(command), "one word for a shell");
    let located = &advised(Headline::Divergence, false, Some(&training(&[])))[0];
    assert_eq!(located.location.as_deref(), Some("runs/1/config.toml:9"));
}

#[test]
fn every_fault_has_advice() {
    for headline in Headline::ALL.into_iter().filter(|headline| *headline != Headline::Complete) {
        for training in [None, Some(training(&[])), Some(training(&["conditional", "unrolled", "packing", "replay"]))] {
            let advice = advised(headline, true, training.as_ref());
            assert!(!advice.is_empty(), "{headline:?}, {training:?}");
            assert!(advice.iter().all(|advice| !advice.what.is_empty() && !advice.why.is_empty()), "{advice:?}");
        }
    }
}
