//! Samples that are pictures, side by side.

use ganymede_core::data::{Matrix, Shape, Values};
use ganymede_files::encode_png;

use crate::failure::{OrFailure, Outcome};

/// Pictures are enlarged to at least this many pixels a side.
const LEAST_SIDE: usize = 48;

/// White pixels around a picture.
const MARGIN: usize = 2;

/// Pictures in a row of a run's grid.
const COLUMNS: usize = 10;

/// Rows of a run's grid.
const ROWS: usize = 10;

/// The range of values that pixels are stored in, from black to full.
pub(crate) const PIXEL_RANGE: [f32; 2] = [-1.0, 1.0];

/// Samples of one shape in rows.
#[derive(Clone, Debug)]
pub(crate) struct Grid<'a> {
    pub(crate) samples: &'a Matrix,
    pub(crate) shape: Shape,
    /// The values that become black and white; values outside are cut off.
    pub(crate) range: [f32; 2],
    /// The indices of the samples in each row of the grid, left to right.
    pub(crate) rows: Vec<Vec<usize>>,
}

impl<'a> Grid<'a> {
    /// The first samples in rows of ten: with labels a row for each class that has samples, of at most ten classes.
    pub(crate) fn of_samples(samples: &'a Matrix, shape: Shape, labels: Option<&[usize]>) -> Self {
        Self { samples, shape, range: Self::range_of_fakes(samples), rows: rows_of_ten(samples.rows(), labels) }
    }

    /// The range from black to white of stored values: that of pixels, or the numbers' own.
    pub(crate) fn range_of(values: &Values) -> [f32; 2] {
        match values {
            Values::Bytes(_) => PIXEL_RANGE,
            Values::Floats(floats) => Self::range_of_floats(floats),
        }
    }

    /// The range from black to white of samples as they are trained on, from their smallest and largest value: that of pixels,
    /// [0, 1], [0, 255], or the numbers' own. A generator may leave it a little.
    pub(crate) fn range_of_samples(samples: &Matrix) -> [f32; 2] {
        let [low, high] = Self::range_of_floats(&samples.values);
        match () {
            () if low >= -2.0 && high <= 2.0 && low < -0.5 => PIXEL_RANGE,
            () if low >= -0.5 && high <= 1.5 => [0.0, 1.0],
            () if low >= -20.0 && high <= 280.0 => [0.0, 255.0],
            () => [low, high],
        }
    }

    /// The range of generated samples whose data are not at hand: that of pixels, unless they leave it far behind.
    fn range_of_fakes(samples: &Matrix) -> [f32; 2] {
        let [low, high] = Self::range_of_floats(&samples.values);
        if low >= -2.0 && high <= 2.0 { PIXEL_RANGE } else { Self::range_of_samples(samples) }
    }

    fn range_of_floats(values: &[f32]) -> [f32; 2] {
        let start = [f32::INFINITY, f32::NEG_INFINITY];
        values.iter().fold(start, |[low, high], value| [low.min(*value), high.max(*value)])
    }

    /// All samples in rows of `columns`.
    pub(crate) fn of_rows(samples: &'a Matrix, shape: Shape, columns: usize) -> Self {
        let all: Vec<usize> = (0..samples.rows()).collect();
        Self {
            samples,
            shape,
            range: Self::range_of_fakes(samples),
            rows: all.chunks(columns.max(1)).map(<[usize]>::to_vec).collect(),
        }
    }

    pub(crate) fn png(&self) -> Outcome<Vec<u8>> {
        let shape = self.shape;
        let scale = LEAST_SIDE.div_ceil(shape.height.min(shape.width)).max(1);
        let (tile_height, tile_width) = (shape.height * scale + MARGIN, shape.width * scale + MARGIN);
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let (height, width) = (self.rows.len() * tile_height + MARGIN, columns * tile_width + MARGIN);
        let mut pixels = vec![u8::MAX; height * width * 3];
        for (row, samples) in self.rows.iter().enumerate() {
            for (column, sample) in samples.iter().enumerate() {
                let values = self.samples.row(*sample);
                for y in 0..shape.height * scale {
                    for x in 0..shape.width * scale {
                        let (top, left) = (row * tile_height + MARGIN + y, column * tile_width + MARGIN + x);
                        let pixel = &mut pixels[(top * width + left) * 3..][..3];
                        for (color, byte) in pixel.iter_mut().enumerate() {
                            let channel = if shape.channels >= 3 { color } else { 0 };
                            *byte = shade(values[shape.index(y / scale, x / scale, channel)], self.range);
                        }
                    }
                }
            }
        }
        encode_png(&pixels, Shape { channels: 3, height, width }).or_fail()
    }
}

