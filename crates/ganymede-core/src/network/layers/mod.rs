//! The layers that networks are made of.

pub mod activation;
pub mod dropout;
pub mod label;
pub mod linear;
pub mod normalization;
