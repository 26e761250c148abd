//! K-means: Lloyd's iterations from k-means++ seeds, deterministic for a seed and for any number of threads.
//!
//! Written here because no maintained crate fits. `linfa-clustering` mixes each center's old position into its update,
//! computes distances row by row instead of by matrix products, takes the samples as an owned f64 array, and brings a
//! second `rand` and `ndarray`; `kmeans` needs a nightly compiler.

use rand::RngExt;
use rayon::prelude::*;

use crate::blocks::{error_share, exact_distance, for_blocks, squared_distance};
use crate::random::{Purpose, stream};
use crate::{MatrixView, MetricError};

/// Iterations after which Lloyd's algorithm stops even if samples still change their cluster, as in `gans-n-gmms`.
const MAX_ITERATIONS: usize = 100;

/// The centers of at most `count` clusters, row-major; fewer when there are fewer distinct samples.
pub(crate) fn cluster_centers(samples: MatrixView, count: usize, seed: u64) -> Result<Vec<f32>, MetricError> {
    cluster_centers_within(samples, count, seed, MAX_ITERATIONS)
}

/// [`cluster_centers`] with at most `iterations` iterations.
pub(crate) fn cluster_centers_within(
    samples: MatrixView,
    count: usize,
    seed: u64,
    iterations: usize,
) -> Result<Vec<f32>, MetricError> {
    let columns = samples.columns();
    let mut centers = samples.gather(&spread_out_rows(samples, count, seed));
    let mut assignment = Vec::new();
    for _ in 0..iterations {
        let center_count = centers.len() / columns;
        let next = nearest_centers(samples, MatrixView::new(&centers, center_count, columns)?);
        if next == assignment {
            break;
        }
        centers = means(samples, &next, &centers);
        assignment = next;
    }
    Ok(centers)
}

/// The seeds of k-means++ (Arthur and Vassilvitskii 2007), as row numbers: each next row is drawn with a probability
/// proportional to its squared distance from the nearest chosen row. Stops early when every sample equals a chosen one.
fn spread_out_rows(samples: MatrixView, count: usize, seed: u64) -> Vec<usize> {
    let mut stream = stream(seed, Purpose::Clusters);
    let first = stream.random_range(0..samples.rows() as u64) as usize;
    let mut chosen = vec![first];
    let mut squared: Vec<f64> = vec![f64::INFINITY; samples.rows()];
    while chosen.len() < count {
        let newest = samples.row(chosen[chosen.len() - 1]);
        squared.par_iter_mut().enumerate().for_each(|(row, nearest)| {
            *nearest = nearest.min(squared_distance(samples.row(row), newest));
        });
        let total: f64 = squared.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut left = stream.random::<f64>() * total;
        let mut drawn = None;
        for (row, weight) in squared.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            // Rounding may leave a remainder after the last row; then the last row of positive weight is drawn.
            drawn = Some(row);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        chosen.extend(drawn);
    }
    chosen
}

/// The nearest center of each sample by exact distances; of equally near ones, the first.
pub(crate) fn nearest_centers(samples: MatrixView, centers: MatrixView) -> Vec<usize> {
    let share = error_share(samples.columns());
    let blocks = for_blocks(
        samples,
        centers,
        |block| vec![Nearest { center: 0, distance: None, at_most: f64::INFINITY }; block.rows],
        |nearest, block, other, distances| {
            for (offset, (row, nearest)) in distances.chunks_exact(other.rows).zip(nearest).enumerate() {
                let error = |column: usize| share * (block.squared_norms[offset] + other.squared_norms[column]);
                let best_here = row
                    .iter()
                    .enumerate()
                    .map(|(column, squared)| squared + error(column))
                    .fold(f64::INFINITY, f64::min);
                nearest.at_most = nearest.at_most.min(best_here);
                let sample = samples.row(block.first + offset);
                for (column, squared) in row.iter().enumerate() {
                    if squared - error(column) <= nearest.at_most {
                        nearest.offer(other.first + column, exact_distance(sample, centers.row(other.first + column)));
                    }
                }
            }
        },
    );
    blocks.into_iter().flatten().map(|nearest| nearest.center).collect()
}

/// The nearest center so far.
#[derive(Clone, Copy)]
struct Nearest {
    center: usize,
    distance: Option<f64>,
    /// An upper bound on the nearest squared distance.
    at_most: f64,
}

impl Nearest {
    fn offer(&mut self, center: usize, distance: f64) {
        if self.distance.is_none_or(|known| distance < known) {
            self.distance = Some(distance);
            self.center = center;
        }
    }
}

/// The mean of each cluster's samples; a cluster without samples keeps its old center.
fn means(samples: MatrixView, assignment: &[usize], old_centers: &[f32]) -> Vec<f32> {
    let columns = samples.columns();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); old_centers.len() / columns];
    for (row, &cluster) in assignment.iter().enumerate() {
        members[cluster].push(row);
    }
    members
        .par_iter()
        .zip(old_centers.par_chunks_exact(columns))
        .flat_map_iter(|(members, old)| {
            let mut sums = vec![0.0_f64; columns];
            for &row in members {
                for (sum, value) in sums.iter_mut().zip(samples.row(row)) {
                    *sum += f64::from(*value);
                }
            }
            let count = members.len() as f64;
            let empty = members.is_empty();
            sums.into_iter().zip(old).map(move |(sum, old)| if empty { *old } else { (sum / count) as f32 })
        })
        .collect()
}
