//! Networks that can write their own backward pass as tensor operations.
//!
//! burn differentiates once only: a penalty on a gradient taken from its `backward` changes the loss and contributes
//! no gradient. [`Trace::vjp`] is the backward pass as ordinary tensor code, so burn's backward differentiates it,
//! and second-order gradients are exact.

pub mod activation;
pub mod dropout;
pub mod initialization;
pub mod label;
pub mod layer;
pub mod linear;
pub mod normalization;
pub mod preset;

use std::sync::Arc;

use burn::tensor::{Gradients, Tensor};

pub use crate::network::layer::{Layer, Mode, ParameterSpec, Pass, Tape, Values};
use crate::place::Place;
use crate::random::Streams;

/// A stack of layers with its values, or several such stacks (members) that share out the rows of a batch.
///
/// A network is a value: every change makes another one. Built on tensors that carry a graph
/// ([`Network::with_parameters`]), it keeps that graph, which is how an unrolled discriminator is made.
#[derive(Clone, Debug)]
pub struct Network {
    layers: Arc<Vec<Arc<dyn Layer>>>,
    members: usize,
    parameters: Vec<Tensor<2>>,
    buffers: Vec<Tensor<2>>,
}

/// The output of a pass, with what each layer saw.
#[derive(Debug)]
pub struct Trace<'a> {
    network: &'a Network,
    /// `[rows, outputs]`.
    pub output: Tensor<2>,
    members: Vec<MemberTrace>,
}

/// One member's part of a pass.
#[derive(Debug)]
struct MemberTrace {
    member: usize,
    rows: std::ops::Range<usize>,
    saved: Vec<Vec<Tensor<2>>>,
}

/// How far a pass goes.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// Through every layer, keeping what the backward pass needs or not.
    Output { record: bool },
    /// Up to what goes into the last layer.
    LastLayer,
}

/// The batch statistics that a training pass saw, for [`Network::with_statistics`].
#[derive(Clone, Debug, Default)]
pub struct Statistics(Vec<(usize, Vec<Tensor<2>>)>);

impl Network {
    /// A network of `members` stacks of these layers, each initialised on its own from the stream
    /// `initialization/<name>/<member>`.
    pub fn new(name: &str, layers: Vec<Arc<dyn Layer>>, members: usize, streams: Streams, place: &Place) -> Self {
        let mut parameters = Vec::new();
        let mut buffers = Vec::new();
        for member in 0..members {
            let mut stream = streams.at(&format!("initialization/{name}"), member as u64);
            for layer in &layers {
                for spec in layer.parameters() {
                    parameters.push(spec.initialization.draw(&mut stream, spec.shape, place));
                }
                for spec in layer.buffers() {
                    buffers.push(spec.initialization.draw(&mut stream, spec.shape, place));
                }
            }
        }
        Self { layers: Arc::new(layers), members, parameters, buffers }
    }

    /// The layers of one member, first to last.
    pub fn layers(&self) -> &[Arc<dyn Layer>] {
        &self.layers
    }

    /// How many stacks share out the rows.
    pub fn members(&self) -> usize {
        self.members
    }

    /// Every trainable parameter, member by member, layer by layer.
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

    /// The names of [`Network::parameters`] and then of [`Network::buffers`], in their order:
    /// `layers.0.weight`, and with several members `members.1.layers.0.weight`.
    pub fn names(&self) -> (Vec<String>, Vec<String>) {
        let mut parameters = Vec::new();
        let mut buffers = Vec::new();
        for member in 0..self.members {
            let prefix = if self.members == 1 { String::new() } else { format!("members.{member}.") };
            for (index, layer) in self.layers.iter().enumerate() {
                let name = |spec: ParameterSpec| format!("{prefix}layers.{index}.{}", spec.name);
                parameters.extend(layer.parameters().into_iter().map(name));
                buffers.extend(layer.buffers().into_iter().map(name));
            }
        }
        (parameters, buffers)
    }

    /// Whether a row's output depends on other rows (batch norm).
    pub fn mixes_rows(&self) -> bool {
        self.layers.iter().any(|layer| layer.mixes_rows())
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
        let momenta: Vec<f64> =
            self.layers.iter().flat_map(|layer| layer.buffers().into_iter().map(|_| layer.momentum())).collect();
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
        self.run(input, pass, Until::Output { record: false }).0.output
    }

    /// [`Network::forward`], with the statistics for [`Network::with_statistics`].
    pub fn forward_with_statistics(&self, input: Tensor<2>, pass: &Pass) -> (Tensor<2>, Statistics) {
        let (trace, statistics) = self.run(input, pass, Until::Output { record: false });
        (trace.output, statistics)
    }

    /// What goes into the last layer, `[rows, features]`: a discriminator's own view of its rows.
    pub fn features(&self, input: Tensor<2>, pass: &Pass) -> Tensor<2> {
        self.run(input, pass, Until::LastLayer).0.output
    }

