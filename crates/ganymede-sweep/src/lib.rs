#![doc = include_str!("../README.md")]

mod axis;
mod config;
mod document;
mod engine;
mod error;
mod estimate;
mod figures;
mod file;
mod folder;
mod plan;
mod results;
mod strategies;

pub use config::{EngineConfig, LocalConfig, SlurmConfig};
pub use engine::local::run_side_by_side;
pub use engine::slurm::run_through_slurm;
pub use engine::{Failure, Work};
pub use error::SweepError;
pub use estimate::{Difference, Estimate};
pub use figures::{DEFAULT_FIGURES, FIGURES, Figure};
pub use file::SweepFile;
pub use folder::{CellState, SweepFolder};
pub use plan::{Assignment, Cell, Plan, Probe, Variant};
pub use results::Results;
