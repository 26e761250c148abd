//! The program from the outside: files, exit codes, messages.

mod failures;
mod listings;
mod refusals;
mod runs;
mod samples;
mod support;
