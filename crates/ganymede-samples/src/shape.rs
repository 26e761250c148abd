//! The shape of a sample.

use std::fmt;

/// Channels, height and width of a sample. A point is a picture of one pixel, its features the channels.
///
/// Values lie channels-last: all channels of the first pixel, then those of the pixel to its right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Values of a pixel: 1 for grey, 3 for RGB; of a point, its features.
    pub channels: usize,
    /// Rows of pixels; 1 for a point.
    pub height: usize,
    /// Columns of pixels; 1 for a point.
    pub width: usize,
}

impl Shape {
    /// A point of `features` features.
    pub const fn point(features: usize) -> Self {
        Self { channels: features, height: 1, width: 1 }
    }

    /// Values of a sample: the columns of a matrix with a sample in each row.
    pub const fn features(self) -> usize {
        self.channels * self.pixels()
    }

    /// [`Shape::features`], or `None` where the product exceeds `usize`: for sizes that come from a file.
    pub fn checked_features(self) -> Option<usize> {
        self.channels.checked_mul(self.height)?.checked_mul(self.width)
    }

    /// Pixels of a sample, 1 for a point.
    pub const fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Whether the sample is a single pixel.
    pub const fn is_point(self) -> bool {
        self.height == 1 && self.width == 1
    }

    /// The same pixels with another number of channels.
    #[must_use]
    pub const fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// The position of a value among the sample's values. All three count from 0.
    pub const fn index(self, row: usize, column: usize, channel: usize) -> usize {
        (row * self.width + column) * self.channels + channel
    }

    /// For each place among a sample's values, the place of the same value where samples are stored channel after channel,
    /// as PyTorch does.
    pub fn channels_first(self) -> Vec<usize> {
        let places = (0..self.pixels()).flat_map(|pixel| (0..self.channels).map(move |channel| (pixel, channel)));
        places.map(|(pixel, channel)| channel * self.pixels() + pixel).collect()
    }
}

/// In the order in which the values lie: `2 features` for a point, `28 x 28 x 1` (height, width, channels) for a picture.
impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_point(), self.channels) {
            (true, 1) => formatter.write_str("1 feature"),
            (true, features) => write!(formatter, "{features} features"),
            (false, channels) => write!(formatter, "{} x {} x {channels}", self.height, self.width),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_a_picture_of_one_pixel() {
        let point = Shape::point(7);
        assert_eq!(point, Shape { channels: 7, height: 1, width: 1 });
        assert!(point.is_point());
        for shape in [Shape { channels: 1, height: 1, width: 2 }, Shape { channels: 1, height: 2, width: 1 }] {
            assert!(!shape.is_point(), "{shape}");
        }
    }

    #[test]
    fn every_value_of_a_picture_has_a_place_of_its_own_in_channels_last_order() {
        let shape = Shape { channels: 3, height: 2, width: 5 };
        let mut places = Vec::new();
        for row in 0..shape.height {
            for column in 0..shape.width {
                for channel in 0..shape.channels {
                    places.push(shape.index(row, column, channel));
                }
            }
        }
        assert_eq!(places, (0..shape.features()).collect::<Vec<_>>());
    }

    #[test]
    fn values_stored_channel_after_channel_are_found() {
        let shape = Shape { channels: 3, height: 2, width: 4 };
        let places = shape.channels_first();
        assert_eq!((places[shape.index(1, 3, 2)], places[shape.index(0, 2, 1)]), (2 * 8 + 7, 8 + 2));
        assert_eq!(Shape::point(3).channels_first(), [0, 1, 2]);
    }

    #[test]
    fn sizes_beyond_memory_are_seen() {
        let most = usize::MAX;
        assert_eq!(Shape { channels: 3, height: 4, width: 5 }.checked_features(), Some(60));
        for (channels, height, width) in [(most, 2, 1), (2, 1, most), (1 << 40, 1 << 40, 1)] {
            assert_eq!(Shape { channels, height, width }.checked_features(), None);
        }
    }

    #[test]
    fn shapes_are_written_in_the_order_of_their_values() {
        let cases = [
            (Shape::point(1), "1 feature"),
            (Shape::point(2), "2 features"),
            (Shape { channels: 1, height: 28, width: 28 }, "28 x 28 x 1"),
            (Shape { channels: 3, height: 1, width: 64 }, "1 x 64 x 3"),
        ];
        for (shape, expected) in cases {
            assert_eq!(shape.to_string(), expected);
        }
    }
}
