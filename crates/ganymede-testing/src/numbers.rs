//! Numbers into tensors and out again, and the comparison of lists of numbers.

use burn::tensor::{Device, Tensor, TensorData};
use ganymede_core::place::Place;
use ganymede_core::random::{Streams, normals};

/// Below this size of a tensor's largest entry, errors count absolutely: rounding is all that is left of a gradient
/// that is zero on paper.
const SMALLEST_SCALE: f64 = 1e-3;

/// The CPU in double precision.
pub fn double() -> Place {
    Place::new(Device::flex()).double()
}

/// The CPU in the precision of training.
pub fn single() -> Place {
    Place::new(Device::flex())
}

/// A `[rows, columns]` tensor of these values in the precision of a place.
pub fn tensor_at(place: &Place, values: &[f64], shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (place.device(), place.dtype()))
}

/// A `[rows, columns]` tensor of these values in double precision.
pub fn tensor(values: &[f64], shape: [usize; 2]) -> Tensor<2> {
    tensor_at(&double(), values, shape)
}

/// A column of values in double precision.
pub fn column(values: &[f64]) -> Tensor<2> {
    tensor(values, [values.len(), 1])
}

/// The values of a tensor of any precision, row by row.
pub fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.clone().without_autodiff().into_data().iter::<f64>().collect()
}

/// Draws from N(0, 1) that a name identifies, in double precision.
pub fn noise(name: &str, shape: [usize; 2]) -> Tensor<2> {
    double().tensor(normals(&mut Streams::new(11).at(name, 0), shape[0] * shape[1]), shape)
}

/// The largest absolute value; 0 of an empty list.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// The Euclidean distance of two lists relative to the length of the second.
pub fn distance(first: &[f64], second: &[f64]) -> f64 {
    assert_eq!(first.len(), second.len(), "number of entries");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    norm(&mut first.iter().zip(second).map(|(a, b)| a - b)) / norm(&mut second.iter().copied())
}

/// Every entry equal within `tolerance` of the largest expected entry.
#[track_caller]
pub fn assert_close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: number of entries");
    let scale = largest(expected).max(SMALLEST_SCALE);
    for (entry, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / scale;
        assert!(error <= tolerance, "{what}, entry {entry}: found {found}, expected {expected}, error {error:e}");
    }
}

/// [`assert_close`] for each tensor of a list.
#[track_caller]
pub fn assert_all_close(what: &str, found: &[Vec<f64>], expected: &[Vec<f64>], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}: number of tensors");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_close(&format!("{what}, tensor {index}"), found, expected, tolerance);
    }
}
