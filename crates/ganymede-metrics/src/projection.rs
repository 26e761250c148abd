//! A fixed random projection of wide samples.

use rand::RngExt;

use crate::random::{Purpose, stream};
use crate::{MatrixView, MetricError};

/// A sparse random projection (the count sketch of Charikar, Chen and Farach-Colton 2002): each value of a sample is added to
/// one value of the projected sample, or subtracted from it. It keeps squared distances on average, and costs one addition a
/// value.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseProjection {
    /// For each value of a sample, the index in the projected sample and the sign with which it is added.
    targets: Vec<(usize, f32)>,
    width: usize,
}

impl SparseProjection {
    /// A projection of `columns` values to `width`, drawn by the seed.
    ///
    /// # Errors
    /// [`MetricError::OutOfRange`] when `width` is 0.
    pub fn new(columns: usize, width: usize, seed: u64) -> Result<Self, MetricError> {
        if width == 0 {
            return Err(MetricError::out_of_range("width", &width, "at least 1"));
        }
        Ok(Self::of_width(columns, width, seed))
    }

    /// The same for a width that is known to be at least 1.
    pub(crate) fn of_width(columns: usize, width: usize, seed: u64) -> Self {
        let mut stream = stream(seed, Purpose::Projections);
        let target = |_| {
            let number = stream.random_range(0..2 * width as u64) as usize;
            (number / 2, if number.is_multiple_of(2) { 1.0 } else { -1.0 })
        };
        Self { targets: (0..columns).map(target).collect(), width }
    }

    /// The number of values of a projected sample.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The projected samples, row after row: `samples.rows() * width()` values.
    ///
    /// # Errors
    /// [`MetricError::WidthMismatch`] for samples that do not have the projection's number of `columns`.
    pub fn project(&self, samples: MatrixView) -> Result<Vec<f32>, MetricError> {
        if samples.columns() != self.targets.len() {
            return Err(MetricError::WidthMismatch {
                left: "the projection",
                left_columns: self.targets.len(),
                right: "a sample",
                right_columns: samples.columns(),
            });
        }
        Ok(self.rows(samples.values()))
    }

    /// The projection of rows that are as wide as they should be.
    pub(crate) fn rows(&self, values: &[f32]) -> Vec<f32> {
        let columns = self.targets.len();
        let mut projected = vec![0.0; values.len() / columns * self.width];
        for (row, sums) in values.chunks_exact(columns).zip(projected.chunks_exact_mut(self.width)) {
            for (value, (place, sign)) in row.iter().zip(&self.targets) {
                sums[*place] += sign * value;
            }
        }
        projected
    }
}

#[cfg(test)]
mod tests {
    use super::SparseProjection;
    use crate::MatrixView;

    #[test]
    fn squared_lengths_are_kept_on_average_and_each_value_has_one_place() {
        let (columns, width) = (300, 40);
        let row: Vec<f32> = (0..columns).map(|column| (column as f32 * 0.37).sin()).collect();
        let squared = |values: &[f32]| values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
        let view = MatrixView::new(&row, 1, columns).unwrap();
        let mean = (0..200)
            .map(|seed| squared(&SparseProjection::new(columns, width, seed).unwrap().project(view).unwrap()))
            .sum::<f64>()
            / 200.0;
        // The variance of one is at most 2 / width of the square.
        let deviation = (2.0 / width as f64 / 200.0).sqrt();
        assert!((mean / squared(&row) - 1.0).abs() < 5.0 * deviation, "{mean} against {}", squared(&row));

        let projection = SparseProjection::new(columns, width, 7).unwrap();
        for column in 0..columns {
            let mut one = vec![0.0; columns];
            one[column] = 2.0;
            let projected = projection.project(MatrixView::new(&one, 1, columns).unwrap()).unwrap();
            assert_eq!(projected.iter().filter(|value| **value != 0.0).count(), 1);
            assert!((squared(&projected) - 4.0).abs() < 1e-12);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(SparseProjection::new(3, 0, 0).is_err());
        let projection = SparseProjection::new(3, 2, 0).unwrap();
        let error = projection.project(MatrixView::new(&[1.0; 4], 1, 4).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the projection has 3 columns and a sample has 4; they must be equal");
    }
}
