//! Windows of pictures as rows of a matrix, so that a convolution of a whole batch is one product.
//!
//! Channels-last rows make a pixel's channels one run of memory: gathering windows copies such runs, and its adjoint adds
//! them. Both are burn's selection of rows by index, whose derivatives are each other.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};
use ganymede_samples::Shape;

use crate::network::layers::pixels::by_pixel;
use crate::network::layers::window::Window;
use crate::place::Place;

/// The windows of large pictures, one for each pixel of the small ones; within a window, its rows, its columns, the
/// channels. Takes windows of all channels only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    /// What the windows lie in.
    pub(super) large: Shape,
    /// One pixel for each window.
    pub(super) small: Shape,
    /// Size and distance of the windows.
    pub(super) window: Window,
}

impl Columns {
    /// `[rows, large features]` to `[rows * small pixels, kernel * kernel * channels]`.
    pub(super) fn gather(&self, large: Tensor<2>) -> Tensor<2> {
        let ([rows, _], pixels) = (large.dims(), by_pixel(large, self.large));
        if self.is_identity() {
            return pixels;
        }
        let (place, channels) = (Place::of(&pixels), self.large.channels);
        let indices = self.indices(rows, &place);
        let pixels = if self.window.padding == 0 {
            pixels
        } else {
            Tensor::cat(vec![pixels, place.full([1, channels], 0.0)], 0)
        };
        pixels.select(0, indices).reshape([rows * self.small.pixels(), self.width()])
    }

    /// The adjoint of [`Columns::gather`]: `[rows * small pixels, kernel * kernel * channels]` to `[rows * large pixels,
    /// channels]`.
    pub(super) fn scatter(&self, columns: Tensor<2>) -> Tensor<2> {
        if self.is_identity() {
            return columns;
        }
        let (place, [windows, _]) = (Place::of(&columns), columns.dims());
        let (channels, kernel) = (self.large.channels, self.window.kernel);
        let rows = windows / self.small.pixels();
        let pixels = rows * self.large.pixels();
        let indices = self.indices(rows, &place);
        let parts = columns.reshape([windows * kernel * kernel, channels]);
        let beyond = usize::from(self.window.padding > 0);
        let sums = place.full([pixels + beyond, channels], 0.0);
        let sums = sums.select_assign(0, indices, parts, IndexingUpdateOp::Add);
        if beyond == 0 { sums } else { sums.slice_dim(0, 0..pixels) }
    }

    /// A weight of `[small channels, channels * kernel * kernel]` with its columns in the order of a window.
    pub(super) fn matrix(&self, weight: &Tensor<2>) -> Tensor<2> {
        self.exchanged(weight, self.large.channels, self.window.kernel * self.window.kernel)
    }

    /// The reverse of [`Columns::matrix`].
    pub(super) fn weight(&self, matrix: Tensor<2>) -> Tensor<2> {
        self.exchanged(&matrix, self.window.kernel * self.window.kernel, self.large.channels)
    }

    /// Columns `[outer, inner]` as `[inner, outer]`.
    fn exchanged(&self, weight: &Tensor<2>, outer: usize, inner: usize) -> Tensor<2> {
        let (weight, channels) = (weight.clone(), self.small.channels);
        if outer == 1 || inner == 1 {
            return weight;
        }
        weight.reshape([channels, outer, inner]).swap_dims(1, 2).reshape([channels, outer * inner])
    }

    /// Whether each window is the one pixel of the same place.
    fn is_identity(&self) -> bool {
        self.window == Window::new(1, 1, 0)
    }

    fn width(&self) -> usize {
        self.window.kernel * self.window.kernel * self.large.channels
    }

    /// Of each pixel of each window, which pixel of the batch it is; one past the last where it lies in the padding.
    fn indices(&self, rows: usize, place: &Place) -> Tensor<1, Int> {
        let Window { kernel, stride, padding, .. } = self.window;
        let (large, small) = (self.large, self.small);
        // Along a side: where each pixel of each window lies, or nothing in the padding.
        let along = |windows: usize, side: usize| -> Vec<Option<usize>> {
            let positions = (0..windows).flat_map(|window| (0..kernel).map(move |pixel| window * stride + pixel));
            positions.map(|at| at.checked_sub(padding).filter(|at| *at < side)).collect()
        };
        let (down, across) = (along(small.height, large.height), along(small.width, large.width));
        let one: Vec<Option<usize>> = down
            .chunks(kernel)
            .flat_map(|lines| across.chunks(kernel).map(move |columns| (lines, columns)))
            .flat_map(|(lines, columns)| {
                lines.iter().flat_map(move |line| columns.iter().map(move |column| (line, column)))
            })
            .map(|(line, column)| Some((*line)? * large.width + (*column)?))
            .collect();
        let (pixels, beyond) = (large.pixels(), rows * large.pixels());
        let all = (0..rows).flat_map(|row| one.iter().map(move |at| at.map_or(beyond, |at| row * pixels + at) as i64));
        let indices: Vec<i64> = all.collect();
        let count = indices.len();
        Tensor::from_data(TensorData::new(indices, [count]), place.device())
    }
}
