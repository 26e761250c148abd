//! A strategy from outside the workspace joins through [`Registry::with`], and is a strategy like any other.

use std::path::Path;

use burn::tensor::Device;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::invalid::{InvalidValue, ensure};
use ganymede_core::network::Network;
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::{Configurable, Factory, Registry, build};
use ganymede_core::role::Role;
use ganymede_core::run::Run;
use ganymede_core::strategy::{StepContext, Strategy};
use ganymede_tests::{SMALL, with_strategies};
use serde::{Deserialize, Serialize};

/// Multiplies every weight of the discriminator after its update, and claims the lookahead, so that it can collide.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Shrinking {
    factor: f64,
}

impl Configurable for Shrinking {
    fn check(&self) -> Result<(), InvalidValue> {
        ensure((0.0..=1.0).contains(&self.factor), "factor", self.factor, "expected a number in [0, 1]")
    }
}

impl Strategy for Shrinking {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.claim(Claim::Lookahead)
    }

    fn after_update(&mut self, role: Role, network: &mut Network, _: &StepContext<'_>) {
        if role == Role::Discriminator {
            let shrunk = network.parameters().iter().map(|weight| weight.clone().mul_scalar(self.factor));
            *network = network.with_parameters(shrunk.collect());
        }
    }
}

static SHRINKING: Factory = Factory {
    name: "shrinking",
    summary: "The discriminator's weights shrink.",
    paper: "None.",
    equation: "w <- factor w",
    defaults: "factor = 0.0",
    build: build::<Shrinking>,
};

fn registry() -> Registry {
    ganymede_strategies::registry().with(&SHRINKING)
}

fn run(strategies: &[(&str, &str)], overrides: &[&str]) -> Result<Run, String> {
    let text = with_strategies(SMALL, strategies);
    let mut document = Document::parse(&text, "outside.toml", Path::new(".")).map_err(|error| error.to_string())?;
    for assignment in overrides {
        document.set(assignment).map_err(|error| error.to_string())?;
    }
    let (experiment, strategies) = Experiment::read(&document).map_err(|error| error.to_string())?;
    let (chain, _) = registry().chain(&strategies).map_err(|error| error.to_string())?;
    Run::new(&experiment, chain, Path::new("."), Device::flex()).map_err(|error| error.to_string())
}

#[test]
fn it_trains_beside_the_workspaces_own() {
    let mut run = run(&[("label-smoothing", ""), ("shrinking", "factor = 0.0")], &[]).unwrap();
    run.advance().unwrap();
    let discriminator = &run.state.discriminator.network;
    assert!(discriminator.parameters().iter().all(|weight| weight.clone().abs().max().into_scalar::<f64>() == 0.0));
    let generator = &run.state.generator.network;
    assert!(generator.parameters().iter().any(|weight| weight.clone().abs().max().into_scalar::<f64>() > 0.0));
}

/// Strategies with their keys, and what the refusal says.
type Refusal<'case> = (&'case [(&'case str, &'case str)], &'case [&'case str]);

#[test]
fn it_is_listed_found_and_refused_like_any_other() {
    assert!(registry().factories().iter().any(|factory| factory.name == "shrinking"));
    assert!(!registry().missing().contains(&"shrinking"));
    let rows: [Refusal; 5] = [
        (&[("shrinkin", "")], &["outside.toml", "shrinkin", "did you mean \"shrinking\"?"]),
        (&[("shrinking", "factor = 2.0")], &["outside.toml", "factor = 2", "[0, 1]"]),
        (&[("shrinking", "faktor = 0.5")], &["outside.toml", "faktor", "did you mean `factor`?"]),
        (&[("shrinking", ""), ("shrinking", "")], &["outside.toml", "shrinking", "named twice"]),
        (&[("unrolled", "steps = 1"), ("shrinking", "")], &["\"unrolled\"", "\"shrinking\"", "judged by"]),
    ];
    for (strategies, fragments) in rows {
        let error = run(strategies, &[]).err().unwrap();
        for fragment in fragments {
            assert!(error.contains(fragment), "{strategies:?}: {error}");
        }
    }
}

#[test]
fn overrides_name_a_strategy_or_count_it() {
    let strategies = [("replay", "capacity = 10"), ("shrinking", "factor = 0.5")];
    let rows: [(&str, &[&str]); 7] = [
        ("strategy.shrinking.factor=3", &["--set strategy.shrinking.factor=3", "strategy.1.factor = 3", "[0, 1]"]),
        ("strategy.1.factor=3", &["--set strategy.1.factor=3", "strategy.1.factor = 3"]),
        ("strategy.shrinkin.factor=1", &["--set", "no entry named `shrinkin`", "did you mean `shrinking`?"]),
        ("strategy.unrolled.steps=1", &["--set", "no entry named `unrolled`", "`replay`, `shrinking`"]),
        ("strategy.2.factor=1", &["--set", "no entry 2", "the list has 2"]),
        ("strategy.shrinking.faktor=1", &["--set strategy.shrinking.faktor=1", "unknown key `strategy.1.faktor`"]),
        ("strategy.replay.capacity=0", &["--set strategy.replay.capacity=0", "capacity = 0", "from 1"]),
    ];
    for (assignment, fragments) in rows {
        let error = run(&strategies, &[assignment]).err().unwrap();
        for fragment in fragments {
            assert!(error.contains(fragment), "{assignment}: {error}");
        }
    }
    let weights = |overrides: &[&str]| {
        let mut run = run(&strategies, overrides).unwrap();
        run.advance().unwrap();
        ganymede_tests::bits(&run.state)
    };
    assert_eq!(weights(&["strategy.shrinking.factor=0.25"]), weights(&["strategy.1.factor=0.25"]));
    assert_ne!(weights(&["strategy.shrinking.factor=0.25"]), weights(&[]));
}
