//! Pictures of ten glyphs, drawn by code.
//!
#![doc = include_str!("../README.md")]

mod hand;
mod options;
mod raster;
mod strokes;

pub use options::{GlyphError, GlyphOptions, LARGEST_SIDE, SMALLEST_SIDE};

use hand::Hand;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// How many classes there are: the digits 0 to 9.
pub const CLASSES: usize = 10;

/// One drawn picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// The digit, below [`CLASSES`].
    pub class: usize,
    /// Grey values, row-major `[side, side]`: 0 is the background, 255 full ink.
    pub pixels: Vec<u8>,
}

/// An endless set of pictures; picture `i` is a pure function of the seed, the options and `i`.
#[derive(Clone, Debug, PartialEq)]
pub struct Glyphs {
    seed: u64,
    options: GlyphOptions,
}

impl Glyphs {
    /// The set of this seed. Sets of different seeds share no picture's random numbers.
    ///
    /// # Errors
    /// As [`GlyphOptions::check`].
    pub fn new(seed: u64, options: GlyphOptions) -> Result<Self, GlyphError> {
        options.check()?;
        Ok(Self { seed, options })
    }

    /// How the pictures are drawn.
    pub fn options(&self) -> &GlyphOptions {
        &self.options
    }

    /// The class of picture `index`: classes take turns, so that any ten pictures in a row hold each once.
    pub fn class_of(&self, index: u64) -> usize {
        (index % CLASSES as u64) as usize
    }

    /// Picture `index`.
    pub fn draw(&self, index: u64) -> Glyph {
        let class = self.class_of(index);
        Glyph { class, pixels: self.pixels(class, index) }
    }

    /// Picture `index` of one class, for sets with other shares of the classes. Where `class` is [`Self::class_of`]
    /// `index`, this is the picture that [`Self::draw`] gives.
    ///
    /// # Errors
    /// [`GlyphError::UnknownClass`] when `class` is not below [`CLASSES`].
    pub fn draw_class(&self, class: usize, index: u64) -> Result<Glyph, GlyphError> {
        if class >= CLASSES {
            return Err(GlyphError::UnknownClass { class });
        }
        Ok(Glyph { class, pixels: self.pixels(class, index) })
    }

    /// The grey values of picture `index` of a class that is below [`CLASSES`].
    fn pixels(&self, class: usize, index: u64) -> Vec<u8> {
        let mut stream = ChaCha8Rng::seed_from_u64(self.seed);
        stream.set_stream(index.wrapping_mul(CLASSES as u64).wrapping_add(class as u64));
        let side = self.options.side;
        let hand = Hand::new(&self.options, &mut stream);
        let mut lines = strokes::polylines(class);
        for point in lines.iter_mut().flatten() {
            *point = hand.place(*point);
        }
        hand::keep_inside(&mut lines, hand.half_stroke(), side);
        let ink = raster::coverage(&lines, hand.half_stroke(), side);
        grey_values(&ink, self.options.noise, &mut stream)
    }
}

/// Coverage in `[0, 1]` as bytes, with normal noise of the standard deviation `noise` of the full range.
fn grey_values(ink: &[f32], noise: f32, stream: &mut impl Rng) -> Vec<u8> {
    let byte = |ink: &f32| {
        let deviate: f32 = if noise > 0.0 { StandardNormal.sample(stream) } else { 0.0 };
        // A float beyond the bytes becomes the nearest one.
        (255.0 * (ink + noise * deviate)).round() as u8
    };
    ink.iter().map(byte).collect()
}
