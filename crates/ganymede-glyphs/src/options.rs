//! How much the pictures vary, and the ranges in which a glyph stays readable.

use thiserror::Error;

use crate::CLASSES;

/// The smallest side of a picture: below it two loops of an 8 run together.
pub const SMALLEST_SIDE: usize = 16;

/// The largest side of a picture.
pub const LARGEST_SIDE: usize = 64;

/// What cannot be drawn.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum GlyphError {
    /// An option outside its range.
    #[error("{name} of the glyphs is {value}; it must be {range}")]
    OutOfRange {
        /// The field of [`GlyphOptions`].
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A class that does not exist.
    #[error("there is no glyph of class {class}; the classes are 0 to {}", CLASSES - 1)]
    UnknownClass {
        /// The class that does not exist.
        class: usize,
    },
}

/// How glyphs are drawn. Every length is a share of the picture's side; every variation is drawn anew for each picture,
/// uniformly unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct GlyphOptions {
    /// Pixels along each side, [`SMALLEST_SIDE`] to [`LARGEST_SIDE`].
    pub side: usize,
    /// The glyph's centre is shifted by up to this much along each axis, 0 to 0.15.
    pub shift: f32,
    /// Columns lean by up to this much for each unit of height, 0 to 0.5: the tangent of the slant.
    pub slant: f32,
    /// The glyph is turned by at most this angle in degrees, 0 to 30; more would make a 6 of a 9.
    pub turn: f32,
    /// The least and the largest height of a glyph, within 0.4 and 0.8.
    pub height: [f32; 2],
    /// The least and the largest width of the pen, within 0.03 and 0.15.
    pub stroke: [f32; 2],
    /// How far the pen strays from the shape, in parts of the glyph's height, 0 to 0.1.
    pub wobble: f32,
    /// The standard deviation of the normal noise on every pixel, as a share of full ink, 0 to 0.5.
    pub noise: f32,
}

impl Default for GlyphOptions {
    /// 28 x 28 pixels with the margins of MNIST.
    fn default() -> Self {
        Self {
            side: 28,
            shift: 0.06,
            slant: 0.3,
            turn: 8.0,
            height: [0.58, 0.74],
            stroke: [0.06, 0.12],
            wobble: 0.05,
            noise: 0.03,
        }
    }
}

impl GlyphOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`GlyphError::OutOfRange`] for the first field outside its range, or whose least value is above its largest.
    pub fn check(&self) -> Result<(), GlyphError> {
        if !(SMALLEST_SIDE..=LARGEST_SIDE).contains(&self.side) {
            return Err(GlyphError::OutOfRange { name: "side", value: self.side as f64, range: "16 to 64" });
        }
        let [least_height, largest_height] = self.height;
        let [least_stroke, largest_stroke] = self.stroke;
        for (name, value, bounds, range) in [
            ("shift", self.shift, [0.0, 0.15], "0 to 0.15"),
            ("slant", self.slant, [0.0, 0.5], "0 to 0.5"),
            ("turn", self.turn, [0.0, 30.0], "0 to 30 degrees"),
            ("height", least_height, [0.4, largest_height], "at least 0.4 and at most the largest height"),
            ("height", largest_height, [least_height, 0.8], "at least the least height and at most 0.8"),
            ("stroke", least_stroke, [0.03, largest_stroke], "at least 0.03 and at most the largest stroke"),
            ("stroke", largest_stroke, [least_stroke, 0.15], "at least the least stroke and at most 0.15"),
            ("wobble", self.wobble, [0.0, 0.1], "0 to 0.1"),
            ("noise", self.noise, [0.0, 0.5], "0 to 0.5"),
        ] {
            if !(value >= bounds[0] && value <= bounds[1]) {
                return Err(GlyphError::OutOfRange { name, value: f64::from(value), range });
            }
        }
        Ok(())
    }
}
