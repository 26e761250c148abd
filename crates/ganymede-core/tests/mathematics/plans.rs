//! What a plan refuses before the run starts, and how it shares out rows.

use std::sync::Arc;

use burn::tensor::Tensor;
use ganymede_core::network::preset::{NetworkConfig, PerLayer, PresetKind};
use ganymede_core::network::{Layer, Pass, Tape, Values};
use ganymede_core::objective::Objective;
use ganymede_core::plan::{Claim, LayerPlan, MakeLayer, NetworkPlan, Plan, PlanError, Routing};
use ganymede_core::random::Streams;
use ganymede_core::role::Role;

use crate::support::{double, noise, values};

/// A layer with a forward pass only.
#[derive(Debug)]
struct Opaque {
    width: usize,
}

impl Layer for Opaque {
    fn name(&self) -> &'static str {
        "opaque"
    }

    fn output_width(&self) -> usize {
        self.width
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, _: &mut Tape) -> Tensor<2> {
        input
    }

    fn vjp(&self, _: Values<'_>, _: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }

    fn has_vjp(&self) -> bool {
        false
    }
}

fn opaque() -> LayerPlan {
    LayerPlan::Custom(Arc::new(|width, _| -> Arc<dyn Layer> { Arc::new(Opaque { width }) }))
}

fn network(kind: PresetKind, role: Role, inputs: usize, outputs: usize) -> NetworkPlan {
    let config = NetworkConfig { kind, ..NetworkConfig::default() }.resolved(role);
    NetworkPlan { inputs, outputs, layers: config.layers(), members: 1, routing: Routing::Whole }
}

fn plan(classes: Option<usize>) -> Plan {
    let generator = network(PresetKind::Mlp, Role::Generator, 16, 2);
    let discriminator = network(PresetKind::Mlp, Role::Discriminator, 2, 1);
    Plan::new(12, 2, classes, Objective::NonSaturating, generator, discriminator)
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
        assert_eq!(plan.claim(claim, "first"), Ok(()));
        for other in claims.into_iter().filter(|other| *other != claim) {
            assert_eq!(plan.claim(other, "other"), Ok(()), "{claim} leaves {other} free");
        }
        let error = plan.claim(claim, "second").unwrap_err();
        assert_eq!(error, PlanError::Claimed { claim, first: "first".to_owned(), second: "second".to_owned() });
        for part in ["first", "second", claim.to_string().as_str()] {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert_eq!(plan.claimed_by(claim), Some("first"), "a refused claim changes nothing");
    }
}

#[test]
fn a_lookahead_refuses_what_it_cannot_unroll() {
    let mut alone = plan(None);
    alone.claim(Claim::Lookahead, "unrolled").unwrap();
    assert_eq!(alone.finish(), Ok(()));
    let mut both = alone.clone();
    both.add_discriminator_term("penalty");
    let error = both.finish().unwrap_err();
    assert!(matches!(&error, PlanError::Conflict { first, second, .. } if first == "unrolled" && second == "penalty"));
    let mut term = plan(None);
    term.add_discriminator_term("penalty");
    assert_eq!(term.finish(), Ok(()));
}

#[test]
fn labels_are_needed_where_there_are_some() {
    let mut without = plan(None);
    let error = without.need_labels("conditional").unwrap_err();
    assert!(matches!(&error, PlanError::Needs { strategy, .. } if strategy == "conditional"), "{error}");
    assert!(!without.labelled);
    let mut with = plan(Some(8));
    assert_eq!(with.need_labels("conditional"), Ok(8));
    assert_eq!(with.need_labels("multi-generator"), Ok(8), "any number of strategies may ask");
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
            network.layers.insert(1, opaque());
            assert_eq!(plan.finish(), Ok(()), "nobody asked for second order");
            plan.need_second_order("unrolled", needed);
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
            network.layers.insert(1, LayerPlan::BatchNorm { momentum: 0.1 });
            assert_eq!(plan.finish(), Ok(()), "nobody minds");
            plan.refuse_batch_norm("penalty", needed);
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
    let plan = NetworkPlan { inputs: 3, outputs: 3, layers: vec![opaque()], members: 1, routing: Routing::Whole };
    let network = plan.build(Role::Generator, Streams::new(0), &double());
    let _ = network.trace(noise("opaque", [2, 3]), &Pass::evaluate()).vjp(noise("cotangent", [2, 3]));
}

