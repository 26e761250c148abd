//! The input of every metric: a borrowed, checked, row-major `f32` matrix.

use crate::MetricError;

/// A borrowed row-major matrix with one sample in each row, which is known to be non-empty and finite.
///
/// Pictures are flattened: a row holds `channels * height * width` values, in any order that both sets share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixView<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
}

impl<'a> MatrixView<'a> {
    /// Views row-major `values` as a matrix `[rows, columns]`.
    ///
    /// # Errors
    /// [`MetricError::Empty`] without a row or a column, [`MetricError::WrongLength`] when the values do not fill the
    /// shape, [`MetricError::NotFinite`] for the first NaN or infinite value.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Result<Self, MetricError> {
        if rows == 0 || columns == 0 {
            return Err(MetricError::Empty { rows, columns });
        }
        if rows.checked_mul(columns) != Some(values.len()) {
            return Err(MetricError::WrongLength { length: values.len(), rows, columns });
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            let (row, column) = (index / columns, index % columns);
            return Err(MetricError::NotFinite { row, column, value: values[index] });
        }
        Ok(Self { values, rows, columns })
    }

    /// Views rows that are known to be valid, such as copies of rows of another view, without checking them.
    pub(crate) fn trusted(values: &'a [f32], rows: usize, columns: usize) -> Self {
        debug_assert!(rows > 0 && rows * columns == values.len(), "{rows} rows of {columns}");
        Self { values, rows, columns }
    }

    /// The number of samples, at least 1.
    pub fn rows(self) -> usize {
        self.rows
    }

    /// The number of features of a sample, at least 1.
    pub fn columns(self) -> usize {
        self.columns
    }

    /// All values, row after row.
    pub fn values(self) -> &'a [f32] {
        self.values
    }

    /// One sample.
    ///
    /// # Panics
    /// When `index` is not below [`MatrixView::rows`].
    pub fn row(self, index: usize) -> &'a [f32] {
        &self.values[index * self.columns..(index + 1) * self.columns]
    }

    /// The samples in order.
    pub fn iter_rows(self) -> impl ExactSizeIterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.columns)
    }

    /// A copy of the rows with these indices, in this order, row-major.
    ///
    /// # Panics
    /// When an index is not below [`MatrixView::rows`].
    pub fn gather(self, indices: &[usize]) -> Vec<f32> {
        indices.iter().flat_map(|&index| self.row(index)).copied().collect()
    }

    /// Checks that another matrix has the same number of columns.
    ///
    /// # Errors
    /// [`MetricError::WidthMismatch`] with the names given for the two.
    pub(crate) fn same_width(
        self,
        what: &'static str,
        other: Self,
        other_what: &'static str,
    ) -> Result<(), MetricError> {
        if self.columns == other.columns {
            return Ok(());
        }
        Err(MetricError::WidthMismatch {
            left: what,
            left_columns: self.columns,
            right: other_what,
            right_columns: other.columns,
        })
    }
}
