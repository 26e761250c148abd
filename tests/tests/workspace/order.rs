//! The order of the strategies in a configuration decides neither what the networks are made of nor what is refused.

use std::collections::BTreeSet;
use std::path::Path;

use burn::tensor::Device;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::network::plan::NetworkPlan;
use ganymede_core::place::Place;
use ganymede_core::run::{DataFacts, plan_step};
use ganymede_tests::{SMALL, run, with_strategies};

use crate::stacking::{FORMS, Form};

/// Every order of three.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// The layers of both networks as they would be built, wrappers included, or that the strategies are refused. Nothing is
/// created.
fn layers(base: &str, strategies: &[Form]) -> Result<String, String> {
    let document = Document::parse(&with_strategies(base, strategies), "test.toml", Path::new(".")).unwrap();
    let (experiment, entries) = Experiment::read(&document).unwrap();
    let (chain, _) = ganymede_strategies::registry().chain(&entries).unwrap();
    let facts = DataFacts { shape: ganymede_core::Shape::point(2), class_weights: vec![0.25; 4] };
    let step = plan_step(&experiment, &chain, &facts, Place::new(Device::flex())).map_err(|error| error.to_string())?;
    let describe = |network: &NetworkPlan| format!("{:?}", network.build_layers());
    Ok(format!("{}\n{}", describe(&step.plan.generator), describe(&step.plan.discriminator)))
}

#[test]
fn no_triple_of_strategies_depends_on_its_order() {
    let normalized = SMALL.replace("hidden = [8]", "hidden = [8]\nbatch_norm = true");
    let mut refused = BTreeSet::new();
    for base in [SMALL, &normalized] {
        for (first, one) in FORMS.into_iter().enumerate() {
            for (second, two) in FORMS.into_iter().enumerate().skip(first + 1) {
                for three in FORMS.into_iter().skip(second + 1) {
                    let forms = [one, two, three];
                    if one.0 == two.0 || two.0 == three.0 {
                        continue;
                    }
                    let outcomes = ORDERS.map(|order| layers(base, &order.map(|index| forms[index])));
                    for outcome in &outcomes {
                        // A refusal names the pair that it met first, and of three there may be several.
                        let same = match (outcome, &outcomes[0]) {
                            (Ok(layers), Ok(others)) => layers == others,
                            (Err(_), Err(_)) => true,
                            _ => false,
                        };
                        assert!(same, "{forms:?}: {outcome:?} and {:?}", outcomes[0]);
                    }
                    refused.insert(outcomes[0].is_err());
                }
            }
        }
    }
    assert_eq!(refused.len(), 2, "some triples work and some are refused");
}

#[test]
fn a_wrapper_makes_no_refusal_vanish() {
    let base = SMALL.replace("[discriminator]", "[discriminator]\nbatch_norm = true");
    let penalty = ("gradient-penalty", "");
    for strategies in [vec![penalty], vec![penalty, ("spectral-norm", "")], vec![("spectral-norm", ""), penalty]] {
        let error = run(&with_strategies(&base, &strategies), Device::flex()).err().unwrap();
        for part in ["gradient-penalty", "batch norm", "discriminator"] {
            assert!(error.contains(part), "{strategies:?}: {error}");
        }
    }
}

#[test]
fn noise_stays_before_labels_behind_a_wrapper() {
    for strategies in [
        [("instance-noise", ""), ("conditional", ""), ("spectral-norm", "")],
        [("conditional", ""), ("spectral-norm", ""), ("instance-noise", "")],
        [("spectral-norm", ""), ("conditional", ""), ("instance-noise", "")],
    ] {
        let run = run(&with_strategies(SMALL, &strategies), Device::flex()).unwrap();
        let layers = run.state.discriminator.network.layers();
        let names: Vec<_> = layers.iter().map(|layer| layer.facts().name).collect();
        assert_eq!(names[..2], ["instance noise", "label concatenation"], "{strategies:?}");
    }
}

#[test]
fn noisy_weights_are_those_of_all_layers_in_either_order() {
    let (noise, labels) = (("weight-noise", "std = 0.5"), ("conditional", ""));
    let bits = [[noise, labels], [labels, noise]].map(|strategies| {
        let mut run = run(&with_strategies(SMALL, &strategies), Device::flex()).unwrap();
        for _ in 0..5 {
            run.advance().unwrap();
        }
        ganymede_tests::bits(&run.state)
    });
    assert_eq!(bits[0], bits[1]);
}
