//! What a run trains on: a fixed set of rows, or a mixture that never runs out.

use std::sync::OnceLock;

use ganymede_files::{SampleSet, describe_classes};
use ganymede_samples::{LabelledMatrix, LabelledSamples, Labels, Samples, Shape, Values};

use super::epochs::{Epochs, shuffled};
use super::fingerprint::Fingerprint;
use super::mixture::Mixture;
use super::resident::{BYTES_A_PIECE, MOST_BYTES, Resident};
use super::rows::Rows;
use super::stored_batch::StoredBatch;
use crate::place::Place;
use crate::random::Streams;

/// The purpose of the stream that [`Dataset::oracle`] draws from.
const ORACLE: &str = "data/oracle";

/// Real samples: batches for training and an oracle for evaluation, both functions of seed, purpose and step alone.
#[derive(Debug)]
pub struct Dataset {
    shape: Shape,
    source: Source,
    /// What reading a file has changed, a sentence each.
    report: Vec<String>,
    /// Computed on first use.
    fingerprint: OnceLock<Fingerprint>,
}

#[derive(Debug)]
enum Source {
    Fresh(Mixture),
    Fixed {
        rows: Box<Rows>,
        /// What the rows were drawn from, where that is known.
        mixture: Option<Mixture>,
        epochs: Epochs,
    },
}

impl Dataset {
    /// A dataset that draws every batch afresh.
    pub fn fresh(mixture: Mixture) -> Self {
        Self {
            shape: Shape::point(mixture.features),
            source: Source::Fresh(mixture),
            report: Vec::new(),
            fingerprint: OnceLock::new(),
        }
    }

    /// A dataset of the given rows, and the mixture that they were drawn from if it is known.
    ///
    /// # Panics
    ///
    /// When there is no row, or when the features of shape, rows and mixture or the number of labels disagree.
    pub fn fixed(shape: Shape, rows: LabelledMatrix, mixture: Option<Mixture>) -> Self {
        let (count, features) = (rows.rows(), shape.features());
        assert!(count > 0, "a dataset has at least one row");
        assert_eq!(rows.samples.features, features, "rows and shape have the same number of features");
        assert!(mixture.as_ref().is_none_or(|mixture| mixture.features == features), "mixture and shape agree");
        assert!(rows.labels.as_ref().is_none_or(|labels| labels.len() == count), "one label for each row");
        let labels = rows.labels.map(|classes| {
            let count = classes.iter().max().map_or(0, |highest| highest + 1);
            Labels { classes, names: (0..count).map(|class| class.to_string()).collect() }
        });
        let samples = Samples::new(Values::Floats(rows.samples.values), shape);
        let rows = LabelledSamples { samples, labels, columns: None };
        Self {
            shape,
            source: Source::Fixed { rows: Box::new(Rows::Plain(rows)), mixture, epochs: Epochs::new(count) },
            report: Vec::new(),
            fingerprint: OnceLock::new(),
        }
    }

    /// A dataset of what has been read from a file, each picture a second time mirrored from left to right if asked.
    pub fn stored(set: SampleSet, mirrored: bool) -> Self {
        let SampleSet { contents: rows, mut report, .. } = set;
        report.extend(rows.labels.as_ref().and_then(describe_classes));
        if mirrored {
            report.push("each picture is there a second time, mirrored from left to right".to_owned());
            return Self::of(Rows::Mirrored(rows), report);
        }
        Self::kept(rows, report)
    }

    /// A dataset of these rows as they are kept, and what reading has changed, a sentence each.
    ///
    /// # Panics
    ///
    /// When there is no row.
    pub fn kept(rows: LabelledSamples, report: Vec<String>) -> Self {
        Self::of(Rows::Plain(rows), report)
    }

    /// A dataset of rows, of which there is at least one.
    pub(super) fn of(rows: Rows, report: Vec<String>) -> Self {
        let (shape, epochs) = (rows.shape(), Epochs::new(rows.count()));
        Self {
            shape,
            source: Source::Fixed { rows: Box::new(rows), mixture: None, epochs },
            report,
            fingerprint: OnceLock::new(),
        }
    }

    /// The samples that are kept in memory, with their classes: of mirrored pictures the originals, of stacked ones the grey
    /// set. `None` where every batch is drawn afresh.
    pub fn originals(&self) -> Option<&LabelledSamples> {
        match &self.source {
            Source::Fresh(_) => None,
            Source::Fixed { rows, .. } => Some(rows.stored()),
        }
    }

    /// The rows of a fixed set of unknown modes, and the report.
    pub(super) fn into_rows(self) -> (Option<Rows>, Vec<String>) {
        let rows = match self.source {
            Source::Fixed { rows, mixture: None, .. } => Some(*rows),
            Source::Fresh(_) | Source::Fixed { .. } => None,
        };
        (rows, self.report)
    }

    /// The shape of one sample.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// What reading the data has changed or decided, a sentence each.
    pub fn report(&self) -> &[String] {
        &self.report
    }

