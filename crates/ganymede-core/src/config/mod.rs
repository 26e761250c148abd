//! Configuration in two stages: what is typed in ([`Document`], [`Section`]), and an [`Experiment`] that can only be
//! valid. Every error names the file, the line, the key, the bad value and what is legal.

mod checkpoint;
mod detector;
mod document;
mod error;
mod evaluation;
mod experiment;
mod near_miss;
mod network;
mod records;
mod section;
mod strategy;

pub use checkpoint::{CheckpointSection, OnFailure};
pub use detector::{DetectorSection, OnCollapse};
pub use document::Document;
pub use error::ConfigError;
pub use evaluation::{Automatic, BestBy, ClassifierSource, EvaluationConfig};
pub use experiment::{Experiment, ObjectiveConfig, OptimizersConfig};
pub use near_miss::near_miss;
pub use records::RecordsSection;
pub use section::Section;
pub use strategy::{RunLength, StrategyConfig};
