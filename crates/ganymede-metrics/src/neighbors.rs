//! The exact distance from each sample to its k-th nearest neighbour, with little memory.

use crate::blocks::{error_share, exact_distance, for_blocks};
use crate::{MatrixView, MetricError};

/// The Euclidean distance from each row to its `nearest_k`-th nearest other row, one for each row.
///
/// A copy of a row counts as a neighbour at distance 0, as in the package `prdc`. Distances are computed from the rows'
/// differences in f64; the faster blocked ones only rule out candidates.
///
/// # Errors
/// [`MetricError::OutOfRange`] when `nearest_k` is 0, [`MetricError::TooFewRows`] with fewer than `nearest_k + 1` rows.
pub fn nearest_neighbor_radii(samples: MatrixView, nearest_k: usize) -> Result<Vec<f64>, MetricError> {
    radii_of(samples, nearest_k, "the samples")
}

/// [`nearest_neighbor_radii`] with the name of the samples for errors.
pub(crate) fn radii_of(samples: MatrixView, nearest_k: usize, what: &'static str) -> Result<Vec<f64>, MetricError> {
    Ok(radii_with_nearest(samples, nearest_k, what)?.into_iter().map(|[_, radius]| radius).collect())
}

/// The distance from each row to its nearest other row, and to its `nearest_k`-th nearest.
pub(crate) fn nearest_radii(samples: MatrixView, nearest_k: usize) -> Result<Vec<[f64; 2]>, MetricError> {
    radii_with_nearest(samples, nearest_k, "the samples")
}

fn radii_with_nearest(samples: MatrixView, nearest_k: usize, what: &'static str) -> Result<Vec<[f64; 2]>, MetricError> {
    if nearest_k == 0 {
        return Err(MetricError::out_of_range("nearest_k", &nearest_k, "at least 1"));
    }
    if samples.rows() <= nearest_k {
        return Err(MetricError::TooFewRows {
            metric: "the distance to the k-th nearest neighbour",
            what,
            needed: nearest_k + 1,
            found: samples.rows(),
        });
    }
    let share = error_share(samples.columns());
    let nearest = for_blocks(
        samples,
        samples,
        |block| block.indices().map(|_| Smallest::new(nearest_k)).collect::<Vec<_>>(),
        |smallest, block, other, distances| {
            for (offset, (row, smallest)) in distances.chunks_exact(other.rows).zip(smallest).enumerate() {
                let index = block.first + offset;
                let norm = block.squared_norms[offset];
                for (column, (squared, other_norm)) in row.iter().zip(&other.squared_norms).enumerate() {
                    let at_least = squared - share * (norm + other_norm);
                    let other_index = other.first + column;
                    if at_least < smallest.largest_squared && other_index != index {
                        smallest.offer(exact_distance(samples.row(index), samples.row(other_index)));
                    }
                }
            }
        },
    );
    Ok(nearest.into_iter().flatten().map(|smallest| [smallest.smallest(), smallest.largest()]).collect())
}

/// The `k` smallest distances so far, in ascending order.
struct Smallest {
    distances: Vec<f64>,
    /// An upper bound on the square of the largest of them; infinite while there are fewer than `k`.
    largest_squared: f64,
    k: usize,
}

impl Smallest {
    fn new(k: usize) -> Self {
        Self { distances: Vec::with_capacity(k + 1), largest_squared: f64::INFINITY, k }
    }

    fn offer(&mut self, distance: f64) {
        let place = self.distances.partition_point(|kept| *kept <= distance);
        self.distances.insert(place, distance);
        self.distances.truncate(self.k);
        if self.distances.len() == self.k {
            self.largest_squared = upper_square(self.largest());
        }
    }

    fn smallest(&self) -> f64 {
        self.distances.first().copied().unwrap_or(0.0)
    }

    fn largest(&self) -> f64 {
        self.distances.last().copied().unwrap_or(0.0)
    }
}

/// The square of a distance, rounded up by more than the rounding of a root and a square; 0 stays 0.
pub(crate) fn upper_square(distance: f64) -> f64 {
    distance * distance * (1.0 + 4.0 * f64::EPSILON)
}

/// The square of a distance, rounded down by as much.
pub(crate) fn lower_square(distance: f64) -> f64 {
    distance * distance * (1.0 - 4.0 * f64::EPSILON)
}
