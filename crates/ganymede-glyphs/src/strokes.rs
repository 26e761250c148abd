//! The ten shapes, as lines and arcs of ellipses in a box of unit width and height.

/// A point: to the right, and down.
pub(crate) type Point = [f32; 2];

/// The largest turn between two points of a flattened arc, in degrees: at 64 pixels it strays a tenth of a pixel.
const ARC_STEP: f32 = 15.0;

/// One movement of the pen.
enum Stroke {
    /// Straight from point to point.
    Line(&'static [Point]),
    /// Along an ellipse around `center` with the half axes `radii`, from one angle to another in degrees: 0 is right,
    /// 90 is down.
    Arc { center: Point, radii: Point, from: f32, to: f32 },
}

use Stroke::{Arc, Line};

const fn loop_around(center: Point, radii: Point) -> Stroke {
    Arc { center, radii, from: 0.0, to: 360.0 }
}

const GLYPHS: [&[Stroke]; crate::CLASSES] = [
    &[loop_around([0.5, 0.5], [0.38, 0.5])],
    &[Line(&[[0.28, 0.22], [0.54, 0.0], [0.54, 1.0]])],
    &[
        Arc { center: [0.48, 0.29], radii: [0.36, 0.29], from: -180.0, to: 35.0 },
        Line(&[[0.775, 0.456], [0.12, 1.0], [0.9, 1.0]]),
    ],
    &[
        Arc { center: [0.45, 0.25], radii: [0.35, 0.25], from: -160.0, to: 90.0 },
        Arc { center: [0.45, 0.75], radii: [0.4, 0.25], from: -90.0, to: 160.0 },
    ],
    &[Line(&[[0.66, 1.0], [0.66, 0.0], [0.08, 0.68], [0.94, 0.68]])],
    &[
        Line(&[[0.84, 0.0], [0.24, 0.0], [0.2, 0.46]]),
        Arc { center: [0.46, 0.69], radii: [0.4, 0.31], from: -131.0, to: 150.0 },
    ],
    &[
        loop_around([0.5, 0.71], [0.36, 0.29]),
        Arc { center: [0.78, 0.71], radii: [0.64, 0.71], from: -90.0, to: -180.0 },
    ],
    &[Line(&[[0.1, 0.0], [0.9, 0.0], [0.38, 1.0]])],
    &[loop_around([0.5, 0.24], [0.29, 0.24]), loop_around([0.5, 0.74], [0.38, 0.26])],
    &[loop_around([0.5, 0.29], [0.36, 0.29]), Arc { center: [0.22, 0.29], radii: [0.64, 0.71], from: 0.0, to: 90.0 }],
];

/// The shape of a class as polylines. `class` is below [`crate::CLASSES`].
pub(crate) fn polylines(class: usize) -> Vec<Vec<Point>> {
    GLYPHS[class].iter().map(flattened).collect()
}

fn flattened(stroke: &Stroke) -> Vec<Point> {
    match stroke {
        // A straight line bends with the hand, so it has points along its way.
        Line(corners) => {
            let mut points = vec![corners[0]];
            for pair in corners.windows(2) {
                let along = |share: f32| [0, 1].map(|axis| pair[0][axis] + share * (pair[1][axis] - pair[0][axis]));
                points.extend([0.25, 0.5, 0.75, 1.0].map(along));
            }
            points
        }
        Arc { center, radii, from, to } => {
            let steps = ((to - from).abs() / ARC_STEP).ceil();
            let at = |step: usize| {
                let angle = (from + (to - from) * step as f32 / steps).to_radians();
                [center[0] + radii[0] * angle.cos(), center[1] + radii[1] * angle.sin()]
            };
            (0..=steps as usize).map(at).collect()
        }
    }
}
