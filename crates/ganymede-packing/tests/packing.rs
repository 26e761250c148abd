//! How rows become logits.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::chain::Entry;
use ganymede_core::network::initialization::InitializationKind;
use ganymede_core::network::layers::label::{ConcatenateLabel, ProjectionHead};
use ganymede_core::network::plan::{LayerPlan, Routing};
use ganymede_core::network::{Network, Pass};
use ganymede_core::plan::{Claim, Plan, PlanError};
use ganymede_core::run::Run;
use ganymede_core::strategy::Strategy;
use ganymede_packing::{FACTORY, Pack, Packing};
use ganymede_testing::games::{self, assert_keys_are_refused, ring};
use ganymede_testing::layers::{assert_derivatives, layer, network, stack, training};
use ganymede_testing::numbers::{noise, values};

/// What another strategy does to the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Neighbour {
    Concatenates,
    Projects,
    SharesOutLatents,
    JudgesByClass,
    SortsByClass,
}

impl Strategy for Neighbour {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let classes = plan.need_labels()?;
        match self {
            Self::Concatenates => {
                plan.claim(Claim::Conditioning)?;
                let make = move |input, _| ConcatenateLabel { input, classes, embedding: 4 };
                plan.discriminator.at_input(LayerPlan::new("label concatenation", make));
            }
            Self::Projects => {
                plan.claim(Claim::Conditioning)?;
                let (initialization, scale) = (InitializationKind::Xavier, 1.0);
                let make = move |input, output| ProjectionHead { input, output, classes, initialization, scale };
                plan.discriminator.replace_output("neighbour", LayerPlan::new("label projection", make))?;
            }
            Self::SharesOutLatents => {
                plan.claim(Claim::GeneratorMembers)?;
                (plan.generator.members, plan.generator.routing) = (2, Routing::Even);
            }
            Self::JudgesByClass => {
                plan.claim(Claim::DiscriminatorMembers)?;
                (plan.discriminator.members, plan.discriminator.routing) = (classes, Routing::ByClass);
            }
            Self::SortsByClass => {
                plan.claim(Claim::GeneratorMembers)?;
                (plan.generator.members, plan.generator.routing) = (classes, Routing::ByClass);
            }
        }
        Ok(())
    }
}

fn packing(samples: usize) -> Entry {
    Entry::new("packing", Packing { samples })
}

/// The neighbour before packing, and after it.
fn both_orders(neighbour: Neighbour, samples: usize) -> [Vec<Entry>; 2] {
    let neighbour = || Entry::new("neighbour", neighbour);
    [vec![neighbour(), packing(samples)], vec![packing(samples), neighbour()]]
}

fn run(strategies: Vec<Entry>) -> Result<Run, String> {
    games::run(&ring(12, "[5]"), strategies)
}

#[test]
fn rows_lie_side_by_side_in_their_order() {
    let packs = network(vec![layer(|input| Pack { input, samples: 3 })], 1);
    let input = noise("rows", [6, 4]);
    let output = packs.forward(input.clone(), &Pass::evaluate());
    assert_eq!(output.dims(), [2, 12]);
    assert_eq!(values(&output), values(&input));
}

#[test]
fn derivatives_are_exact() {
    for samples in [2, 3, 6] {
        let network = stack(layer(move |input| Pack { input, samples }), 1);
        assert_derivatives(&format!("{samples} samples"), &network, &training(), &noise("input", [6, 4]));
    }
}

#[test]
fn a_logit_holds_real_rows_or_fake_ones() {
    let run = run(vec![packing(3)]).unwrap();
    let discriminator = &run.state.discriminator.network;
    let rows = |value| run.step.place.full([12, 2], value);
    let alone = |value| discriminator.forward(rows(value), &training()).try_into_vec_as::<f32>().unwrap();
    let both = discriminator.forward(Tensor::cat(vec![rows(0.5), rows(-1.0)], 0), &training());
    assert_eq!(both.dims(), [8, 1]);
    assert_eq!(both.try_into_vec_as::<f32>().unwrap(), [alone(0.5), alone(-1.0)].concat());
}

#[test]
fn the_first_layer_takes_all_samples_and_the_rest_stays() {
    let shapes = |network: &Network| network.parameters().iter().map(Tensor::dims).collect::<Vec<_>>();
    let plain = shapes(&run(Vec::new()).unwrap().state.discriminator.network);
    for samples in [2, 3, 4, 6, 12] {
        let mut run = run(vec![packing(samples)]).unwrap();
        let packed = shapes(&run.state.discriminator.network);
        assert_eq!(packed[0], [2 * samples, 5]);
        assert_eq!(packed[1..], plain[1..]);
        assert!(run.advance().unwrap().values().all(|loss| loss.is_finite()));
    }
}

#[test]
fn labels_of_all_rows_enter_whatever_the_order() {
    for strategies in both_orders(Neighbour::Concatenates, 3) {
        let mut run = run(strategies).unwrap();
        let discriminator = run.state.discriminator.network.clone();
        let shapes: Vec<_> = discriminator.parameters().iter().map(Tensor::dims).collect();
        assert_eq!(shapes[..2], [[3, 4], [3 * (2 + 4), 5]], "an embedding for each sample of the logit");
        let logits = |labels: [usize; 6]| {
            let pass = Pass::evaluate().with_labels(Some(labels.to_vec()));
            discriminator.forward(run.step.place.full([6, 2], 0.5), &pass).try_into_vec_as::<f32>().unwrap()
        };
        let same = logits([0; 6]);
        for row in 0..6 {
            let mut labels = [0; 6];
            labels[row] = 2;
            let moved = logits(labels);
            assert_ne!(moved[row / 3].to_bits(), same[row / 3].to_bits(), "row {row}");
            assert_eq!(moved[1 - row / 3].to_bits(), same[1 - row / 3].to_bits(), "row {row}");
        }
        assert!(run.advance().unwrap().values().all(|loss| loss.is_finite()));
    }
}

#[test]
fn what_cannot_be_packed_is_refused_with_both_names_in_either_order() {
    let rows = [
        (Neighbour::Projects, "label"),
        (Neighbour::SharesOutLatents, "generator"),
        (Neighbour::JudgesByClass, "discriminator"),
    ];
    for (neighbour, reason) in rows {
        for strategies in both_orders(neighbour, 2) {
            let error = run(strategies).err().unwrap();
            for part in ["\"packing\"", "\"neighbour\"", reason] {
                assert!(error.contains(part), "{neighbour:?}: {error}");
            }
        }
    }
    let sorts = Entry::new("neighbour", Neighbour::SortsByClass);
    assert!(run(vec![packing(2), sorts]).is_ok(), "real and fake are sorted alike");
}

#[test]
fn a_batch_that_is_not_divided_is_refused() {
    for samples in [5, 7, 8, 13, 24, usize::MAX] {
        let error = run(vec![packing(samples)]).err().unwrap();
        for part in ["\"packing\"", "batch_size = 12", &samples.to_string()] {
            assert!(error.contains(part), "{error}");
        }
    }
}

#[test]
fn bad_keys_are_named() {
    let rows = [
        ("samples = 0", "samples"),
        ("samples = 1", "samples"),
        ("samples = -2", "samples"),
        ("samples = 2.5", "samples"),
        ("samples = \"two\"", "samples"),
        ("samples = []", "samples"),
        ("sample = 2", "sample"),
        ("m = 2", "m"),
    ];
    assert_keys_are_refused(&FACTORY, &rows);
}
