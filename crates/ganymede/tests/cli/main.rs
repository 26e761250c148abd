//! The program from the outside: files, exit codes, messages.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its own files should stop")]

mod boards;
mod browser;
mod classified;
mod classifiers;
mod detector;
mod diagnose_refusals;
mod diagnoses;
mod equality;
mod exports;
mod failures;
mod faults;
mod features;
mod guide;
mod judges;
mod listings;
mod pictures;
mod reading;
mod refusals;
mod reports;
mod resuming;
mod runs;
mod samples;
mod schema;
#[cfg(target_os = "linux")]
mod slurm;
mod support;
mod survival;
mod sweeps;
mod verdicts;
