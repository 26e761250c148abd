//! A pass that was kept, and its backward pass as tensor code.

use std::cell::OnceCell;

use burn::tensor::Tensor;

use crate::network::Network;
use crate::network::layer::{Layer, leaves};
use crate::network::members::SavedPass;

/// The output of a pass, with what each layer saw.
#[derive(Debug)]
pub struct Trace<'a> {
    network: &'a Network,
    /// `[rows, outputs]`.
    pub output: Tensor<2>,
    kept: SavedPass,
    /// What [`Trace::logit_gradient`] met at each layer that has parameters.
    reached: OnceCell<Vec<Option<Tensor<2>>>>,
}

impl<'a> Trace<'a> {
    pub(super) fn new(network: &'a Network, output: Tensor<2>, kept: SavedPass) -> Self {
        Self { network, output, kept, reached: OnceCell::new() }
    }

    /// The vector-Jacobian product: from the cotangent of the output `[rows, outputs]`, the cotangent of the input
    /// `[rows, inputs]` and one gradient for each of [`Network::parameters`], in their order.
    ///
    /// # Panics
    ///
    /// When a layer has no vector-Jacobian product; a plan that claims second order refuses such layers.
    pub fn vjp(&self, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        let network = self.network;
        assert_vjp(network);
        match &self.kept {
            SavedPass::OneMember(saved) => network.stack.vjp(network.values(), saved, cotangent),
            SavedPass::Members(shares) => network.vjp_of_members(shares, &cotangent),
        }
    }

    /// The input's cotangent of [`Trace::vjp`] alone, which costs less.
    ///
    /// # Panics
    ///
    /// As [`Trace::vjp`].
    pub fn input_cotangent(&self, cotangent: Tensor<2>) -> Tensor<2> {
        let network = self.network;
        assert_vjp(network);
        match &self.kept {
            SavedPass::OneMember(saved) => network.stack.input_cotangent(network.values(), saved, cotangent),
            SavedPass::Members(shares) => network.input_cotangent_of_members(shares, &cotangent),
        }
    }

    /// The gradient of the sum of all logits, the first outputs, at what went in, `[rows, inputs]`: where no row's output depends on
    /// another row, each logit's own.
    ///
    /// # Panics
    ///
    /// As [`Trace::vjp`].
    pub fn logit_gradient(&self) -> Tensor<2> {
        let outputs = self.output.clone().without_autodiff();
        let [_, columns] = outputs.dims();
        let ones = outputs.clone().slice_dim(1, 0..1).full_like(1.0);
        let cotangent = match columns {
            1 => ones,
            _ => Tensor::cat(vec![ones, outputs.slice_dim(1, 1..columns).zeros_like()], 1),
        };
        let network = self.network;
        let SavedPass::OneMember(saved) = &self.kept else { return self.input_cotangent(cotangent) };
        assert_vjp(network);
        let (gradient, reached) = network.stack.input_cotangent_by_layer(network.values(), saved, cotangent);
        self.reached.get_or_init(|| reached);
        gradient
    }

    /// The parameters' gradients of a loss whose derivative at each logit is `slopes`, `[logits, 1]`, in the order of
    /// [`Network::parameters`] and without a graph; `None` before [`Trace::logit_gradient`], and where rows depend on each other.
    ///
    /// What reaches a layer from such a loss is, row by row, a multiple of what reached it from the logit. So the layers' input
    /// cotangents, half of a backward pass, are not computed again.
    pub fn logit_loss_gradients(&self, slopes: &Tensor<2>) -> Option<Vec<Tensor<2>>> {
        let SavedPass::OneMember(saved) = &self.kept else { return None };
        let reached = self.reached.get().filter(|_| !self.network.rows_interact)?;
        let logits = slopes.dims()[0];
        let scaled = |cotangent: &Tensor<2>| {
            // Several rows may share a logit.
            let [rows, features] = cotangent.dims();
            let of_logit = cotangent.clone().reshape([logits, rows / logits * features]);
            of_logit.mul(slopes.clone()).reshape([rows, features])
        };
        let reached = reached.iter().map(|cotangent| cotangent.as_ref().map(scaled));
        let network = self.network.untracked();
        Some(network.stack.gradients_by_layer(network.values(), &saved.untracked(), reached))
    }
}

fn assert_vjp(network: &Network) {
    if network.stack.facts().has_vjp {
        return;
    }
    let all = network.layers().iter().flat_map(|layer| leaves("", layer));
    let names: Vec<&str> =
        all.map(|(_, layer)| layer.facts()).filter(|facts| !facts.has_vjp).map(|facts| facts.name).collect();
    panic!("the layer `{}` has no vector-Jacobian product", names.join("`, `"));
}
