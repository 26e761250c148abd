//! Samples that are pictures: where in a flat row each pixel stands.

/// In which order the values of a picture are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureLayout {
    /// `[channels, height, width]`, as PyTorch stores pictures.
    ChannelsFirst,
    /// `[height, width, channels]`, as most other libraries do.
    ChannelsLast,
}

/// How the values of one sample make a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Number of colour channels: 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// The order of the values.
    pub layout: PictureLayout,
}

impl Picture {
    /// The picture that a sample of this shape can be: `[height, width]`, or three sizes of which the first (or else the
    /// last) is 1 or 3 channels. Height and width are at least 2. A shape `[3, n, 3]` is taken for channels first.
    pub fn of(shape: &[usize]) -> Option<Self> {
        let (channels, height, width, layout) = match *shape {
            [height, width] => (1, height, width, PictureLayout::ChannelsFirst),
            [channels @ (1 | 3), height, width] => (channels, height, width, PictureLayout::ChannelsFirst),
            [height, width, channels @ (1 | 3)] => (channels, height, width, PictureLayout::ChannelsLast),
            _ => return None,
        };
        (height >= 2 && width >= 2).then_some(Self { channels, height, width, layout })
    }

    /// The place of a pixel's value in the flat sample.
    pub fn index(self, channel: usize, row: usize, column: usize) -> usize {
        match self.layout {
            PictureLayout::ChannelsFirst => (channel * self.height + row) * self.width + column,
            PictureLayout::ChannelsLast => (row * self.width + column) * self.channels + channel,
        }
    }
}
