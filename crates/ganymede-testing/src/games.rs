//! The smallest runs, their bits, and what must hold for every strategy that joins them.

use std::path::Path;

use ganymede_core::chain::Entry;
use ganymede_core::config::{Document, Experiment};
use ganymede_core::place::Place;
use ganymede_core::registry::{Factory, Registry};
use ganymede_core::run::Run;
use ganymede_core::step::State;
use ganymede_core::store::TensorFile;

use crate::numbers::{single, values};

/// A ring of three modes: a generator of one layer of four, and a discriminator with these layers, `[6, 5]`.
pub fn ring(batch_size: usize, discriminator: &str) -> String {
    format!(
        "steps = 10\nbatch_size = {batch_size}\n[data]\nkind = \"ring\"\nmodes = 3\nsamples = 60\n[latent]\nsize = 2\n\
         [generator]\nhidden = [4]\n[discriminator]\nhidden = {discriminator}\n"
    )
}

/// A run in single precision; the refusal where there is one.
///
/// # Errors
///
/// The message that a user would see.
pub fn run(text: &str, strategies: Vec<Entry>) -> Result<Run, String> {
    run_at(text, strategies, single())
}

/// A run in any precision; the refusal where there is one.
///
/// # Errors
///
/// The message that a user would see.
pub fn run_at(text: &str, strategies: Vec<Entry>, place: Place) -> Result<Run, String> {
    Run::parse(text, strategies, place).map_err(|error| error.to_string())
}

/// Every bit of both networks, parameters and buffers.
pub fn bits(state: &State) -> Vec<u64> {
    let networks = [&state.generator.network, &state.discriminator.network];
    let tensors = networks.into_iter().flat_map(|network| network.parameters().iter().chain(network.buffers()));
    // Single precision goes into double without loss.
    tensors.flat_map(values).map(f64::to_bits).collect()
}

/// A run that was saved after `before` steps and read back continues as the one that was not, to the bit: in what it
/// reports and in its networks. What it is read into has made other steps before.
#[track_caller]
pub fn assert_resumes_to_the_bit(make: impl Fn() -> Run, before: usize) {
    let mut whole = make();
    (0..before).for_each(|_| drop(whole.advance().unwrap()));
    let mut tensors = TensorFile::default();
    let rest = serde_json::to_string(&whole.checkpoint().save("", &mut tensors)).unwrap();

    let mut resumed = make();
    (0..2).for_each(|_| drop(resumed.advance().unwrap()));
    let file = TensorFile::from_bytes(&tensors.to_bytes().unwrap()).unwrap();
    let rest = serde_json::from_str(&rest).unwrap();
    let checkpoint = ganymede_core::checkpoint::Checkpoint::load("", &file, &rest, &resumed.state, &resumed.step.place);
    resumed.restore(&checkpoint.unwrap()).unwrap();
    assert_eq!(bits(&whole.state), bits(&resumed.state), "as it was saved");
    let start = bits(&whole.state);
    for step in before..before + 3 {
        assert_eq!(whole.advance().unwrap(), resumed.advance().unwrap(), "losses of step {step}");
    }
    assert_ne!(bits(&whole.state), start, "training continues");
    assert_eq!(bits(&whole.state), bits(&resumed.state), "three steps later");
}

/// A table of the strategy with these keys is refused, and the message names the file and the key. Rows are the keys as
/// they are written, and the key that is at fault.
#[track_caller]
pub fn assert_keys_are_refused(factory: &'static Factory, rows: &[(&str, &str)]) {
    for (keys, key) in rows {
        let text = format!("{}[[strategy]]\nname = \"{}\"\n{keys}\n", ring(8, "[4]"), factory.name);
        let document = Document::parse(&text, "test.toml", Path::new("")).unwrap();
        let (_, strategies) = Experiment::read(&document).unwrap();
        let Err(error) = Registry::new(&[factory], &[factory.name]).chain(&strategies) else {
            panic!("{keys}: not refused");
        };
        let error = error.to_string();
        assert!(error.contains(&format!("strategy.0.{key}")) && error.contains("test.toml"), "{keys}: {error}");
    }
}
