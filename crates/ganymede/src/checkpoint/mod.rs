//! The files that a run saves: its checkpoints and its generator.

pub(crate) mod file;
pub(crate) mod generator;
pub(crate) mod known;
pub(crate) mod list;
pub(crate) mod saver;
