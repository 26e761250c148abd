#![doc = include_str!("../README.md")]

mod arguments;
mod checkpoint;
mod commands;
mod failure;
mod monitor;
mod report;
mod run;
mod system;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::failure::{CommandEnd, Failure, Outcome, error_line};

/// Runs the program on the process's arguments.
///
/// The exit code is 0 when the command is done, 2 when its arguments, its configuration or its data cannot be used,
/// and 1 when it failed on the way; whatever goes wrong is one line on standard error that starts with `error: `. It is
/// 4 when training stopped because the generator collapsed or a diagnosis says that it has, 3 when one is suspicious, 5 when
/// no verdict is possible on the samples, and 130 when a signal ended a run, which is saved by then.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help into a closed pipe is no failure.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // A bug in a library should still end as a failure of this program, with the code that says so.
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| execute(arguments.command)));
    match outcome.unwrap_or_else(|panic| Err(Failure::failed(internal(panic.as_ref())))) {
        Ok(ending) => ending.exit_code(),
        Err(failure) => {
            error_line(&failure.to_string());
            failure.exit_code()
        }
    }
}

fn execute(command: Command) -> Outcome<CommandEnd> {
    match command {
        Command::Train(arguments) => return commands::train::train(&arguments),
        Command::Diagnose(arguments) => return commands::diagnose::diagnose(&arguments),
        Command::Sample(arguments) => commands::sample::sample(&arguments)?,
        Command::Export(arguments) => commands::export::export(&arguments)?,
        Command::Data(command) => commands::data::data(&command)?,
        Command::Classifier(command) => commands::classifier::classifier(&command)?,
        Command::Check(arguments) => commands::check::check(&arguments)?,
        Command::Strategies(arguments) => commands::strategies::strategies(&arguments)?,
        Command::Devices => commands::devices::devices()?,
        Command::Guide => commands::guide::guide()?,
    }
    Ok(CommandEnd::Done)
}

fn internal(panic: &(dyn Any + Send)) -> String {
    format!("a bug, or a device that failed: {}", failure::panic_text(panic))
}
