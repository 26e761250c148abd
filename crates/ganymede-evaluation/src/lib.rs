#![doc = include_str!("../README.md")]

mod cache;
mod checksum;
#[cfg(feature = "classifier")]
pub mod classifier;
mod error;
mod extractor;
mod figures;
mod limit;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "onnx")]
mod pixels;
mod projection;
mod statistics;
mod themselves;

pub use self::cache::{FeatureCache, KeptFeatures};
pub use self::checksum::Checksum;
pub use self::error::EvaluationError;
pub use self::extractor::{Extractor, Features, Network};
pub use self::figures::{Better, FIGURES, Figure, FigureInputs, Measured, Needs, measure};
pub use self::limit::{CacheLimit, note_use, own_name_beside};
#[cfg(feature = "onnx")]
pub use self::onnx::{ModelSettings, OneOrMore, OnnxExtractor, Size};
#[cfg(feature = "onnx")]
pub use self::pixels::{Layout, Resize};
pub use self::projection::RandomProjection;
pub use self::statistics::{read_statistics, write_statistics};
pub use self::themselves::ValuesThemselves;
