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
mod goals;
mod halving;
mod ladder;
mod plan;
pub mod processes;
mod results;
mod run_folder;
mod strategies;
mod table;

pub use config::{EngineConfig, LocalConfig, SlurmConfig};
pub use engine::{Failure, Work};
pub use error::SweepError;
pub use estimate::{Difference, Estimate};
pub use figures::{Better, DEFAULT_FIGURES, FIGURES, Figure};
pub use file::SweepFile;
pub use folder::{CellState, SweepFolder};
pub use goals::{Goal, Goals};
pub use halving::{Halving, Rung};
pub use ladder::{Judgement, Ladder, Standing};
pub use plan::{Assignment, Cell, Plan, Probe, Variant};
pub use results::Results;
pub use run_folder::RunFolder;
pub use table::{aligned, count_words};
