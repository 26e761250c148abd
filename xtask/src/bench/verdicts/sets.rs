//! Sets of samples, and where their random numbers come from.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Random numbers of one purpose.
pub(super) type Stream = ChaCha8Rng;

/// Samples row by row, with the part of the data that each comes from: the examiner always knows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Set {
    pub(super) columns: usize,
    pub(super) values: Vec<f32>,
    pub(super) classes: Vec<usize>,
}

impl Set {
    /// A set of `rows` samples; `sample` appends the values of one and returns its class.
    pub(super) fn of(rows: usize, columns: usize, mut sample: impl FnMut(&mut Vec<f32>) -> usize) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        let classes = (0..rows).map(|_| sample(&mut values)).collect();
        debug_assert_eq!(values.len(), rows * columns, "every sample has {columns} values");
        Self { columns, values, classes }
    }

    pub(super) fn rows(&self) -> usize {
        self.classes.len()
    }

    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// The named rows in their order; a row may come several times.
    pub(super) fn select(&self, rows: impl IntoIterator<Item = usize>) -> Self {
        let (mut values, mut classes) = (Vec::new(), Vec::new());
        for row in rows {
            values.extend_from_slice(self.row(row));
            classes.push(self.classes[row]);
        }
        Self { columns: self.columns, values, classes }
    }

    /// Changes every value, knowing its column.
    pub(super) fn map(mut self, mut change: impl FnMut(f32, usize) -> f32) -> Self {
        for (at, value) in self.values.iter_mut().enumerate() {
            *value = change(*value, at % self.columns);
        }
        self
    }

    /// The mean and the standard deviation of each column.
    pub(super) fn columns_mean_and_std(&self) -> Vec<(f64, f64)> {
        let rows = self.rows() as f64;
        let of_column = |column: usize| {
            let values = || self.values.iter().skip(column).step_by(self.columns).map(|value| f64::from(*value));
            let mean = values().sum::<f64>() / rows;
            (mean, (values().map(|value| (value - mean).powi(2)).sum::<f64>() / rows).sqrt())
        };
        (0..self.columns).map(of_column).collect()
    }

    /// The mean sample of each class, `[classes][columns]`; zeros for a class without samples.
    pub(super) fn class_means(&self) -> Vec<Vec<f64>> {
        let classes = self.classes.iter().max().map_or(0, |largest| largest + 1);
        let (mut sums, mut counts) = (vec![vec![0.0; self.columns]; classes], vec![0.0_f64; classes]);
        for (row, class) in self.classes.iter().enumerate() {
            counts[*class] += 1.0;
            sums[*class].iter_mut().zip(self.row(row)).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        for (sum, count) in sums.iter_mut().zip(counts) {
            for value in sum {
                *value /= count.max(1.0);
            }
        }
        sums
    }
}

/// The stream of a case's seed and a purpose.
pub(super) fn stream(seed: u64, purpose: u64) -> Stream {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    stream.set_stream(purpose);
    stream
}

/// Which of two disjoint halves a set that lies in files is drawn from; what is drawn by code has no halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Real,
    Fake,
}

/// What a family draws from.
pub(super) struct Source<'a> {
    /// Seed of what real and fake samples share: centres, maps, shapes.
    pub(super) world: u64,
    pub(super) half: Half,
    pub(super) stream: &'a mut Stream,
}
