#![doc = include_str!("../README.md")]

use burn::tensor::Tensor;
use ganymede_core::batch::Batch;
use ganymede_core::registry::{Configurable, Factory, build};
use ganymede_core::strategy::{GeneratorView, StepContext, Strategy, Terms};
use serde::{Deserialize, Serialize};

/// The strategy's entry in the registry.
pub static FACTORY: Factory = Factory {
    name: "feature-matching",
    summary: "The generator matches the mean of the discriminator's features on real samples.",
    paper: "Salimans et al. 2016, Improved techniques for training GANs",
    equation: "|| E_x f(x) - E_z f(G(z)) ||^2, f the discriminator's last features",
    defaults: "",
    build: build::<FeatureMatching>,
};

/// Feature matching, which has no key of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureMatching {}

/// The squared Euclidean distance between the means of two sets of features, `[rows, features]` each; a tensor of one
/// number.
pub fn distance_of_means(real: Tensor<2>, fake: Tensor<2>) -> Tensor<1> {
    real.mean_dim(0).sub(fake.mean_dim(0)).square().sum()
}

impl Configurable for FeatureMatching {}

impl Strategy for FeatureMatching {
    fn generator_terms(&mut self, view: &GeneratorView<'_>, context: &StepContext<'_>, terms: &mut Terms) {
        let features = |name: &str, batch: &Batch| {
            view.discriminator.features(batch.samples.clone(), &context.discriminator_pass(name, batch))
        };
        terms.add("", distance_of_means(features("real", view.real), features("fake", view.fake)));
    }
}
