//! The layer that appends to each row how close the others are.

use burn::tensor::Tensor;
use ganymede_core::Shape;
use ganymede_core::network::initialization::Initialization;
use ganymede_core::network::layers::label::{append_planes, split_planes};
use ganymede_core::network::{Facts, Layer, ParameterSpec, Pass, SavedTensors, Tape, Values};

/// Appends `kernels` features to each row, which are planes to a picture: how close the others are to it, by a learned distance each.
///
/// ```text
/// M_i = x_i T,   c_b(i, j) = exp(-|M_ib - M_jb|_1),   o_ib = mean_j c_b(i, j)
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MinibatchDiscrimination {
    /// The shape of a row that goes in; its values are the features, A.
    pub input: Shape,
    /// Features that are appended, B.
    pub kernels: usize,
    /// Dimensions that each distance is taken in, C.
    pub dimensions: usize,
}

impl Layer for MinibatchDiscrimination {
    fn facts(&self) -> Facts {
        let output = self.input.with_channels(self.input.channels + self.kernels);
        let settings = vec![("kernels", self.kernels as f64), ("dimensions", self.dimensions as f64)];
        Facts { rows_interact: true, sums_rows: true, settings, ..Facts::new("minibatch discrimination", output) }
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let inputs = self.input.features();
        let start = Initialization::Normal((inputs as f64).sqrt().recip());
        vec![ParameterSpec::new("kernels", [inputs, self.kernels * self.dimensions], start)]
    }

    // Pairs lie along the last dimension: sums over C are then additions of long rows.
    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, tape: &mut Tape) -> Tensor<2> {
        let [rows, _] = input.dims();
        let (pairs, columns) = (rows * rows, self.kernels * self.dimensions);
        let projected = input.clone().matmul(values.parameters[0].clone()).transpose();
        let [one, other]: [Tensor<3>; 2] =
            [projected.clone().reshape([columns, rows, 1]), projected.reshape([columns, 1, rows])];
        let differences: Tensor<2> = one.sub(other).reshape([columns, pairs]);
        let apart: Tensor<3> = differences.clone().abs().reshape([self.kernels, self.dimensions, pairs]);
        let close: Tensor<2> = apart.sum_dim(1).neg().exp().reshape([self.kernels, pairs]);
        tape.keep(|| [input.clone(), close.clone(), differences.without_autodiff().sign()]);
        let means: Tensor<3> = close.reshape([self.kernels, rows, rows]).mean_dim(2);
        let appended: Tensor<2> = means.reshape([self.kernels, rows]);
        append_planes(input, self.input, appended.transpose())
    }

    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [input, close, signs] = [0, 1, 2].map(|index: usize| saved.tensors[index].clone());
        let [rows, _] = cotangent.dims();
        let (pairs, columns) = (rows * rows, self.kernels * self.dimensions);
        let (straight, appended) = split_planes(cotangent, self.input, self.kernels);
        let appended = appended.transpose().div_scalar(rows as f64);
        let [one, other]: [Tensor<3>; 2] =
            [appended.clone().reshape([self.kernels, rows, 1]), appended.reshape([self.kernels, 1, rows])];
        // A pair counts for both of its rows.
        let weights: Tensor<3> = one.add(other).reshape([self.kernels, 1, pairs]);
        let close: Tensor<3> = close.reshape([self.kernels, 1, pairs]);
        let signs: Tensor<3> = signs.reshape([self.kernels, self.dimensions, pairs]);
        let slopes: Tensor<3> = signs.mul(close.mul(weights)).neg().reshape([columns, rows, rows]);
        let projected: Tensor<2> = slopes.sum_dim(2).reshape([columns, rows]).transpose();
        let kernels = input.transpose().matmul(projected.clone());
        (straight.add(projected.matmul(values.parameters[0].clone().transpose())), vec![kernels])
    }
}
