//! What is refused, with what is named.

use std::path::Path;

use ganymede_core::chain::Entry;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::registry::Registry;
use ganymede_core::strategy::Strategy;
use ganymede_gradient_penalty::{FACTORY, GradientPenalty, Kind};

use crate::support::{configs, refusal, text};

/// Reads a `[[strategy]]` table with these keys; its resolved lines, sorted, or the message.
fn read(keys: &str) -> Result<String, String> {
    let text = format!("[[strategy]]\nname = \"gradient-penalty\"\n{keys}\n");
    let document = Document::parse(&text, "test.toml", Path::new("")).map_err(|error| error.to_string())?;
    let (_, strategies) = Experiment::read(&document).map_err(|error| error.to_string())?;
    let registry = Registry::new(&[&FACTORY], &[FACTORY.name]);
    let (_, tables) = registry.chain(&strategies).map_err(|error| error.to_string())?;
    let resolved = tables[0].to_string();
    let mut lines: Vec<&str> = resolved.lines().filter(|line| !line.starts_with("name")).collect();
    lines.sort_unstable();
    Ok(lines.join(", "))
}

#[test]
fn defaults_are_those_of_the_kind() {
    let rows = [
        ("", "kind = \"r1-r2\""),
        ("kind = \"r1\"\nweight = 10.0", "kind = \"r1\", weight = 10.0"),
        ("kind = \"wgan-gp\"", "kind = \"wgan-gp\", one_sided = false, target = 1.0"),
        ("kind = \"wgan-gp\"\ntarget = 0.0", "kind = \"wgan-gp\", one_sided = false, target = 0.0"),
        ("kind = \"dragan\"\none_sided = true", "kind = \"dragan\", noise = 0.5, one_sided = true, target = 1.0"),
    ];
    for (keys, expected) in rows {
        assert_eq!(read(keys).unwrap(), expected, "{keys}");
    }
}

#[test]
fn bad_values_are_refused_with_key_value_and_remedy() {
    let rows: &[(&str, &[&str])] = &[
        ("weight = -1.0", &["weight = -1", "at least 0"]),
        ("weight = nan", &["weight = NaN", "at least 0"]),
        ("schedule = { factor = -0.1 }", &["factor = -0.1", "at least 0"]),
        ("every = 0", &["every = 0", "at least 1"]),
        ("kind = \"r3\"", &["kind = \"r3\"", "r1"]),
        ("kind = \"wgan\"", &["kind = \"wgan\"", "wgan-gp"]),
        ("lambda = 10.0", &["unknown key `strategy.0.lambda`"]),
        ("gamma = 10.0", &["unknown key `strategy.0.gamma`"]),
        ("kind = \"wgan-gp\"\ntarget = -1.0", &["target = -1", "at least 0"]),
        ("kind = \"wgan-gp\"\ntarget = inf", &["target = inf", "at least 0"]),
        ("kind = \"wgan-gp\"\ntarget = \"one\"", &["target = \"one\""]),
        ("kind = \"wgan-gp\"\nnoise = 0.5", &["noise = 0.5", "wgan-gp does not use it"]),
        ("kind = \"dragan\"\nnoise = 0.0", &["noise = 0", "above 0"]),
        ("kind = \"dragan\"\nnoise = -0.5", &["noise = -0.5", "above 0"]),
        ("kind = \"dragan\"\nnoise = nan", &["noise = NaN", "above 0"]),
        ("kind = \"dragan\"\none_sided = 1", &["one_sided = 1"]),
        ("kind = \"r1\"\ntarget = 1.0", &["target = 1", "r1 does not use it"]),
        ("kind = \"r2\"\none_sided = true", &["one_sided = true", "r2 does not use it"]),
        ("kind = \"r1-r2\"\nnoise = 1.0", &["noise = 1", "r1-r2 does not use it"]),
        ("noise = 1.0", &["noise = 1", "r1-r2 does not use it"]),
    ];
    for (keys, fragments) in rows {
        let error = read(keys).unwrap_err();
        for fragment in *fragments {
            assert!(error.contains(fragment), "{keys:?}: {error}");
        }
    }
}

/// Claims the lookahead, as unrolling does.
struct Ahead;

impl Strategy for Ahead {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.claim(Claim::Lookahead)
    }
}

/// Gives the discriminator batch norm after the penalty was asked.
struct LateBatchNorm;

impl Strategy for LateBatchNorm {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        plan.discriminator.before_output(LayerPlan::batch_norm(0.1));
        Ok(())
    }
}

#[test]
fn what_does_not_fit_is_refused_and_both_are_named() {
    for config in configs() {
        let refused = |network: &str, neighbour: Option<Entry>| {
            refusal(&text(12, network), config.clone(), neighbour.into_iter().collect())
        };
        assert_eq!(refused("layer_norm = true\ndropout = 0.1", None), None);
        let rows = [
            (refused("batch_norm = true", None), ["gradient-penalty", "batch norm", "layer_norm"]),
            (refused("", Some(Entry::new("late", LateBatchNorm))), ["gradient-penalty", "batch norm", "discriminator"]),
            (refused("", Some(Entry::new("ahead", Ahead))), ["gradient-penalty", "ahead", "unroll"]),
        ];
        for (message, fragments) in rows {
            let message = message.unwrap();
            for fragment in fragments {
                assert!(message.contains(fragment), "{config:?}: {message}");
            }
        }
    }
    let generator = text(12, "").replace("[generator]", "[generator]\nbatch_norm = true");
    assert_eq!(refusal(&generator, GradientPenalty::default(), Vec::new()), None);
    assert_eq!(Kind::default(), Kind::R1R2);
}
