//! The linear algebra that the metrics share, in f64. Results do not depend on the number of threads.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::blocks::{BLOCK_ROWS, Block, block_starts};
use crate::{MatrixView, MetricError};

/// Eigenvalues of a positive semidefinite matrix in ascending order, with rounding noise set to exactly 0.
pub(crate) struct Spectrum {
    pub(crate) values: Vec<f64>,
    /// Column `i` is the eigenvector of `values[i]`; empty when not requested.
    pub(crate) vectors: Mat<f64>,
}

impl Spectrum {
    /// The number of positive eigenvalues.
    pub(crate) fn rank(&self) -> usize {
        self.values.iter().filter(|value| **value > 0.0).count()
    }
}

/// The eigenvalues of a symmetric positive semidefinite matrix, with the eigenvectors if requested. Values of at most
/// `size * epsilon * largest` are rounding noise and become 0.
pub(crate) fn spectrum(matrix: &Mat<f64>, vectors: bool, metric: &'static str) -> Result<Spectrum, MetricError> {
    let size = matrix.nrows();
    let mut diagonal = Diag::<f64>::zeros(size);
    let mut basis = if vectors { Mat::zeros(size, size) } else { Mat::new() };
    let compute = if vectors { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    let parameters = faer::prelude::default();
    let mut memory = MemBuffer::new(self_adjoint_evd_scratch::<f64>(size, compute, Par::Seq, parameters));
    self_adjoint_evd(
        matrix.as_ref(),
        diagonal.as_mut(),
        vectors.then(|| basis.as_mut()),
        Par::Seq,
        MemStack::new(&mut memory),
        parameters,
    )
    .map_err(|_| MetricError::NoConvergence { metric, size })?;
    let mut values: Vec<f64> = diagonal.column_vector().iter().copied().collect();
    let largest = values.iter().copied().fold(0.0, f64::max);
    let noise = size as f64 * f64::EPSILON * largest;
    for value in &mut values {
        if value.is_nan() {
            return Err(MetricError::NoConvergence { metric, size });
        }
        if *value <= noise {
            *value = 0.0;
        }
    }
    Ok(Spectrum { values, vectors: basis })
}

/// The sum of the singular values of a matrix.
pub(crate) fn nuclear_norm(matrix: &Mat<f64>, metric: &'static str) -> Result<f64, MetricError> {
    let (rows, columns) = matrix.shape();
    let size = rows.min(columns);
    if size == 0 {
        return Ok(0.0);
    }
    let parameters = faer::prelude::default();
    let mut diagonal = Diag::<f64>::zeros(size);
    let no = ComputeSvdVectors::No;
    let mut memory = MemBuffer::new(svd_scratch::<f64>(rows, columns, no, no, Par::Seq, parameters));
    svd(matrix.as_ref(), diagonal.as_mut(), None, None, Par::Seq, MemStack::new(&mut memory), parameters)
        .map_err(|_| MetricError::NoConvergence { metric, size })?;
    let sum: f64 = diagonal.column_vector().iter().sum();
    if sum.is_nan() { Err(MetricError::NoConvergence { metric, size }) } else { Ok(sum) }
}

/// `X^T X`, `[columns, columns]`, of the rows of a matrix after a shift by `origin` and a scaling of row `i` by
/// `scale(i)`. Panels of columns run in parallel; each sums its rows in order.
pub(crate) fn gram_of_columns(matrix: MatrixView, origin: &[f64], scale: impl Fn(usize) -> f64 + Sync) -> Mat<f64> {
    let columns = matrix.columns();
    let panels: Vec<Vec<f64>> = (0..columns)
        .step_by(BLOCK_ROWS)
        .collect::<Vec<_>>()
        .par_iter()
        .map(|&first| {
            let width = BLOCK_ROWS.min(columns - first);
            // The matrix is symmetric: only the part up to the diagonal is needed.
            let height = first + width;
            let mut panel = vec![0.0; width * height];
            for start in block_starts(matrix.rows()) {
                let mut block = Block::load(matrix, start, origin);
                for (offset, row) in block.values.chunks_exact_mut(columns).enumerate() {
                    let factor = scale(start + offset);
                    for value in row {
                        *value *= factor;
                    }
                }
                let rows = MatRef::from_row_major_slice(&block.values, block.rows, columns);
                matmul(
                    MatMut::from_row_major_slice_mut(&mut panel, width, height),
                    Accum::Add,
                    rows.subcols(first, width).transpose(),
                    rows.subcols(0, height),
                    1.0,
                    Par::Seq,
                );
            }
            panel
        })
        .collect();
    Mat::from_fn(columns, columns, |i, j| {
        let (row, column) = (i.max(j), i.min(j));
        let first = row / BLOCK_ROWS * BLOCK_ROWS;
        let height = first + BLOCK_ROWS.min(columns - first);
        panels[row / BLOCK_ROWS][(row - first) * height + column]
    })
}

/// A symmetric function of each pair of rows after a shift by `origin`, `[rows, rows]`. `value` takes the two row
/// numbers, the dot product and the two squared lengths.
pub(crate) fn gram_of_rows(
    matrix: MatrixView,
    origin: &[f64],
    value: impl Fn([usize; 2], f64, [f64; 2]) -> f64 + Sync,
) -> Mat<f64> {
    let rows = matrix.rows();
    let starts = block_starts(rows);
    let stripes: Vec<Vec<f64>> = starts
        .par_iter()
        .map(|&start| {
            let block = Block::load(matrix, start, origin);
            let mut stripe = vec![0.0; block.rows * rows];
            let mut dots = Vec::new();
            for &other_start in starts.iter().filter(|other| **other <= start) {
                let other = Block::load(matrix, other_start, origin);
                block.dots(&other, &mut dots);
                for i in 0..block.rows {
                    let columns = if other_start == start { i + 1 } else { other.rows };
                    for j in 0..columns {
                        let lengths = [block.squared_norms[i], other.squared_norms[j]];
                        stripe[i * rows + other_start + j] =
                            value([start + i, other_start + j], dots[i * other.rows + j], lengths);
                    }
                }
            }
            stripe
        })
        .collect();
    Mat::from_fn(rows, rows, |i, j| {
        let (row, column) = (i.max(j), i.min(j));
        stripes[row / BLOCK_ROWS][row % BLOCK_ROWS * rows + column]
    })
}
