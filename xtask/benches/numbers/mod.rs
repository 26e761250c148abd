//! What the kernels are measured on.

/// Numbers from -0.5 to 0.5 that repeat after `period` of them; tensors of different periods are not equal.
pub(crate) fn numbers(count: usize, period: usize) -> Vec<f32> {
    (0..count).map(|at| (at % period) as f32 / period as f32 - 0.5).collect()
}
