//! The generator of a run that has ended, with the configuration that it belongs to.

use std::path::Path;

use super::folder::names;
use super::prepare::LoadedConfig;
use crate::checkpoint::generator::GeneratorFile;
use crate::failure::{Failure, Outcome};

/// The generator of a run's folder, the last or the best, and the run's configuration.
pub(crate) fn generator_of_run(run: &Path, best: bool) -> Outcome<(GeneratorFile, LoadedConfig)> {
    if !run.is_dir() {
        return Err(Failure::refused(format!(
            "{}: no such folder; name the folder of a run, such as runs/00001-ring",
            run.display()
        )));
    }
    let file = GeneratorFile::read(&run.join(if best { names::BEST } else { names::GENERATOR }))?;
    Ok((file, LoadedConfig::read(&run.join(names::CONFIG), &[], None)?))
}
