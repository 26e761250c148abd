//! Files as bytes.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use image::{DynamicImage, ImageFormat};

/// An `.npy` file of version 1.0 with this header and these bytes behind it.
pub(crate) fn npy(descr: &str, fortran_order: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran_order = if fortran_order { "True" } else { "False" };
    npy_text(&format!("{{'descr': {descr}, 'fortran_order': {fortran_order}, 'shape': {shape}, }}"), data)
}

/// An `.npy` file of version 1.0 with this text for a header.
pub(crate) fn npy_text(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16 + 1).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

pub(crate) fn singles(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub(crate) fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

pub(crate) fn integers(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// An IDX file of elements of this type.
pub(crate) fn idx(element: u8, sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, element, sizes.len() as u8];
    bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(data);
    bytes
}

/// A file compressed with gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Points `(3, 2)` of the values 1 to 6, and labels 2, 0, 1, as `.npy` files.
pub(crate) fn points() -> Vec<u8> {
    npy("'<f4'", false, "(3, 2)", &singles(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
}

pub(crate) fn labels() -> Vec<u8> {
    npy("'<i8'", false, "(3,)", &integers(&[2, 0, 1]))
}

/// What the directory of an archive says about a file in it.
#[derive(Clone, Debug)]
pub(crate) struct ZipEntry {
    pub(crate) name: String,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) checksum: u32,
    /// Bytes when inflated.
    pub(crate) size: u32,
    /// Bytes as they lie in the archive.
    pub(crate) stored: u32,
    pub(crate) data: Vec<u8>,
}

impl ZipEntry {
    pub(crate) fn stored(name: &str, data: &[u8]) -> Self {
        let length = data.len() as u32;
        Self {
            name: format!("{name}.npy"),
            method: 0,
            flags: 0,
            checksum: crc32(data),
            size: length,
            stored: length,
            data: data.to_vec(),
        }
    }

    pub(crate) fn deflated(name: &str, data: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        let compressed = encoder.finish().unwrap();
        Self { method: 8, stored: compressed.len() as u32, data: compressed, ..Self::stored(name, data) }
    }
}

/// The checksum of zip archives, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// A zip archive of these files.
pub(crate) fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = bytes.len() as u32;
        let mut header = vec![20, 0];
        header.extend(entry.flags.to_le_bytes());
        header.extend(entry.method.to_le_bytes());
        header.extend([0; 4]);
        header.extend(entry.checksum.to_le_bytes());
        header.extend(entry.stored.to_le_bytes());
        header.extend(entry.size.to_le_bytes());
        header.extend((entry.name.len() as u16).to_le_bytes());
        header.extend([0; 2]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&header);
        bytes.extend(entry.name.as_bytes());
        bytes.extend(&entry.data);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&header);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let (start, count) = (bytes.len() as u32, entries.len() as u16);
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// A `.safetensors` file with this text for a header.
pub(crate) fn tensors_text(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

/// A `.safetensors` file of these tensors: name, type, shape and bytes.
pub(crate) fn tensors(tensors: &[(&str, &str, &str, &[u8])]) -> Vec<u8> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for (name, dtype, shape, bytes) in tensors {
        let (start, end) = (data.len(), data.len() + bytes.len());
        entries
            .push(format!("\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{start},{end}]}}"));
        data.extend(*bytes);
    }
    tensors_text(&format!("{{{}}}", entries.join(",")), &data)
}

/// A picture as the bytes of a file.
pub(crate) fn picture(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}
