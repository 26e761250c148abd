//! Commands that read what runs have recorded.

use std::path::PathBuf;

use clap::Args;

/// `ganymede report`.
#[derive(Args, Debug)]
#[command(after_help = "\
The report is made from the records alone, so a run that goes on or was killed has one too. Runs that differ in nothing but
their seed are shown by mean and standard error.

Examples:
  ganymede report runs/00001-ring --out report.html
  ganymede report runs/ring-* runs/unrolled-* --out compared.html
  ganymede report --watch runs/00001-ring")]
pub(crate) struct ReportArguments {
    /// The runs' folders
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// The page, a .html; one that exists is replaced
    #[arg(long, value_name = "FILE", required_unless_present = "watch")]
    pub(crate) out: Option<PathBuf>,
    /// Serve the page to browsers on this machine instead, and keep it fresh while the runs go on, until Ctrl-C
    #[arg(long, conflicts_with = "out")]
    pub(crate) watch: bool,
    /// The port to serve at on 127.0.0.1; 0 for any that is free
    #[arg(long, value_name = "N", default_value_t = 7077, conflicts_with = "out")]
    pub(crate) port: u16,
}

/// `ganymede records`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("form").required(true))]
#[command(after_help = "\
Examples:
  ganymede records runs/00001-ring --csv > ring.csv
  ganymede records runs/00001-ring --tensorboard boards/ring
  tensorboard --logdir boards")]
pub(crate) struct RecordsArguments {
    /// The run's folder
    pub(crate) run: PathBuf,
    /// Print every number of the records as a table, one line a record
    #[arg(long, group = "form")]
    pub(crate) csv: bool,
    /// Write the numbers and the pictures of samples as an event file into this folder, for TensorBoard; the same run replaces
    /// its file
    #[arg(long, value_name = "DIR", group = "form")]
    pub(crate) tensorboard: Option<PathBuf>,
}
