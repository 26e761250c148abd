//! Products and distances of many rows, block by block: memory stays small, and no result depends on the thread count.
//!
//! A block of squared distances is `|x|^2 + |y|^2 - 2 x y`, with the product by `faer` in f64 on rows that were shifted
//! by a common origin. This is fast but not exact, so each distance has a known bound on its rounding error.
//! Comparisons fall back on [`exact_distance`] when the bound leaves the answer open.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::MatrixView;

/// Rows of a block: 256 x 256 f64 values stay in the second-level cache of common processors.
pub(crate) const BLOCK_ROWS: usize = 256;

/// The column means over the rows of all matrices, rounded to `f32`.
///
/// Subtracting an `f32` from an `f32` in f64 is exact (for exponents within 29 of each other), so the shifted rows
/// have the same differences as the rows themselves, and identical rows stay identical.
pub(crate) fn common_origin(matrices: &[MatrixView]) -> Vec<f64> {
    let columns = matrices[0].columns();
    let mut sums = vec![0.0_f64; columns];
    let mut rows = 0_usize;
    for matrix in matrices {
        rows += matrix.rows();
        for row in matrix.iter_rows() {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += f64::from(*value);
            }
        }
    }
    sums.iter().map(|sum| f64::from((sum / rows as f64) as f32)).collect()
}

/// Some rows of a matrix as f64, shifted by an origin, with their squared lengths.
pub(crate) struct Block {
    pub(crate) first: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) squared_norms: Vec<f64>,
}

impl Block {
    /// The rows `first..` of a matrix, at most [`BLOCK_ROWS`] of them.
    pub(crate) fn load(matrix: MatrixView, first: usize, origin: &[f64]) -> Self {
        let rows = BLOCK_ROWS.min(matrix.rows() - first);
        let columns = matrix.columns();
        let mut values = Vec::with_capacity(rows * columns);
        for index in first..first + rows {
            values.extend(matrix.row(index).iter().zip(origin).map(|(value, shift)| f64::from(*value) - shift));
        }
        let squared_norms =
            values.chunks_exact(columns).map(|row| row.iter().map(|value| value * value).sum()).collect();
        Self { first, rows, columns, values, squared_norms }
    }

    /// The row numbers in the matrix that this block holds.
    pub(crate) fn indices(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.rows
    }

    /// All dot products of this block's rows with another's, row-major `[self.rows, other.rows]`.
    pub(crate) fn dots(&self, other: &Self, dots: &mut Vec<f64>) {
        dots.clear();
        dots.resize(self.rows * other.rows, 0.0);
        matmul(
            MatMut::from_row_major_slice_mut(dots, self.rows, other.rows),
            Accum::Replace,
            MatRef::from_row_major_slice(&self.values, self.rows, self.columns),
            MatRef::from_row_major_slice(&other.values, other.rows, other.columns).transpose(),
            1.0,
            Par::Seq,
        );
    }

    /// All squared Euclidean distances to another block's rows, row-major `[self.rows, other.rows]`, never negative,
    /// each within `error_share(columns) * (|x|^2 + |y|^2)` of the truth.
    pub(crate) fn squared_distances(&self, other: &Self, distances: &mut Vec<f64>) {
        self.dots(other, distances);
        for (row, left) in distances.chunks_exact_mut(other.rows).zip(&self.squared_norms) {
            for (entry, right) in row.iter_mut().zip(&other.squared_norms) {
                *entry = (left + right - 2.0 * *entry).max(0.0);
            }
        }
    }
}

/// A bound on the rounding error of a blocked squared distance and of its exact counterpart, as a share of
/// `|x|^2 + |y|^2`.
///
/// Each of the three sums of `columns` products is off by at most `columns * 2^-53` of its size; the factor covers them,
/// the shift and the final sum.
pub(crate) fn error_share(columns: usize) -> f64 {
    2.0 * (columns as f64 + 8.0) * f64::EPSILON
}

/// The first rows of the blocks of a matrix.
pub(crate) fn block_starts(rows: usize) -> Vec<usize> {
    (0..rows).step_by(BLOCK_ROWS).collect()
}

/// The squared Euclidean distance of two rows, from their differences in f64.
pub(crate) fn squared_distance(left: &[f32], right: &[f32]) -> f64 {
    // Four independent sums, so that no addition waits for the one before; their order is fixed.
    let mut sums = [0.0_f64; 4];
    let (left_quads, right_quads) = (left.chunks_exact(4), right.chunks_exact(4));
    let rest: f64 =
        left_quads.remainder().iter().zip(right_quads.remainder()).map(|(a, b)| squared_difference(*a, *b)).sum();
    for (a, b) in left_quads.zip(right_quads) {
        for lane in 0..4 {
            sums[lane] += squared_difference(a[lane], b[lane]);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// The square of a difference in f64.
fn squared_difference(a: f32, b: f32) -> f64 {
    let difference = f64::from(a) - f64::from(b);
    difference * difference
}

/// The Euclidean distance of two rows, from their differences in f64: the reference for blocked distances.
pub(crate) fn exact_distance(left: &[f32], right: &[f32]) -> f64 {
    squared_distance(left, right).sqrt()
}

/// Calls `visit` for every pair of a block of `left` and a block of `right` with their squared distances. Returns one
/// result for each block of `left`, in order. Blocks of `left` run in parallel.
pub(crate) fn for_blocks<T: Send>(
    left: MatrixView,
    right: MatrixView,
    start: impl Fn(&Block) -> T + Sync,
    visit: impl Fn(&mut T, &Block, &Block, &[f64]) + Sync,
) -> Vec<T> {
    let origin = common_origin(&[left, right]);
    let right_starts = block_starts(right.rows());
    block_starts(left.rows())
        .par_iter()
        .map(|&first| {
            let block = Block::load(left, first, &origin);
            let mut state = start(&block);
            let mut distances = Vec::new();
            for &other_first in &right_starts {
                let other = Block::load(right, other_first, &origin);
                block.squared_distances(&other, &mut distances);
                visit(&mut state, &block, &other, &distances);
            }
            state
        })
        .collect()
}

/// The sum of `value` over all pairs of different rows of a matrix; the same for any number of threads.
pub(crate) fn sum_over_pairs(matrix: MatrixView, value: impl Fn((usize, usize), f64, f64) -> f64 + Sync) -> f64 {
    let origin = common_origin(&[matrix]);
    let starts = block_starts(matrix.rows());
    let sums: Vec<f64> = starts
        .par_iter()
        .map(|&start| {
            let block = Block::load(matrix, start, &origin);
            let mut distances = Vec::new();
            let mut sum = 0.0;
            for &other_start in starts.iter().filter(|other| **other >= start) {
                let other = Block::load(matrix, other_start, &origin);
                block.squared_distances(&other, &mut distances);
                for (index, row) in distances.chunks_exact(other.rows).enumerate() {
                    // On the diagonal block only the pairs above the diagonal count.
                    let skip = if other_start == start { index + 1 } else { 0 };
                    let norm = block.squared_norms[index];
                    let entries = row.iter().zip(&other.squared_norms).enumerate().skip(skip);
                    for (column, (squared, other_norm)) in entries {
                        sum += value((start + index, other_start + column), *squared, norm + other_norm);
                    }
                }
            }
            sum
        })
        .collect();
    sums.iter().sum()
}
