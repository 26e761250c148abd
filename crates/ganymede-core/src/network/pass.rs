//! What a pass through a network depends on besides its rows.

use std::fmt::Display;

use burn::tensor::Tensor;

use crate::place::Place;
use crate::precision::Precision;
use crate::random::{Stream, Streams};

/// Whether batch statistics and dropout behave as in training or as in evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch norm uses the batch's statistics; dropout drops.
    Train,
    /// Batch norm uses its running statistics; dropout is the identity.
    Evaluate,
}

/// Everything besides the samples that a pass through a network depends on.
#[derive(Clone, Debug)]
pub struct Pass {
    /// Training or evaluation behaviour.
    pub mode: Mode,
    /// Class of each row, for layers that condition on it.
    pub labels: Option<Vec<usize>>,
    /// How many consecutive rows each member of the network takes; empty when the network has one member.
    pub groups: Vec<usize>,
    /// Names this pass in the random streams (`discriminator/real`), so that two passes of a step differ and a
    /// repeated one does not.
    pub purpose: String,
    /// The run's random streams.
    pub streams: Streams,
    /// A number that no other phase of the run has: the random streams are taken at it.
    pub draw_index: u64,
    /// The step of the run, counted from 0, for what changes over a run.
    pub step: u64,
    /// In which numbers the layers compute.
    pub precision: Precision,
    /// Where in the network the layer stands that sees this pass: `3`, or `3.body.0` within another layer; empty for the
    /// network itself.
    pub path: String,
}

impl Pass {
    /// A pass in evaluation mode without labels, by one member.
    pub fn evaluate() -> Self {
        Self {
            mode: Mode::Evaluate,
            labels: None,
            groups: Vec::new(),
            purpose: String::new(),
            streams: Streams::new(0),
            draw_index: 0,
            step: 0,
            precision: Precision::Single,
            path: String::new(),
        }
    }

    /// A pass in training mode without labels, by one member, whose random numbers are named by `purpose` and taken at
    /// `draw_index`. Its step is 0 until [`Pass::in_step`].
    pub fn train(purpose: impl Into<String>, streams: Streams, draw_index: u64) -> Self {
        Self { mode: Mode::Train, purpose: purpose.into(), streams, draw_index, ..Self::evaluate() }
    }

    /// The same pass in this step of the run.
    #[must_use]
    pub fn in_step(self, step: u64) -> Self {
        Self { step, ..self }
    }

    /// The same pass in these numbers.
    #[must_use]
    pub fn computing_in(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// The same pass for rows of these classes.
    #[must_use]
    pub fn with_labels(self, labels: Option<Vec<usize>>) -> Self {
        Self { labels, ..self }
    }

    /// The same pass with consecutive rows shared out among the members.
    #[must_use]
    pub fn with_groups(self, groups: Vec<usize>) -> Self {
        Self { groups, ..self }
    }

    /// The pass as the layer `name` within this one sees it.
    #[must_use]
    pub fn inside(&self, name: impl Display) -> Self {
        let path = if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) };
        Self { path, ..self.clone() }
    }

    /// The random stream of the layer that sees this pass: two layers of a network, two passes of a step and two steps
    /// differ. `kind` is the layer's, such as `dropout`.
    pub fn stream(&self, kind: &str) -> Stream {
        self.streams.at(&format!("{kind}/{}/{}", self.purpose, self.path), self.draw_index)
    }

    /// The labels as a `[rows, classes]` matrix of zeros and ones; all zeros without labels.
    pub fn one_hot(&self, rows: usize, classes: usize, place: &Place) -> Tensor<2> {
        let mut values = vec![0.0; rows * classes];
        for (row, label) in self.labels.iter().flatten().enumerate() {
            values[row * classes + label] = 1.0;
        }
        place.tensor(values, [rows, classes])
    }
}
