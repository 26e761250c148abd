#![doc = include_str!("../README.md")]

pub mod averaging;
pub mod batch;
pub mod chain;
pub mod checkpoint;
pub mod claim;
pub mod config;
pub mod data;
pub mod derivative;
pub mod fading_noise;
mod feed;
pub mod guard;
pub mod invalid;
pub mod latent;
pub mod ledger;
pub mod network;
pub mod objective;
pub mod optimizer;
pub mod place;
pub mod plan;
mod plan_error;
pub mod precision;
pub mod random;
pub mod registry;
pub mod role;
pub mod run;
pub mod sampling;
pub mod saved_run;
pub mod step;
pub mod store;
pub mod strategy;
pub mod trainer;
mod weighted;

pub use ganymede_samples::Shape;
