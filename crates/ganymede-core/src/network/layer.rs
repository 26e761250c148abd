//! What a layer is: a forward pass, and the backward pass written in tensor operations.

use std::fmt::Debug;
use std::sync::Arc;

use burn::tensor::Tensor;

use crate::network::facts::Facts;
use crate::network::initialization::Initialization;
use crate::network::pass::Pass;
use crate::network::rectifier::Rectifier;
use crate::network::tape::{SavedTensors, Tape};

/// A layer's trainable parameters and its buffers, in the order that [`Layer::parameters`] and [`Layer::buffers`] list them.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Trainable, each `[rows, columns]`.
    pub parameters: &'a [Tensor<2>],
    /// Not trainable (running statistics), each `[rows, columns]`.
    pub buffers: &'a [Tensor<2>],
}

/// Name, shape and first value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterSpec {
    /// Name within the layer: `weight`, `bias`; of a layer within this one `body.0.weight`.
    pub name: String,
    /// `[rows, columns]`; a bias is one row.
    pub shape: [usize; 2],
    /// How it starts.
    pub initialization: Initialization,
}

impl ParameterSpec {
    /// A parameter of this name, shape and start.
    pub fn new(name: impl Into<String>, shape: [usize; 2], initialization: Initialization) -> Self {
        Self { name: name.into(), shape, initialization }
    }

    /// The same parameter as the layer around it names it.
    #[must_use]
    pub fn inside(self, layer: &str) -> Self {
        Self { name: format!("{layer}.{}", self.name), ..self }
    }
}

/// Name, shape and first value of a buffer, and how it moves.
#[derive(Clone, Debug, PartialEq)]
pub struct BufferSpec {
    /// Name within the layer: `running_mean`.
    pub name: String,
    /// `[rows, columns]`.
    pub shape: [usize; 2],
    /// How it starts.
    pub initialization: Initialization,
    /// How far it moves towards an observed statistic in one update; in `(0, 1]`. 1 replaces it.
    pub momentum: f64,
}

impl BufferSpec {
    /// The same buffer as the layer around it names it.
    #[must_use]
    pub fn inside(self, layer: &str) -> Self {
        Self { name: format!("{layer}.{}", self.name), ..self }
    }
}

/// Changes a layer into another.
pub type ChangeLayer<'a> = &'a dyn Fn(Arc<dyn Layer>) -> Arc<dyn Layer>;

/// One layer of a [`Network`](crate::network::Network).
///
/// A layer holds sizes and settings; its values are passed in, so that a network rebuilt on other tensors (an
/// unrolled discriminator) keeps their graph. Its backward pass is tensor code too: burn differentiates once only,
/// and so can differentiate ours, which makes second-order gradients exact.
///
/// Rows are `[rows, features]` and channels-last: height, width, channel.
pub trait Layer: Debug + Send + Sync {
    /// What is known of the layer without running it.
    fn facts(&self) -> Facts;

    /// The trainable parameters.
    fn parameters(&self) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// The buffers: values that training moves, but not by gradients.
    fn buffers(&self) -> Vec<BufferSpec> {
        Vec::new()
    }

    /// The layers that this one is composed of, with their names within it. A layer that wraps one other and behaves as it
    /// is not composed of it.
    fn children(&self) -> Vec<(String, Arc<dyn Layer>)> {
        Vec::new()
    }

    /// The same layer composed of other ones; `None` where [`Layer::children`] is empty.
    fn with_children(&self, change: ChangeLayer<'_>) -> Option<Arc<dyn Layer>> {
        let _ = change;
        None
    }

    /// `[rows, input]` to `[rows, output]`.
    fn forward(&self, values: Values<'_>, input: Tensor<2>, pass: &Pass, tape: &mut Tape) -> Tensor<2>;

    /// Where the layer is leaky `ReLU`, which the layer before it may apply to what it makes while that is in the cache.
    fn rectifier(&self) -> Option<Rectifier> {
        None
    }

    /// [`Layer::forward`] and leaky `ReLU` behind it in fewer passes over memory, with the same bits; `None` where that is not possible.
    /// The tape keeps what `forward` keeps.
    fn forward_rectified(
        &self,
        values: Values<'_>,
        input: &Tensor<2>,
        rectifier: Rectifier,
        tape: &mut Tape,
    ) -> Option<Tensor<2>> {
        let _ = (values, input, rectifier, tape);
        None
    }

    /// The vector-Jacobian product: from the output's cotangent and what [`Layer::forward`] kept, the input's
    /// cotangent and one gradient for each parameter. Only called where [`Facts::has_vjp`] is true.
    fn vjp(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>);

    /// The input's cotangent of [`Layer::vjp`] alone. A layer whose parameters' gradients cost as much as the rest
    /// leaves them out here.
    fn input_cotangent(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Tensor<2> {
        self.vjp(values, saved, cotangent).0
    }

    /// The parameters' gradients of [`Layer::vjp`] alone. A layer whose input's cotangent costs as much as they do leaves
    /// it out here.
    fn parameter_gradients(&self, values: Values<'_>, saved: &SavedTensors, cotangent: Tensor<2>) -> Vec<Tensor<2>> {
        self.vjp(values, saved, cotangent).1
    }
}

/// The layers that are composed of no others, in `layer` or `layer` itself, with their paths.
pub fn leaves(path: &str, layer: &Arc<dyn Layer>) -> Vec<(String, Arc<dyn Layer>)> {
    let children = layer.children();
    if children.is_empty() {
        return vec![(path.to_owned(), Arc::clone(layer))];
    }
    children.iter().flat_map(|(name, child)| leaves(&format!("{path}.{name}"), child)).collect()
}

/// `layer` with each layer in it that is composed of no others changed.
pub fn change_leaves(layer: Arc<dyn Layer>, change: ChangeLayer<'_>) -> Arc<dyn Layer> {
    layer.with_children(&|child| change_leaves(child, change)).unwrap_or_else(|| change(layer))
}
