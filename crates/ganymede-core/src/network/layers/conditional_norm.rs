//! Batch norm whose scale and shift depend on the class.

use burn::tensor::Tensor;

use crate::network::facts::Facts;
use crate::network::initialization::Initialization;
use crate::network::layer::{BufferSpec, Layer, ParameterSpec, Values};
use crate::network::layers::normalization::BatchNorm;
use crate::network::layers::pixels::{by_pixel, by_row};
use crate::network::pass::Pass;
use crate::network::tape::{SavedTensors, Tape};
use crate::place::Place;

/// Class-conditional batch normalisation (Dumoulin et al. 2017, de Vries et al. 2017): batch norm over all rows, with a
/// scale and a shift of each channel for each class. Both are `[classes, channels]`.
#[derive(Clone, Copy, Debug)]
pub struct ConditionalBatchNorm {
    /// Shape, momentum and statistics are those of the plain norm.
    pub norm: BatchNorm,
    /// Number of classes.
    pub classes: usize,
}

impl ConditionalBatchNorm {
    /// A row's own channels at each of its pixels: `[rows, channels]` to `[rows * pixels, channels]`.
    fn at_pixels(&self, rows: Tensor<2>) -> Tensor<2> {
        let ([count, channels], pixels) = (rows.dims(), self.norm.shape.pixels());
        let rows: Tensor<3> = rows.reshape([count, 1, channels]);
        rows.expand([count, pixels, channels]).reshape([count * pixels, channels])
    }

    /// Sums over each row's pixels: the reverse of [`Self::at_pixels`] for cotangents.
    fn over_pixels(&self, pixels: Tensor<2>) -> Tensor<2> {
        let ([count, channels], each) = (pixels.dims(), self.norm.shape.pixels());
        let pixels: Tensor<3> = pixels.reshape([count / each, each, channels]);
        pixels.sum_dim(1).reshape([count / each, channels])
    }
}

impl Layer for ConditionalBatchNorm {
    fn facts(&self) -> Facts {
        let plain = self.norm.facts();
        Facts { name: "conditional batch norm", reads_labels: true, ..plain }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let shape = [self.classes, self.norm.shape.channels];
        vec![
            ParameterSpec::new("scale", shape, Initialization::Constant(1.0)),
            ParameterSpec::new("shift", shape, Initialization::Constant(0.0)),
        ]
    }

    fn buffers(&self) -> Vec<BufferSpec> {
        self.norm.buffers()
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let one_hot = pass.one_hot(rows, self.classes, &Place::of(&input));
        let normalized = self.norm.normalize(values, input, pass, tape);
        tape.keep(|| [one_hot.clone()]);
        let of_rows = |parameter: &Tensor<2>| self.at_pixels(one_hot.clone().matmul(parameter.clone()));
        let [scale, shift] = [0, 1].map(|index: usize| of_rows(&values.parameters[index]));
        by_row(normalized.mul(scale).add(shift), self.norm.shape)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let classes = saved.tensors[3].clone().transpose();
        let by_channel = by_pixel(cotangent.clone(), self.norm.shape);
        let scales = self.over_pixels(by_channel.clone().mul(saved.tensors[0].clone()));
        let scale = classes.clone().matmul(scales);
        let shift = classes.matmul(self.over_pixels(by_channel));
        (self.input_cotangent(values, saved, cotangent), vec![scale, shift])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let scale = self.at_pixels(saved.tensors[3].clone().matmul(values.parameters[0].clone()));
        let scaled = by_pixel(cotangent, self.norm.shape).mul(scale);
        by_row(BatchNorm::normalize_backward(saved, scaled), self.norm.shape)
    }
}
