//! What a run saves of itself: its checkpoints, and its generator in a file of its own.

pub(crate) mod file;
pub(crate) mod generator;
pub(crate) mod known;
pub(crate) mod list;
pub(crate) mod saver;
