//! Networks that can write their own backward pass as tensor operations.
//!
//! burn differentiates once only: a penalty on a gradient taken from its `backward` changes the loss and contributes
//! no gradient. [`Trace::vjp`] is the backward pass as ordinary tensor code, so burn's backward differentiates it,
//! and second-order gradients are exact.

pub mod architecture;
pub mod facts;
pub mod initialization;
pub mod layer;
pub mod layers;
pub mod list;
mod members;
pub mod pass;
pub mod plan;
pub mod preset;
mod products;
pub mod rectifier;
pub mod residual;
pub mod sequential;
pub mod tape;
mod trace;

use std::sync::Arc;

use burn::tensor::{FloatDType, Gradients, Tensor};
use ganymede_samples::Shape;

pub use crate::network::facts::Facts;
pub use crate::network::layer::{BufferSpec, ChangeLayer, Layer, ParameterSpec, Values, change_leaves, leaves};
use crate::network::members::SavedPass;
pub use crate::network::pass::{Mode, Pass};
pub use crate::network::residual::Residual;
pub use crate::network::sequential::Sequential;
pub use crate::network::tape::{SavedTensors, Tape};
pub use crate::network::trace::Trace;
use crate::place::Place;
use crate::precision::cast_all;
use crate::random::Streams;

/// A stack of layers with its values, or several such stacks (members) that share out the rows of a batch.
///
/// A network is a value: every change makes another one. Built on tensors that carry a graph
/// ([`Network::with_parameters`]), it keeps that graph, which is how an unrolled discriminator is made.
#[derive(Clone, Debug)]
pub struct Network {
    stack: Arc<Sequential>,
    members: usize,
    /// Whether several members go through every layer together. Each parameter is then one tensor, with the members' values
    /// one below the other.
    members_are_stacked: bool,
    rows_interact: bool,
    parameters: Vec<Tensor<2>>,
    buffers: Vec<Tensor<2>>,
}

/// The batch statistics that a training pass saw, for [`Network::with_statistics`]: those of each member that had rows.
#[derive(Clone, Debug, Default)]
pub struct Statistics(Vec<(usize, Vec<Tensor<2>>)>);

impl Network {
    /// A network of `members` stacks of these layers for rows of shape `input`, each initialised on its own from the stream
    /// `initialization/<name>/<member>`.
    pub fn new(
        name: &str,
        input: Shape,
        layers: Vec<Arc<dyn Layer>>,
        members: usize,
        streams: Streams,
        place: &Place,
    ) -> Self {
        let stack = Sequential::new(input, layers);
        let mut parameters = Vec::new();
        let mut buffers = Vec::new();
        for member in 0..members {
            let mut stream = streams.at(&format!("initialization/{name}"), member as u64);
            let mut draw = |start: initialization::Initialization, shape| start.draw(&mut stream, shape, place);
            parameters.extend(stack.parameters().into_iter().map(|spec| draw(spec.initialization, spec.shape)));
            buffers.extend(stack.buffers().into_iter().map(|spec| draw(spec.initialization, spec.shape)));
        }
        let facts = stack.facts();
        let members_are_stacked = members > 1 && facts.serves_members && buffers.is_empty();
        let rows_interact = facts.rows_interact;
        let stack = Arc::new(stack);
        let apart = Self { stack, members, members_are_stacked, rows_interact, parameters: Vec::new(), buffers };
        Self { parameters: apart.join_members(parameters), ..apart }
    }

    /// The layers of one member, first to last.
    pub fn layers(&self) -> &[Arc<dyn Layer>] {
        self.stack.layers()
    }

    /// The shape of a row that goes in.
    pub fn input(&self) -> Shape {
        self.stack.input()
    }

    /// The shape of an output row.
    pub fn output(&self) -> Shape {
        self.stack.facts().output
    }

    /// How many stacks share out the rows.
    pub fn members(&self) -> usize {
        self.members
    }

    /// Every trainable parameter, layer by layer: member by member, or, where every layer [serves the members
    /// together](Facts::serves_members), one tensor for all, with the members' values one below the other.
    pub fn parameters(&self) -> &[Tensor<2>] {
        &self.parameters
    }

    /// Every buffer, member by member, layer by layer.
    pub fn buffers(&self) -> &[Tensor<2>] {
        &self.buffers
    }

