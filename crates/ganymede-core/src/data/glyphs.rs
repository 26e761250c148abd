//! Glyphs: pictures of the ten digits, drawn by code, so that the first picture needs no file.

use ganymede_glyphs::{CLASSES, GlyphOptions, Glyphs, LARGEST_SIDE, SMALLEST_SIDE};
use ganymede_samples::{LabelledSamples, Labels, Samples, Shape, Values};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, ensure};
use crate::random::Streams;

/// A set of grey pictures of ten classes, which take turns. Position, slant, size, pen and noise vary.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct GlyphsConfig {
    /// Pictures in the set.
    pub samples: usize,
    /// Pixels along each side, 16 to 64.
    pub side: usize,
    /// Standard deviation of the noise on each pixel, as a share of full ink, 0 to 0.5.
    pub noise: f64,
}

/// The most pictures of a set: 4 GiB at the largest side.
const MAXIMUM_SAMPLES: usize = 1 << 20;

impl Default for GlyphsConfig {
    fn default() -> Self {
        Self { samples: 20_000, side: 28, noise: 0.03 }
    }
}

impl GlyphsConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, with the range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let expected = format!("expected {CLASSES} to {MAXIMUM_SAMPLES} pictures");
        ensure((CLASSES..=MAXIMUM_SAMPLES).contains(&self.samples), "samples", self.samples, &expected)?;
        let expected = format!("expected {SMALLEST_SIDE} to {LARGEST_SIDE} pixels");
        ensure((SMALLEST_SIDE..=LARGEST_SIDE).contains(&self.side), "side", self.side, &expected)?;
        ensure((0.0..=0.5).contains(&self.noise), "noise", self.noise, "expected a share of full ink from 0 to 0.5")
    }

    /// The shape of a picture.
    pub fn shape(&self) -> Shape {
        Shape { channels: 1, height: self.side, width: self.side }
    }

    /// Draws the set of the run's seed.
    ///
    /// # Errors
    ///
    /// As [`GlyphsConfig::check`].
    pub(super) fn draw(&self, streams: Streams) -> Result<LabelledSamples, InvalidValue> {
        self.check()?;
        let seed = streams.at("data/glyphs", 0).next_u64();
        let options = GlyphOptions { side: self.side, noise: self.noise as f32, ..GlyphOptions::default() };
        let glyphs = Glyphs::new(seed, options).map_err(|error| {
            InvalidValue::new("side", self.side, format!("expected glyphs that can be drawn: {error}"))
        })?;
        let mut pixels = Vec::with_capacity(self.samples * self.shape().features());
        let mut classes = Vec::with_capacity(self.samples);
        for index in 0..self.samples as u64 {
            let glyph = glyphs.draw(index);
            pixels.extend_from_slice(&glyph.pixels);
            classes.push(glyph.class);
        }
        let names = (0..CLASSES).map(|class| class.to_string()).collect();
        let samples = Samples::new(Values::Bytes(pixels), self.shape());
        Ok(LabelledSamples { samples, labels: Some(Labels { classes, names }), columns: None })
    }
}
