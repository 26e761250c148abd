//! Which sweep to make.

use std::path::PathBuf;

use clap::Args;

/// `ganymede sweep`.
#[derive(Args, Debug)]
#[command(after_help = "\
Runs that are done are not made again, and runs that were stopped or killed go on. Ctrl-C saves them all.

Examples:
  ganymede sweep configs/sweeps/ring.toml --dry-run
  ganymede sweep configs/sweeps/ring.toml")]
pub(crate) struct SweepArguments {
    /// The sweep, a TOML file: which configuration, what is changed in it, with which seeds
    pub(crate) sweep: PathBuf,
    /// The sweep's folder [default: `out` of the file, or runs/NAME]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Check everything, list the runs and in which state each is, and create nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Say nothing but errors and the results
    #[arg(long, short)]
    pub(crate) quiet: bool,
}
