//! Who makes the runs of a sweep: `[engine]` of its file.

use std::num::NonZeroUsize;

use serde::Deserialize;
use toml::{Table, Value};

use crate::document::Document;
use crate::error::SweepError;

/// Runs side by side on this machine.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalConfig {
    /// How many at once; as many as there are cores when left out.
    pub jobs: Option<NonZeroUsize>,
    /// How many threads each computes with.
    #[serde(default = "one")]
    pub threads: NonZeroUsize,
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

/// Runs as jobs of Slurm.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlurmConfig {
    /// The time limit of a job, as `sbatch --time` takes it. A run that needs longer saves before it and is queued again.
    pub time: String,
    /// The memory of a job, as `sbatch --mem` takes it.
    pub memory: String,
    /// Cores of a job, and threads of its run.
    #[serde(default = "one")]
    pub cpus: NonZeroUsize,
    /// How many jobs of an array run at once; all when left out.
    pub jobs: Option<NonZeroUsize>,
    /// How many seconds before the limit a run is asked to save.
    #[serde(default = "two_minutes")]
    pub signal_before: u16,
    /// How many seconds pass between two looks at the queue.
    #[serde(default = "ten")]
    pub poll: NonZeroUsize,
    /// Further words for `sbatch`, such as `--partition=gpu`.
    #[serde(default)]
    pub options: Vec<String>,
}

fn two_minutes() -> u16 {
    120
}

fn ten() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(9)
}

/// `[engine]`: who makes the runs.
#[derive(Clone, Debug)]
pub enum EngineConfig {
    /// This machine.
    Local(LocalConfig),
    /// A cluster.
    Slurm(SlurmConfig),
}

/// The kinds of engine.
const KINDS: [&str; 2] = ["local", "slurm"];

impl EngineConfig {
    /// Reads `[engine]`, whose keys depend on its `kind`.
    pub(crate) fn read(document: &Document, mut table: Table) -> Result<Self, SweepError> {
        let kind = table.remove("kind").unwrap_or_else(|| Value::String(KINDS[0].to_owned()));
        match kind.as_str() {
            Some("local") => Ok(Self::Local(document.section("engine", table)?)),
            Some("slurm") => Ok(Self::Slurm(document.section("engine", table)?)),
            _ => {
                let known: Vec<String> = KINDS.iter().map(|kind| format!("\"{kind}\"")).collect();
                Err(document.invalid("engine.kind", kind, format!("expected {}", known.join(" or "))))
            }
        }
    }
}
