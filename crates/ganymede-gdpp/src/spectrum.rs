//! The loss between two kernels and its derivative, on the host in f64: the tensor library has no eigenvalues.

use faer::{Mat, MatRef, Side};

/// How much each part of the loss weighs, and when two eigenvalues count as one.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Factor of the eigenvalues' part, at least 0.
    pub magnitude: f64,
    /// Factor of the eigenvectors' part, at least 0.
    pub structure: f64,
    /// Distance under which eigenvalues nearly coincide, at least 0. The derivative of an eigenvector divides by the
    /// distance `d` to the other eigenvalues; `d / (d^2 + gap^2)` stands for `1 / d`.
    pub gap: f64,
}

/// What [`compare`] finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The loss.
    pub loss: f64,
    /// Its derivative at each entry of the fake kernel, row-major; symmetric.
    pub cotangent: Vec<f64>,
}

/// The loss between the spectra of two symmetric kernels of `size` rows, given row-major:
///
/// ```text
/// magnitude sum_i (l_i - m_i)^2  +  structure sum_i w_i (1 - |v_i . u_i|),   w_i = (m_i - min m) / (max m - min m)
/// ```
///
/// with the fake kernel's eigenvalues `l` and eigenvectors `v` and the real one's `m` and `u`, each by rank. `None`
/// when an entry is not finite or the decomposition does not converge.
pub fn compare(fake: &[f64], real: &[f64], size: usize, settings: Settings) -> Option<Comparison> {
    let (values, vectors) = decompose(fake, size)?;
    let (targets, target_vectors) = decompose(real, size)?;
    let weights = min_max(&targets);
    let overlaps = vectors.transpose() * &target_vectors;
    let mut loss = 0.0;
    // The derivative in the basis of the fake eigenvectors: row j, column i is that of v_j^T K v_i.
    let mut inner = Mat::<f64>::zeros(size, size);
    for i in 0..size {
        let error = values[i] - targets[i];
        let cosine = overlaps[(i, i)];
        loss += settings.magnitude * error * error + settings.structure * weights[i] * (1.0 - cosine.abs());
        inner[(i, i)] = 2.0 * settings.magnitude * error;
        let scale = -settings.structure * weights[i] * cosine.signum();
        for j in (0..size).filter(|j| *j != i) {
            inner[(j, i)] = scale * overlaps[(j, i)] * guarded_inverse(values[i] - values[j], settings.gap);
        }
    }
    let cotangent = &vectors * &inner * vectors.transpose();
    let symmetric = |entry: usize| {
        let (row, column) = (entry / size, entry % size);
        f64::midpoint(cotangent[(row, column)], cotangent[(column, row)])
    };
    let cotangent: Vec<f64> = (0..size * size).map(symmetric).collect();
    (loss.is_finite() && cotangent.iter().all(|entry| entry.is_finite())).then_some(Comparison { loss, cotangent })
}

/// Eigenvalues, rising, and the eigenvectors as columns.
fn decompose(kernel: &[f64], size: usize) -> Option<(Vec<f64>, Mat<f64>)> {
    if kernel.iter().any(|entry| !entry.is_finite()) {
        return None;
    }
    let eigen = MatRef::from_row_major_slice(kernel, size, size).self_adjoint_eigen(Side::Lower).ok()?;
    Some((eigen.S().column_vector().iter().copied().collect(), eigen.U().to_owned()))
}

/// Eigenvalues mapped to `[0, 1]`; all 0 where they are one and the same.
fn min_max(values: &[f64]) -> Vec<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let span = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low;
    values.iter().map(|value| if span > 0.0 { (value - low) / span } else { 0.0 }).collect()
}

/// `1 / distance`, brought back to 0 within `gap` of 0.
fn guarded_inverse(distance: f64, gap: f64) -> f64 {
    let square = distance * distance + gap * gap;
    if square > 0.0 { distance / square } else { 0.0 }
}
