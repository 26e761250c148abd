//! The layer that tells each row how close the others are.

use burn::tensor::Tensor;
use ganymede_core::network::initialization::Initialization;
use ganymede_core::network::{Layer, ParameterSpec, Pass, Tape, Values};

/// Appends `kernels` features to each row: how close the others are to it, by a learned distance each.
///
/// ```text
/// M_i = x_i T,   c_b(i, j) = exp(-|M_ib - M_jb|_1),   o_ib = mean_j c_b(i, j)
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MinibatchDiscrimination {
    /// Features of a row that goes in, A.
    pub inputs: usize,
    /// Features that are appended, B.
    pub kernels: usize,
    /// Dimensions that each distance is taken in, C.
    pub dimensions: usize,
}

impl Layer for MinibatchDiscrimination {
    fn name(&self) -> &'static str {
        "minibatch discrimination"
    }

    fn output_width(&self) -> usize {
        self.inputs + self.kernels
    }

    fn parameters(&self) -> Vec<ParameterSpec> {
        let start = Initialization::Normal((self.inputs as f64).sqrt().recip());
        vec![ParameterSpec::new("kernels", [self.inputs, self.kernels * self.dimensions], start)]
    }

    // Pairs lie along the last dimension: sums over C are then additions of long rows.
    fn forward(&self, values: Values<'_>, input: Tensor<2>, _: &Pass, _: usize, tape: &mut Tape) -> Tensor<2> {
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
        Tensor::cat(vec![input, appended.transpose()], 1)
    }

    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let [input, close, signs] = [saved[0].clone(), saved[1].clone(), saved[2].clone()];
        let [rows, width] = cotangent.dims();
        let (pairs, columns) = (rows * rows, self.kernels * self.dimensions);
        let straight = cotangent.clone().slice_dim(1, 0..self.inputs);
        let appended = cotangent.slice_dim(1, self.inputs..width).transpose().div_scalar(rows as f64);
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

    fn mixes_rows(&self) -> bool {
        true
    }
}
