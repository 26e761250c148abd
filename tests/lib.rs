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
