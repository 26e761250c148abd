//! Networks as named tensors in the safetensors format.

use std::collections::BTreeMap;

use burn::tensor::{DType, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

use crate::network::Network;
use crate::place::Place;

/// The checksum's key in the metadata.
const CHECKSUM: &str = "checksum";

/// A file of tensors that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// The bytes are not in the format.
    #[error("not a safetensors file: {0}")]
    Format(String),
    /// A tensor is missing.
    #[error("the tensor `{0}` is missing")]
    Missing(String),
    /// The bytes have changed since they were written.
    #[error("the checksum is {found:08x}, and {expected} was written: the file is damaged")]
    Damaged {
        /// The checksum of what was read.
        found: u32,
        /// What the file says that it should be.
        expected: String,
    },
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
    pub metadata: BTreeMap<String, String>,
}

impl TensorFile {
    /// Adds a network's parameters and buffers under `prefix` (`generator.`).
    pub fn push_network(&mut self, prefix: &str, network: &Network) {
        let (parameters, buffers) = network.names();
        let names = parameters.into_iter().chain(buffers);
        let tensors = network.split_members(network.parameters());
        for (name, tensor) in names.zip(tensors.iter().chain(network.buffers())) {
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
        let parameters = load(parameters, &like.split_members(like.parameters()))?;
        Ok(like.with_parameters(like.join_members(parameters)).with_buffers(load(buffers, like.buffers())?))
    }

    /// One tensor of a known shape.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`] or [`StoreError::Mismatch`].
    pub fn tensor(&self, name: &str, shape: [usize; 2], place: &Place) -> Result<Tensor<2>, StoreError> {
        let data = self.data(name)?;
        if data.shape().as_slice() != shape {
            return Err(StoreError::Mismatch {
                name: name.to_owned(),
                found: format!("{:?}", data.shape().as_slice()),
                expected: format!("{shape:?}"),
            });
        }
        Ok(Tensor::from_data(data.clone(), (place.device(), place.dtype())))
    }

    /// One matrix of any shape.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`], or [`StoreError::Mismatch`] when it has not two dimensions.
    pub fn matrix(&self, name: &str, place: &Place) -> Result<Tensor<2>, StoreError> {
        let shape = self.data(name)?.shape().as_slice().to_vec();
        let [rows, columns] = shape.as_slice() else {
            let (found, expected) = (format!("{shape:?}"), "a matrix".to_owned());
            return Err(StoreError::Mismatch { name: name.to_owned(), found, expected });
        };
        self.tensor(name, [*rows, *columns], place)
    }

    fn data(&self, name: &str) -> Result<&TensorData, StoreError> {
        let found = self.tensors.iter().find(|(found, _)| found == name);
        found.map(|(_, data)| data).ok_or_else(|| StoreError::Missing(name.to_owned()))
    }

    /// The CRC-32 of names, shapes, types and values of all tensors, and of the metadata but for the checksum itself. It
    /// does not depend on their order.
    fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        for (key, value) in self.metadata.iter().filter(|(key, _)| *key != CHECKSUM) {
            part(key.as_bytes());
            part(value.as_bytes());
        }
        let mut tensors: Vec<_> = self.tensors.iter().collect();
        tensors.sort_by_key(|(name, _)| name);
        for (name, data) in tensors {
            part(name.as_bytes());
            part(format!("{:?} {:?}", data.dtype(), data.shape().as_slice()).as_bytes());
            part(data.as_bytes());
        }
        hasher.finalize()
    }

    /// The bytes of a safetensors file, with a checksum in its metadata.
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
        let mut metadata = self.metadata.clone();
        metadata.insert(CHECKSUM.to_owned(), format!("{:08x}", self.checksum()));
        let format = |error: &dyn std::fmt::Display| StoreError::Format(error.to_string());
        let bytes = safetensors::serialize(views, None).map_err(|error| format(&error))?;
        let metadata = serde_json::to_string(&metadata).map_err(|error| format(&error))?;
        with_metadata(&bytes, &metadata).ok_or_else(|| format(&"the header is not JSON"))
    }

    /// Reads the bytes of a safetensors file. A checksum in its metadata must agree with the rest.
    ///
    /// # Errors
    ///
    /// [`StoreError::Format`] and [`StoreError::Damaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let format = |error: safetensors::SafeTensorError| StoreError::Format(error.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format)?;
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
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
        let file = Self { tensors, metadata };
        let found = file.checksum();
        match file.metadata.get(CHECKSUM) {
            Some(expected) if *expected != format!("{found:08x}") => {
                Err(StoreError::Damaged { found, expected: expected.clone() })
            }
            _ => Ok(file),
        }
    }
}

/// The file with metadata, a JSON object, at the head of its header. The library takes metadata as a hash map and writes it
/// in another order each time; a file should be a function of what is in it.
fn with_metadata(file: &[u8], metadata: &str) -> Option<Vec<u8>> {
    let (length, rest) = file.split_first_chunk::<8>()?;
    let (header, tensors) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let entries = std::str::from_utf8(header).ok()?.trim_end().strip_prefix('{')?;
    let comma = if entries == "}" { "" } else { "," };
    let mut header = format!("{{\"__metadata__\":{metadata}{comma}{entries}");
    // The format aligns the tensors.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    Some([&(header.len() as u64).to_le_bytes(), header.as_bytes(), tensors].concat())
}

/// Little-endian words of a byte slice whose length is a multiple of the word's.
fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks::<N>().0.iter().copied()
}
