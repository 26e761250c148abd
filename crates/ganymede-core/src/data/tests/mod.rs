//! Tests of the data: statistics against closed forms, purity, files good, bad and hostile.

mod bad_configs;
mod bad_files;
mod batches;
mod draws;
mod good_files;
mod hostile_files;

use std::path::Path;

/// An `.npy` file of version 1.0 with this header and these bytes behind it.
fn npy_file(descr: &str, fortran_order: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran_order = if fortran_order { "True" } else { "False" };
    npy_text(&format!("{{'descr': {descr}, 'fortran_order': {fortran_order}, 'shape': {shape}, }}"), data)
}

/// An `.npy` file of version 1.0 with this text for a header.
fn npy_text(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16 + 1).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

fn singles(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn integers(values: &[i64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(folder.join(name), bytes).unwrap();
}
