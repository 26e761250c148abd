//! Any metric, class by class: a conditional generator can collapse inside one class while the whole set looks healthy.

use std::collections::BTreeMap;

use crate::{MatrixView, MetricError};

/// The result of a metric for one class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassOutcome<L, T> {
    /// The class.
    pub class: L,
    /// The number of real samples of the class.
    pub real_rows: usize,
    /// The number of fake samples of the class.
    pub fake_rows: usize,
    /// The metric's value or its error; a class without fake samples gives [`MetricError::Empty`].
    pub outcome: Result<T, MetricError>,
}

/// Applies `metric(real, fake)` to the samples of each class that occurs in either set, in ascending order of class.
///
/// # Errors
/// [`MetricError::WidthMismatch`], and [`MetricError::WrongCount`] when there is not one label for each row. Errors of
/// the metric itself are in the outcome of their class.
pub fn per_class<L: Copy + Ord, T>(
    real: MatrixView,
    real_labels: &[L],
    fake: MatrixView,
    fake_labels: &[L],
    metric: impl Fn(MatrixView, MatrixView) -> Result<T, MetricError>,
) -> Result<Vec<ClassOutcome<L, T>>, MetricError> {
    real.same_width("the real data", fake, "the fake data")?;
    let mut classes: BTreeMap<L, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, (matrix, labels, what)) in
        [(real, real_labels, "labels of the real data"), (fake, fake_labels, "labels of the fake data")]
            .into_iter()
            .enumerate()
    {
        if labels.len() != matrix.rows() {
            return Err(MetricError::WrongCount { what, needed: matrix.rows(), found: labels.len() });
        }
        for (row, label) in labels.iter().enumerate() {
            classes.entry(*label).or_default()[side].push(row);
        }
    }
    Ok(classes
        .into_iter()
        .map(|(class, [real_rows, fake_rows])| {
            let (real_values, fake_values) = (real.gather(&real_rows), fake.gather(&fake_rows));
            let outcome = MatrixView::new(&real_values, real_rows.len(), real.columns()).and_then(|real| {
                MatrixView::new(&fake_values, fake_rows.len(), fake.columns()).and_then(|fake| metric(real, fake))
            });
            ClassOutcome { class, real_rows: real_rows.len(), fake_rows: fake_rows.len(), outcome }
        })
        .collect())
}
