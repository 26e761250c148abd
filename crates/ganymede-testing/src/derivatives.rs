//! The derivative of a scalar function of several tensors, in two ways.

use burn::tensor::Tensor;

use crate::numbers::{double, tensor_at, values};

/// A scalar function of several tensors.
pub type Scalar<'a> = &'a dyn Fn(&[Tensor<2>]) -> Tensor<1>;

/// The derivative at each entry of each tensor by burn's backward; zeros for what the function does not look at.
pub fn by_autodiff(function: Scalar<'_>, at: &[Tensor<2>]) -> Vec<Vec<f64>> {
    let leaves: Vec<Tensor<2>> = at.iter().map(|tensor| tensor.clone().autodiff().require_grad()).collect();
    let value = function(&leaves);
    let gradients = value.is_tracked().then(|| value.backward());
    let gradient = |leaf: &Tensor<2>| {
        let gradient = gradients.as_ref().and_then(|gradients| leaf.grad(gradients));
        gradient.map_or_else(|| vec![0.0; leaf.dims().iter().product()], |gradient| values(&gradient))
    };
    leaves.iter().map(gradient).collect()
}

/// The same by central differences of the fourth order, in double precision.
pub fn by_differences(function: Scalar<'_>, at: &[Tensor<2>]) -> Vec<Vec<f64>> {
    const WIDTH: f64 = 3e-4;
    let place = double();
    let slopes = |index: usize| {
        let (entries, shape) = (values(&at[index]), at[index].dims());
        let shifted = |entry: usize, shift: f64| {
            let mut tensors = at.to_vec();
            let mut entries = entries.clone();
            entries[entry] += shift;
            tensors[index] = tensor_at(&place, &entries, shape);
            function(&tensors).into_scalar::<f64>()
        };
        let slope = |entry: usize| {
            let near = shifted(entry, WIDTH) - shifted(entry, -WIDTH);
            let far = shifted(entry, 2.0 * WIDTH) - shifted(entry, -2.0 * WIDTH);
            (8.0 * near - far) / (12.0 * WIDTH)
        };
        (0..entries.len()).map(slope).collect()
    };
    (0..at.len()).map(slopes).collect()
}
