//! Subsamples of the sets, of a size that a diagnosis can afford.

use std::borrow::Cow;

use super::Labelled;
use crate::MatrixView;
use crate::random::subsample;

/// The budget of the metrics that compare all pairs of rows: pairs times (values of a row plus [`VALUES_A_PAIR`]).
const PAIR_WORK: f64 = 2.5e9;

/// The fixed cost of a pair, in values.
const VALUES_A_PAIR: f64 = 64.0;

/// The number of rows within the budget for rows of this many values, at least 64.
pub(super) fn row_limit(columns: usize) -> usize {
    ((PAIR_WORK / (columns as f64 + VALUES_A_PAIR)).sqrt() as usize).max(64)
}

/// All rows of a set, or a random subsample of them.
pub(super) struct Subsample<'a> {
    values: Cow<'a, [f32]>,
    columns: usize,
    /// The index of each row in the whole set.
    pub(super) indices: Vec<usize>,
    /// The class of each row.
    pub(super) labels: Option<Vec<usize>>,
}

impl<'a> Subsample<'a> {
    /// At most `limit` rows of a set, with a note if these are not all.
    pub(super) fn new(set: Labelled<'a>, limit: usize, seed: u64, name: &str, notes: &mut Vec<String>) -> Self {
        let (rows, columns) = (set.samples.rows(), set.samples.columns());
        let indices = subsample(rows, limit, seed);
        let values = if indices.len() == rows {
            Cow::Borrowed(set.samples.values())
        } else {
            notes.push(format!(
                "{} of the {rows} {name} samples were drawn for the figures that look at pairs",
                indices.len()
            ));
            Cow::Owned(set.samples.gather(&indices))
        };
        let labels = set.labels.map(|labels| indices.iter().map(|&row| labels[row]).collect());
        Self { values, columns, indices, labels }
    }

    /// The rows as a matrix.
    pub(super) fn view(&self) -> MatrixView<'_> {
        MatrixView::trusted(&self.values, self.indices.len(), self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::row_limit;

    #[test]
    fn wide_samples_are_fewer() {
        assert!((1_700..1_730).contains(&row_limit(784)), "{}", row_limit(784));
        assert!(row_limit(2) > 6_000 && row_limit(12_288) > 400 && row_limit(100_000_000) == 64);
    }
}
