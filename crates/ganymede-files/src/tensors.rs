//! `.safetensors` files: named arrays behind one header.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ganymede_samples::Labels;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use crate::array::ArrayHeader;
use crate::element::{Element, IntegerWidth};
use crate::error::{FileError, one_line, unreadable};
use crate::keys::{choose_labels, choose_samples, find_labels};
use crate::options::ReadOptions;
use crate::path::{inside, open};
use crate::set::SampleSet;

/// The header's length comes before it.
const LENGTH_BYTES: u64 = 8;

/// Headers longer than this are refused: a set of samples has a few arrays, described by a hundred bytes each.
const MAXIMUM_HEADER_BYTES: u64 = 1 << 20;

const SAMPLES_TYPE: &str = "F16, BF16, F32, F64, integers of 8 to 64 bits or BOOL: save tensor.float()";

/// An open `.safetensors` file, whose header is known to describe all of its bytes.
#[derive(Debug)]
pub(crate) struct Tensors {
    path: PathBuf,
    file: BufReader<File>,
    /// Where the data starts.
    start: u64,
    arrays: Vec<(String, TensorInfo)>,
}

impl Tensors {
    /// Opens a file and reads its header.
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let (mut file, length) = open(path, "a .safetensors file")?;
        let refuse = |problem: String| FileError::Malformed {
            path: path.to_owned(),
            format: ".safetensors",
            problem,
            remedy: "write or copy it again",
        };
        let Some(behind_length) = length.checked_sub(LENGTH_BYTES) else {
            return Err(refuse("it ends within its first 8 bytes".to_owned()));
        };
        let mut bytes = [0; LENGTH_BYTES as usize];
        file.read_exact(&mut bytes).map_err(unreadable(path))?;
        let header_bytes = u64::from_le_bytes(bytes);
        if header_bytes > behind_length {
            return Err(refuse(format!("its header claims {header_bytes} bytes, but {behind_length} follow")));
        }
        if header_bytes > MAXIMUM_HEADER_BYTES {
            return Err(refuse(format!("its header claims {header_bytes} bytes, more than {MAXIMUM_HEADER_BYTES}")));
        }
        let mut header = vec![0; header_bytes as usize];
        file.read_exact(&mut header).map_err(unreadable(path))?;
        // Reading the header checks that the tensors' sizes follow from their shapes and lie behind one another.
        let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| refuse(one_line(error)))?;
        let (declared, found) = (metadata.data_len() as u64, behind_length - header_bytes);
        if declared != found {
            return Err(refuse(format!("its header declares {declared} bytes of data, but {found} follow")));
        }
        let mut arrays: Vec<(String, TensorInfo)> =
            metadata.tensors().into_iter().map(|(key, info)| (key, info.clone())).collect();
        arrays.sort_by(|(first, _), (second, _)| first.cmp(second));
        Ok(Self { path: path.to_owned(), file, start: LENGTH_BYTES + header_bytes, arrays })
    }

    /// Reads the samples, and the labels unless `key` picks one tensor.
    pub(crate) fn read_samples(&mut self, key: Option<&str>, options: &ReadOptions) -> Result<SampleSet, FileError> {
        let keys = self.keys();
        let chosen = choose_samples(&self.path, &keys, key)?;
        let labels = if key.is_none() { find_labels(&self.path, &keys)? } else { None };
        let array = self.seek(chosen)?;
        array.check_samples()?;
        let mut set = array.read_set(&mut self.file, options, unreadable(&array.place))?;
        if let Some(labels) = labels {
            set.contents.labels = Some(self.read_classes(labels, set.rows())?);
        }
        Ok(set)
    }

    /// Reads the labels alone.
    pub(crate) fn read_labels(&mut self, key: Option<&str>, rows: usize) -> Result<Labels, FileError> {
        self.read_classes(choose_labels(&self.path, &self.keys(), key)?, rows)
    }

    fn keys(&self) -> Vec<&str> {
        self.arrays.iter().map(|(key, _)| key.as_str()).collect()
    }

    fn read_classes(&mut self, index: usize, rows: usize) -> Result<Labels, FileError> {
        let array = self.seek(index)?;
        let (start, end) = self.arrays[index].1.data_offsets;
        array.check_labels((end - start) as u64, rows)?;
        array.read_labels(&mut self.file, unreadable(&array.place))
    }

    /// Goes to the first byte of a tensor.
    fn seek(&mut self, index: usize) -> Result<ArrayHeader, FileError> {
        let (key, info) = &self.arrays[index];
        let place = inside(&self.path, key);
        let Some(element) = element(info.dtype) else {
            let expected = SAMPLES_TYPE.to_owned();
            return Err(FileError::ElementType { path: place, found: format!("{:?}", info.dtype), expected });
        };
        let (start, end) = info.data_offsets;
        let shape = info.shape.iter().map(|size| *size as u64).collect();
        let array = ArrayHeader { place, shape, element, big_endian: false, fortran_order: false };
        array.check_size((end - start) as u64)?;
        self.file.seek(SeekFrom::Start(self.start + start as u64)).map_err(unreadable(&array.place))?;
        Ok(array)
    }
}

fn element(dtype: Dtype) -> Option<Element> {
    Some(match dtype {
        Dtype::F16 => Element::Float16,
        Dtype::BF16 => Element::BrainFloat16,
        Dtype::F32 => Element::Float32,
        Dtype::F64 => Element::Float64,
        Dtype::BOOL => Element::Boolean,
        Dtype::U8 => Element::Unsigned(IntegerWidth::One),
        Dtype::U16 => Element::Unsigned(IntegerWidth::Two),
        Dtype::U32 => Element::Unsigned(IntegerWidth::Four),
        Dtype::U64 => Element::Unsigned(IntegerWidth::Eight),
        Dtype::I8 => Element::Signed(IntegerWidth::One),
        Dtype::I16 => Element::Signed(IntegerWidth::Two),
        Dtype::I32 => Element::Signed(IntegerWidth::Four),
        Dtype::I64 => Element::Signed(IntegerWidth::Eight),
        _ => return None,
    })
}
