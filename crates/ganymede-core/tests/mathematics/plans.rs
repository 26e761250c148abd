//! What a plan refuses before the run starts, and how it shares out rows.

use std::sync::Arc;

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::ledger::Ledger;
use ganymede_core::network::plan::{LayerPlan, NetworkPlan, Routing};
use ganymede_core::network::preset::{NetworkConfig, PerLayer, PresetKind};
use ganymede_core::network::{Facts, Layer, Pass, SavedTensors, Tape, Values};
use ganymede_core::objective::Objective;
use ganymede_core::plan::{Claim, Plan, PlanError, StrategyId};
use ganymede_core::precision::Precision;
use ganymede_core::random::Streams;
use ganymede_core::role::Role;

use ganymede_testing::numbers::{double, noise, values};

/// A layer with a forward pass only.
#[derive(Debug)]
struct Opaque {
    shape: Shape,
}

impl Layer for Opaque {
    fn facts(&self) -> Facts {
        Facts { has_vjp: false, ..Facts::new("opaque", self.shape) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: &mut Tape) -> Tensor<2> {
        input
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }
}

fn opaque() -> LayerPlan {
    LayerPlan::new("opaque", |shape, _| Opaque { shape })
}

fn network(kind: PresetKind, role: Role, inputs: usize, outputs: usize) -> NetworkPlan {
    let config = NetworkConfig { kind, ..NetworkConfig::default() }.resolved(role);
    NetworkPlan::new(Shape::point(inputs), Shape::point(outputs), config.layers())
}

fn plan(classes: Option<usize>) -> Plan {
    let generator = network(PresetKind::Mlp, Role::Generator, 16, 2);
    let discriminator = network(PresetKind::Mlp, Role::Discriminator, 2, 1);
    Plan {
        batch_size: 12,
        precision: Precision::default(),
        shape: Shape::point(2),
        classes,
        objective: Objective::NonSaturating,
        generator,
        discriminator,
        labelled: false,
        samples_per_logit: 1,
        ledger: Ledger::default(),
    }
}

#[test]
fn a_choice_is_claimed_once() {
    let claims = [
        Claim::Conditioning,
        Claim::GeneratorMembers,
        Claim::DiscriminatorMembers,
        Claim::Lookahead,
        Claim::SamplesPerLogit,
    ];
    for claim in claims {
        let mut plan = plan(None);
        assert_eq!(plan.claimed_by(claim), None);
        plan.ask("first");
        assert_eq!(plan.claim(claim), Ok(()));
        plan.ask("other");
        for other in claims.into_iter().filter(|other| *other != claim) {
            assert_eq!(plan.claim(other), Ok(()), "{claim} leaves {other} free");
        }
        let location = Some("ring.toml:7".to_owned());
        let second = StrategyId { name: "second".to_owned(), location };
        plan.ask(second.clone());
        let error = plan.claim(claim).unwrap_err();
        assert_eq!(error, PlanError::Claimed { claim, first: "first".into(), second });
        assert_eq!(error.location(), Some("ring.toml:7"));
        for part in ["first", "second", claim.to_string().as_str()] {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert_eq!(plan.claimed_by(claim), Some(&"first".into()), "a refused claim changes nothing");
    }
}

#[test]
fn a_lookahead_refuses_what_it_cannot_unroll() {
    let mut alone = plan(None);
    alone.ask("unrolled");
    alone.claim(Claim::Lookahead).unwrap();
    assert_eq!(alone.finish(), Ok(()));
    let mut both = alone.clone();
    both.ask("penalty");
    both.add_discriminator_term();
    let error = both.finish().unwrap_err();
    assert!(
        matches!(&error, PlanError::Conflict { first, second, .. } if first.name == "unrolled" && second.name == "penalty")
    );
    let mut term = plan(None);
    term.ask("penalty");
    term.add_discriminator_term();
    assert_eq!(term.finish(), Ok(()));
}

#[test]
fn labels_are_needed_where_there_are_some() {
    let mut without = plan(None);
    without.ask("conditional");
    let error = without.need_labels().unwrap_err();
    assert!(matches!(&error, PlanError::Needs { strategy, .. } if strategy.name == "conditional"), "{error}");
    assert!(!without.labelled);
    let mut with = plan(Some(8));
    assert_eq!(with.need_labels(), Ok(8));
    assert_eq!(with.need_labels(), Ok(8), "any number of strategies may ask");
    assert!(with.labelled);
}

#[test]
fn second_order_refuses_a_layer_without_a_backward_pass() {
    for role in [Role::Generator, Role::Discriminator] {
        for (needed, refused) in
            [(Role::Generator, role == Role::Generator), (Role::Discriminator, role == Role::Discriminator)]
        {
            let mut plan = plan(None);
            let network = if role == Role::Generator { &mut plan.generator } else { &mut plan.discriminator };
            network.before_output(opaque());
            assert_eq!(plan.finish(), Ok(()), "nobody asked for second order");
            plan.ask("unrolled");
            plan.need_second_order(needed);
            let result = plan.finish();
            assert_eq!(result.is_err(), refused, "layer in the {}, needed in the {}", role.name(), needed.name());
            if let Err(error) = result {
                for part in ["unrolled", "opaque", role.name()] {
                    assert!(error.to_string().contains(part), "{error}");
                }
            }
        }
    }
}

#[test]
fn batch_norm_is_refused_where_rows_must_stand_alone() {
    for role in [Role::Generator, Role::Discriminator] {
        for needed in [Role::Generator, Role::Discriminator] {
            let mut plan = plan(None);
            let network = if role == Role::Generator { &mut plan.generator } else { &mut plan.discriminator };
            network.before_output(LayerPlan::batch_norm(0.1));
            assert_eq!(plan.finish(), Ok(()), "nobody minds");
            plan.ask("penalty");
            plan.refuse_batch_norm(needed);
            let result = plan.finish();
            assert_eq!(result.is_err(), role == needed, "batch norm in the {}, {needed:?}", role.name());
            if let Err(error) = result {
                for part in ["penalty", "batch norm", role.name()] {
                    assert!(error.to_string().contains(part), "{error}");
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "the layer `opaque` has no vector-Jacobian product")]
fn a_backward_pass_through_an_opaque_layer_is_no_silent_zero() {
    let plan = NetworkPlan::new(Shape::point(3), Shape::point(3), vec![opaque()]);
    let network = plan.build(Role::Generator, Streams::new(0), &double());
    let _ = network.trace(noise("opaque", [2, 3]), &Pass::evaluate()).vjp(noise("cotangent", [2, 3]));
}

#[test]
fn logits_divide_the_batch() {
    let rows = [(1, true), (2, true), (3, true), (12, true), (5, false), (24, false), (0, false)];
    for (samples, legal) in rows {
        let mut plan = plan(None);
        plan.ask("packing");
        plan.claim(Claim::SamplesPerLogit).unwrap();
        plan.samples_per_logit = samples;
        let result = plan.finish();
        assert_eq!(result.is_ok(), legal, "{samples} of 12: {result:?}");
        if let Err(error) = result {
            assert!(error.to_string().contains("packing") && error.to_string().contains("12"), "{error}");
        }
    }
}

#[test]
fn rows_are_shared_out_as_routed() {
    type Row<'a> = (Routing, usize, usize, Option<&'a [usize]>, Vec<usize>);
    let labels = [0, 0, 0, 2, 2, 3, 3, 3, 3, 3];
    let rows: [Row<'_>; 8] = [
        (Routing::Whole, 1, 10, None, vec![]),
        (Routing::Whole, 1, 10, Some(&labels), vec![]),
        (Routing::Even, 1, 10, None, vec![10]),
        (Routing::Even, 5, 10, None, vec![2, 2, 2, 2, 2]),
        (Routing::Even, 4, 10, None, vec![2, 3, 2, 3]),
        (Routing::Even, 4, 2, None, vec![0, 1, 0, 1]),
        (Routing::ByClass, 4, 10, Some(&labels), vec![3, 0, 2, 5]),
        (Routing::ByClass, 5, 10, Some(&labels), vec![3, 0, 2, 5, 0]),
    ];
    for (routing, members, count, labels, expected) in rows {
        let plan = network(PresetKind::Mlp, Role::Generator, 16, 2).shared_by(members, routing);
        assert_eq!(plan.groups(count, labels), expected, "{routing:?} {members} {count}");
    }
    for members in 1..20 {
        for count in 0..50 {
            let even = network(PresetKind::Mlp, Role::Generator, 16, 2).shared_by(members, Routing::Even);
            let groups = even.groups(count, None);
            let bounds = (groups.iter().min().unwrap(), groups.iter().max().unwrap());
            assert_eq!(groups.iter().sum::<usize>(), count, "{members} {count}");
            assert!(bounds.1 - bounds.0 <= 1, "{members} {count}: {groups:?}");
        }
    }
}

#[test]
fn presets_are_the_documented_networks() {
    let described =
        |plan: &NetworkPlan| plan.layers().into_iter().map(|layer| format!("{layer:?}")).collect::<Vec<_>>().join(" ");
    let rows = [
        (
            PresetKind::Article,
            Role::Generator,
            "linear(128) LeakyRelu(0.2) linear(256) batch norm LeakyRelu(0.2) linear(outputs) Tanh",
        ),
        (
            PresetKind::Article,
            Role::Discriminator,
            "linear(512) LeakyRelu(0.2) linear(256) LeakyRelu(0.2) linear(outputs)",
        ),
        (PresetKind::Mlp, Role::Generator, "linear(128) LeakyRelu(0.0) linear(128) LeakyRelu(0.0) linear(outputs)"),
    ];
    for (kind, role, expected) in rows {
        assert_eq!(described(&network(kind, role, 16, 2)), expected, "{kind:?} {role:?}");
    }
}

#[test]
fn a_built_network_has_the_widths_of_its_plan() {
    let config = NetworkConfig {
        hidden: Some(vec![6, 7]),
        activation: Some(ganymede_core::network::layers::activation::ActivationKind::Maxout),
        pieces: Some(3),
        batch_norm: Some(PerLayer::Each(vec![true, false])),
        layer_norm: Some(true),
        dropout: Some(0.1),
        ..NetworkConfig::default()
    };
    let layers = config.resolved(Role::Discriminator).layers();
    let plan = NetworkPlan::new(Shape::point(5), Shape::point(4), layers).shared_by(2, Routing::Even);
    let network = plan.build(Role::Discriminator, Streams::new(0), &double());
    let output = network.forward(noise("widths", [9, 5]), &Pass::evaluate().with_groups(plan.groups(9, None)));
    assert_eq!(output.dims(), [9, 4]);
    assert!(values(&output).iter().all(|value| value.is_finite()));
    assert!(network.rows_interact());
    let (parameters, buffers) = network.names();
    assert_eq!(parameters.len(), network.split_members(network.parameters()).len());
    assert_eq!(buffers.len(), network.buffers().len());
    assert_eq!(parameters.first().map(String::as_str), Some("members.0.layers.0.weight"));
}

#[test]
fn layers_stand_by_position_and_then_by_name_whatever_the_order_of_asking() {
    type Verb = fn(&mut NetworkPlan);
    let verbs: [Verb; 7] = [
        |plan| plan.before_output(widened("statistics", 1)),
        |plan| plan.at_first(widened("noise", 10)),
        |plan| plan.at_input(widened("label", 100)),
        |plan| plan.after_input(widened("pack", 1_000)),
        |plan| plan.at_first(widened("augmentation", 10_000)),
        |plan| plan.before_output(widened("distances", 100_000)),
        |plan| plan.replace_output("projection", widened("head", 1_000_000)).unwrap(),
    ];
    for rotation in 0..verbs.len() {
        let mut plan = network(PresetKind::Article, Role::Generator, 16, 2);
        for verb in verbs.iter().cycle().skip(rotation).take(verbs.len()) {
            verb(&mut plan);
        }
        let names: Vec<String> = plan.layers().into_iter().map(|layer| format!("{layer:?}")).collect();
        let expected = "augmentation noise label pack linear(128) LeakyRelu(0.2) linear(256) batch norm LeakyRelu(0.2) \
                        distances statistics head Tanh";
        assert_eq!(names.join(" "), expected, "from {rotation}");
        let built = plan.build_layers();
        assert_eq!(built[3].facts().output, Shape::point(16 + 11_110));
        assert_eq!(built.last().unwrap().facts().output, Shape::point(256 + 1_100_001));
    }
}

#[test]
fn the_output_is_replaced_once() {
    let mut plan = network(PresetKind::Mlp, Role::Discriminator, 2, 1);
    plan.replace_output("first", widened("head", 1)).unwrap();
    let error = plan.replace_output("second", widened("other", 1)).unwrap_err();
    assert!(
        matches!(error, PlanError::Conflict { first, second, .. } if first.name == "first" && second.name == "second")
    );
}

#[test]
fn a_wrapper_hides_no_fact_and_reaches_layers_that_come_later() {
    for role in [Role::Generator, Role::Discriminator] {
        for (layer, strategy) in [(opaque(), "lookahead"), (LayerPlan::batch_norm(0.1), "penalty")] {
            let mut plan = plan(None);
            plan.ask("lookahead");
            plan.need_second_order(role);
            plan.ask("penalty");
            plan.refuse_batch_norm(role);
            let network = if role == Role::Generator { &mut plan.generator } else { &mut plan.discriminator };
            network.wrap("wrapper", |inner| Arc::new(Wrapper { inner }));
            network.before_output(layer);
            let names: Vec<String> = network.build_layers().iter().map(|layer| format!("{layer:?}")).collect();
            assert!(names.iter().all(|name| name.starts_with("Wrapper")), "{names:?}");
            let text = plan.finish().unwrap_err().to_string();
            assert!(text.contains(strategy) && text.contains(role.name()), "{text}");
        }
    }
}

#[test]
fn layers_that_do_not_fit_are_refused_by_network_and_reason() {
    type Change = fn(&mut NetworkPlan);
    let rows: [(Change, &[&str]); 2] = [
        (|plan| plan.before_output(LayerPlan::maxout(3)), &["maxout", "groups of 3", "128 channels"]),
        (
            |plan| plan.replace_output("test", widened("head", 1)).unwrap(),
            &["last layer", "129 features", "are needed"],
        ),
    ];
    for role in [Role::Generator, Role::Discriminator] {
        for (change, fragments) in rows {
            let mut plan = plan(None);
            change(if role == Role::Generator { &mut plan.generator } else { &mut plan.discriminator });
            let text = plan.finish().unwrap_err().to_string();
            for fragment in fragments.iter().chain(&[role.name()]) {
                assert!(text.contains(fragment), "{fragment}: {text}");
            }
        }
    }
}

/// A layer around another that changes nothing.
#[derive(Debug)]
struct Wrapper {
    inner: Arc<dyn Layer>,
}

impl Layer for Wrapper {
    fn facts(&self) -> Facts {
        self.inner.facts()
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        tape.inside(|tape| self.inner.forward(values, input, pass, tape))
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        self.inner.vjp(values, &saved.children[0], cotangent)
    }
}

fn widened(name: &str, units: usize) -> LayerPlan {
    LayerPlan::new(name, move |input: Shape, _| Widened { inputs: input.features(), outputs: input.features() + units })
}

/// A layer of which only the sizes matter.
#[derive(Debug)]
struct Widened {
    inputs: usize,
    outputs: usize,
}

impl Layer for Widened {
    fn facts(&self) -> Facts {
        Facts::new("widened", Shape::point(self.outputs))
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        Tensor::cat(vec![input, double().full([rows, self.outputs - self.inputs], 0.0)], 1)
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent.slice_dim(1, 0..self.inputs), Vec::new())
    }
}
