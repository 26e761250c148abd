//! A configuration becomes a run in a folder of its own.

pub(crate) mod changes;
pub(crate) mod classifier;
pub(crate) mod features;
pub(crate) mod folder;
pub(crate) mod generator;
pub(crate) mod judges;
mod lock;
pub(crate) mod prepare;
