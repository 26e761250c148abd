//! A pass that was kept, and its backward pass as tensor code.

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
}

impl<'a> Trace<'a> {
    pub(super) fn new(network: &'a Network, output: Tensor<2>, kept: SavedPass) -> Self {
        Self { network, output, kept }
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
