//! The program that rebuilds an exported generator in `PyTorch`.

use ganymede_core::network::Network;

/// The program; it reads `generator.safetensors` in the folder that it is run in.
pub(crate) const PROGRAM: &str = include_str!("../../pytorch.py");

/// The layers that the program knows.
const KINDS: [&str; 11] = [
    "linear",
    "convolution",
    "transposed convolution",
    "batch norm",
    "layer norm",
    "group norm",
    "leaky ReLU",
    "upsampling",
    "tanh",
    "sigmoid",
    "dropout",
];

/// Whether the program rebuilds this generator.
pub(crate) fn knows(generator: &Network) -> bool {
    generator.members() == 1
        && generator.layers().iter().all(|layer| {
            let facts = layer.facts();
            // Of the two filters the program has the one that repeats pixels.
            let is_filtered = facts.settings.iter().any(|(name, value)| *name == "binomial" && *value != 0.0);
            KINDS.contains(&facts.name) && !is_filtered
        })
}
