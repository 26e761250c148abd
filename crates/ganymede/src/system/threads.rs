//! How many threads compute.

use ganymede_core::network::leaves;
use ganymede_core::plan::Plan;

use super::device::DeviceKind;

/// From this width of a layer on, matrix products are shared among threads. A choice between small perceptrons, for which
/// threads only wait for each other, and pictures. Nothing but the time depends on it; `RAYON_NUM_THREADS` overrides it.
const WIDE: usize = 512;

/// Uses one thread, the caller's own, for networks whose layers are all narrower than 512, which lose more by handing work
/// around than they gain, unless `RAYON_NUM_THREADS` says otherwise. Must be called before the first tensor is made, by the
/// thread that trains; any other would wait for it.
pub(crate) fn choose_threads(kind: DeviceKind, plan: &Plan) {
    if !kind.is_processor() || std::env::var_os("RAYON_NUM_THREADS").is_some() || widest(plan) >= WIDE {
        return;
    }
    // It fails only when threads have been started already; they then do the work, a little slower.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
}

/// Whether work beside the training may have a thread of its own: not where [`choose_threads`] or `RAYON_NUM_THREADS` chose
/// one, which means one core.
pub(crate) fn has_other_threads() -> bool {
    rayon::current_num_threads() > 1
}

/// The widest layer of both networks, inputs and the layers within others included.
fn widest(plan: &Plan) -> usize {
    let networks = [&plan.generator, &plan.discriminator];
    let layers = networks.iter().flat_map(|network| network.build_layers());
    let leaves = layers.flat_map(|layer| leaves("", &layer));
    let widths = leaves.map(|(_, layer)| layer.facts().output.features());
    widths.chain(networks.map(|network| network.input.features())).max().unwrap_or(0)
}
