//! Statistics of features in files, as `pytorch-fid` writes and reads them.

use std::path::Path;

use ganymede_files::{NpzArray, read_npz_doubles, write_npz};
use ganymede_metrics::FeatureStatistics;

use crate::error::EvaluationError;

/// Writes `mu`, `[features]`, and `sigma`, `[features, features]`, in double precision into an `.npz` file.
///
/// # Errors
///
/// [`EvaluationError::File`] when it cannot be written.
pub fn write_statistics(path: &Path, statistics: &FeatureStatistics) -> Result<(), EvaluationError> {
    let features = statistics.features();
    let arrays = [
        ("mu", NpzArray::Doubles { values: statistics.mean(), shape: &[features] }),
        ("sigma", NpzArray::Doubles { values: statistics.covariance(), shape: &[features, features] }),
    ];
    Ok(write_npz(path, &arrays)?)
}

/// Reads `mu` and `sigma` of an `.npz` file, in single or double precision.
///
/// # Errors
///
/// [`EvaluationError::File`] when there are no such arrays, and [`EvaluationError::Model`] when they are not the mean and the
/// covariance of some features.
pub fn read_statistics(path: &Path) -> Result<FeatureStatistics, EvaluationError> {
    let (mu, sigma) = (read_npz_doubles(path, "mu")?, read_npz_doubles(path, "sigma")?);
    let features = mu.values.len();
    let refuse = |problem: String| {
        let remedy = "expected mu of (features,) and sigma of (features, features), as pytorch-fid saves them";
        EvaluationError::Model { path: path.to_owned(), problem, remedy: remedy.to_owned() }
    };
    if mu.shape != [features] || sigma.shape != [features, features] {
        return Err(refuse(format!("mu has shape {:?} and sigma {:?}", mu.shape, sigma.shape)));
    }
    FeatureStatistics::new(mu.values, sigma.values).map_err(|error| refuse(error.to_string()))
}
