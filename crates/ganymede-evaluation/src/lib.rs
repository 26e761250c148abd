#![doc = include_str!("../README.md")]

mod checksum;
#[cfg(feature = "classifier")]
pub mod classifier;
mod error;
mod extractor;
mod projection;
mod themselves;

pub use self::checksum::Checksum;
pub use self::error::EvaluationError;
pub use self::extractor::{Extractor, Features};
pub use self::projection::RandomProjection;
pub use self::themselves::ValuesThemselves;
