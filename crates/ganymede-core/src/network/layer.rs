//! What a layer is: a forward pass, and the backward pass written in tensor operations.

use std::fmt::Debug;

use burn::tensor::Tensor;

use crate::network::initialization::Initialization;
use crate::place::Place;
use crate::random::Streams;

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

    /// The labels as a `[rows, classes]` matrix of zeros and ones; all zeros without labels.
    pub(crate) fn one_hot(&self, rows: usize, classes: usize, place: &Place) -> Tensor<2> {
        let mut values = vec![0.0; rows * classes];
        for (row, label) in self.labels.iter().flatten().enumerate() {
            values[row * classes + label] = 1.0;
        }
        place.tensor(values, [rows, classes])
    }
}

/// Keeps what the backward pass will need, or nothing when no backward pass of ours will follow.
#[derive(Debug, Default)]
pub struct Tape {
    recording: bool,
    saved: Vec<Tensor<2>>,
    statistics: Vec<Tensor<2>>,
}

impl Tape {
    /// A tape that keeps what it is given when `recording`.
    pub(crate) fn new(recording: bool) -> Self {
        Self { recording, ..Self::default() }
    }

    /// Keeps the tensors that `make` returns; not called when nothing is recorded.
    pub fn keep<const N: usize>(&mut self, make: impl FnOnce() -> [Tensor<2>; N]) {
        if self.recording {
            self.saved.extend(make());
        }
    }

    /// Hands over the values that the layer's buffers should move towards (batch statistics).
    pub fn observe<const N: usize>(&mut self, statistics: [Tensor<2>; N]) {
        self.statistics.extend(statistics.map(Tensor::without_autodiff));
    }

    /// What was kept, and the observed statistics.
    pub(crate) fn finish(self) -> (Vec<Tensor<2>>, Vec<Tensor<2>>) {
        (self.saved, self.statistics)
    }
}

/// A layer's trainable parameters and its buffers, in the order that [`Layer::parameters`] and [`Layer::buffers`] list them.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Trainable, each `[rows, columns]`.
    pub parameters: &'a [Tensor<2>],
    /// Not trainable (running statistics), each `[rows, columns]`.
    pub buffers: &'a [Tensor<2>],
}

/// Name, shape and first value of a parameter or buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterSpec {
    /// Name within the layer: `weight`, `bias`.
    pub name: &'static str,
    /// `[rows, columns]`; a bias is one row.
    pub shape: [usize; 2],
    /// How it starts.
    pub initialization: Initialization,
}

impl ParameterSpec {
    /// A parameter of this name, shape and start.
    pub fn new(name: &'static str, shape: [usize; 2], initialization: Initialization) -> Self {
        Self { name, shape, initialization }
    }
}

/// One layer of a [`Network`](crate::network::Network).
///
/// A layer holds sizes and settings; its values are passed in, so that a network rebuilt on other tensors (an
/// unrolled discriminator) keeps their graph. Its backward pass is tensor code too: burn differentiates once only,
/// and so can differentiate ours, which makes second-order gradients exact.
pub trait Layer: Debug + Send + Sync {
    /// The field's name for the layer, for messages: `linear`, `batch norm`.
    fn name(&self) -> &'static str;

    /// Features of a row that comes out.
    fn output_width(&self) -> usize;

    /// The trainable parameters.
    fn parameters(&self) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// The buffers: values that training moves, but not by gradients.
    fn buffers(&self) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// `[rows, input]` to `[rows, output]`. `place` in the pass's random streams is `index`, the layer's position.
    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, index: usize, tape: &mut Tape) -> Tensor<2>;

    /// The vector-Jacobian product: from the output's cotangent and what [`Layer::forward`] kept, the input's
    /// cotangent and one gradient for each parameter. Only called where [`Layer::has_vjp`] is true.
    fn vjp(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>);

    /// The input's cotangent of [`Layer::vjp`] alone. A layer with parameters does without their gradients here, which
    /// nobody asks for in a penalty on the gradient at the samples.
    fn input_cotangent(&self, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>) -> Tensor<2> {
        self.vjp(values, saved, cotangent).0
    }

    /// Whether [`Layer::vjp`] is written. A network with a layer that has none refuses second-order strategies.
    fn has_vjp(&self) -> bool {
        true
    }

    /// Whether the layer can serve several members of a network in one call, which is many times faster than one by one where
    /// members are small. It then gets, and gives back, as many rows for each member, member by member, and in
    /// [`Values::parameters`] the members' values one below the other; how many members there are, a parameter's rows
    /// tell. Activations do, since they have no parameters and treat each row alike.
    fn serves_members(&self) -> bool {
        false
    }

    /// Whether a row of the output depends on other rows of the input, so that real and fake samples must not share
    /// a pass.
    fn mixes_rows(&self) -> bool {
        false
    }

    /// Whether the layer looks at the pass's labels, one for each row that goes in.
    fn reads_labels(&self) -> bool {
        false
    }

    /// What the output depends on besides input, pass and tensors, by name: a leaky `ReLU`'s slope. For who rebuilds the
    /// layer elsewhere.
    fn settings(&self) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// How far a buffer moves towards an observed statistic in one update; in `(0, 1]`.
    fn momentum(&self) -> f64 {
        0.1
    }
}

/// The place (device and precision) of a tensor.
pub(crate) fn place_of(tensor: &Tensor<2>) -> Place {
    Place::of(tensor)
}
