#![doc = include_str!("../README.md")]
#![allow(
    clippy::inline_always,
    reason = "instructions of the machine are chosen at run time, and only what is inlined there is made of them"
)]

#[cfg(feature = "burn")]
pub mod convolution;
mod direct;
pub mod elementwise;
#[cfg(feature = "burn")]
mod flex;
#[cfg(feature = "burn")]
pub mod fourier;
mod geometry;
mod gradient;
#[cfg(feature = "burn")]
pub mod layers;
pub mod logistic;
pub mod matrix;
#[cfg(feature = "mimalloc")]
pub mod memory;
mod multiply;
pub mod norm;
#[cfg(feature = "burn")]
pub mod objectives;
#[cfg(feature = "burn")]
pub mod passes;
mod pictures;
mod product;
mod thin;
mod tile;
#[cfg(feature = "burn")]
pub mod updates;
pub mod waves;
mod whole;

pub use geometry::Geometry;
