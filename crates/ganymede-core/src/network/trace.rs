//! Passes through a network, forward and, as tensor code, backward.

use std::borrow::Cow;
use std::ops::Range;

use burn::tensor::Tensor;

use crate::network::layer::{Layer, Pass, Tape, Values};
use crate::network::members::Together;
use crate::network::{Network, Statistics};

/// The output of a pass, with what each layer saw.
#[derive(Debug)]
pub struct Trace<'a> {
    network: &'a Network,
    /// `[rows, outputs]`.
    pub output: Tensor<2>,
    parts: Vec<Part>,
}

/// One part of a pass.
#[derive(Debug)]
struct Part {
    share: Share,
    /// What each layer kept.
    saved: Vec<Vec<Tensor<2>>>,
}

/// Who goes through the layers, with which rows.
#[derive(Clone, Debug)]
enum Share {
    /// Every member, with all rows.
    All(Together),
    /// One of several members, with its own.
    One { member: usize, rows: Range<usize> },
}

/// How far a pass goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// Through every layer, keeping what the backward pass needs or not.
    Output { record: bool },
    /// Up to what goes into the last layer.
    LastLayer,
}

impl Share {
    /// Its rows of all rows.
    fn take(&self, rows: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(together) => together.spread(rows),
            Self::One { rows: range, .. } => rows.slice_dim(0, range.clone()),
        }
    }

    /// The pass that it makes, of the pass of all rows.
    fn pass<'a>(&self, pass: &'a Pass) -> Cow<'a, Pass> {
        let labels = pass.labels.as_ref();
        match self {
            Self::All(Together::Equal) => Cow::Borrowed(pass),
            Self::All(together) => {
                Cow::Owned(pass.clone().with_labels(labels.map(|labels| together.spread_labels(labels))))
            }
            Self::One { member, rows } => Cow::Owned(Pass {
                labels: labels.map(|labels| labels[rows.clone()].to_vec()),
                groups: Vec::new(),
                purpose: format!("{}/{member}", pass.purpose),
                ..pass.clone()
            }),
        }
    }

    /// What comes out, in the rows' own places.
    fn give_back(&self, rows: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(together) => together.gather(rows),
            Self::One { .. } => rows,
        }
    }
}

impl Network {
    pub(super) fn run(&self, input: Tensor<2>, pass: &Pass, until: Until) -> (Trace<'_>, Statistics) {
        let (mut outputs, mut parts, mut statistics) = (Vec::new(), Vec::new(), Vec::new());
        for share in self.shares(&pass.groups, input.dims()[0]) {
            let (output, saved, observed) = self.run_share(&share, share.take(input.clone()), &share.pass(pass), until);
            outputs.push(share.give_back(output));
            statistics.push((if let Share::One { member, .. } = share { member } else { 0 }, observed));
            parts.push(Part { share, saved });
        }
        (Trace { network: self, output: join(outputs), parts }, Statistics(statistics))
    }

    /// How the members share out the rows.
    fn shares(&self, groups: &[usize], rows: usize) -> Vec<Share> {
        if self.members == 1 {
            return vec![Share::All(Together::Equal)];
        }
        assert_eq!(groups.iter().sum::<usize>(), rows, "the groups share out every row");
        if let Some(together) = Together::of(groups).filter(|_| self.together) {
            return vec![Share::All(together)];
        }
        let mut end = 0;
        let share = |(member, count): (usize, &usize)| {
            let start = end;
            end += count;
            (*count > 0).then_some(Share::One { member, rows: start..end })
        };
        groups.iter().enumerate().filter_map(share).collect()
    }

    fn run_share(
        &self,
        share: &Share,
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
        let (parameters, buffers) = self.values(share);
        let layers = self.layers.iter().zip(self.values_by_layer(&parameters, buffers));
        for (index, (layer, values)) in layers.enumerate().take(count) {
            let mut tape = Tape::new(record);
            value = layer.forward(values, value, pass, index, &mut tape);
            let (kept, statistics) = tape.finish();
            saved.push(kept);
            observed.extend(statistics);
        }
        (value, saved, observed)
    }

