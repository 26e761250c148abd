//! Losses whose derivative is known in closed form.

use burn::tensor::Tensor;
use ganymede_kernels::objectives as kernels;

/// `value`, `[1]`, with `gradient`, `[rows, columns]`, for its derivative at `at` of the same shape: one node of the graph, however many
/// operations both were computed with. Neither needs a graph, and none of theirs is followed.
///
/// That the gradient is the value's is for the caller to know; it is a constant of the graph, so what comes out cannot be differentiated
/// twice.
///
/// # Panics
/// When the shapes of `at` and `gradient` differ.
pub fn with_gradient(at: Tensor<2>, value: Tensor<1>, gradient: Tensor<2>) -> Tensor<1> {
    assert_eq!(at.dims(), gradient.dims(), "a derivative for each number");
    if [&at, &gradient].into_iter().all(kernels::serves) && kernels::serves(&value) {
        return kernels::with_gradient(at, value, gradient);
    }
    let linear = at.mul(gradient.without_autodiff()).sum();
    // Nothing is added but a slope.
    linear.clone().sub(linear.without_autodiff()).add(value.without_autodiff())
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, Tensor};

    use super::with_gradient;

    #[test]
    fn value_and_gradient_are_those_given_and_flow_on_by_the_chain_rule() {
        for dtype in [DType::F32, DType::F64] {
            let plain = |numbers: [[f64; 2]; 2]| Tensor::<2>::from_floats(numbers, &Device::flex()).cast(dtype);
            let at = plain([[1.0, -2.0], [0.5, 4.0]]).autodiff().require_grad();
            let (value, slopes) = (plain([[3.0, 0.0], [0.0, 0.0]]).sum(), plain([[0.25, 1.0], [-8.0, 0.0]]));
            let loss = with_gradient(at.clone().mul_scalar(2.0), value, slopes).mul_scalar(0.5);
            assert_eq!(loss.clone().into_data().iter::<f64>().collect::<Vec<_>>(), [1.5], "{dtype:?}");
            let mut gradients = loss.backward();
            let found = at.grad_remove(&mut gradients).map(|gradient| gradient.into_data().iter::<f64>().collect());
            assert_eq!(found, Some(vec![0.25, 1.0, -8.0, 0.0]), "{dtype:?}");
        }
    }
}
