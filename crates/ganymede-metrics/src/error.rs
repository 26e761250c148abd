//! Errors in samples, labels or settings; every variant carries the bad value.

use thiserror::Error;

/// Why a metric has no value. Metrics return this error instead of NaN.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// A matrix has no rows or no columns.
    #[error("a matrix of {rows} rows and {columns} columns holds no samples")]
    Empty {
        /// Rows found.
        rows: usize,
        /// Columns found.
        columns: usize,
    },
    /// The values do not fill the declared shape.
    #[error("{length} values do not make {rows} rows of {columns} columns")]
    WrongLength {
        /// Values found.
        length: usize,
        /// Rows declared.
        rows: usize,
        /// Columns declared.
        columns: usize,
    },
    /// A value is NaN or infinite.
    #[error("the value in row {row}, column {column} is {value}, and must be finite")]
    NotFinite {
        /// Row of the value, counted from 0.
        row: usize,
        /// Column of the value, counted from 0.
        column: usize,
        /// The value itself.
        value: f32,
    },
    /// Two matrices to be compared differ in width.
    #[error("{left} has {left_columns} columns and {right} has {right_columns}; they must be equal")]
    WidthMismatch {
        /// What the first matrix is, in words.
        left: &'static str,
        /// Its columns.
        left_columns: usize,
        /// What the second matrix is, in words.
        right: &'static str,
        /// Its columns.
        right_columns: usize,
    },
    /// A metric needs more rows than there are.
    #[error("{metric} needs at least {needed} rows of {what}, and there are {found}")]
    TooFewRows {
        /// The metric.
        metric: &'static str,
        /// The set with too few rows, in words.
        what: &'static str,
        /// Rows needed.
        needed: usize,
        /// Rows found.
        found: usize,
    },
    /// A list has another length than required.
    #[error("{what}: {found} entries for {needed}")]
    WrongCount {
        /// What the entries are, in words.
        what: &'static str,
        /// Entries needed.
        needed: usize,
        /// Entries found.
        found: usize,
    },
    /// A setting or an entry lies outside its legal range.
    #[error("{name} is {value}; it must be {range}")]
    OutOfRange {
        /// The name of the setting or entry.
        name: &'static str,
        /// The bad value, as text.
        value: String,
        /// The legal range, in words.
        range: &'static str,
    },
    /// A row of probabilities does not sum to one.
    #[error("the probabilities in row {row} sum to {sum}, not to 1")]
    NotProbabilities {
        /// The row, counted from 0.
        row: usize,
        /// Its sum.
        sum: f64,
    },
    /// A ratio to the real data is undefined because the real data do not vary.
    #[error("the real data have no spread ({what} is 0), so a ratio to them has no value")]
    NoSpread {
        /// The figure that is zero.
        what: &'static str,
    },
    /// A kernel divides by the length of a row, and a row has length zero.
    #[error("row {row} is all zeros, and the cosine of an angle to it has no value")]
    ZeroRow {
        /// The row, counted from 0.
        row: usize,
    },
    /// An eigenvalue iteration did not converge.
    #[error("the eigenvalues of the {size} x {size} matrix of {metric} did not converge")]
    NoConvergence {
        /// The metric.
        metric: &'static str,
        /// Rows of the matrix.
        size: usize,
    },
}

impl MetricError {
    /// An [`MetricError::OutOfRange`] from a value that prints.
    pub(crate) fn out_of_range(name: &'static str, value: &impl ToString, range: &'static str) -> Self {
        Self::OutOfRange { name, value: value.to_string(), range }
    }
}
