//! Sweeps from their files to their results, with a program that takes the arguments of `ganymede train` and trains nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own files should stop")]

mod halving;
mod plans;
mod refusals;
#[cfg(unix)]
mod runs;
mod support;
