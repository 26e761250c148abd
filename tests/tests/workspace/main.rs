//! What must stay true across the workspace.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod augmented;
mod configurations;
mod drawn;
mod feed;
mod fuzzed;
mod gradients;
mod guard;
mod invariants;
mod order;
mod outside;
mod precision;
mod stacking;
mod unread;
