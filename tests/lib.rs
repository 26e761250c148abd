//! Helpers of the integration tests: small runs from a few lines of TOML.

use std::path::Path;

use burn::tensor::Device;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::place::Place;
use ganymede_core::run::Run;

pub use ganymede_testing::games::bits;

/// A ring with small networks.
pub const SMALL: &str = "steps = 20\nbatch_size = 16\nseed = 5\n[data]\nkind = \"ring\"\nmodes = 4\nsamples = 200\n\
                         [latent]\nsize = 3\n[generator]\nhidden = [8]\n[discriminator]\nhidden = [8]\n";

/// Glyphs of 16 x 16 with a small DCGAN, whose both networks have batch norm.
pub const PICTURES: &str = "steps = 20\nbatch_size = 16\nseed = 5\n[data]\nkind = \"glyphs\"\nside = 16\nsamples = 100\n\
                            [latent]\nsize = 3\n[generator]\nkind = \"dcgan\"\nchannels = 4\nnorm = \"batch\"\n\
                            [discriminator]\nkind = \"dcgan\"\nchannels = 4\nnorm = \"batch\"\n";

/// The same glyphs with networks that are written out: resampling, convolutions, residual blocks, norms.
pub const LISTED: &str = r#"steps = 20
batch_size = 16
seed = 5
[data]
kind = "glyphs"
side = 16
samples = 100
[latent]
size = 3
[generator]
kind = "layers"
layers = [
    { kind = "linear", shape = [4, 4, 6] },
    { kind = "batch-norm" },
    { kind = "relu" },
    { kind = "upsampling" },
    { kind = "convolution", channels = 4 },
    { kind = "batch-norm" },
    { kind = "leaky-relu" },
    { kind = "residual", body = [{ kind = "convolution", channels = 4 }, { kind = "group-norm", groups = 2 }] },
    { kind = "upsampling", filter = "binomial" },
    { kind = "convolution" },
    { kind = "tanh" },
]
[discriminator]
kind = "layers"
layers = [
    { kind = "convolution", channels = 4, kernel = 4, stride = 2 },
    { kind = "leaky-relu" },
    { kind = "residual", body = [
        { kind = "convolution", channels = 6 },
        { kind = "batch-norm" },
        { kind = "leaky-relu" },
    ], shortcut = [{ kind = "convolution", channels = 6, kernel = 1 }] },
    { kind = "downsampling" },
    { kind = "linear" },
]
"#;

/// A run in f32 from TOML.
///
/// # Errors
///
/// The message a user would see.
pub fn run(text: &str, device: Device) -> Result<Run, String> {
    run_at(text, Place::new(device))
}

/// A run in any precision from TOML.
///
/// # Errors
///
/// The message a user would see.
pub fn run_at(text: &str, place: Place) -> Result<Run, String> {
    let document = Document::parse(text, "test.toml", Path::new(".")).map_err(|error| error.to_string())?;
    let (experiment, strategies) = Experiment::read(&document).map_err(|error| error.to_string())?;
    let (chain, _) = ganymede_strategies::registry().chain(&strategies).map_err(|error| error.to_string())?;
    Run::at(&experiment, chain, Path::new("."), place).map_err(|error| error.to_string())
}

/// A configuration with these strategies stacked, each a line of TOML keys after its name.
pub fn with_strategies(base: &str, strategies: &[(&str, &str)]) -> String {
    let tables = strategies.iter().map(|(name, keys)| format!("\n[[strategy]]\nname = \"{name}\"\n{keys}\n"));
    std::iter::once(base.to_owned()).chain(tables).collect()
}
