//! Mode collapse measured from samples.
//!
#![doc = include_str!("../README.md")]

mod bins;
mod blocks;
mod classes;
mod clusters;
mod counts;
mod detector;
mod diagnosis;
mod diversity;
mod error;
mod frechet;
mod headline;
mod inception;
mod kernel_distance;
mod linalg;
mod lost;
mod matrix;
mod merging;
mod mode_shapes;
mod modes;
mod moments;
mod neighbors;
mod outcome;
mod own_spread;
mod prdc;
mod projection;
mod random;
mod signals;
mod sliced;
mod special;
mod support;
mod table;
mod vendi;
mod verdict;

pub use bins::{BinReport, Bins, DEFAULT_BINS, DEFAULT_SIGNIFICANCE, compare_bins};
pub use classes::{ClassOutcome, per_class};
pub use detector::{Detector, DetectorConfig, Observation};
pub use diagnosis::{
    BinDiagnosis, ClassDiagnosis, Diagnosis, DiagnosisOptions, Effect, FalseAlarms, Labelled, RealFigures, SampleKind,
    SignalDiagnosis, diagnose,
};
pub use diversity::{
    COLLAPSE_THRESHOLD, DiversityOptions, DiversityRatios, DiversityReport, diversity_ratios, diversity_report,
    mean_pairwise_distance,
};
pub use error::MetricError;
pub use frechet::{
    FeatureStatistics, FrechetExtrapolation, FrechetReport, frechet_distance, frechet_distance_of_statistics,
    frechet_extrapolation,
};
pub use headline::Headline;
pub use inception::{InceptionScore, inception_score};
pub use kernel_distance::{KernelDistanceOptions, KernelDistanceReport, kernel_distance};
pub use matrix::MatrixView;
pub use mode_shapes::{InsideModes, LEAST_FOR_SHAPE, ModeShape};
pub use modes::{
    LOST_BELOW, ModeReport, Modes, WELL_COVERED, high_quality_radius, mode_report, mode_report_from_classes,
};
pub use neighbors::nearest_neighbor_radii;
pub use outcome::{Limits, Verdict};
pub use prdc::{DEFAULT_NEAREST_K, Prdc, coverage, prdc};
pub use projection::SparseProjection;
pub use signals::{Reference, SignalOptions, Signals};
pub use sliced::{
    SlicedReference, SlicedWassersteinOptions, WassersteinOrder, sliced_wasserstein, sliced_wasserstein_along,
};
pub use support::{DUPLICATE_SHARE, SupportReport, duplicate_distance, support_size};
pub use table::{Direction, SIGNALS, SignalInfo, signal_info};
pub use vendi::{Kernel, VendiOptions, VendiReport, vendi_score};
pub use verdict::{Judgement, Sign, Thresholds, judge};
