//! The shape of one sample.

use std::fmt;

/// Channels, height and width of a sample. A point is a picture of one pixel: its channels are its coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Values of a pixel: 1 for grey, 3 for red, green and blue; the coordinates of a point.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
}

impl Shape {
    /// A point of this many coordinates.
    pub const fn point(features: usize) -> Self {
        Self { channels: features, height: 1, width: 1 }
    }

    /// Values of one sample: the columns of a matrix of samples.
    pub const fn features(self) -> usize {
        self.channels * self.height * self.width
    }

    /// Pixels of one sample.
    pub const fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Whether a sample has one pixel only, so that there is nothing to look at.
    pub const fn is_point(self) -> bool {
        self.pixels() == 1
    }

    /// Where a row holds a pixel's value.
    pub const fn index(self, channel: usize, row: usize, column: usize) -> usize {
        (row * self.width + column) * self.channels + channel
    }

    /// For each place of a row, the place of the same value in a row that is stored channel after channel, as PyTorch does.
    pub fn channels_first(self) -> Vec<usize> {
        let mut places = Vec::with_capacity(self.features());
        for pixel in 0..self.pixels() {
            places.extend((0..self.channels).map(|channel| channel * self.pixels() + pixel));
        }
        places
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channels, height, width } = self;
        match channels {
            _ if self.is_point() => write!(formatter, "{channels} values"),
            1 => write!(formatter, "{height} x {width} pixels in grey"),
            2 => write!(formatter, "{height} x {width} pixels in grey with alpha"),
            3 => write!(formatter, "{height} x {width} pixels in RGB"),
            4 => write!(formatter, "{height} x {width} pixels in RGB with alpha"),
            _ => write!(formatter, "{height} x {width} pixels of {channels} channels"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn rows_are_channels_last() {
        let shape = Shape { channels: 3, height: 2, width: 4 };
        let mut places = Vec::new();
        for row in 0..2 {
            for column in 0..4 {
                places.extend((0..3).map(|channel| shape.index(channel, row, column)));
            }
        }
        assert_eq!(places, (0..24).collect::<Vec<_>>());
        let first = shape.channels_first();
        assert_eq!(first[shape.index(2, 1, 3)], 2 * 8 + 7);
        assert_eq!(first[shape.index(1, 0, 2)], 8 + 2);
        let point = Shape::point(5);
        assert!(point.is_point() && !shape.is_point());
        assert_eq!((point.features(), point.channels_first()), (5, vec![0, 1, 2, 3, 4]));
    }

    #[test]
    fn shapes_are_told_in_words() {
        let shape = |channels| Shape { channels, height: 2, width: 3 }.to_string();
        assert_eq!(Shape::point(7).to_string(), "7 values");
        assert_eq!(shape(1), "2 x 3 pixels in grey");
        assert_eq!(shape(3), "2 x 3 pixels in RGB");
        assert_eq!(shape(4), "2 x 3 pixels in RGB with alpha");
        assert_eq!(shape(9), "2 x 3 pixels of 9 channels");
    }
}