    /// Where the parameters live.
    pub fn place(&self) -> Place {
        self.parameters.first().map_or_else(|| Place::new(burn::tensor::Device::default()), Place::of)
    }

    /// The names of the parameters, as [`Network::split_members`] gives them, and then of [`Network::buffers`]:
    /// `layers.0.weight`, and with several members `members.1.layers.0.weight`.
    pub fn names(&self) -> (Vec<String>, Vec<String>) {
        let mut parameters = Vec::new();
        let mut buffers = Vec::new();
        for member in 0..self.members {
            let prefix = if self.members == 1 { String::new() } else { format!("members.{member}.") };
            let named = |name: &str| format!("{prefix}layers.{name}");
            parameters.extend(self.stack.parameters().iter().map(|spec| named(&spec.name)));
            buffers.extend(self.stack.buffers().iter().map(|spec| named(&spec.name)));
        }
        (parameters, buffers)
    }

    /// Tensors that lie as [`Network::parameters`] do (the parameters themselves, an optimiser's moments), member by member,
    /// layer by layer.
    pub fn split_members(&self, tensors: &[Tensor<2>]) -> Vec<Tensor<2>> {
        if !self.members_are_stacked {
            return tensors.to_vec();
        }
        (0..self.members).flat_map(|member| tensors.iter().map(move |tensor| self.of_member(tensor, member))).collect()
    }

    /// One member's values of a parameter of all.
    fn of_member(&self, tensor: &Tensor<2>, member: usize) -> Tensor<2> {
        let rows = tensor.dims()[0] / self.members;
        tensor.clone().slice_dim(0, member * rows..(member + 1) * rows)
    }

    /// The reverse of [`Network::split_members`].
    pub fn join_members(&self, tensors: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        if !self.members_are_stacked {
            return tensors;
        }
        let count = tensors.len() / self.members;
        let all = |index: usize| Tensor::cat(tensors.iter().skip(index).step_by(count).cloned().collect(), 0);
        (0..count).map(all).collect()
    }

    /// Whether a row's output depends on other rows (batch norm).
    pub fn rows_interact(&self) -> bool {
        self.rows_interact
    }

    /// Whether rows of several batches can go through in one pass, as no row's output depends on another's.
    pub fn can_share_a_pass(&self) -> bool {
        self.members == 1 && !self.rows_interact
    }

    /// The same network on other parameters, whose graph it keeps.
    ///
    /// # Panics
    ///
    /// When the number of parameters differs.
    #[must_use]
    pub fn with_parameters(&self, parameters: Vec<Tensor<2>>) -> Self {
        assert_eq!(parameters.len(), self.parameters.len(), "one tensor for each parameter");
        Self { parameters, ..self.clone() }
    }

    /// Moves the parameters through `change`, so that it may write over memory that nobody else reads.
    pub(crate) fn change_parameters<T>(&mut self, change: impl FnOnce(Vec<Tensor<2>>) -> (Vec<Tensor<2>>, T)) -> T {
        let (parameters, rest) = change(std::mem::take(&mut self.parameters));
        self.parameters = parameters;
        rest
    }

    /// The same network with other buffers.
    ///
    /// # Panics
    ///
    /// When the number of buffers differs.
    #[must_use]
    pub fn with_buffers(&self, buffers: Vec<Tensor<2>>) -> Self {
        assert_eq!(buffers.len(), self.buffers.len(), "one tensor for each buffer");
        Self { buffers, ..self.clone() }
    }

    /// The same network with parameters that burn's backward will give gradients for.
    #[must_use]
    pub fn tracked(&self) -> Self {
        self.with_parameters(self.parameters.iter().map(|p| p.clone().autodiff().require_grad()).collect())
    }

    /// The same values without any graph.
    #[must_use]
    pub fn untracked(&self) -> Self {
        self.with_parameters(self.parameters.iter().map(|p| p.clone().without_autodiff()).collect())
    }

    /// One gradient for each parameter of a [tracked](Network::tracked) network; zeros where none arrived.
    pub fn gradients(&self, gradients: &mut Gradients) -> Vec<Tensor<2>> {
        let take = |parameter: &Tensor<2>| {
            parameter.grad_remove(gradients).unwrap_or_else(|| parameter.clone().without_autodiff().zeros_like())
        };
        self.parameters.iter().map(take).collect()
    }

