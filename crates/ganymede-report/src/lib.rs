//! Reports of runs from their records.
//!
#![doc = include_str!("../README.md")]

mod config;
mod error;
mod figures;
mod groups;
mod html;
mod page;
mod pictures;
mod records;
mod report;
mod run;
mod series;
mod server;
mod table;
mod tensorboard;

pub use error::ReportError;
pub use report::{MOST_BYTES, Report};
pub use server::Server;
pub use table::csv;
pub use tensorboard::{EventWriter, events};
