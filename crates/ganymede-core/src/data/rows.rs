//! The rows of a fixed set: as they are kept, those and their mirror images, or stacks of them. What is not kept is made when a
//! batch is.

use ganymede_samples::{LabelledMatrix, LabelledSamples, Labels, Shape};

use super::stack::Stack;
use super::stored_batch::{Arrangement, StoredBatch};

/// The rows of a fixed set.
#[derive(Debug)]
pub(super) enum Rows {
    /// As the file holds them: bytes become floats when a batch is made.
    Plain(LabelledSamples),
    /// Pictures, and behind them in the same order their images in a mirror that exchanges left and right.
    Mirrored(LabelledSamples),
    /// Each of three grey pictures.
    Stacked(Stack),
}

impl Rows {
    /// The batch that [`Rows::select`] makes, by the rows that are stored.
    pub(super) fn positions(&self, indices: &[usize]) -> StoredBatch {
        let count = self.stored().rows();
        let labels_of = |positions: &[usize]| {
            let labels = self.stored().labels.as_ref()?;
            Some(positions.iter().map(|position| labels.classes[*position]).collect())
        };
        let (positions, arrangement) = match self {
            Self::Plain(_) => (indices.to_vec(), Arrangement::AsStored),
            Self::Mirrored(_) => {
                let mirrored = indices.iter().map(|index| *index >= count).collect();
                (indices.iter().map(|index| index % count).collect(), Arrangement::Mirrored(mirrored))
            }
            Self::Stacked(stack) => return stack.positions(indices),
        };
        StoredBatch { labels: labels_of(&positions), positions, arrangement }
    }

    pub(super) fn stored(&self) -> &LabelledSamples {
        match self {
            Self::Plain(rows) | Self::Mirrored(rows) => rows,
            Self::Stacked(stack) => stack.stored(),
        }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Self::Plain(rows) => rows.rows(),
            Self::Mirrored(rows) => 2 * rows.rows(),
            Self::Stacked(stack) => stack.count(),
        }
    }

    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Plain(rows) | Self::Mirrored(rows) => rows.samples.shape,
            Self::Stacked(stack) => stack.shape(),
        }
    }

    /// The names of the classes and of a table's columns.
    pub(super) fn names(&self) -> [Option<&[String]>; 2] {
        match self {
            Self::Plain(rows) | Self::Mirrored(rows) => {
                [rows.labels.as_ref().map(|labels| labels.names.as_slice()), rows.columns.as_deref()]
            }
            Self::Stacked(stack) => [stack.class_names(), None],
        }
    }

    /// How often each class occurs, as probabilities.
    pub(super) fn class_weights(&self) -> Option<Vec<f64>> {
        match self {
            Self::Plain(rows) | Self::Mirrored(rows) => rows.labels.as_ref().map(Labels::frequencies),
            Self::Stacked(stack) => stack.class_weights(),
        }
    }

    /// The rows at `indices`, in that order, with their classes.
    pub(super) fn select(&self, indices: &[usize]) -> LabelledMatrix {
        match self {
            Self::Plain(rows) => rows.select(indices),
            Self::Mirrored(rows) => mirrored(rows, indices),
            Self::Stacked(stack) => stack.select(indices),
        }
    }
}

/// Rows and mirror images, as [`Rows::Mirrored`] counts them.
fn mirrored(rows: &LabelledSamples, indices: &[usize]) -> LabelledMatrix {
    let (count, shape) = (rows.rows(), rows.samples.shape);
    let originals: Vec<usize> = indices.iter().map(|index| index % count).collect();
    let mut batch = rows.select(&originals);
    let samples = batch.samples.values.chunks_exact_mut(shape.features());
    for (sample, _) in samples.zip(indices).filter(|(_, index)| **index >= count) {
        for line in sample.chunks_exact_mut(shape.width * shape.channels) {
            for column in 0..shape.width / 2 {
                for channel in 0..shape.channels {
                    line.swap(column * shape.channels + channel, (shape.width - 1 - column) * shape.channels + channel);
                }
            }
        }
    }
    batch
}
