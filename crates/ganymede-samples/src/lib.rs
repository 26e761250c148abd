#![doc = include_str!("../README.md")]

mod shape;

pub use crate::shape::Shape;
