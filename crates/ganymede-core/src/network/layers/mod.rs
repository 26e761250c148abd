//! The layers that networks are made of.

pub mod activation;
pub mod basis;
mod columns;
pub mod conditional_norm;
pub mod convolution;
pub mod dropout;
pub mod fourier;
pub mod group_norm;
pub mod label;
pub mod linear;
pub mod normalization;
mod pixels;
pub mod resampling;
mod window;
mod windows;
