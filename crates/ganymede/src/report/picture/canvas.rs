//! A picture in memory: anti-aliased discs and rings, lines and text.

use ganymede_core::data::Shape;
use ganymede_files::encode_png;

use super::font::{ADVANCE, HEIGHT, glyph};
use crate::failure::{OrFailure, Outcome};

/// Red, green and blue, 0 to 255, and how much of what is below it hides, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Color(pub(super) [f32; 3], pub(super) f32);

/// Pixels, white at first.
pub(super) struct Canvas {
    width: usize,
    pixels: Vec<[f32; 3]>,
}

/// How many pixels wide a dot of text is.
const DOT: usize = 2;

/// Pixels from one letter to the next.
pub(super) const LETTER: f32 = (ADVANCE * DOT) as f32;

/// Pixels from the top of a letter to its bottom.
pub(super) const LETTER_HEIGHT: f32 = (HEIGHT * DOT) as f32;

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, pixels: vec![[255.0; 3]; width * height] }
    }

    /// A disc around a point in pixels.
    pub(super) fn disc(&mut self, center: [f32; 2], radius: f32, color: Color) {
        self.shade(center, radius, color, |distance| radius - distance);
    }

    /// A ring around a point, its line `stroke` pixels wide and centred on the radius.
    pub(super) fn ring(&mut self, center: [f32; 2], radius: f32, stroke: f32, color: Color) {
        self.shade(center, radius + stroke, color, |distance| stroke / 2.0 - (distance - radius).abs());
    }

    /// A rectangle whose left upper corner is at `from`, of whole pixels.
    pub(super) fn rectangle(&mut self, from: [f32; 2], size: [f32; 2], color: Color) {
        let [left, top] = from.map(|side| side.round().max(0.0) as usize);
        for y in top..top + size[1] as usize {
            for x in left..left + size[0] as usize {
                self.blend(x, y, color, 1.0);
            }
        }
    }

    /// Text whose left upper corner is at `from`.
    pub(super) fn text(&mut self, from: [f32; 2], text: &str, color: Color) {
        for (index, character) in text.chars().enumerate() {
            for (row, dots) in glyph(character).into_iter().enumerate() {
                for column in (0..5).filter(|column| dots >> (4 - column) & 1 == 1) {
                    let x = from[0].round() + (index * ADVANCE * DOT + column * DOT) as f32;
                    let y = from[1].round() + (row * DOT) as f32;
                    self.rectangle([x, y], [DOT as f32; 2], color);
                }
            }
        }
    }

    pub(super) fn png(&self) -> Outcome<Vec<u8>> {
        let bytes: Vec<u8> = self.pixels.iter().flatten().map(|value| value.round() as u8).collect();
        let shape = Shape { channels: 3, height: self.pixels.len() / self.width, width: self.width };
        encode_png(&bytes, shape).or_fail()
    }

    /// Colours the pixels within `reach` by how deep inside the shape they lie: half a pixel inside is all, half a
    /// pixel outside is nothing.
    fn shade(&mut self, center: [f32; 2], reach: f32, color: Color, depth: impl Fn(f32) -> f32) {
        let height = self.pixels.len() / self.width;
        let span = |middle: f32, limit: usize| {
            let low = (middle - reach - 1.0).floor().clamp(0.0, limit as f32) as usize;
            let high = (middle + reach + 2.0).ceil().clamp(0.0, limit as f32) as usize;
            low..high
        };
        for y in span(center[1], height) {
            for x in span(center[0], self.width) {
                let distance = (x as f32 - center[0]).hypot(y as f32 - center[1]);
                self.blend(x, y, color, (depth(distance) + 0.5).clamp(0.0, 1.0));
            }
        }
    }

    /// Lays a colour over a pixel; outside of the picture nothing happens.
    fn blend(&mut self, x: usize, y: usize, Color(color, opacity): Color, coverage: f32) {
        if x >= self.width {
            return;
        }
        if let Some(pixel) = self.pixels.get_mut(y * self.width + x) {
            let share = opacity * coverage;
            pixel.iter_mut().zip(color).for_each(|(below, above)| *below += share * (above - *below));
        }
    }
}
