//! Where tensors live and in which precision.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::precision::Precision;

/// A device together with the precision of the tensors made on it.
///
/// Training uses f32; tests of the mathematics use f64 on the same code.
#[derive(Clone, Debug)]
pub struct Place {
    device: Device,
    dtype: DType,
}

impl Place {
    /// Tensors in single precision on `device`. Any autodiff association of the device is dropped: the step tracks
    /// exactly what it differentiates, and nothing else pays for it.
    pub fn new(device: Device) -> Self {
        Self { device: device.without_autodiff(), dtype: DType::F32 }
    }

    /// The same device in double precision.
    #[must_use]
    pub fn double(self) -> Self {
        Self { dtype: DType::F64, ..self }
    }

    /// The device, without autodiff.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The precision.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Whether the device can compute passes of this precision. Opens it for anything but [`Precision::Single`].
    pub fn supports(&self, precision: Precision) -> bool {
        precision.narrow().is_none_or(|dtype| self.device.supports_dtype(dtype))
    }

    /// Whether tensors live in the machine's own memory and are computed by its own threads.
    pub fn is_processor(&self) -> bool {
        #[cfg(feature = "flex")]
        if self.device == Device::flex() {
            return true;
        }
        #[cfg(feature = "ndarray")]
        #[expect(deprecated, reason = "burn prefers flex; ndarray stays selectable to compare with it")]
        if self.device == Device::ndarray() {
            return true;
        }
        false
    }

    /// A `[rows, columns]` tensor from row-major values, untracked.
    ///
    /// # Panics
    ///
    /// When `values.len()` is not `rows * columns`.
    pub fn tensor(&self, values: Vec<f32>, shape: [usize; 2]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values, shape), (&self.device, self.dtype))
    }

    /// A `[rows, columns]` tensor of one value, untracked.
    pub fn full(&self, shape: [usize; 2], value: f64) -> Tensor<2> {
        Tensor::full(shape, value, (&self.device, self.dtype))
    }
}

impl Place {
    /// The place that a tensor lives in.
    pub fn of<const D: usize>(tensor: &Tensor<D>) -> Self {
        Self { device: tensor.device().without_autodiff(), dtype: tensor.dtype() }
    }
}
