//! `ganymede train`.

use std::path::Path;

use super::resume::resume;
use super::session::{Session, Start};
use crate::arguments::TrainArguments;
use crate::failure::{CommandEnd, Failure, Outcome, print};
use crate::run::folder::RunFolder;
use crate::run::prepare::LoadedConfig;
use crate::system::device::DeviceKind;

pub(crate) fn train(arguments: &TrainArguments) -> Outcome<CommandEnd> {
    match (&arguments.resume, &arguments.config) {
        (Some(run), _) => resume(run, arguments),
        (None, Some(config)) => begin(config, arguments),
        (None, None) => Err(Failure::refused("no configuration; name one, or a run with --resume")),
    }
}

fn begin(config: &Path, arguments: &TrainArguments) -> Outcome<CommandEnd> {
    let kind = DeviceKind::choose(arguments.device.device.as_deref())?;
    let loaded = LoadedConfig::read(config, &arguments.assignments(), arguments.seed)?;
    RunFolder::check(arguments.out.as_deref())?;
    if arguments.dry_run {
        let device = kind.require()?;
        print(&loaded.prepare(device)?.loaded.toml)?;
        return Ok(CommandEnd::Done);
    }
    let toml = loaded.file();
    let session = Session::prepare(loaded, kind, config, None, arguments.quiet)?;
    let folder = RunFolder::create(arguments.out.as_deref(), config, &toml)?;
    let steps = session.run.steps;
    session.progress().note(&format!("{steps} steps on {} into {}", kind.name(), folder.path().display()));
    session.train(&folder, Start::Begin)
}
