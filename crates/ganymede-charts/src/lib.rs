//! Line charts as SVG.
//!
#![doc = include_str!("../README.md")]

mod axes;
mod chart;
mod strip;
mod text;
mod ticks;

pub use axes::{Axes, Scale};
pub use chart::{Band, Chart, Line, Mark, Tone};
pub use strip::strip;
pub use text::{Svg, escaped, number};
pub use ticks::ticks;

/// The style sheet of charts in a page: colours as variables, for light and dark screens and for paper.
pub const STYLE: &str = include_str!("charts.css");

/// Colours of lines in [`STYLE`]; a colour's number counts modulo this.
pub const COLOURS: usize = 8;
