//! Sets of samples as they are kept.

use crate::matrix::{LabelledMatrix, Matrix};
use crate::shape::Shape;
use crate::values::Values;

/// Samples of one shape, one a row, channels-last.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The values, row after row: a multiple of `shape.features()`.
    pub values: Values,
    /// The shape of one sample.
    pub shape: Shape,
}

impl Samples {
    /// `values.len() / shape.features()` samples.
    ///
    /// # Panics
    ///
    /// When the shape holds no value, or its values do not divide the number of values.
    pub fn new(values: Values, shape: Shape) -> Self {
        let (count, features) = (values.len(), shape.features());
        assert!(features > 0 && count.is_multiple_of(features), "{count} values in rows of {features}");
        Self { values, shape }
    }

    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.values.len() / self.shape.features().max(1)
    }

    /// The rows at `indices`, in that order, as floats.
    ///
    /// # Panics
    ///
    /// When an index is not below the number of rows.
    pub fn select(&self, indices: &[usize]) -> Matrix {
        let features = self.shape.features();
        let mut values = Vec::with_capacity(indices.len() * features);
        for &index in indices {
            self.values.copy(index * features..(index + 1) * features, &mut values);
        }
        Matrix { values, features }
    }

    /// All rows as floats.
    pub fn into_matrix(self) -> Matrix {
        Matrix { features: self.shape.features(), values: self.values.into_floats() }
    }
}

/// The class of each sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The class of each row, counted from 0.
    pub classes: Vec<usize>,
    /// The name of each class: a folder's, a text, or the number that a file gives.
    pub names: Vec<String>,
}

impl Labels {
    /// How many rows each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.names.len()];
        for class in &self.classes {
            counts[*class] += 1;
        }
        counts
    }

    /// How often each class occurs, as shares of all rows.
    pub fn frequencies(&self) -> Vec<f64> {
        self.counts().into_iter().map(|count| count as f64 / self.classes.len() as f64).collect()
    }

    /// Whether the classes are called otherwise than by their own numbers.
    pub fn are_named(&self) -> bool {
        self.names.iter().enumerate().any(|(class, name)| name.parse() != Ok(class))
    }
}

/// Samples with all that is known of them.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledSamples {
    /// The samples.
    pub samples: Samples,
    /// Their classes.
    pub labels: Option<Labels>,
    /// The names of a table's columns, one for each value of a sample.
    pub columns: Option<Vec<String>>,
}

impl LabelledSamples {
    /// Samples of which nothing else is known.
    pub fn unlabelled(samples: Samples) -> Self {
        Self { samples, labels: None, columns: None }
    }

    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.samples.rows()
    }

    /// The rows at `indices`, in that order, with their classes.
    ///
    /// # Panics
    ///
    /// When an index is not below the number of rows.
    pub fn select(&self, indices: &[usize]) -> LabelledMatrix {
        let labels = self.labels.as_ref();
        let labels = labels.map(|labels| indices.iter().map(|&index| labels.classes[index]).collect());
        LabelledMatrix { samples: self.samples.select(indices), labels }
    }
}
