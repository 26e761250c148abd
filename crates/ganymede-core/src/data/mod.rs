//! Data: the benchmarks' mixtures, whose modes are known, pictures drawn by code, and samples from files.
//!
//! Pixels stay bytes until a batch is made of them: on the host, or on a GPU that a fixed set was uploaded to.
//!
//! ```
//! use std::path::Path;
//!
//! use ganymede_core::data::{DataConfig, RingConfig};
//! use ganymede_core::random::Streams;
//!
//! let streams = Streams::new(7);
//! let config = DataConfig::Ring(RingConfig { modes: 5, samples: 1_000, ..RingConfig::default() });
//! let dataset = config.build(Path::new("."), streams)?;
//! let batch = dataset.batch(streams, "real", 0, 64);
//! assert_eq!((batch.rows(), batch.samples.features), (64, 2));
//! assert_eq!(dataset.classes(), Some(5));
//! # Ok::<(), ganymede_core::data::DataError>(())
//! ```

mod dataset;
mod embedding;
mod epochs;
mod error;
mod file;
mod fingerprint;
mod glyphs;
mod grid;
mod high_dimensional;
mod mixture;
mod resident;
mod ring;
mod rows;
mod stack;
mod stacked;
mod stored_batch;
mod synthetic;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use ganymede_files::{Cell, FileError, SampleSet, write_csv, write_npy, write_npy_labels};
pub use ganymede_samples::{LabelledMatrix, LabelledSamples, Labels, Matrix, Samples, Shape, Values, byte};
use serde::Serialize;

pub use self::dataset::Dataset;
pub use self::embedding::Embedding;
pub use self::error::DataError;
pub use self::file::{CropConfig, CropName, FileConfig, LabelColumn, Layout, SubFolders};
pub use self::fingerprint::Fingerprint;
pub use self::glyphs::GlyphsConfig;
pub use self::grid::GridConfig;
pub use self::high_dimensional::HighDimensionalConfig;
pub use self::mixture::Mixture;
pub(crate) use self::resident::Resident;
pub use self::ring::RingConfig;
pub use self::stacked::StackedConfig;
pub(crate) use self::stored_batch::StoredBatch;
pub use self::synthetic::Draw;
use crate::invalid::InvalidValue;
use crate::random::Streams;

/// The values of `kind`, in the order of [`DataConfig`]'s variants.
pub const KINDS: &[&str] = &["ring", "grid", "high-dimensional", "glyphs", "stacked", "images", "file"];

/// The configuration of a run's data, one variant for each kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DataConfig {
    /// `kind = "ring"`.
    Ring(RingConfig),
    /// `kind = "grid"`.
    Grid(GridConfig),
    /// `kind = "high-dimensional"`.
    HighDimensional(HighDimensionalConfig),
    /// `kind = "glyphs"`.
    Glyphs(GlyphsConfig),
    /// `kind = "stacked"`.
    Stacked(StackedConfig),
    /// `kind = "images"`: what `file` reads, as long as they are pictures.
    Images(FileConfig),
    /// `kind = "file"`.
    File(FileConfig),
}

impl Default for DataConfig {
    fn default() -> Self {
        Self::Ring(RingConfig::default())
    }
}

impl DataConfig {
    /// The value of `kind` that names this variant.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ring(_) => "ring",
            Self::Grid(_) => "grid",
            Self::HighDimensional(_) => "high-dimensional",
            Self::Glyphs(_) => "glyphs",
            Self::Stacked(_) => "stacked",
            Self::Images(_) => "images",
            Self::File(_) => "file",
        }
    }

    /// Checks every value against its range, without opening a file.
    ///
    /// # Errors
    ///
    /// The first value that is out of range, its key relative to this section.
    pub fn check(&self) -> Result<(), InvalidValue> {
        match self {
            Self::Ring(config) => config.check(),
            Self::Grid(config) => config.check(),
            Self::HighDimensional(config) => config.check(),
            Self::Glyphs(config) => config.check(),
            Self::Stacked(config) => config.check(),
            Self::Images(config) | Self::File(config) => config.check(),
        }
    }

    /// The paths of files and folders that it names.
    pub fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Images(config) | Self::File(config) => {
                let FileConfig { path, labels, .. } = config;
                [Some(path), labels.as_mut()].into_iter().flatten().collect()
            }
            Self::Stacked(config) => config.of.paths_mut(),
            Self::Ring(_) | Self::Grid(_) | Self::HighDimensional(_) | Self::Glyphs(_) => Vec::new(),
        }
    }

    /// Draws or reads the dataset. Relative paths start at `base`, the folder of the configuration; fixed sets are
    /// drawn from the run's streams.
    ///
    /// # Errors
    ///
    /// A value out of range, or whatever is wrong with a file.
    pub fn build(&self, base: &Path, streams: Streams) -> Result<Dataset, DataError> {
        self.check()?;
        let (mixture, draw, samples) = match self {
            Self::Ring(config) => (config.mixture(), config.draw, config.samples),
            Self::Grid(config) => (config.mixture(), config.draw, config.samples),
            Self::HighDimensional(config) => (config.mixture(streams), config.draw, config.samples),
            Self::Glyphs(config) => return Ok(Dataset::kept(config.draw(streams)?, Vec::new())),
            Self::Stacked(config) => return config.build(base, streams),
            Self::Images(config) => return Ok(Dataset::stored(config.read_pictures(base)?, config.flips)),
            Self::File(config) => return Ok(Dataset::stored(config.read(base)?, config.flips)),
        };
        Ok(match draw {
            Draw::Fresh => Dataset::fresh(mixture),
            Draw::Fixed => {
                let rows = mixture.draw(&mut streams.at("data/points", 0), samples);
                Dataset::fixed(Shape::point(mixture.features), rows, Some(mixture))
            }
        })
    }
}
