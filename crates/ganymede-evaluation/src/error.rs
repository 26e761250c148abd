//! What can be wrong with extractors and with what they are given.

use ganymede_files::FileError;
use ganymede_metrics::MetricError;
use ganymede_samples::Shape;
use thiserror::Error;

/// Why there are no features, or no figures of them. Every message is one line with the remedy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluationError {
    /// Samples of a shape that the extractor cannot take.
    #[error("{extractor} takes {expected}, and the samples are {found}")]
    Shape {
        /// The extractor's name.
        extractor: String,
        /// What it takes, with the remedy where there is one.
        expected: String,
        /// What it was given.
        found: Shape,
    },

    /// A setting outside its legal range.
    #[error("{name} is {value}; it must be {range}")]
    OutOfRange {
        /// The name of the setting.
        name: &'static str,
        /// The bad value, as text.
        value: String,
        /// The legal range, in words.
        range: &'static str,
    },

    /// A feature or a probability that is not finite.
    #[error(
        "{extractor} makes {value} of sample {row}, and features must be finite: check the model in double precision"
    )]
    NotFinite {
        /// The extractor's name.
        extractor: String,
        /// The row of the sample, counted from 0.
        row: usize,
        /// The value.
        value: f32,
    },

    /// A file that cannot be used.
    #[error(transparent)]
    File(#[from] FileError),

    /// A figure without a value.
    #[error(transparent)]
    Metric(#[from] MetricError),
}
