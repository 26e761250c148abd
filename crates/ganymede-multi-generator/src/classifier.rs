//! The classifier that tells a mixture's generators apart.

use burn::tensor::{Tensor, activation};
use ganymede_core::batch::Batch;
use ganymede_core::place::Place;
use ganymede_core::strategy::StepContext;

/// The cross entropy of the classifier's outputs with the generators that made the rows, mean over rows; `None` where
/// the strategy has no classifier.
///
/// `outputs` is `[rows, outputs]`; the classifier's logits are the strategy's columns of it.
pub(crate) fn cross_entropy(outputs: &Tensor<2>, fake: &Batch, context: &StepContext<'_>) -> Option<Tensor<1>> {
    let columns = context.outputs();
    let generators = fake.generators.as_ref().filter(|_| !columns.is_empty())?;
    let shape = [generators.len(), columns.len()];
    let mut chosen = vec![0.0; shape[0] * shape[1]];
    for (row, generator) in generators.iter().enumerate() {
        chosen[row * shape[1] + generator] = 1.0;
    }
    let chosen = Place::of(outputs).tensor(chosen, shape);
    let logits = outputs.clone().slice_dim(1, columns);
    let likelihoods = activation::log_softmax(logits, 1).mul(chosen).sum_dim(1);
    Some(likelihoods.mean().neg())
}
