//! Samples as floats: what a network sees.

/// A `[rows, features]` matrix of floats, row-major, on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// The values, row after row: `values.len()` is a multiple of `features`.
    pub values: Vec<f32>,
    /// Values of one sample.
    pub features: usize,
}

impl Matrix {
    /// A matrix of `values.len() / features` rows.
    ///
    /// # Panics
    ///
    /// When `features` is zero or does not divide the number of values.
    pub fn new(values: Vec<f32>, features: usize) -> Self {
        assert!(features > 0 && values.len().is_multiple_of(features), "{} values in rows of {features}", values.len());
        Self { values, features }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.features.max(1)
    }

    /// The values of sample `index`.
    ///
    /// # Panics
    ///
    /// When an index is not below the number of rows.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.features..(index + 1) * self.features]
    }
}

/// A matrix with the class of each row, where classes are known.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledMatrix {
    /// The samples, one a row.
    pub samples: Matrix,
    /// The class of each row, counted from 0; for a mixture, the mode that it was drawn from.
    pub labels: Option<Vec<usize>>,
}

impl LabelledMatrix {
    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.samples.rows()
    }

    /// The rows at `indices`, in that order, with their labels.
    ///
    /// # Panics
    ///
    /// When an index is not below the number of rows.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut values = Vec::with_capacity(indices.len() * self.samples.features);
        for &index in indices {
            values.extend_from_slice(self.samples.row(index));
        }
        let labels = self.labels.as_ref().map(|labels| indices.iter().map(|&index| labels[index]).collect());
        Self { samples: Matrix { values, features: self.samples.features }, labels }
    }
}
