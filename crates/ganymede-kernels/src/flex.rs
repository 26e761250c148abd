//! Tensors of the backend `flex` as plain numbers, and back.

use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::matrix::MatrixRef;

/// Whether the maps and layers of this crate take the tensor: single precision on the backend `flex`, with or without autodiff.
pub fn serves<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.dtype() == DType::F32 && tensor.device().without_autodiff() == Device::flex()
}

/// The numbers of a tensor in the order of its rows.
pub(crate) fn slice(contiguous: &FlexTensor) -> &[f32] {
    contiguous.as_slice().expect("a contiguous tensor of single precision")
}

/// A matrix whose numbers lie in the order of its indices, or of its transpose's: copied where an index runs backwards.
pub(crate) fn forwards(tensor: FlexTensor) -> FlexTensor {
    if tensor.layout().strides().iter().all(|stride| *stride >= 0) { tensor } else { tensor.to_contiguous() }
}

/// A tensor of two dimensions that [`forwards`] gave.
pub(crate) fn matrix_ref(tensor: &FlexTensor) -> MatrixRef<'_> {
    let (shape, strides) = (tensor.layout().shape(), tensor.layout().strides());
    let numbers = &tensor.storage::<f32>()[tensor.layout().start_offset()..];
    MatrixRef::new(numbers, [shape[0], shape[1]], [strides[0], strides[1]].map(isize::unsigned_abs))
}

/// Numbers as rows of so many columns.
pub(crate) fn matrix(numbers: Vec<f32>, columns: usize) -> FlexTensor {
    let rows = numbers.len() / columns;
    FlexTensor::from_data(TensorData::new(numbers, [rows, columns]))
}

/// Numbers as one row.
pub(crate) fn row(numbers: Vec<f32>) -> FlexTensor {
    let columns = numbers.len();
    matrix(numbers, columns)
}

/// The tensor after `change`, in its own memory if nobody else reads that.
pub(crate) fn changed(tensor: FlexTensor, change: impl FnOnce(&mut [f32])) -> FlexTensor {
    let mut tensor = own(tensor);
    change(tensor.storage_mut::<f32>());
    tensor
}

/// The tensor with all of its memory to itself, in the order of its rows.
pub(crate) fn own(tensor: FlexTensor) -> FlexTensor {
    let count = tensor.layout().num_elements();
    let is_whole = tensor.layout().contiguous_offsets() == Some((0, count));
    if is_whole && tensor.is_unique() && tensor.bytes().len() == size_of::<f32>() * count {
        return tensor;
    }
    let shape = tensor.layout().shape().clone();
    FlexTensor::from_data(TensorData::new(slice(&tensor.to_contiguous()).to_vec(), shape))
}
