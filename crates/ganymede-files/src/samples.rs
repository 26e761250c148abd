//! Samples on the host: plain row-major matrices, with or without labels.

/// The shape of one sample, which travels beside the flat `[batch, features]` matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleShape {
    /// A point with this many coordinates.
    Points(usize),
    /// A picture, stored channel by channel and row by row.
    Image {
        /// Number of colour channels.
        channels: usize,
        /// Height in pixels.
        height: usize,
        /// Width in pixels.
        width: usize,
    },
}

impl SampleShape {
    /// Values of one sample: the columns of a sample matrix.
    pub fn features(self) -> usize {
        match self {
            Self::Points(features) => features,
            Self::Image { channels, height, width } => channels * height * width,
        }
    }
}

/// A `[rows, features]` matrix of samples, row-major, on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The values, row after row: `values.len()` is a multiple of `features`.
    pub values: Vec<f32>,
    /// Values of one sample.
    pub features: usize,
}

impl Samples {
    /// A matrix of `values.len() / features` rows.
    ///
    /// # Panics
    ///
    /// When `features` is zero or does not divide the number of values.
    pub fn new(values: Vec<f32>, features: usize) -> Self {
        assert!(features > 0 && values.len().is_multiple_of(features), "{} values in rows of {features}", values.len());
        Self { values, features }
    }

    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.values.len() / self.features.max(1)
    }

    /// The values of sample `index`.
    ///
    /// # Panics
    ///
    /// When there are not that many rows.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.features..(index + 1) * self.features]
    }
}

/// Samples as a batch, with the class of each where classes are known.
#[derive(Clone, Debug, PartialEq)]
pub struct HostBatch {
    /// The samples, one a row.
    pub samples: Samples,
    /// The class of each row, counted from 0; for a mixture, the mode that it was drawn from.
    pub labels: Option<Vec<usize>>,
}

impl HostBatch {
    /// Number of samples.
    pub fn rows(&self) -> usize {
        self.samples.rows()
    }

    /// The rows at `indices`, in that order, with their labels.
    ///
    /// # Panics
    ///
    /// When there are not that many rows.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut values = Vec::with_capacity(indices.len() * self.samples.features);
        for &index in indices {
            values.extend_from_slice(self.samples.row(index));
        }
        let labels = self.labels.as_ref().map(|labels| indices.iter().map(|&index| labels[index]).collect());
        Self { samples: Samples { values, features: self.samples.features }, labels }
    }
}
