//! Families of pictures drawn by code, with values in [-1, 1].

use std::f32::consts::TAU;

use ganymede_glyphs::{GlyphOptions, Glyphs};
use rand::RngExt;

use super::points::normal_value;
use super::sets::{Set, Source};

fn glyphs_of(side: usize, rows: usize, source: &mut Source<'_>) -> Set {
    let options = GlyphOptions { side, ..GlyphOptions::default() };
    let glyphs = Glyphs::new(source.world, options).expect("the sides of the families are within range");
    Set::of(rows, side * side, |values| {
        let glyph = glyphs.draw(source.stream.random());
        values.extend(glyph.pixels.iter().map(|pixel| f32::from(*pixel) / 127.5 - 1.0));
        glyph.class
    })
}

pub(super) fn small_glyphs(rows: usize, source: &mut Source<'_>) -> Set {
    glyphs_of(16, rows, source)
}

pub(super) fn glyphs(rows: usize, source: &mut Source<'_>) -> Set {
    glyphs_of(28, rows, source)
}

/// Smooth random fields without any parts: twelve waves of random phase and height.
pub(super) fn fields(rows: usize, source: &mut Source<'_>) -> Set {
    Set::of(rows, 400, |values| {
        let stream = &mut *source.stream;
        let waves: Vec<[f32; 4]> = (0..12)
            .map(|wave| {
                let [down, right] = [(wave / 4) as f32, (wave % 4) as f32];
                [down, right, TAU * stream.random::<f32>(), normal_value(stream) / (1.0 + down + right)]
            })
            .collect();
        for pixel in 0..400 {
            let [y, x] = [(pixel / 20) as f32 / 20.0, (pixel % 20) as f32 / 20.0];
            let height = |wave: &[f32; 4]| wave[3] * (TAU * 0.5 * (wave[0] * y + wave[1] * x) + wave[2]).cos();
            values.push(waves.iter().map(height).sum::<f32>().tanh());
        }
        0
    })
}