/// Up to ten rows of ten samples, in their order; with labels one row for each class, in rising order.
fn rows_of_ten(count: usize, labels: Option<&[usize]>) -> Vec<Vec<usize>> {
    let Some(labels) = labels else {
        let chosen: Vec<usize> = (0..count.min(ROWS * COLUMNS)).collect();
        return chosen.chunks(COLUMNS).map(<[usize]>::to_vec).collect();
    };
    let mut classes = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for (sample, label) in labels.iter().enumerate().take(count) {
        let row = classes.entry(*label).or_default();
        if row.len() < COLUMNS {
            row.push(sample);
        }
    }
    classes.into_values().take(ROWS).collect()
}

/// A value as a shade from 0 to 255; 128 where all values are the same.
fn shade(value: f32, [low, high]: [f32; 2]) -> u8 {
    let width = high - low;
    if width > 0.0 { ((value - low) / width * 255.0).round().clamp(0.0, 255.0) as u8 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::{Grid, PIXEL_RANGE, rows_of_ten, shade};
    use ganymede_core::data::{Matrix, Shape};

    #[test]
    fn shades_span_the_range() {
        for (value, range, expected) in [
            (-1.0, [-1.0, 1.0], 0),
            (1.0, [-1.0, 1.0], 255),
            (0.0, [-1.0, 1.0], 128),
            (9.0, [0.0, 1.0], 255),
            (3.0, [3.0; 2], 128),
        ] {
            assert_eq!(shade(value, range), expected, "{value} in {range:?}");
        }
    }

    #[test]
    fn samples_are_drawn_in_the_range_of_their_data() {
        let rows = [
            (vec![-1.0, 0.3, 1.2], PIXEL_RANGE),
            (vec![0.0, 0.5, 1.0], [0.0, 1.0]),
            (vec![0.0, 17.0, 255.0], [0.0, 255.0]),
            (vec![-3e3, 4e3], [-3e3, 4e3]),
        ];
        for (values, expected) in rows {
            let range = Grid::range_of_samples(&Matrix::new(values, 1));
            assert_eq!(range.map(f32::to_bits), expected.map(f32::to_bits), "{range:?} for {expected:?}");
        }
    }

    #[test]
    fn samples_stand_in_their_order_and_labelled_ones_by_class() {
        assert_eq!(rows_of_ten(12, None), [(0..10).collect::<Vec<_>>(), vec![10, 11]]);
        assert_eq!(rows_of_ten(500, None).concat().len(), 100);
        let labels: Vec<usize> = (0..60).map(|row| [7, 3, 7][row % 3]).collect();
        let rows = rows_of_ten(60, Some(&labels));
        assert_eq!(rows[0], (0..10).map(|row| 3 * row + 1).collect::<Vec<_>>());
        assert_eq!(rows[1][..4], [0, 2, 3, 5]);
        let many: Vec<usize> = (0..1_000).collect();
        assert_eq!(rows_of_ten(1_000, Some(&many)).len(), 10);
    }

    #[test]
    fn every_pixel_is_drawn_where_it_belongs_and_in_its_colour() {
        // Two pictures of one row and two columns: red and black, then black and white.
        let values = vec![1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0];
        let (samples, shape) = (Matrix::new(values, 6), Shape { channels: 3, height: 1, width: 2 });
        let file = Grid::of_samples(&samples, shape, None).png().unwrap();
        let picture = image::load_from_memory(&file).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (2 + 2 * 98, 2 + 50));
        for (x, expected) in [(3, [255, 0, 0]), (90, [0; 3]), (104, [0; 3]), (190, [255; 3])] {
            assert_eq!(picture.get_pixel(x, 20).0, expected, "column {x}");
        }
    }
}
