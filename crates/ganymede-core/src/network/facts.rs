//! What is known of a layer without running it.

use ganymede_samples::Shape;

/// What is known of a layer without running it.
///
/// A layer that wraps another takes the other's facts whole and overrides what differs:
/// `Facts { serves_members: false, ..inner.facts() }`. So no fact is lost in between, also none that is added later.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each read by its name")]
pub struct Facts {
    /// The field's name for the layer, for messages: `linear`, `batch norm`.
    pub name: &'static str,
    /// The shape of an output row.
    pub output: Shape,
    /// Whether a row of the output depends on other rows of the input, so that real and fake samples must not share a
    /// pass.
    pub rows_interact: bool,
    /// Whether rows are normalised by statistics of the batch, so that no row has a gradient of its own.
    pub normalizes_batch: bool,
    /// Whether the layer sums over many values, which numbers of 16 bits would lose: it is given rows in full where the
    /// [precision](crate::precision::Precision) of a pass is less.
    pub sums_rows: bool,
    /// Whether the layer looks at the pass's labels, one for each row that goes in.
    pub reads_labels: bool,
    /// Whether [`Layer::vjp`](crate::network::Layer::vjp) may be called. A layer without one works, except with what needs
    /// gradients of second order.
    pub has_vjp: bool,
    /// Whether several members can go through the layer together: each parameter with the members' values one below the
    /// other, and equally many rows from each member, in the members' order. Needs that no buffer is kept and that each
    /// parameter's rows are one member's.
    pub serves_members: bool,
    /// Multiplications with additions that one row takes in a forward pass; 0 for what is done value by value.
    pub multiply_adds: usize,
    /// Values that one row keeps for a backward pass besides its output.
    pub kept: usize,
    /// What the output depends on besides input, pass and tensors, by name: a leaky `ReLU`'s slope. For programs that rebuild
    /// the layer elsewhere.
    pub settings: Vec<(&'static str, f64)>,
    /// Why the layer cannot work on the rows that reach it, as a sentence part; such a network is refused.
    pub fault: Option<String>,
}

impl Facts {
    /// A layer of this name and output whose rows are independent and which has a vector-Jacobian product, and nothing
    /// else of the above.
    pub fn new(name: &'static str, output: Shape) -> Self {
        Self {
            name,
            output,
            rows_interact: false,
            normalizes_batch: false,
            sums_rows: false,
            reads_labels: false,
            has_vjp: true,
            serves_members: false,
            multiply_adds: 0,
            kept: 0,
            settings: Vec::new(),
            fault: None,
        }
    }

    /// The facts of a layer of this name that rows of shape `input` go through by way of all of `parts`, in their order.
    pub fn of_parts<'a>(name: &'static str, input: Shape, parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let nothing = Self { serves_members: true, ..Self::new(name, input) };
        parts.into_iter().fold(nothing, |all, part| Self {
            output: part.output,
            rows_interact: all.rows_interact || part.rows_interact,
            normalizes_batch: all.normalizes_batch || part.normalizes_batch,
            reads_labels: all.reads_labels || part.reads_labels,
            has_vjp: all.has_vjp && part.has_vjp,
            serves_members: all.serves_members && part.serves_members,
            multiply_adds: all.multiply_adds + part.multiply_adds,
            kept: all.kept + part.kept,
            fault: all.fault.clone().or_else(|| part.fault.clone()),
            ..all
        })
    }
}