    /// Parameters and buffers of a share, layer by layer.
    fn values(&self, share: &Share) -> (Cow<'_, [Tensor<2>]>, &[Tensor<2>]) {
        match share {
            Share::All(_) => (Cow::Borrowed(&self.parameters), &self.buffers),
            Share::One { member, .. } if self.together => {
                let part = |tensor: &Tensor<2>| self.of_member(tensor, *member);
                (Cow::Owned(self.parameters.iter().map(part).collect()), &[])
            }
            Share::One { member, .. } => {
                let own = |all| {
                    let all: &[Tensor<2>] = all;
                    let count = all.len() / self.members;
                    &all[member * count..(member + 1) * count]
                };
                (Cow::Borrowed(own(&self.parameters)), own(&self.buffers))
            }
        }
    }

    /// Each layer's values of one share's.
    fn values_by_layer<'a>(&self, parameters: &'a [Tensor<2>], buffers: &'a [Tensor<2>]) -> Vec<Values<'a>> {
        let (mut parameters, mut buffers) = (parameters, buffers);
        let mut take = |layer: &std::sync::Arc<dyn Layer>| {
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
        let (input, mut found) =
            self.backward(cotangent, |layer, values, saved, cotangent| layer.vjp(values, saved, cotangent));
        if let [Part { share: Share::All(_), .. }] = self.parts.as_slice() {
            return (input, found.remove(0));
        }
        let network = self.network;
        let like = network.split_members(&network.parameters);
        let mut gradients: Vec<Tensor<2>> =
            like.iter().map(|like| like.clone().without_autodiff().zeros_like()).collect();
        let count = like.len() / network.members;
        for (part, found) in self.parts.iter().zip(found) {
            let Share::One { member, .. } = part.share else { continue };
            gradients.splice(member * count..(member + 1) * count, found);
        }
        (input, network.join_members(gradients))
    }

    /// The input's cotangent of [`Trace::vjp`] alone, which costs less.
    ///
    /// # Panics
    ///
    /// As [`Trace::vjp`].
    pub fn input_cotangent(&self, cotangent: Tensor<2>) -> Tensor<2> {
        let step = |layer: &dyn Layer, values: Values<'_>, saved: &[Tensor<2>], cotangent: Tensor<2>| {
            (layer.input_cotangent(values, saved, cotangent), Vec::new())
        };
        self.backward(cotangent, step).0
    }

    /// Walks each part's layers from the last to the first; `step` gets the layer, its values, what it saved and the cotangent
    /// of its output, and gives the cotangent of its input and the gradients of its parameters. These come back for each
    /// part, layer by layer.
    fn backward(
        &self,
        cotangent: Tensor<2>,
        mut step: impl FnMut(&dyn Layer, Values<'_>, &[Tensor<2>], Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>),
    ) -> (Tensor<2>, Vec<Vec<Tensor<2>>>) {
        let network = self.network;
        let (mut inputs, mut gradients) = (Vec::new(), Vec::new());
        for Part { share, saved } in &self.parts {
            let mut cotangent = share.take(cotangent.clone());
            let (parameters, buffers) = network.values(share);
            let layers = network.layers.iter().zip(network.values_by_layer(&parameters, buffers)).zip(saved);
            let mut found = Vec::with_capacity(network.layers.len());
            for ((layer, values), saved) in layers.rev() {
                assert!(layer.has_vjp(), "the layer `{}` has no vector-Jacobian product", layer.name());
                let (input, parameters) = step(layer.as_ref(), values, saved, cotangent);
                cotangent = input;
                found.push(parameters);
            }
            inputs.push(share.give_back(cotangent));
            gradients.push(found.into_iter().rev().flatten().collect());
        }
        (join(inputs), gradients)
    }
}

fn join(mut parts: Vec<Tensor<2>>) -> Tensor<2> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
}
