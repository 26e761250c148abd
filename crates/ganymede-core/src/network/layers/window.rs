//! Which pixels of a large picture a pixel of a small one is joined to.

use ganymede_samples::Shape;

/// The pixels that one pixel of the small picture is joined to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width of the window, at least 1.
    pub kernel: usize,
    /// Pixels of the large picture from one window to the next, at least 1.
    pub stride: usize,
    /// Pixels of zeros around the large picture.
    pub padding: usize,
    /// Groups that channels are split into; each joins its own channels only. Divides the channels of both pictures.
    pub groups: usize,
}

impl Window {
    /// A window over all channels.
    pub fn new(kernel: usize, stride: usize, padding: usize) -> Self {
        Self { kernel, stride, padding, groups: 1 }
    }

    /// The same window over channels in groups.
    #[must_use]
    pub fn grouped(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Windows along a side of `side` pixels; 0 where none fits.
    pub fn count(self, side: usize) -> usize {
        (side + 2 * self.padding).checked_sub(self.kernel).map_or(0, |rest| rest / self.stride.max(1) + 1)
    }

    /// The shape that a convolution to `channels` makes of pictures of this shape.
    pub fn small(self, large: Shape, channels: usize) -> Shape {
        Shape { channels, height: self.count(large.height), width: self.count(large.width) }
    }

    /// Inputs of one value of a convolution's output.
    pub fn fan_in(self, channels: usize) -> usize {
        channels / self.groups.max(1) * self.kernel * self.kernel
    }

    /// The numbers that say what the window is.
    pub(super) fn settings(self) -> Vec<(&'static str, f64)> {
        let Self { kernel, stride, padding, groups } = self;
        let settings = [("kernel", kernel), ("stride", stride), ("padding", padding), ("groups", groups)];
        settings.map(|(name, value)| (name, value as f64)).to_vec()
    }
}
