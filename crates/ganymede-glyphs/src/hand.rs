//! What varies from picture to picture: where, how large, how slanted and with which pen a glyph is written.

use std::f32::consts::{PI, TAU};

use rand::{Rng, RngExt};

use crate::GlyphOptions;
use crate::strokes::Point;

/// The width of a glyph at its narrowest and widest, in parts of its height.
const ASPECT: [f32; 2] = [0.62, 0.86];

/// The variation of one picture, lengths in pixels.
pub(crate) struct Hand {
    center: Point,
    size: Point,
    slant: f32,
    /// Sine and cosine of the turn.
    turn: (f32, f32),
    /// How far the pen strays along each axis, in parts of the box, and the phase of the wave it strays in.
    wobble: [(f32, f32); 2],
    half_stroke: f32,
}

impl Hand {
    pub(crate) fn new(options: &GlyphOptions, stream: &mut impl Rng) -> Self {
        let side = options.side as f32;
        let mut between = |low: f32, high: f32| low + (high - low) * stream.random::<f32>();
        let middle = 0.5 * side;
        let shift = options.shift * side;
        let height = between(options.height[0], options.height[1]) * side;
        Self {
            center: [middle + between(-shift, shift), middle + between(-shift, shift)],
            size: [height * between(ASPECT[0], ASPECT[1]), height],
            slant: between(-options.slant, options.slant),
            turn: between(-options.turn, options.turn).to_radians().sin_cos(),
            wobble: [0, 1].map(|_| (between(-options.wobble, options.wobble), between(0.0, TAU))),
            half_stroke: 0.5 * side * between(options.stroke[0], options.stroke[1]),
        }
    }

    /// Half the width of the pen in pixels.
    pub(crate) fn half_stroke(&self) -> f32 {
        self.half_stroke
    }

    /// Where a point of the unit box lies in the picture, in pixels. The pen strays by a smooth wave of the position
    /// alone, so that strokes that meet in the box meet in the picture.
    pub(crate) fn place(&self, [x, y]: Point) -> Point {
        let [(wide, phase_wide), (high, phase_high)] = self.wobble;
        let strayed = [x + wide * (PI * y + phase_wide).sin(), y + high * (PI * x + phase_high).sin()];
        let (right, down) = ((strayed[0] - 0.5) * self.size[0], (strayed[1] - 0.5) * self.size[1]);
        let right = right - self.slant * down;
        let (sine, cosine) = self.turn;
        [self.center[0] + cosine * right - sine * down, self.center[1] + sine * right + cosine * down]
    }
}

/// Moves a glyph back into the picture where the pen would leave it, and shrinks one that is too large for that, so
/// that one pixel on every side stays background. Points are in pixels.
pub(crate) fn keep_inside(lines: &mut [Vec<Point>], half_stroke: f32, side: usize) {
    // The pen's edge is blurred over half a pixel.
    let margin = half_stroke + 1.5;
    let room = side as f32 - 2.0 * margin;
    let bounds = [0, 1].map(|axis| {
        let along = || lines.iter().flatten().map(|point| point[axis]);
        (along().fold(f32::INFINITY, f32::min), along().fold(f32::NEG_INFINITY, f32::max))
    });
    let largest = bounds.iter().fold(0.0, |most: f32, (low, high)| most.max(high - low));
    let scale = (room / largest).min(1.0);
    for point in lines.iter_mut().flatten() {
        for (axis, (low, high)) in bounds.into_iter().enumerate() {
            let middle = f32::midpoint(low, high);
            let half = 0.5 * scale * (high - low);
            let inside = middle.clamp(margin + half, (side as f32 - margin - half).max(margin + half));
            point[axis] = inside + scale * (point[axis] - middle);
        }
    }
}
