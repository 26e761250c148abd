//! Up- and downsampling by a filter, and average pooling: linear maps along height and width.

use burn::tensor::{Tensor, TensorData};
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::layer::{Layer, Values};
use crate::network::pass::Pass;
use crate::network::tape::{SavedTensors, Tape};
use crate::place::Place;

/// How pixels are spread over others, or gathered from them, along a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Each pixel is repeated; the way down takes the mean of the pixels that come together.
    Box,
    /// The filter 1-2-1 with zeros beyond the border, as R3GAN resamples (Huang et al. 2024): up, pixels that are added
    /// between two others are their mean; down, every second pixel is the mean of itself, twice, and its neighbours.
    Binomial,
}

/// Pictures of another size, each channel separately: `y = A_h x A_w^T`, whose vector-Jacobian product is that of the
/// transposed matrices.
#[derive(Clone, Copy, Debug)]
pub struct Resample {
    input: Shape,
    output: Shape,
    filter: Filter,
    factor: usize,
    up: bool,
}

impl Resample {
    /// Pictures of `factor` times the height and width.
    pub fn up(input: Shape, factor: usize, filter: Filter) -> Self {
        let Shape { channels, height, width } = input;
        let output = Shape { channels, height: height * factor, width: width * factor };
        Self { input, output, filter, factor, up: true }
    }

    /// Pictures of height and width over `factor`, rounded up: pixels that are left over at the border make one of their
    /// own.
    pub fn down(input: Shape, factor: usize, filter: Filter) -> Self {
        let Shape { channels, height, width } = input;
        let side = |side: usize| side.div_ceil(factor.max(1));
        let output = Shape { channels, height: side(height), width: side(width) };
        Self { input, output, filter, factor, up: false }
    }

    /// The `[outputs, inputs]` matrix along a side, row-major.
    fn matrix(&self, outputs: usize, inputs: usize) -> Vec<f64> {
        let mut matrix = vec![0.0; outputs * inputs];
        let (small, large) = (inputs.min(outputs), inputs.max(outputs));
        let mut add = |small: usize, large: usize, value: f64| {
            let at = if self.up { large * inputs + small } else { small * inputs + large };
            matrix[at] += value;
        };
        match self.filter {
            Filter::Box => {
                for pixel in 0..large {
                    let together = self.factor.min(large - pixel / self.factor * self.factor);
                    add(pixel / self.factor, pixel, if self.up { 1.0 } else { 1.0 / together as f64 });
                }
            }
            // Where the taps lie is R3GAN's: up, new pixels stand before the old ones; down, even pixels are kept.
            Filter::Binomial if self.up => {
                for pixel in 0..small {
                    for (offset, value) in [(0, 0.5), (1, 1.0), (2, 0.5)] {
                        if 2 * pixel + offset < large {
                            add(pixel, 2 * pixel + offset, value);
                        }
                    }
                }
            }
            Filter::Binomial => {
                for pixel in 0..small {
                    for (offset, value) in [(0, 0.25), (1, 0.5), (2, 0.25)] {
                        if let Some(at) = (2 * pixel + offset).checked_sub(1).filter(|at| *at < large) {
                            add(pixel, at, value);
                        }
                    }
                }
            }
        }
        matrix
    }

    /// The two maps one after the other, from pictures of `from` to `to`.
    fn apply(&self, rows: Tensor<2>, from: Shape, to: Shape, transposed: bool) -> Tensor<2> {
        let place = Place::of(&rows);
        let along = |outputs: usize, inputs: usize| -> Tensor<3> {
            let (rows, columns) = if transposed { (inputs, outputs) } else { (outputs, inputs) };
            let data = TensorData::new(self.matrix(rows, columns), [1, rows, columns]);
            let matrix = Tensor::from_data(data, (place.device(), place.dtype()));
            if transposed { matrix.transpose() } else { matrix }
        };
        let ([count, _], channels) = (rows.dims(), from.channels);
        let pictures: Tensor<3> = rows.reshape([count, from.height, from.width * channels]);
        let tall = along(to.height, from.height).expand([count, to.height, from.height]).matmul(pictures);
        let lines = count * to.height;
        let tall: Tensor<3> = tall.reshape([lines, from.width, channels]);
        let wide = along(to.width, from.width).expand([lines, to.width, from.width]).matmul(tall);
        wide.reshape([count, to.features()])
    }
}

impl Layer for Resample {
    fn facts(&self) -> Facts {
        let name = if self.up { "upsampling" } else { "downsampling" };
        let fault = match (self.filter, self.factor) {
            (_, 0) => Some("resamples by 0".to_owned()),
            (Filter::Binomial, factor) if factor != 2 => Some(format!("filters 1-2-1 by 2 only, and not by {factor}")),
            _ => None,
        };
        let filter = f64::from(u8::from(self.filter == Filter::Binomial));
        let settings = vec![("factor", self.factor as f64), ("binomial", filter)];
        Facts { settings, fault, serves_members: true, ..Facts::new(name, self.output) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: &mut Tape) -> Tensor<2> {
        self.apply(input, self.input, self.output, false)
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (self.apply(cotangent, self.output, self.input, true), Vec::new())
    }
}

/// The mean of each channel over all pixels, as a point.
#[derive(Clone, Copy, Debug)]
pub struct GlobalPool {
    /// The shape of a row that goes in.
    pub input: Shape,
}

impl Layer for GlobalPool {
    fn facts(&self) -> Facts {
        Facts { serves_members: true, ..Facts::new("global average pooling", Shape::point(self.input.channels)) }
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, _: &Pass, _: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let pixels: Tensor<3> = input.reshape([rows, self.input.pixels(), self.input.channels]);
        pixels.mean_dim(1).reshape([rows, self.input.channels])
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let ([rows, channels], pixels) = (cotangent.dims(), self.input.pixels());
        let share: Tensor<3> = cotangent.div_scalar(pixels as f64).reshape([rows, 1, channels]);
        (share.expand([rows, pixels, channels]).reshape([rows, pixels * channels]), Vec::new())
    }
}
