//! As many rows as a diagnosis can afford.

use std::borrow::Cow;

use super::Labelled;
use crate::MatrixView;
use crate::random::subsample;

/// What the metrics that look at all pairs of rows may cost: pairs times values of a row, and some for each pair.
const PAIR_WORK: f64 = 2.5e9;

/// Work for a pair beside that for its values, in values.
const VALUES_A_PAIR: f64 = 64.0;

/// Rows that are affordable at so many values a row.
pub(super) fn row_limit(columns: usize) -> usize {
    ((PAIR_WORK / (columns as f64 + VALUES_A_PAIR)).sqrt() as usize).max(64)
}

/// Rows of a set, all or some.
pub(super) struct Drawn<'a> {
    values: Cow<'a, [f32]>,
    columns: usize,
    /// Where each row stood in the whole set.
    pub(super) indices: Vec<usize>,
    /// The class of each row.
    pub(super) labels: Option<Vec<usize>>,
}

impl<'a> Drawn<'a> {
    /// At most `limit` rows of a set, and a note if that is not all.
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

    /// The rows.
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
