#![doc = include_str!("../README.md")]

mod matrix;
mod samples;
mod shape;
mod values;

pub use self::matrix::{LabelledMatrix, Matrix};
pub use self::samples::{LabelledSamples, Labels, Samples};
pub use self::shape::Shape;
pub use self::values::{Values, byte, scaled};
