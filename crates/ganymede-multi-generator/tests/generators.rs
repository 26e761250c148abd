//! Who makes which rows, and the classifier that tells them apart.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use burn::tensor::Tensor;
use ganymede_core::chain::Entry;
use ganymede_core::registry::Configurable;
use ganymede_core::run::Run;
use ganymede_core::sampling::SampleRequest;
use ganymede_multi_generator::{Assignment, Discriminators, MultiGenerator};
use ganymede_testing::games::{self, ring};

fn run(strategy: MultiGenerator) -> Run {
    games::run(&ring(9, "[5]"), vec![Entry::new("multi-generator", strategy)]).unwrap()
}

fn mixture(diversity: f64) -> MultiGenerator {
    MultiGenerator { generators: Some(4), diversity: Some(diversity), ..MultiGenerator::default() }
}

fn class(discriminator: Discriminators) -> MultiGenerator {
    let (assignment, discriminator) = (Assignment::Class, Some(discriminator));
    MultiGenerator { assignment, discriminator, ..MultiGenerator::default() }
}

#[test]
fn a_mixture_shares_out_rows_and_records_both_terms() {
    let mut run = run(mixture(0.5));
    assert_eq!(run.step.plan.generator.members, 4);
    assert_eq!(run.step.plan.discriminator.output.features(), 5);
    let losses = run.advance().unwrap();
    // Before it has learnt anything the classifier is about as good as chance: 0.5 ln 4.
    for term in ["discriminator/multi-generator/classifier", "generator/multi-generator/diversity"] {
        assert!((losses[term] - 0.5 * 4.0_f64.ln()).abs() < 0.4, "{term}: {losses:?}");
    }
    let streams = run.step.streams.derive("test");
    let drawn = run.sample(&SampleRequest { count: 10, label: None, generator: None, streams });
    assert_eq!(drawn.generators, Some(vec![0, 0, 1, 1, 1, 2, 2, 3, 3, 3]));
    let drawn = run.sample(&SampleRequest { count: 10, label: None, generator: Some(2), streams });
    assert_eq!(drawn.generators, Some(vec![2; 10]));
}

#[test]
fn the_classifier_learns_to_tell_generators_apart() {
    // A fast discriminator against slow generators, which would rather stay apart themselves.
    let text = format!("{}[optimizer.discriminator]\nlearning_rate = 1e-2\n", ring(9, "[5]"));
    let strategy = Entry::new("multi-generator", mixture(1.0));
    let mut run = games::run(&text, vec![strategy]).unwrap();
    let first = run.advance().unwrap()["discriminator/multi-generator/classifier"];
    let mut last = first;
    for _ in 0..300 {
        last = run.advance().unwrap()["discriminator/multi-generator/classifier"];
    }
    assert!(last < 0.5 * first, "{first} became {last}");
}

#[test]
fn class_generators_make_their_class_and_learn_alone() {
    for discriminator in [Discriminators::Shared, Discriminators::PerClass] {
        let mut run = run(class(discriminator));
        let members = if discriminator == Discriminators::PerClass { 3 } else { 1 };
        assert_eq!((run.state.generator.network.members(), run.state.discriminator.network.members()), (3, members));
        let before = run.state.generator.network.clone();
        run.advance().unwrap();
        let moved =
            |(old, new): (&Tensor<2>, &Tensor<2>)| old.clone().sub(new.clone()).abs().sum().into_scalar::<f32>() > 0.0;
        let after = &run.state.generator.network;
        assert!(before.parameters().iter().zip(after.parameters()).any(moved));
        let streams = run.step.streams.derive("test");
        let drawn = run.sample(&SampleRequest { count: 12, label: None, generator: None, streams });
        assert_eq!(drawn.generators, drawn.labels);
        let one = run.sample(&SampleRequest { count: 5, label: Some(1), generator: None, streams });
        assert_eq!(one.generators, Some(vec![1; 5]));
    }
}

#[test]
fn keys_of_the_other_assignment_are_refused() {
    let rows = [
        (MultiGenerator { generators: Some(4), ..class(Discriminators::Shared) }, "generators"),
        (MultiGenerator { diversity: Some(0.1), ..class(Discriminators::Shared) }, "diversity"),
        (MultiGenerator { discriminator: Some(Discriminators::Shared), ..mixture(0.1) }, "discriminator"),
        (MultiGenerator { generators: Some(1), ..mixture(0.1) }, "generators"),
        (MultiGenerator { diversity: Some(-1.0), ..mixture(0.1) }, "diversity"),
        (mixture(f64::NAN), "diversity"),
    ];
    for (strategy, key) in rows {
        assert_eq!(strategy.check().unwrap_err().key, key, "{strategy:?}");
    }
}
