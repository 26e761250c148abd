//! Which pixels of two pictures a convolution joins.

use ganymede_samples::Shape;

/// Where a window of a picture reaches over its border.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// The linear map between a large and a small picture that a convolution and a transposed convolution share: each pixel of
/// the small one is joined to a window of `kernel` times `kernel` pixels of the large one.
///
/// Windows lie `stride` pixels apart, the first one `padding` pixels before the large picture's corner. Channels are split
/// into `groups`, which divide the channels of both pictures; each group of the small picture sees its own of the large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// What a convolution takes and a transposed convolution gives.
    pub large: Shape,
    /// What a convolution gives and a transposed convolution takes.
    pub small: Shape,
    /// Height and width of a window, at least 1.
    pub kernel: usize,
    /// Pixels from one window to the next, at least 1.
    pub stride: usize,
    /// Pixels of zeros around the large picture.
    pub padding: usize,
    /// Groups of channels, at least 1.
    pub groups: usize,
}

/// Pixels that are written in the same way: each is a sum over the same places of the kernel.
pub(crate) struct Part {
    /// The pixels written.
    pub(crate) outputs: Vec<u32>,
    /// Places of the kernel, `row * kernel + column`.
    pub(crate) taps: Vec<usize>,
    /// For each output and tap the pixel read, or [`NOWHERE`].
    pub(crate) sources: Vec<u32>,
}

impl Geometry {
    /// Places of a window.
    pub(crate) fn places(&self) -> usize {
        self.kernel * self.kernel
    }

    /// Channels of a group in the large picture.
    pub(crate) fn large_channels(&self) -> usize {
        self.large.channels / self.groups
    }

    /// Channels of a group in the small picture.
    pub(crate) fn small_channels(&self) -> usize {
        self.small.channels / self.groups
    }

    /// Numbers in the weight: `[small channels, large channels / groups * kernel * kernel]`.
    pub fn weight_len(&self) -> usize {
        self.small.channels * self.large_channels() * self.places()
    }

    /// Whether each pixel of one picture is joined to one of the other, by one matrix.
    pub(crate) fn is_product(&self) -> bool {
        self.kernel == 1
            && self.stride == 1
            && self.padding == 0
            && self.groups == 1
            && self.large.pixels() == self.small.pixels()
    }

    /// Whether the small picture is one pixel, joined to each pixel of the large one once.
    pub(crate) fn is_whole(&self) -> bool {
        let sides = [self.large.height, self.large.width];
        self.small.pixels() == 1 && self.padding == 0 && sides == [self.kernel; 2]
    }

    /// Whether most of what the large picture's pixels are sums over lies outside the small one, as where a single pixel becomes
    /// a picture.
    pub(crate) fn is_sparse(&self) -> bool {
        self.small.pixels() * self.stride * self.stride * 2 < self.large.pixels()
    }

    /// The same map the other way round, where windows lie side by side: the small picture's windows are joined to pixels of the
    /// large one, with the weight [mirrored](Self::mirrored_weight).
    pub(crate) fn mirrored(self) -> Option<Self> {
        let padding = (self.kernel - 1).checked_sub(self.padding)?;
        (self.stride == 1).then_some(Self { large: self.small, small: self.large, padding, ..self })
    }

    /// The weight of the [mirrored](Self::mirrored) map: large and small channels exchanged, places from last to first.
    pub(crate) fn mirrored_weight(&self, weight: &[f32]) -> Vec<f32> {
        let (small, large, places) = (self.small_channels(), self.large_channels(), self.places());
        let mut mirrored = Vec::with_capacity(weight.len());
        for (group, large) in (0..self.groups).flat_map(|group| (0..large).map(move |large| (group, large))) {
            for (small, place) in (0..small).flat_map(|small| (0..places).rev().map(move |place| (small, place))) {
                mirrored.push(weight[self.weight_at(group, small, large, place)]);
            }
        }
        mirrored
    }

    /// Where in the weight the number lies that joins a small to a large channel of the same group at a place of the kernel.
    pub(crate) fn weight_at(&self, group: usize, small: usize, large: usize, place: usize) -> usize {
        ((group * self.small_channels() + small) * self.large_channels() + large) * self.places() + place
    }

    /// The small picture as sums over windows of the large one.
    pub(crate) fn to_small(self) -> Part {
        let (small, large) = (self.small, self.large);
        let mut sources = Vec::with_capacity(small.pixels() * self.places());
        for (row, column) in pixels(small) {
            for (down, across) in square(self.kernel) {
                let row = (row * self.stride + down).checked_sub(self.padding).filter(|row| *row < large.height);
                let column = (column * self.stride + across).checked_sub(self.padding);
                let column = column.filter(|column| *column < large.width);
                sources.push(pixel(large, row, column));
            }
        }
        Part { outputs: (0..small.pixels() as u32).collect(), taps: (0..self.places()).collect(), sources }
    }

    /// The large picture as sums over pixels of the small one: one part for each place within a stride, whose pixels lie
    /// under the same places of the kernel.
    pub(crate) fn to_large(self) -> Vec<Part> {
        square(self.stride).map(|(down, across)| self.phase(down, across)).collect()
    }

    /// The pixels of the large picture that are `down` and `across` after a multiple of the stride, counted with the padding.
    fn phase(&self, down: usize, across: usize) -> Part {
        let (small, large, stride, padding) = (self.small, self.large, self.stride, self.padding);
        let taps: Vec<(usize, usize)> =
            square(self.kernel).filter(|(row, column)| row % stride == down && column % stride == across).collect();
        let outputs: Vec<(usize, usize)> = pixels(large)
            .filter(|(row, column)| (row + padding) % stride == down && (column + padding) % stride == across)
            .collect();
        let source = |at: usize, tap: usize, side: usize| {
            (at + padding).checked_sub(tap).map(|rest| rest / stride).filter(|window| *window < side)
        };
        let sources = outputs.iter().flat_map(|(row, column)| {
            taps.iter().map(|(down, across)| {
                pixel(small, source(*row, *down, small.height), source(*column, *across, small.width))
            })
        });
        Part {
            sources: sources.collect(),
            outputs: outputs.iter().map(|(row, column)| (row * large.width + column) as u32).collect(),
            taps: taps.iter().map(|(row, column)| row * self.kernel + column).collect(),
        }
    }
}

fn pixel(shape: Shape, row: Option<usize>, column: Option<usize>) -> u32 {
    match (row, column) {
        (Some(row), Some(column)) => (row * shape.width + column) as u32,
        _ => NOWHERE,
    }
}

fn pixels(shape: Shape) -> impl Iterator<Item = (usize, usize)> {
    (0..shape.height).flat_map(move |row| (0..shape.width).map(move |column| (row, column)))
}

fn square(side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..side).flat_map(move |row| (0..side).map(move |column| (row, column)))
}