#[test]
fn logits_divide_the_batch() {
    let rows = [(1, true), (2, true), (3, true), (12, true), (5, false), (24, false), (0, false)];
    for (samples, legal) in rows {
        let mut plan = plan(None);
        plan.claim(Claim::SamplesPerLogit, "packing").unwrap();
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
        let plan = NetworkPlan { members, routing, ..network(PresetKind::Mlp, Role::Generator, 16, 2) };
        assert_eq!(plan.groups(count, labels), expected, "{routing:?} {members} {count}");
    }
    for members in 1..20 {
        for count in 0..50 {
            let even =
                NetworkPlan { members, routing: Routing::Even, ..network(PresetKind::Mlp, Role::Generator, 16, 2) };
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
        |plan: &NetworkPlan| plan.layers.iter().map(|layer| format!("{layer:?}")).collect::<Vec<_>>().join(" ");
    let rows = [
        (
            PresetKind::Article,
            Role::Generator,
            "linear(Fixed(128)) LeakyRelu(0.2) linear(Fixed(256)) batch norm LeakyRelu(0.2) linear(Outputs) Tanh",
        ),
        (
            PresetKind::Article,
            Role::Discriminator,
            "linear(Fixed(512)) LeakyRelu(0.2) linear(Fixed(256)) LeakyRelu(0.2) linear(Outputs)",
        ),
        (
            PresetKind::Mlp,
            Role::Generator,
            "linear(Fixed(128)) LeakyRelu(0.0) linear(Fixed(128)) LeakyRelu(0.0) linear(Outputs)",
        ),
    ];
    for (kind, role, expected) in rows {
        assert_eq!(described(&network(kind, role, 16, 2)), expected, "{kind:?} {role:?}");
    }
}

#[test]
fn a_built_network_has_the_widths_of_its_plan() {
    let config = NetworkConfig {
        hidden: Some(vec![6, 7]),
        activation: Some(ganymede_core::network::activation::ActivationKind::Maxout),
        pieces: Some(3),
        batch_norm: Some(PerLayer::Each(vec![true, false])),
        layer_norm: Some(true),
        dropout: Some(0.1),
        ..NetworkConfig::default()
    };
    let layers = config.resolved(Role::Discriminator).layers();
    let plan = NetworkPlan { inputs: 5, outputs: 4, layers, members: 2, routing: Routing::Even };
    let network = plan.build(Role::Discriminator, Streams::new(0), &double());
    let output = network.forward(noise("widths", [9, 5]), &Pass::evaluate().with_groups(plan.groups(9, None)));
    assert_eq!(output.dims(), [9, 4]);
    assert!(values(&output).iter().all(|value| value.is_finite()));
    assert!(network.mixes_rows());
    let (parameters, buffers) = network.names();
    assert_eq!(parameters.len(), network.split_members(network.parameters()).len());
    assert_eq!(buffers.len(), network.buffers().len());
    assert_eq!(parameters.first().map(String::as_str), Some("members.0.layers.0.weight"));
}

#[test]
fn first_layers_come_before_all_others_and_keep_their_order() {
    let custom = |units| -> MakeLayer {
        Arc::new(move |inputs, _| -> Arc<dyn Layer> { Arc::new(Widened { inputs, outputs: inputs + units }) })
    };
    let layers = vec![
        LayerPlan::Custom(custom(1)),
        LayerPlan::First(custom(10)),
        LayerPlan::Custom(custom(100)),
        LayerPlan::First(custom(1_000)),
    ];
    let plan = NetworkPlan { inputs: 2, outputs: 1, layers, members: 1, routing: Routing::Whole };
    let widths: Vec<usize> = plan.build_layers().iter().map(|layer| layer.output_width()).collect();
    assert_eq!(widths, [12, 1_012, 1_013, 1_113]);
}

/// A layer of which only the widths matter.
#[derive(Debug)]
struct Widened {
    inputs: usize,
    outputs: usize,
}

impl Layer for Widened {
    fn name(&self) -> &'static str {
        "widened"
    }

    fn output_width(&self) -> usize {
        self.outputs
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, _: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        Tensor::cat(vec![input, double().full([rows, self.outputs - self.inputs], 0.0)], 1)
    }

    fn vjp(&self, _: Values<'_>, _: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent.slice_dim(1, 0..self.inputs), Vec::new())
    }
}
