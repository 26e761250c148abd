//! The parts of `ganymede diagnose`: where samples come from, what is said of them, what to do, and pictures.

pub(crate) mod advice;
pub(crate) mod classified;
mod details;
pub(crate) mod features;
pub(crate) mod judge;
pub(crate) mod pictures;
pub(crate) mod sources;
pub(crate) mod text;
