//! Tests of the data: statistics against closed forms, purity, and the files that a configuration names.

mod bad_configs;
mod batches;
mod draws;
mod files;
mod pictures;
mod resident;