    /// [`Network::forward`] that keeps what [`Trace::vjp`] needs.
    pub fn trace(&self, input: Tensor<2>, pass: &Pass) -> Trace<'_> {
        self.run(input, pass, Until::Output { record: true }).0
    }

    fn run(&self, input: Tensor<2>, pass: &Pass, until: Until) -> (Trace<'_>, Statistics) {
        let [rows, _] = input.dims();
        if self.members == 1 {
            let (output, saved, observed) = self.run_member(0, input, pass, until);
            let members = vec![MemberTrace { member: 0, rows: 0..rows, saved }];
            return (Trace { network: self, output, members }, Statistics(vec![(0, observed)]));
        }
        assert_eq!(pass.groups.iter().sum::<usize>(), rows, "the groups share out every row");
        let mut start = 0;
        let (mut outputs, mut members, mut statistics) = (Vec::new(), Vec::new(), Vec::new());
        for (member, &count) in pass.groups.iter().enumerate().filter(|(_, count)| **count > 0) {
            let rows = start..start + count;
            start = rows.end;
            let part = Pass {
                labels: pass.labels.as_ref().map(|labels| labels[rows.clone()].to_vec()),
                groups: Vec::new(),
                purpose: format!("{}/{member}", pass.purpose),
                ..pass.clone()
            };
            let input = input.clone().slice_dim(0, rows.clone());
            let (output, saved, observed) = self.run_member(member, input, &part, until);
            outputs.push(output);
            members.push(MemberTrace { member, rows, saved });
            statistics.push((member, observed));
        }
        (Trace { network: self, output: Tensor::cat(outputs, 0), members }, Statistics(statistics))
    }

    fn run_member(
        &self,
        member: usize,
        input: Tensor<2>,
        pass: &Pass,
        until: Until,
    ) -> (Tensor<2>, Vec<Vec<Tensor<2>>>, Vec<Tensor<2>>) {
        let mut value = input;
        let (mut saved, mut observed) = (Vec::new(), Vec::new());
        let (count, record) = match until {
            Until::Output { record } => (self.layers.len(), record),
            Until::LastLayer => (self.layers.len().saturating_sub(1), false),
        };
        for (index, (layer, values)) in self.layers.iter().zip(self.member_values(member)).enumerate().take(count) {
            let mut tape = Tape::new(record);
            value = layer.forward(values, value, pass, index, &mut tape);
            let (kept, statistics) = tape.finish();
            saved.push(kept);
            observed.extend(statistics);
        }
        (value, saved, observed)
    }

    /// Each layer's values of one member.
    fn member_values(&self, member: usize) -> Vec<Values<'_>> {
        let mut parameters = &self.parameters[member * self.parameters.len() / self.members..];
        let mut buffers = &self.buffers[member * self.buffers.len() / self.members..];
        let mut take = |layer: &Arc<dyn Layer>| {
            let (own, rest) = parameters.split_at(layer.parameters().len());
            parameters = rest;
            let (own_buffers, rest) = buffers.split_at(layer.buffers().len());
            buffers = rest;
            Values { parameters: own, buffers: own_buffers }
        };
        self.layers.iter().map(&mut take).collect()
    }
}

impl Trace<'_> {
    /// The vector-Jacobian product: from the cotangent of the output `[rows, outputs]`, the cotangent of the input
    /// `[rows, inputs]` and one gradient for each of [`Network::parameters`], in their order.
    ///
    /// # Panics
    ///
    /// When a layer has no vector-Jacobian product; a plan that claims second order refuses such layers.
    pub fn vjp(&self, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let network = self.network;
        let mut gradients: Vec<Option<Tensor<2>>> = vec![None; network.parameters.len()];
        let input = self.backward(cotangent, |layer, first, values, saved, cotangent| {
            let (input, parameters) = layer.vjp(values, saved, cotangent);
            for (offset, gradient) in parameters.into_iter().enumerate() {
                gradients[first + offset] = Some(gradient);
            }
            input
        });
        let zeros = |(gradient, parameter): (Option<Tensor<2>>, &Tensor<2>)| {
            gradient.unwrap_or_else(|| parameter.clone().without_autodiff().zeros_like())
        };
        let gradients = gradients.into_iter().zip(&network.parameters).map(zeros).collect();
        (input, gradients)
    }

    /// The input's cotangent of [`Trace::vjp`] alone, which costs less.
    ///
    /// # Panics
    ///
    /// As [`Trace::vjp`].
    pub fn input_cotangent(&self, cotangent: Tensor<2>) -> Tensor<2> {
        self.backward(cotangent, |layer, _, values, saved, cotangent| layer.input_cotangent(values, saved, cotangent))
    }

    /// Walks each member's layers from the last to the first; `step` gets the layer, the index of its first parameter,
    /// its values, what it saved and the cotangent of its output, and gives the cotangent of its input.
    fn backward(
        &self,
        cotangent: Tensor<2>,
        mut step: impl FnMut(&dyn Layer, usize, Values<'_>, &[Tensor<2>], Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let network = self.network;
        let per_member = network.parameters.len() / network.members;
        let mut inputs = Vec::with_capacity(self.members.len());
        for part in &self.members {
            let mut cotangent = if self.members.len() == 1 {
                cotangent.clone()
            } else {
                cotangent.clone().slice_dim(0, part.rows.clone())
            };
            let values = network.member_values(part.member);
            let mut first = (part.member + 1) * per_member;
            for ((layer, values), saved) in network.layers.iter().zip(values).zip(&part.saved).rev() {
                assert!(layer.has_vjp(), "the layer `{}` has no vector-Jacobian product", layer.name());
                first -= values.parameters.len();
                cotangent = step(layer.as_ref(), first, values, saved, cotangent);
            }
            inputs.push(cotangent);
        }
        if inputs.len() == 1 { inputs.remove(0) } else { Tensor::cat(inputs, 0) }
    }
}