    /// The names of the classes and of a table's columns, where the samples are stored.
    pub fn names(&self) -> [Option<&[String]>; 2] {
        match &self.source {
            Source::Fresh(_) => [None; 2],
            Source::Fixed { rows, .. } => rows.names(),
        }
    }

    /// By what a run knows its data again; `None` when every batch is drawn afresh. The first call takes a pass over the values.
    pub fn fingerprint(&self) -> Option<&Fingerprint> {
        match &self.source {
            Source::Fresh(_) => None,
            Source::Fixed { rows, .. } => Some(self.fingerprint.get_or_init(|| Fingerprint::of(rows.stored()))),
        }
    }

    /// Values of one sample.
    pub fn features(&self) -> usize {
        self.shape.features()
    }

    /// The mixture behind the samples, where it is known: then so are the modes.
    pub fn mixture(&self) -> Option<&Mixture> {
        match &self.source {
            Source::Fresh(mixture) => Some(mixture),
            Source::Fixed { mixture, .. } => mixture.as_ref(),
        }
    }

    /// Number of different rows, or `None` when every batch is drawn afresh.
    pub fn rows(&self) -> Option<usize> {
        match &self.source {
            Source::Fresh(_) => None,
            Source::Fixed { rows, .. } => Some(rows.count()),
        }
    }

    /// Number of classes that labels count, or `None` when the samples have no labels. Those of a mixture are its modes.
    pub fn classes(&self) -> Option<usize> {
        self.class_weights().map(|weights| weights.len())
    }

    /// How often each class occurs, as probabilities: a mixture's weights, or a file's frequencies.
    pub fn class_weights(&self) -> Option<Vec<f64>> {
        match &self.source {
            Source::Fresh(mixture) | Source::Fixed { mixture: Some(mixture), .. } => Some(mixture.weights.clone()),
            Source::Fixed { rows, mixture: None, .. } => rows.class_weights(),
        }
    }

    /// The batch of `count` real samples that `purpose` sees at `step`.
    ///
    /// A stored set is walked in epochs: the steps of one purpose, at one count, visit every row once before any row
    /// again, in an order that each epoch draws anew. Other purposes walk in orders of their own.
    pub fn batch(&self, streams: Streams, purpose: &str, step: u64, count: usize) -> LabelledMatrix {
        match &self.source {
            Source::Fresh(mixture) => mixture.draw(&mut streams.at(purpose, step), count),
            Source::Fixed { rows, epochs, .. } => rows.select(&epochs.indices(streams, purpose, step, count)),
        }
    }

    /// The batch that [`Dataset::batch`] makes, by the rows that are stored; `None` where it is drawn afresh.
    pub(crate) fn stored_batch(&self, streams: Streams, purpose: &str, step: u64, count: usize) -> Option<StoredBatch> {
        match &self.source {
            Source::Fresh(_) => None,
            Source::Fixed { rows, epochs, .. } => Some(rows.positions(&epochs.indices(streams, purpose, step, count))),
        }
    }

    /// Its stored rows on a device, for [`Dataset::stored_batch`]; `None` where there are none or where they are too large.
    pub(crate) fn resident(&self, place: &Place) -> Option<Resident> {
        self.resident_within(place, MOST_BYTES, BYTES_A_PIECE)
    }

    pub(super) fn resident_within(&self, place: &Place, most_bytes: usize, bytes_a_piece: usize) -> Option<Resident> {
        match &self.source {
            Source::Fresh(_) => None,
            Source::Fixed { rows, .. } => Resident::new(rows.stored(), place, most_bytes, bytes_a_piece),
        }
    }

    /// Real samples to hold generated ones against: `count` fresh draws from the mixture, or else stored rows at
    /// random without replacement, of which there may be fewer than `count`.
    pub fn oracle(&self, streams: Streams, count: usize) -> LabelledMatrix {
        match &self.source {
            Source::Fresh(mixture) | Source::Fixed { mixture: Some(mixture), .. } => {
                mixture.draw(&mut streams.at(ORACLE, 0), count)
            }
            Source::Fixed { rows, mixture: None, .. } => {
                let mut order = shuffled(rows.count(), streams, ORACLE, 0);
                order.truncate(count);
                rows.select(&order)
            }
        }
    }

    /// As many real samples once more, none of which is among those of [`Dataset::oracle`]: what those figures are between two
    /// sets of one distribution. `None` where not twice as many rows are stored.
    pub fn second_oracle(&self, streams: Streams, count: usize) -> Option<LabelledMatrix> {
        match &self.source {
            Source::Fresh(_) | Source::Fixed { mixture: Some(_), .. } => {
                Some(self.oracle(streams.derive("second"), count))
            }
            Source::Fixed { rows, mixture: None, .. } => {
                let order = shuffled(rows.count(), streams, ORACLE, 0);
                order.get(count..count.checked_mul(2)?).map(|order| rows.select(order))
            }
        }
    }
}
