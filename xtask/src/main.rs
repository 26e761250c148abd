//! The chores of this workspace: `cargo xtask bench | ci | tidy | new-strategy`, one file a command.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks through them")]

mod bench;
mod ci;
mod new_strategy;
mod registry;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train every strategy over several seeds, side by side, and write the table of who kept the modes.
    Bench(bench::Options),
    /// Everything that continuous integration runs, step by step; stops at the first failure.
    Ci(ci::Options),
    /// Check the layout rules of the workspace.
    Tidy,
    /// Write the crate, feature, registry line, configuration and README row of a new strategy.
    NewStrategy(new_strategy::Options),
}

fn main() -> ExitCode {
    let outcome = workspace::find_root().and_then(|root| match Arguments::parse().command {
        Command::Bench(options) => bench::run(&root, &options),
        Command::Ci(options) => ci::run(&root, &options),
        Command::Tidy => tidy::run(&root),
        Command::NewStrategy(options) => new_strategy::run(&root, &options),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