    /// The buffers moved towards the statistics that a training pass saw.
    #[must_use]
    pub fn with_statistics(&self, statistics: &Statistics) -> Self {
        let mut buffers = self.buffers.clone();
        let momenta: Vec<f64> = self.stack.buffers().iter().map(|spec| spec.momentum).collect();
        for (member, observed) in &statistics.0 {
            for (index, (target, momentum)) in observed.iter().zip(&momenta).enumerate() {
                let buffer = &mut buffers[member * momenta.len() + index];
                *buffer = buffer.clone().mul_scalar(1.0 - momentum).add(target.clone().mul_scalar(*momentum));
            }
        }
        self.with_buffers(buffers)
    }

    /// `[rows, inputs]` to `[rows, outputs]`.
    pub fn forward(&self, input: Tensor<2>, pass: &Pass) -> Tensor<2> {
        self.run(input, pass).0
    }

    /// [`Network::forward`], with the statistics for [`Network::with_statistics`].
    pub fn forward_with_statistics(&self, input: Tensor<2>, pass: &Pass) -> (Tensor<2>, Statistics) {
        self.run(input, pass)
    }

    /// What goes into the last layer, `[rows, features]`: a discriminator's own view of its rows.
    pub fn features(&self, input: Tensor<2>, pass: &Pass) -> Tensor<2> {
        if let Some(narrow) = pass.precision.narrow() {
            let full = FloatDType::from(input.dtype());
            return self.narrowed(narrow).own_features(input.cast(narrow), pass).cast(full);
        }
        self.own_features(input, pass)
    }

    fn own_features(&self, input: Tensor<2>, pass: &Pass) -> Tensor<2> {
        if self.members > 1 {
            return self.features_of_members(&input, pass);
        }
        self.stack.features(self.values(), input, pass)
    }

    /// [`Network::forward`] that keeps what [`Trace::vjp`] needs. It computes in full whatever the pass's precision.
    pub fn trace(&self, input: Tensor<2>, pass: &Pass) -> Trace<'_> {
        self.trace_with_statistics(input, pass).0
    }

    /// [`Network::trace`], with the statistics for [`Network::with_statistics`].
    pub fn trace_with_statistics(&self, input: Tensor<2>, pass: &Pass) -> (Trace<'_>, Statistics) {
        let (output, kept, statistics) = self.run_as_it_is(input, pass, true);
        (Trace::new(self, output, kept), statistics)
    }

    /// A pass in its precision.
    fn run(&self, input: Tensor<2>, pass: &Pass) -> (Tensor<2>, Statistics) {
        let Some(narrow) = pass.precision.narrow() else {
            let (output, _, statistics) = self.run_as_it_is(input, pass, false);
            return (output, statistics);
        };
        let full = FloatDType::from(input.dtype());
        let (output, _, statistics) = self.narrowed(narrow).run_as_it_is(input.cast(narrow), pass, false);
        let observed = statistics.0.into_iter().map(|(member, observed)| (member, cast_all(&observed, full)));
        (output.cast(full), Statistics(observed.collect()))
    }

    /// The same network on rounded values, whose graph leads back to its own.
    fn narrowed(&self, narrow: FloatDType) -> Self {
        let (parameters, buffers) = (cast_all(&self.parameters, narrow), cast_all(&self.buffers, narrow));
        Self { parameters, buffers, ..self.clone() }
    }

    /// The one member's layers, one after another: [`Sequential`] is the loop. What several members do more is in `members`.
    fn run_as_it_is(&self, input: Tensor<2>, pass: &Pass, recording: bool) -> (Tensor<2>, SavedPass, Statistics) {
        if self.members > 1 {
            return self.run_members(&input, pass, recording);
        }
        let mut tape = Tape::new(recording);
        let output = self.stack.forward(self.values(), input, pass, &mut tape);
        let (saved, observed) = tape.finish();
        (output, SavedPass::OneMember(saved), Statistics(vec![(0, observed)]))
    }

    fn values(&self) -> Values<'_> {
        Values { parameters: &self.parameters, buffers: &self.buffers }
    }
}
