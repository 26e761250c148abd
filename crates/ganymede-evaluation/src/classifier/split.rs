//! What is learnt from, and what is held out to measure the accuracy on.

use ganymede_core::random::Streams;
use ganymede_samples::Labels;
use rand::seq::SliceRandom;

use super::error::ClassifierError;

/// One sample in this number is held out, of each class.
const HELD_OUT: usize = 10;

/// The most samples that are held out: the error of an accuracy of 99 % is then 0.1 %.
const MOST_HELD_OUT: usize = 10_000;

/// The most classes: more are labels of another kind.
const MOST_CLASSES: usize = 4_096;

/// Rows of a labelled set in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    /// Learnt from, in rising order.
    pub(super) train: Vec<usize>,
    /// Held out, in rising order.
    pub(super) held_out: Vec<usize>,
}

/// Refuses labels that no classifier can be made of.
pub(super) fn check(labels: &Labels) -> Result<(), ClassifierError> {
    let counts = labels.counts();
    let classes = counts.len();
    if classes > MOST_CLASSES {
        return Err(ClassifierError::ManyClasses { found: classes, most: MOST_CLASSES });
    }
    if classes < 2 {
        let name = labels.names.first().cloned().unwrap_or_default();
        return Err(ClassifierError::OneClass { name, rows: labels.classes.len() });
    }
    match counts.iter().position(|count| *count < HELD_OUT) {
        None => Ok(()),
        Some(class) => Err(ClassifierError::FewSamples {
            name: labels.names[class].clone(),
            found: counts[class],
            needed: HELD_OUT,
        }),
    }
}

/// Holds out a tenth of each class, at least one sample, chosen by the seed alone; less of each where that would be more than
/// [`MOST_HELD_OUT`] in all.
pub(super) fn split(labels: &Labels, streams: Streams) -> Split {
    let rows = labels.classes.len();
    let part = HELD_OUT.max(rows.div_ceil(MOST_HELD_OUT));
    let mut of_class = vec![Vec::new(); labels.names.len()];
    labels.classes.iter().enumerate().for_each(|(row, class)| of_class[*class].push(row));
    let mut split = Split { train: Vec::new(), held_out: Vec::new() };
    for (class, mut rows) in of_class.into_iter().enumerate() {
        rows.shuffle(&mut streams.at("classifier/held-out", class as u64));
        let held_out = (rows.len() / part).max(1).min(rows.len());
        split.held_out.extend_from_slice(&rows[..held_out]);
        split.train.extend_from_slice(&rows[held_out..]);
    }
    split.train.sort_unstable();
    split.held_out.sort_unstable();
    split
}
