//! Group norm.

use burn::tensor::Tensor;
use ganymede_samples::Shape;

use crate::network::facts::Facts;
use crate::network::layer::{Layer, ParameterSpec, Values};
use crate::network::layers::normalization::{EPSILON, scale_and_shift};
use crate::network::layers::pixels::{by_pixel, by_row};
use crate::network::pass::Pass;
use crate::network::tape::{SavedTensors, Tape};

/// Group normalisation (Wu & He 2018): the channels of each row in groups, and each group over its channels and all pixels
/// to mean 0 and variance 1, then scale and shift for each channel. One group is layer norm, a group for each channel is
/// instance norm.
#[derive(Clone, Copy, Debug)]
pub struct GroupNorm {
    /// The shape of a row.
    pub shape: Shape,
    /// Groups; they divide the channels.
    pub groups: usize,
}

impl GroupNorm {
    /// `[rows, features]` to `[rows * groups, features / groups]`.
    fn apart(&self, rows: Tensor<2>) -> Tensor<2> {
        let ([count, features], pixels, each) = (rows.dims(), self.shape.pixels(), self.shape.channels / self.groups);
        let grouped: Tensor<4> = rows.reshape([count, pixels, self.groups, each]);
        grouped.swap_dims(1, 2).reshape([count * self.groups, features / self.groups])
    }

    /// The reverse.
    fn together(&self, groups: Tensor<2>) -> Tensor<2> {
        let ([count, width], pixels, each) = (groups.dims(), self.shape.pixels(), self.shape.channels / self.groups);
        let grouped: Tensor<4> = groups.reshape([count / self.groups, self.groups, pixels, each]);
        grouped.swap_dims(1, 2).reshape([count / self.groups, width * self.groups])
    }
}

impl Layer for GroupNorm {
    fn facts(&self) -> Facts {
        let Shape { channels, .. } = self.shape;
        let fault = (self.groups == 0 || !channels.is_multiple_of(self.groups))
            .then(|| format!("has {} groups, which do not divide {channels} channels", self.groups));
        let settings = vec![("epsilon", EPSILON), ("groups", self.groups as f64)];
        Facts { sums_rows: true, settings, fault, ..Facts::new("group norm", self.shape) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        scale_and_shift(self.shape)
    }

    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let input = self.apart(input);
        let centered = input.clone().sub(input.mean_dim(1));
        let inverse_std = centered.clone().square().mean_dim(1).add_scalar(EPSILON).sqrt().recip();
        let normalized = centered.mul(inverse_std.clone());
        tape.keep(|| [normalized.clone(), inverse_std]);
        let normalized = by_pixel(self.together(normalized), self.shape);
        by_row(normalized.mul(values.parameters[0].clone()).add(values.parameters[1].clone()), self.shape)
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let by_channel = by_pixel(cotangent.clone(), self.shape);
        let normalized = by_pixel(self.together(saved.tensors[0].clone()), self.shape);
        let scale = by_channel.clone().mul(normalized).sum_dim(0);
        (self.input_cotangent(values, saved, cotangent), vec![scale, by_channel.sum_dim(0)])
    }

    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        let [normalized, inverse_std] = [0, 1].map(|index: usize| saved.tensors[index].clone());
        let scaled = by_pixel(cotangent, self.shape).mul(values.parameters[0].clone());
        let scaled = self.apart(by_row(scaled, self.shape));
        let mean = scaled.clone().mean_dim(1);
        let slope = scaled.clone().mul(normalized.clone()).mean_dim(1);
        self.together(scaled.sub(mean).sub(normalized.mul(slope)).mul(inverse_std))
    }
}
