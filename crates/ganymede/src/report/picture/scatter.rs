//! Real and generated points over each other, with the modes that are covered and those that are missed.

use ganymede_core::data::Matrix;
use ganymede_metrics::Modes;

use super::axis::Axis;
use super::canvas::{Canvas, Color, LETTER, LETTER_HEIGHT};
use crate::failure::Outcome;

/// Sides of the picture in pixels.
const SIDE: usize = 800;

/// Left and upper corner of the box that the points lie in.
const CORNER: [f32; 2] = [84.0, 44.0];

/// Sides of that box.
const BOX: f32 = 700.0;

/// Above this many modes rings would hide the points.
const MOST_RINGS: usize = 2_500;

const REAL: Color = Color([150.0, 150.0, 150.0], 0.5);
const FAKE: Color = Color([20.0, 90.0, 200.0], 0.6);
const COVERED: Color = Color([30.0, 30.0, 30.0], 0.9);
const MISSED: Color = Color([220.0, 20.0, 30.0], 1.0);
const INK: Color = Color([40.0, 40.0, 40.0], 1.0);
const FRAME: Color = Color([120.0, 120.0, 120.0], 1.0);

/// What to draw. Of samples with more than two values the first two are drawn, and the picture says so; of single
/// numbers, all lie on one line.
#[derive(Clone, Debug)]
pub(crate) struct Scatter<'a> {
    /// Real samples, below.
    pub(crate) real: Option<&'a Matrix>,
    /// Generated samples, above.
    pub(crate) fake: &'a Matrix,
    /// The modes, where they are known.
    pub(crate) modes: Option<&'a Modes>,
    /// Generated samples of high quality at each mode; empty when that was not counted.
    pub(crate) histogram: &'a [usize],
    pub(crate) title: String,
}

/// From the samples' coordinates to pixels, equally long in both directions.
struct View {
    axes: [Axis; 2],
    scale: f64,
}

impl Scatter<'_> {
    pub(crate) fn png(&self) -> Outcome<Vec<u8>> {
        let mut canvas = Canvas::new(SIDE, SIDE);
        let view = self.view();
        view.draw_axes(&mut canvas);
        for sample in self.real.iter().flat_map(|real| points(&real.values, real.features)) {
            if let Some(at) = view.pixel(sample) {
                canvas.disc(at, 1.8, REAL);
            }
        }
        let mut outside = 0;
        for sample in points(&self.fake.values, self.fake.features) {
            match view.pixel(sample) {
                Some(at) => canvas.disc(at, 2.2, FAKE),
                None => outside += 1,
            }
        }
        let missed = self.draw_modes(&mut canvas, &view);
        self.draw_legend(&mut canvas, outside, missed);
        canvas.png()
    }

    /// A view that shows the real data and the modes; without either, the generated samples.
    fn view(&self) -> View {
        let known = self.real.map(|real| (&real.values[..], real.features));
        let (values, features) = known.unwrap_or((&self.fake.values, self.fake.features));
        let centers = self.modes.map(|modes| (modes.centers(), modes.features()));
        let axis = |index: usize| {
            let centers = centers.into_iter().flat_map(|(values, features)| points(values, features));
            Axis::around(points(values, features).chain(centers).map(move |point| point[index]))
        };
        let axes = [axis(0), axis(1)];
        let half = axes[0].half.max(axes[1].half);
        let axes = axes.map(|axis| Axis { half, ..axis });
        View { axes, scale: f64::from(BOX) / (2.0 * half) }
    }

    /// Rings around the modes, red around those without a sample of high quality, whose number is returned.
    fn draw_modes(&self, canvas: &mut Canvas, view: &View) -> Option<usize> {
        let modes = self.modes?;
        let missed = |mode: usize| self.histogram.get(mode) == Some(&0);
        // What is seen of many dimensions is two, where nearly all of a mode lies within three standard deviations.
        let stds = if modes.features() > 2 { 3.0 } else { modes.radius() };
        if modes.count() <= MOST_RINGS {
            for (mode, center) in points(modes.centers(), modes.features()).enumerate() {
                let Some(at) = view.pixel(center) else { continue };
                let reach = f64::from(modes.stds()[mode]) * stds * view.scale;
                let radius = reach.clamp(8.0, f64::from(BOX)) as f32 + 4.0;
                let (stroke, color) = if missed(mode) { (3.5, MISSED) } else { (1.5, COVERED) };
                canvas.ring(at, radius, stroke, color);
            }
        }
        Some((0..modes.count()).filter(|mode| missed(*mode)).count()).filter(|_| !self.histogram.is_empty())
    }

    /// The title, and what the colours mean.
    fn draw_legend(&self, canvas: &mut Canvas, outside: usize, missed: Option<usize>) {
        let outside = (outside > 0).then(|| format!("{outside} outside"));
        let title = Some(self.title.clone()).filter(|title| !title.is_empty()).into_iter().chain(outside);
        let title = title.collect::<Vec<_>>().join(", ");
        canvas.text([CORNER[0], 16.0], &title, INK);
        let mut right = CORNER[0] + BOX;
        let mut entry = |canvas: &mut Canvas, text: &str, ring: bool, color: Color| {
            right -= text.chars().count() as f32 * LETTER;
            canvas.text([right, 16.0], text, INK);
            right -= 14.0;
            let at = [right, 16.0 + LETTER_HEIGHT / 2.0];
            if ring {
                canvas.ring(at, 6.0, 2.5, color);
            } else {
                canvas.disc(at, 5.0, Color(color.0, 1.0));
            }
            right -= 20.0;
        };
        match missed {
            Some(missed) => entry(canvas, &format!("{missed} missed"), true, MISSED),
            None if self.modes.is_some() => entry(canvas, "mode", true, COVERED),
            None => {}
        }
        entry(canvas, "fake", false, FAKE);
        if self.real.is_some() {
            entry(canvas, "real", false, REAL);
        }
        let features = self.fake.features;
        if features != 2 {
            let text = if features == 1 {
                "values along one line".to_owned()
            } else {
                format!("coordinates 0 and 1 of {features}")
            };
            let left = CORNER[0] + (BOX - text.len() as f32 * LETTER) / 2.0;
            canvas.text([left, SIDE as f32 - LETTER_HEIGHT - 4.0], &text, INK);
        }
    }
}

