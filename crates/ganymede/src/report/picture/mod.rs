//! Pictures of samples, drawn without any font or plotting library.

mod axis;
mod canvas;
mod font;
pub(crate) mod grid;
pub(crate) mod scatter;
