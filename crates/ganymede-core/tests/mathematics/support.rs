//! Tensors in and out, derivatives in two ways, and the comparison of lists of numbers.

use burn::tensor::{Device, Tensor, TensorData};
use ganymede_core::place::Place;
use ganymede_core::random::{Streams, normals};

/// A scalar function of several tensors.
pub(crate) type Scalar<'a> = &'a dyn Fn(&[Tensor<2>]) -> Tensor<1>;

/// Below this size of a tensor's largest entry, errors count absolutely: rounding is all that is left of a gradient
/// that is zero on paper.
const SMALLEST_SCALE: f64 = 1e-3;

/// The CPU in double precision.
pub(crate) fn double() -> Place {
    Place::new(Device::flex()).double()
}

/// The CPU in the precision of training.
pub(crate) fn single() -> Place {
    Place::new(Device::flex())
}

pub(crate) fn tensor_at(place: &Place, values: &[f64], shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (place.device(), place.dtype()))
}

pub(crate) fn tensor(values: &[f64], shape: [usize; 2]) -> Tensor<2> {
    tensor_at(&double(), values, shape)
}

/// A column of values.
pub(crate) fn column(values: &[f64]) -> Tensor<2> {
    tensor(values, [values.len(), 1])
}

pub(crate) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.clone().without_autodiff().into_data().iter::<f64>().collect()
}

/// Normal draws that a name identifies.
pub(crate) fn noise(name: &str, shape: [usize; 2]) -> Tensor<2> {
    double().tensor(normals(&mut Streams::new(11).at(name, 0), shape[0] * shape[1]), shape)
}

/// The derivative at each entry of each tensor by burn's backward; zeros for what the function does not look at.
pub(crate) fn by_autodiff(function: Scalar<'_>, at: &[Tensor<2>]) -> Vec<Vec<f64>> {
    let leaves: Vec<Tensor<2>> = at.iter().map(|tensor| tensor.clone().autodiff().require_grad()).collect();
    let value = function(&leaves);
    let gradients = value.is_tracked().then(|| value.backward());
    let gradient = |leaf: &Tensor<2>| {
        let gradient = gradients.as_ref().and_then(|gradients| leaf.grad(gradients));
        gradient.map_or_else(|| vec![0.0; leaf.dims().iter().product()], |gradient| values(&gradient))
    };
    leaves.iter().map(gradient).collect()
}

/// The same by central differences of the fourth order.
pub(crate) fn by_differences(function: Scalar<'_>, at: &[Tensor<2>]) -> Vec<Vec<f64>> {
    const WIDTH: f64 = 3e-4;
    let shifted = |index: usize, entry: usize, shift: f64| {
        let mut tensors = at.to_vec();
        let mut entries = values(&at[index]);
        entries[entry] += shift;
        tensors[index] = tensor(&entries, at[index].dims());
        function(&tensors).into_scalar::<f64>()
    };
    let slope = |index: usize, entry: usize| {
        let near = shifted(index, entry, WIDTH) - shifted(index, entry, -WIDTH);
        let far = shifted(index, entry, 2.0 * WIDTH) - shifted(index, entry, -2.0 * WIDTH);
        (8.0 * near - far) / (12.0 * WIDTH)
    };
    let entries = |index: usize| (0..at[index].dims().iter().product()).map(|entry| slope(index, entry)).collect();
    (0..at.len()).map(entries).collect()
}

pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// Every entry equal within `tolerance` of the largest expected entry.
#[track_caller]
pub(crate) fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: number of entries");
    let scale = largest(expected).max(SMALLEST_SCALE);
    for (entry, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / scale;
        assert!(error <= tolerance, "{what}, entry {entry}: found {found}, expected {expected}, error {error:e}");
    }
}

/// [`assert_close`] for each tensor of a list.
#[track_caller]
pub(crate) fn assert_all_close(what: &str, found: &[Vec<f64>], expected: &[Vec<f64>], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: number of tensors");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_close(&format!("{what}, tensor {index}"), found, expected, tolerance);
    }
}
