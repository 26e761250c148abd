//! Antialiased drawing of polylines with a round pen.

use crate::strokes::Point;

/// The share of each pixel that the pen covers, row-major `[side, side]`, from the distance of the pixel's centre to the
/// nearest line: 1 inside the pen, falling to 0 over one pixel across its edge.
pub(crate) fn coverage(lines: &[Vec<Point>], half_stroke: f32, side: usize) -> Vec<f32> {
    let reach = half_stroke + 0.5;
    let mut squared = vec![f32::INFINITY; side * side];
    for pair in lines.iter().flat_map(|line| line.windows(2)) {
        let (rows, columns) = (within(pair, 1, reach, side), within(pair, 0, reach, side));
        for row in rows {
            for column in columns.clone() {
                let found = &mut squared[row * side + column];
                *found = found.min(squared_distance([column as f32 + 0.5, row as f32 + 0.5], pair));
            }
        }
    }
    squared.iter().map(|squared| (reach - squared.sqrt()).clamp(0.0, 1.0)).collect()
}

/// The pixels along one axis that the pen can reach from a line.
fn within(pair: &[Point], axis: usize, reach: f32, side: usize) -> std::ops::Range<usize> {
    let (low, high) = (pair[0][axis].min(pair[1][axis]), pair[0][axis].max(pair[1][axis]));
    // Casts to unsigned cut at 0.
    ((low - reach).floor() as usize).min(side)..((high + reach).ceil() as usize).min(side)
}

/// The squared distance of a point to the line between two others.
fn squared_distance(point: Point, pair: &[Point]) -> f32 {
    let (from, to) = (pair[0], pair[1]);
    let (along, away) = ([to[0] - from[0], to[1] - from[1]], [point[0] - from[0], point[1] - from[1]]);
    let length = along[0] * along[0] + along[1] * along[1];
    let share = ((along[0] * away[0] + along[1] * away[1]) / length.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    let rest = [away[0] - share * along[0], away[1] - share * along[1]];
    rest[0] * rest[0] + rest[1] * rest[1]
}

#[cfg(test)]
mod tests {
    use super::coverage;

    #[test]
    fn a_straight_line_covers_its_length_times_its_width() {
        // A round pen adds half a disc at either end.
        for half_stroke in [0.5_f32, 1.0, 2.5] {
            let covered: f32 = coverage(&[vec![[8.0, 16.3], [24.0, 16.3]]], half_stroke, 32).iter().sum();
            let expected = 2.0 * half_stroke * 16.0 + std::f32::consts::PI * half_stroke * half_stroke;
            assert!((covered / expected - 1.0).abs() < 0.05, "{half_stroke}: {covered} against {expected}");
        }
    }

    #[test]
    fn lines_past_the_border_are_cut() {
        let all = coverage(&[vec![[-40.0, 8.0], [60.0, 8.0]]], 20.0, 16);
        assert!(all.iter().all(|ink| *ink >= 1.0));
        assert!(coverage(&[vec![[-40.0, -40.0], [60.0, -40.0]]], 2.0, 16).iter().all(|ink| *ink <= 0.0));
    }
}
