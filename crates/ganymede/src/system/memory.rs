//! What a run will need in memory, and what there is: a mistyped width should cost a second, not a machine.

use std::path::Path;

use ganymede_core::config::Experiment;
use ganymede_core::data::{DataConfig, Draw};
use ganymede_core::network::plan::NetworkPlan;
use ganymede_core::network::{Facts, leaves};
use ganymede_core::optimizer::Optimizer;
use ganymede_core::plan::Plan;
use ganymede_core::step::Step;

use crate::failure::{Failure, Outcome};
use crate::system::cgroup;

/// What a weight takes at the peak of a run, which is the writing of its last checkpoint: the weight, its copy on the host, the
/// bytes of the file. Training alone takes 14 bytes with SGD and 30 with Adam.
///
/// This and the next are differences of the peak resident memory of `ganymede train` (flex, transparent huge pages off) on
/// two points a batch, between `generator.hidden = [3072, 3072, 3072]` and `[512, 512, 512]`, over the difference in weights:
/// 25.6 bytes with SGD, 53.6 with Adam.
const BYTES_A_WEIGHT: f64 = 26.0;

/// And for each moment that the optimiser keeps; Adam keeps two.
const BYTES_A_MOMENT: f64 = 14.0;

/// What a layer's output takes for one row: the value, its cotangent, and what is kept for the backward pass. Twice the 5.9
/// bytes that batches of 9,000 points take more than batches of 1,000, at `hidden = [512, 512]` in either network: other
/// layers keep more than linear ones and `ReLU`.
const BYTES_AN_OUTPUT: f64 = 12.0;

/// What one value takes that a layer keeps besides for the backward pass: the value alone, as its cotangent is short-lived.
const BYTES_A_KEPT_VALUE: f64 = 4.0;

/// Refuses a synthetic data set that cannot be held. `place` is the configuration's file.
pub(crate) fn check_data(experiment: &Experiment, place: &str) -> Outcome<()> {
    check_set(&experiment.data, place)
}

fn check_set(data: &DataConfig, place: &str) -> Outcome<()> {
    let (draw, samples, features) = match data {
        DataConfig::Ring(config) => (config.draw, config.samples, 2),
        DataConfig::Grid(config) => (config.draw, config.samples, 2),
        DataConfig::HighDimensional(config) => (config.draw, config.samples, config.features),
        // Bytes, and at most 4 GiB of them by their own limits.
        DataConfig::Glyphs(config) => {
            let need = (config.samples * config.shape().features()) as f64;
            let what = format!("the {} pictures of [data]", config.samples);
            return refuse(need, place, &what, "lower data.samples or data.side");
        }
        // Nothing is allocated for a file that the file does not hold.
        DataConfig::Images(_) | DataConfig::File(_) => return Ok(()),
        // Stacks are made for a batch alone.
        DataConfig::Stacked(config) => return check_set(&config.of, place),
    };
    if draw == Draw::Fresh {
        return Ok(());
    }
    let need = samples as f64 * features as f64 * 4.0;
    refuse(need, place, &format!("the {samples} points of [data]"), "lower data.samples, or set data.draw = \"fresh\"")
}

/// Refuses networks and batches that cannot be held. `place` is the configuration's file.
pub(crate) fn check_step(step: &Step, samples: usize, place: &str) -> Outcome<()> {
    let plan = &step.plan;
    let (generator, discriminator) = (weights(&plan.generator), weights(&plan.discriminator));
    let bytes = |optimizer: &Optimizer| BYTES_A_WEIGHT + BYTES_A_MOMENT * optimizer.moment_count() as f64;
    let networks = generator * bytes(&step.generator_optimizer) + discriminator * bytes(&step.discriminator_optimizer);
    let rows = plan.batch_size as f64;
    // The discriminator sees real and fake rows.
    let outputs = rows * (bytes_a_row(&plan.generator) + 2.0 * bytes_a_row(&plan.discriminator));
    let drawn = samples as f64 * plan.shape.features() as f64 * 8.0;
    let need = networks + outputs + drawn;
    let what = format!(
        "training {generator:.3e} generator and {discriminator:.3e} discriminator weights on batches of {} rows",
        plan.batch_size
    );
    refuse(need, place, &what, "make the layers of [generator] and [discriminator] or batch_size smaller")
}

/// Refuses to hold the features of `samples` generated and as many real samples. `place` is where the network is named.
pub(crate) fn check_features(width: usize, samples: usize, place: &str) -> Outcome<()> {
    // Two sets and their parts in halves and classes; covariances, their factors and products in double precision.
    let (width, samples) = (width as f64, samples as f64);
    let need = samples * width * 16.0 + width * width * 64.0;
    refuse(need, place, &format!("measuring {samples} samples by {width} features each"), "lower evaluation.samples")
}

/// Refuses a draw of samples that cannot be held.
pub(crate) fn check_draw(plan: &Plan, count: usize) -> Outcome<()> {
    // The initial weights and those that are read; the samples on the device and here.
    let need = weights(&plan.generator) * 8.0 + count as f64 * plan.shape.features() as f64 * 8.0;
    refuse(need, &format!("--count {count}"), "drawing the samples", "draw fewer at a time, with other seeds")
}

/// Trainable weights of all members.
fn weights(network: &NetworkPlan) -> f64 {
    let layers = network.build_layers();
    let specs = layers.iter().flat_map(|layer| layer.parameters());
    specs.map(|spec| spec.shape.iter().map(|side| *side as f64).product::<f64>()).sum::<f64>() * network.members as f64
}

/// Bytes that one row takes in the layers of a network, those within others included.
fn bytes_a_row(network: &NetworkPlan) -> f64 {
    network.build_layers().iter().flat_map(|layer| leaves("", layer)).map(|(_, layer)| bytes_of(&layer.facts())).sum()
}

/// Bytes that one row takes in a layer while a network learns.
pub(crate) fn bytes_of(facts: &Facts) -> f64 {
    BYTES_AN_OUTPUT * facts.output.features() as f64 + BYTES_A_KEPT_VALUE * facts.kept as f64
}

fn refuse(need: f64, place: &str, what: &str, remedy: &str) -> Outcome<()> {
    match available() {
        Some(available) if need > available => Err(Failure::refused(format!(
            "{place}: {what} takes about {}, and {} of memory are available; {remedy}",
            gigabytes(need),
            gigabytes(available)
        ))),
        _ => Ok(()),
    }
}

fn gigabytes(bytes: f64) -> String {
    format!("{:.1} GB", bytes / 1e9)
}

/// The most bytes that this process has held, where the system tells.
pub(crate) fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// Bytes that this process may still take, where they are known: free ones of the machine, and of the control groups.
fn available() -> Option<f64> {
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    let free = free_bytes(&read(Path::new("/proc/meminfo"))?)?;
    Some(cgroup::bytes_left(read).map_or(free, |left| left.min(free)))
}

/// Bytes of a machine that new processes can take, of the text of `/proc/meminfo`.
fn free_bytes(information: &str) -> Option<f64> {
    let line = information.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::free_bytes;

    #[test]
    fn the_kernel_counts_in_kibibytes() {
        let information = "MemTotal:       24000000 kB\nMemFree:          100000 kB\nMemAvailable:   20000000 kB\n";
        assert_eq!(free_bytes(information), Some(20_480_000_000.0));
        for unknown in ["", "MemTotal: 7 kB\n", "MemAvailable:\n", "MemAvailable: much kB\n"] {
            assert_eq!(free_bytes(unknown), None, "{unknown:?}");
        }
    }
}
