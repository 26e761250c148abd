//! The cross entropy against closed forms, central differences and burn's own backward.

use burn::tensor::Tensor;
use ganymede_evaluation::classifier::cross_entropy;
use ganymede_testing::derivatives::{by_autodiff, by_differences};
use ganymede_testing::numbers::{assert_all_close, assert_close, noise, tensor, values};

/// Targets that are classes, shares of several, and all of one class.
fn targets() -> Tensor<2> {
    tensor(&[1.0, 0.0, 0.0, 0.25, 0.5, 0.25, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0], [4, 3])
}

#[test]
fn the_loss_is_that_by_hand() {
    // Two equal logits: ln 2. A logit of ln 3 against 0: probabilities 3/4 and 1/4.
    let three = 3.0_f64.ln();
    let entropy = cross_entropy(tensor(&[0.0, 0.0, three, 0.0], [2, 2]), tensor(&[1.0, 0.0, 0.0, 1.0], [2, 2]));
    let expected = f64::midpoint(2.0_f64.ln(), 4.0_f64.ln());
    assert_close("loss", &values(&entropy.loss), &[expected], 1e-14);
    assert_close("cotangent", &values(&entropy.cotangent), &[-0.25, 0.25, 0.375, -0.375], 1e-14);
}

#[test]
fn the_cotangent_is_the_losses_derivative() {
    let logits = noise("logits", [4, 3]).mul_scalar(2.0);
    let loss = |at: &[Tensor<2>]| cross_entropy(at[0].clone(), targets()).loss;
    let own = vec![values(&cross_entropy(logits.clone(), targets()).cotangent)];
    assert_all_close("central differences", &by_differences(&loss, std::slice::from_ref(&logits)), &own, 1e-9);
    assert_all_close("autodiff", &by_autodiff(&loss, &[logits]), &own, 1e-13);
}

#[test]
fn logits_of_any_size_have_finite_losses() {
    let entropy = cross_entropy(tensor(&[1e4, -1e4, -1e4, 1e4], [2, 2]), tensor(&[0.0, 1.0, 0.0, 1.0], [2, 2]));
    assert_close("loss", &values(&entropy.loss), &[1e4], 1e-12);
    assert_close("cotangent", &values(&entropy.cotangent), &[0.5, -0.5, 0.0, 0.0], 1e-12);
}
