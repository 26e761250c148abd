//! Networks as named tensors in the safetensors format.

use std::collections::HashMap;

use burn::tensor::{DType, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

use crate::network::Network;
use crate::place::Place;

/// A file of tensors that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// The bytes are not in the format.
    #[error("not a safetensors file: {0}")]
    Format(String),
    /// A tensor is missing.
    #[error("the tensor `{0}` is missing")]
    Missing(String),
    /// A tensor has another shape or type than the network's.
    #[error("the tensor `{name}` is {found}, expected {expected}")]
    Mismatch {
        /// The tensor.
        name: String,
        /// What the file holds.
        found: String,
        /// What the network needs.
        expected: String,
    },
}

/// Named tensors on the host, as read from or written to a safetensors file.
#[derive(Clone, Debug, Default)]
pub struct TensorFile {
    /// Tensors by name.
    pub tensors: Vec<(String, TensorData)>,
    /// Text by name.
    pub metadata: HashMap<String, String>,
}

impl TensorFile {
    /// Adds a network's parameters and buffers under `prefix` (`generator.`).
    pub fn push_network(&mut self, prefix: &str, network: &Network) {
        let (parameters, buffers) = network.names();
        let names = parameters.into_iter().chain(buffers);
        for (name, tensor) in names.zip(network.parameters().iter().chain(network.buffers())) {
            self.push(format!("{prefix}{name}"), tensor);
        }
    }

    /// Adds one tensor.
    pub fn push(&mut self, name: String, tensor: &Tensor<2>) {
        self.tensors.push((name, tensor.clone().without_autodiff().into_data()));
    }

    /// The network with the values that lie under `prefix`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] or [`StoreError::Mismatch`] that names the tensor.
    pub fn network(&self, prefix: &str, like: &Network, place: &Place) -> Result<Network, StoreError> {
        let (parameters, buffers) = like.names();
        let load = |names: Vec<String>, like: &[Tensor<2>]| {
            let pairs = names.into_iter().zip(like);
            pairs
                .map(|(name, like)| self.tensor(&format!("{prefix}{name}"), like.dims(), place))
                .collect::<Result<Vec<_>, _>>()
        };
        let parameters = load(parameters, like.parameters())?;
        Ok(like.with_parameters(parameters).with_buffers(load(buffers, like.buffers())?))
    }

    /// One tensor of a known shape.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] or [`StoreError::Mismatch`].
    pub fn tensor(&self, name: &str, shape: [usize; 2], place: &Place) -> Result<Tensor<2>, StoreError> {
        let found = self.tensors.iter().find(|(found, _)| found == name);
        let (_, data) = found.ok_or_else(|| StoreError::Missing(name.to_owned()))?;
        if data.shape().as_slice() != shape {
            return Err(StoreError::Mismatch {
                name: name.to_owned(),
                found: format!("{:?}", data.shape().as_slice()),
                expected: format!("{shape:?}"),
            });
        }
        Ok(Tensor::from_data(data.clone(), (place.device(), place.dtype())))
    }

    /// The bytes of a safetensors file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Format`] when a tensor has a type that the format or this program does not know.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        let mut views = Vec::with_capacity(self.tensors.len());
        for (name, data) in &self.tensors {
            let dtype = match data.dtype() {
                DType::F32 => Dtype::F32,
                DType::F64 => Dtype::F64,
                other => return Err(StoreError::Format(format!("`{name}` is of type {other:?}"))),
            };
            let view = TensorView::new(dtype, data.shape().as_slice().to_vec(), data.as_bytes())
                .map_err(|error| StoreError::Format(error.to_string()))?;
            views.push((name, view));
        }
        let metadata = (!self.metadata.is_empty()).then(|| self.metadata.clone());
        safetensors::serialize(views, metadata).map_err(|error| StoreError::Format(error.to_string()))
    }

    /// Reads the bytes of a safetensors file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Format`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let format = |error: safetensors::SafeTensorError| StoreError::Format(error.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let mut tensors = Vec::new();
        for (name, view) in SafeTensors::deserialize(bytes).map_err(format)?.iter() {
            let data = match view.dtype() {
                Dtype::F32 => {
                    let values: Vec<f32> = words(view.data()).map(f32::from_le_bytes).collect();
                    TensorData::new(values, view.shape().to_vec())
                }
                Dtype::F64 => {
                    let values: Vec<f64> = words(view.data()).map(f64::from_le_bytes).collect();
                    TensorData::new(values, view.shape().to_vec())
                }
                other => return Err(StoreError::Format(format!("`{name}` is of type {other:?}"))),
            };
            tensors.push((name.to_owned(), data));
        }
        Ok(Self { tensors, metadata })
    }
}

/// Little-endian words of a byte slice whose length is a multiple of the word's.
fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}