impl View {
    /// Where a point lies in the picture, if that is inside the box.
    fn pixel(&self, point: [f32; 2]) -> Option<[f32; 2]> {
        let [x, y] = [0, 1].map(|index| {
            let axis: Axis = self.axes[index];
            ((f64::from(point[index]) - axis.middle) * self.scale) as f32
        });
        let half = BOX / 2.0;
        // Also false for what is not a number.
        let inside = x.abs() <= half && y.abs() <= half;
        inside.then_some([CORNER[0] + half + x, CORNER[1] + half - y])
    }

    /// A frame with ticks and their numbers.
    fn draw_axes(&self, canvas: &mut Canvas) {
        let [left, top] = CORNER;
        for offset in [0.0, BOX] {
            canvas.rectangle([left, top + offset], [BOX + 1.0, 1.0], FRAME);
            canvas.rectangle([left + offset, top], [1.0, BOX + 1.0], FRAME);
        }
        let offset = |axis: Axis, value: f64| ((value - axis.middle) * self.scale) as f32 + BOX / 2.0;
        for (value, text) in self.axes[0].ticks() {
            let x = left + offset(self.axes[0], value);
            canvas.rectangle([x, top + BOX], [1.0, 7.0], FRAME);
            canvas.text([x - text.len() as f32 * LETTER / 2.0, top + BOX + 11.0], &text, INK);
        }
        for (value, text) in self.axes[1].ticks() {
            let y = top + BOX - offset(self.axes[1], value);
            canvas.rectangle([left - 7.0, y], [7.0, 1.0], FRAME);
            canvas.text([left - 10.0 - text.len() as f32 * LETTER, y - LETTER_HEIGHT / 2.0], &text, INK);
        }
    }
}

/// The first two values of each row; of single numbers, the second is 0.
fn points(values: &[f32], features: usize) -> impl Iterator<Item = [f32; 2]> {
    values.chunks_exact(features.max(1)).map(|row| [row[0], row.get(1).copied().unwrap_or(0.0)])
}
