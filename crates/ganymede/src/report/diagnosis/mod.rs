//! The parts of `ganymede diagnose`: where samples come from, what is said of them, what to try, and pictures.

pub(crate) mod advice;
pub(crate) mod pictures;
pub(crate) mod sources;
pub(crate) mod text;
