//! `ganymede check --layers`: the table of layers, and the networks as lists of layers.

use ganymede_core::Shape;
use ganymede_core::network::architecture::Architecture;
use ganymede_core::network::plan::NetworkPlan;
use ganymede_core::network::{Facts, Layer, leaves};
use ganymede_core::plan::Plan;
use ganymede_core::role::Role;

use crate::failure::{Failure, OrFailure, Outcome};
use crate::run::prepare::CheckedRun;
use crate::system::memory::bytes_of;

/// Columns: what each is called and how wide it is.
const HEADER: [(&str, usize); 6] =
    [("layer", 24), ("kind", 28), ("output", 16), ("parameters", 12), ("multiply-adds", 14), ("memory", 10)];

/// Every layer of both networks, those inside others on lines of their own, and the sums: the shape of an output row, the
/// trainable parameters, the multiplications with additions of a batch's forward pass, and an estimate of the bytes that a
/// batch takes while the network learns.
pub(crate) fn table(plan: &Plan) -> String {
    [Role::Generator, Role::Discriminator].map(|role| network(plan.network(role), role, plan.batch_size)).concat()
}

/// Both networks as tables of a configuration with `kind = "layers"`, before strategies add layers of theirs.
pub(crate) fn lists(prepared: &CheckedRun) -> Outcome<String> {
    let (experiment, sample) = (&prepared.loaded.experiment, prepared.step.plan.shape);
    let networks = [
        (Role::Generator, &experiment.generator, Shape::point(experiment.latent.size), sample),
        (Role::Discriminator, &experiment.discriminator, sample, Shape::point(1)),
    ];
    let list = |(role, network, input, output): (Role, &Architecture, Shape, Shape)| {
        let list = network.list(role, input, output).map_err(Failure::refused)?;
        Ok(format!("\n{}", list.to_toml(role.name()).or_fail()?))
    };
    networks.into_iter().map(list).collect()
}

fn network(network: &NetworkPlan, role: Role, rows: usize) -> String {
    let members = if network.members > 1 { format!(", {} members of", network.members) } else { String::new() };
    let mut text = format!(
        "\n{}{members} {} to {}, batches of {rows}\n{}",
        role.name(),
        network.input,
        network.output,
        line(HEADER.map(|(name, _)| name.to_owned()))
    );
    let (mut weights, mut products, mut bytes) = (0, 0, 0.0);
    let layers = network.build_layers();
    for (index, layer) in layers.iter().enumerate() {
        for (path, leaf) in leaves(&index.to_string(), layer) {
            let facts: Facts = leaf.facts();
            let count = parameters(leaf.as_ref()) * network.members;
            let (all, need) = (facts.multiply_adds * rows, bytes_of(&facts) * rows as f64);
            (weights, products, bytes) = (weights + count, products + all, bytes + need);
            let cells = [
                path,
                facts.name.to_owned(),
                facts.output.to_string(),
                count.to_string(),
                scaled(all as f64, ""),
                scaled(need, "B"),
            ];
            text += &line(cells);
        }
    }
    let sums = [weights.to_string(), scaled(products as f64, ""), scaled(bytes, "B")];
    let [weights, products, bytes] = sums;
    text + &line(["in all".to_owned(), String::new(), String::new(), weights, products, bytes])
}

fn parameters(layer: &dyn Layer) -> usize {
    layer.parameters().iter().map(|spec| spec.shape.iter().product::<usize>()).sum()
}

/// Cells under their columns: words to the left, numbers to the right.
fn line(cells: [String; 6]) -> String {
    let padded = cells.iter().zip(HEADER).enumerate().map(|(column, (cell, (_, width)))| {
        if column < 3 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
    });
    format!("  {}\n", padded.collect::<Vec<_>>().join(" ").trim_end())
}

/// A number with three digits and a decimal prefix: `1.64 G`.
fn scaled(value: f64, unit: &str) -> String {
    let prefixes = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    match prefixes.iter().find(|(size, _)| value >= *size) {
        Some((size, prefix)) => format!("{:.2} {prefix}{unit}", value / size),
        None if unit.is_empty() => format!("{value}"),
        None => format!("{value:.0} {unit}"),
    }
}
