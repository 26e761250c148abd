#![doc = include_str!("../README.md")]
#![allow(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod derivatives;
pub mod games;
pub mod layers;
pub mod numbers;
