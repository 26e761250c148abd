//! Rows of pictures as other tensors, and back.
//!
//! Rows are channels-last (height, width, channel), so a row of channels for each pixel costs nothing, and only burn's
//! convolutions, which take channels first, need the values moved.

use burn::tensor::Tensor;
use ganymede_samples::Shape;

/// A row of channels for each pixel: `[rows, features]` to `[rows * pixels, channels]`.
pub(crate) fn by_pixel(rows: Tensor<2>, shape: Shape) -> Tensor<2> {
    if shape.is_point() {
        return rows;
    }
    let [count, _] = rows.dims();
    rows.reshape([count * shape.pixels(), shape.channels])
}

/// The reverse of [`by_pixel`].
pub(crate) fn by_row(pixels: Tensor<2>, shape: Shape) -> Tensor<2> {
    if shape.is_point() {
        return pixels;
    }
    let [count, _] = pixels.dims();
    pixels.reshape([count / shape.pixels(), shape.features()])
}

/// `[rows, features]` to `[rows, channels, height, width]`.
pub(crate) fn channels_first(rows: Tensor<2>, shape: Shape) -> Tensor<4> {
    let [count, _] = rows.dims();
    if shape.channels == 1 || shape.is_point() {
        return rows.reshape([count, shape.channels, shape.height, shape.width]);
    }
    rows.reshape([count, shape.height, shape.width, shape.channels]).permute([0, 3, 1, 2])
}

/// The reverse of [`channels_first`].
pub(crate) fn channels_last(pictures: Tensor<4>) -> Tensor<2> {
    let [count, channels, height, width] = pictures.dims();
    if channels == 1 || height * width == 1 {
        return pictures.reshape([count, channels * height * width]);
    }
    pictures.permute([0, 2, 3, 1]).reshape([count, height * width * channels])
}
