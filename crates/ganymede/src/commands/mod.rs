//! One file a command.

pub(crate) mod check;
pub(crate) mod classifier;
pub(crate) mod data;
pub(crate) mod devices;
pub(crate) mod diagnose;
pub(crate) mod export;
pub(crate) mod guide;
mod layers;
pub(crate) mod resume;
pub(crate) mod sample;
mod session;
pub(crate) mod strategies;
pub(crate) mod train;
